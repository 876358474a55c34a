package query

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/schemas"
)

// A query can be written flat, as the parameters of a URL:
//
//	kind=oak&kind=elm&lower[height]=5&not[kind]=ash&page=2
//
// A value is text that is read by its field's type. null is null, and what
// begins with a double quote is a JSON string; so "null" in quotes is text.
// What the flat form cannot say goes as query=JSON, and stands alone but for the
// page and the version.

// ParseFlat is Parse for the flat form: rawQuery is a URL's query
// without the parameters that are not the query's. The same faults have the
// same pointers; their details name the parameter. A rawQuery whose escapes
// are malformed is refused with code MalformedQuery.
func ParseFlat(ds *datasets.Dataset, op *datasets.Operation, rawQuery string) (*Query, error) {
	f := flattener{ds: ds, document: schemas.Node{Kind: schemas.Object}}
	whole, err := f.read(rawQuery)
	if err != nil {
		return nil, err
	}
	if whole != nil && strings.TrimSpace(*whole) == "" {
		const empty = "query= is empty; write the query as JSON there, such as {}, or leave the parameter out"
		return nil, &fault.Error{Code: fault.MalformedQuery, Detail: empty, Violations: []schemas.Violation{schemas.At(0, "", schemas.NotJSON, empty)}}
	}
	if whole != nil && len(f.document.Members) == 0 {
		return Parse(ds, op, []byte(*whole))
	}
	if whole != nil && f.besideWhole() {
		if document, err := schemas.Parse([]byte(*whole)); err != nil || document.Kind != schemas.Object {
			return Parse(ds, op, []byte(*whole)) // says what is wrong
		} else if !slices.ContainsFunc(document.Members, standsBeside) {
			document.Members = append(document.Members, f.document.Members...)
			q, failure := fromDocument(ds, op, document, false)
			if failure != nil {
				return nil, failure
			}
			return q, nil
		}
	}
	// One that says nothing contradicts nothing; forms send it.
	if whole != nil && strings.TrimSpace(*whole) != "{}" {
		return nil, &fault.Error{Code: fault.InvalidQuery, Detail: faults(1), Violations: []schemas.Violation{
			schemas.At(0, "/query", schemas.UnknownProperty, "beside query=JSON only page, per_page, after and version may stand, each where the JSON does not have it; write all else of the query into it")}}
	}
	q, failure := fromDocument(ds, op, &f.document, true)
	if failure != nil {
		for i := range failure.Violations {
			f.explain(&failure.Violations[i])
		}
		return nil, failure
	}
	return q, nil
}

// explain adds to a violation's detail which parameter it is about, and how to write
// several values if the parameter was written as other APIs take them.
func (f *flattener) explain(v *schemas.Violation) {
	name := parameterOf(v.Pointer)
	if name != "" {
		v.Detail = name + ": " + v.Detail
	}
	if list := f.bracketed(name); list != "" && v.Code == schemas.UnknownProperty {
		v.Detail += "; for several values give the parameter again, without brackets: " + list + "=…&" + list + "=…"
	}
	if f.commas[name] && (v.Code == schemas.NotInEnum || v.Code == schemas.WrongType || v.Code == schemas.BadDate || v.Code == schemas.UnknownField) {
		v.Detail += "; for several values give the parameter again: " + name + "=…&" + name + "=…"
	}
}

// flattener gathers a URL's parameters as the document that they stand for.
type flattener struct {
	ds       *datasets.Dataset
	document schemas.Node
	commas   map[string]bool // the parameters for lists with a comma in a value
}

// read takes the parameters in their order. It returns the value of query=,
// where there is one.
func (f *flattener) read(rawQuery string) (whole *string, err error) {
	offset := 0
	for pair := range strings.SplitSeq(rawQuery, "&") {
		start := offset
		offset += len(pair) + 1
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		if err == nil {
			rawValue, err = url.QueryUnescape(rawValue)
		}
		if err != nil {
			return nil, &fault.Error{Code: fault.MalformedQuery, Detail: schemas.Quote(pair) + " is not percent-encoded as a URL needs it"}
		}
		if !utf8.ValidString(name) || !utf8.ValidString(rawValue) {
			return nil, &fault.Error{Code: fault.MalformedQuery, Detail: schemas.Quote(pair) + " is not UTF-8 once it is percent-decoded"}
		}
		if name == "query" && whole == nil {
			whole = &rawValue
			continue
		}
		f.add(name, rawValue, start)
	}
	return whole, nil
}

// standsBeside reports whether the member is one that can stand beside query=JSON: it says
// which page is asked for, or of which version.
func standsBeside(m schemas.Member) bool {
	return m.Key == "page" || m.Key == "per_page" || m.Key == "after" || m.Key == "version"
}

// besideWhole reports whether the parameters say nothing that query=JSON has to say.
func (f *flattener) besideWhole() bool {
	return !slices.ContainsFunc(f.document.Members, func(m schemas.Member) bool { return !standsBeside(m) })
}

// add puts one parameter into the document.
func (f *flattener) add(name, text string, offset int) {
	if strings.Contains(text, ",") && f.takesList(name) {
		if f.commas == nil {
			f.commas = map[string]bool{}
		}
		f.commas[name] = true
	}
	f.addTo(&f.document, name, text, offset)
}

// takesList reports whether the parameter can be given more than once.
func (f *flattener) takesList(name string) bool {
	object, key, nested := cutKey(name)
	if nested && object == "not" {
		return f.takesList(key)
	}
	if nested {
		return object == "contains" || object == "starts_with" || object == "measures"
	}
	_, selects := f.ds.Selector(name)
	return selects || listed(name)
}

// listed reports whether the query property takes a list and nothing else.
func listed(property string) bool {
	switch property {
	case "fields", "missing", "present", "sort", "group_by", "edges":
		return true
	}
	return false
}

// cutKey cuts a name such as lower[height] into lower and height, and
// not[lower][height] into not and lower[height].
func cutKey(name string) (object, key string, ok bool) {
	object, rest, ok := strings.Cut(name, "[")
	if !ok || !strings.HasSuffix(rest, "]") {
		return name, "", false
	}
	switch {
	case object == "not":
		key, more, nested := strings.Cut(rest, "][")
		if nested {
			return object, key + "[" + more, true
		}
		return object, strings.TrimSuffix(rest, "]"), true
	case datasets.IsByField(object):
		return object, strings.TrimSuffix(rest, "]"), true
	}
	return name, "", false
}

// addTo puts one parameter into an object of the document: the query, or a
// condition within it.
func (f *flattener) addTo(into *schemas.Node, name, text string, offset int) {
	if s, ok := f.ds.Selector(name); ok {
		f.listed(into, name, f.scalar(f.ds.Fields[s.Field].Type, text, offset), text == "null")
		return
	}
	if object, key, ok := cutKey(name); ok {
		within := f.member(into, object, offset)
		if within.Value.Kind != schemas.Object {
			within.Value = schemas.Node{Kind: schemas.Object, Offset: offset}
		}
		switch {
		case object == "not":
			f.addTo(&within.Value, key, text, offset)
		case datasets.IsBounds(object):
			f.append(&within.Value, key, f.scalar(f.typeOf(key), text, offset))
		default:
			f.listed(&within.Value, key, f.scalar(datasets.String, text, offset), object == "measures" && text != "null")
		}
		return
	}
	switch {
	case name == "group_by" && text == "" && !slices.ContainsFunc(into.Members, func(m schemas.Member) bool { return m.Key == name }):
		f.append(into, name, schemas.Node{Kind: schemas.Array, Offset: offset}) // one group
	case name == "edges": // numbers or dates, and no date is a number
		f.listed(into, name, f.scalar(datasets.Number, text, offset), text != "null")
	case listed(name):
		f.listed(into, name, f.scalar(datasets.String, text, offset), text != "null")
	case name == "page" || name == "per_page" || name == "bins":
		f.append(into, name, f.scalar(datasets.Integer, text, offset))
	default:
		f.append(into, name, f.scalar(datasets.String, text, offset))
	}
}

// bracketed returns the name of a parameter for lists that was written with
// brackets, as PHP (name[0]) and others (name[]) do, else "".
func (f *flattener) bracketed(name string) string {
	list, index, found := strings.Cut(name, "[")
	if !found || strings.Trim(index, "0123456789") != "]" {
		return ""
	}
	if f.takesList(list) {
		return list
	}
	return ""
}

// listed adds a value to a property that takes a list. One value alone stands
// as itself, unless list says that it must not.
func (f *flattener) listed(into *schemas.Node, name string, value schemas.Node, list bool) {
	m := f.member(into, name, value.Offset)
	switch {
	case m.Value.Kind == schemas.Array:
		if len(m.Value.Items) == 0 { // the empty name that stands for no key does so alone
			m.Value.Items = []schemas.Node{{Kind: schemas.String, Offset: m.Value.Offset}}
		}
		m.Value.Items = append(m.Value.Items, value)
	case m.Value.Text == unset && m.Value.Kind == schemas.Null:
		if m.Value = value; list {
			m.Value = schemas.Node{Kind: schemas.Array, Items: []schemas.Node{value}, Offset: value.Offset}
		}
	default:
		m.Value = schemas.Node{Kind: schemas.Array, Items: []schemas.Node{m.Value, value}, Offset: m.Value.Offset}
	}
}

// unset marks the value of a member that was just made.
const unset = "unset"

// member returns the object's member of that name, made where there is none.
func (f *flattener) member(object *schemas.Node, name string, offset int) *schemas.Member {
	i := slices.IndexFunc(object.Members, func(m schemas.Member) bool { return m.Key == name })
	if i < 0 {
		i = len(object.Members)
		object.Members = append(object.Members, schemas.Member{Key: name, Offset: offset, Value: schemas.Node{Text: unset}})
	}
	return &object.Members[i]
}

// append adds a member, marked where the object has one of that name.
func (f *flattener) append(object *schemas.Node, name string, value schemas.Node) {
	doubled := slices.ContainsFunc(object.Members, func(m schemas.Member) bool { return m.Key == name })
	object.Members = append(object.Members, schemas.Member{Key: name, Offset: value.Offset, Value: value, Doubled: doubled})
}

// typeOf returns the type by which a bound's text is read.
func (f *flattener) typeOf(field string) datasets.Type {
	if i, ok := f.ds.Field(field); ok {
		return f.ds.Fields[i].Type
	}
	return datasets.String
}

// scalar reads a value's text by the type. Text that does not fit stays a
// string, which is then refused as one.
func (f *flattener) scalar(t datasets.Type, text string, offset int) schemas.Node {
	if text == "null" {
		return schemas.Node{Offset: offset}
	}
	asText := schemas.Node{Kind: schemas.String, Text: text, Offset: offset}
	switch {
	case strings.HasPrefix(text, `"`):
	case t == datasets.Boolean:
		text = strings.ToLower(text)
	case t == datasets.Number || t == datasets.Integer:
		text = plainNumber(text)
	default:
		return asText
	}
	n, err := schemas.Parse([]byte(text))
	if err != nil || n.Kind >= schemas.Array {
		return asText
	}
	n.Offset = offset
	return *n
}

// plainNumber writes a number as JSON does that a URL may have as loaders read
// them: +7.5, .5, 7. and 05. Other text stays as it is.
func plainNumber(text string) string {
	sign, digits := "", text
	switch {
	case strings.HasPrefix(text, "-"):
		sign, digits = "-", text[1:]
	case strings.HasPrefix(text, "+"):
		digits = text[1:]
	}
	exponent := ""
	if i := strings.IndexAny(digits, "eE"); i >= 0 {
		digits, exponent = digits[:i], digits[i:]
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	if whole+fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return text
	}
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if fraction != "" {
		fraction = "." + fraction
	}
	return sign + whole + fraction + exponent
}

// parameterOf names the parameter that a pointer leads to; "" for the whole query.
func parameterOf(pointer string) string {
	parts := schemas.PointerParts(pointer)
	if len(parts) == 0 {
		return ""
	}
	name := parts[0]
	for i := 0; i+1 < len(parts) && (parts[i] == "not" || datasets.IsByField(parts[i])); i++ {
		name += "[" + parts[i+1] + "]"
	}
	return name
}
