package query

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/schemas"
)

// A query can be written flat, as the parameters of a URL:
//
//	kind=oak&kind=elm&lower[height]=5&page=2
//
// A value is text that is read by its field's type. null is null, and what
// begins with a double quote is a JSON string; so "null" in quotes is text.
// What the flat form cannot say goes as query=JSON, and stands alone.

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
	if whole != nil && len(f.document.Members) == 0 {
		return Parse(ds, op, []byte(*whole))
	}
	// One that says nothing contradicts nothing; forms send it.
	if whole != nil && strings.TrimSpace(*whole) != "{}" {
		return nil, &fault.Error{Code: fault.InvalidQuery, Detail: faults(1), Violations: []schemas.Violation{
			schemas.At(0, "/query", schemas.UnknownProperty, "query=JSON cannot be combined with other parameters of the query; write all of the query into it")}}
	}
	q, failure := fromDocument(ds, op, &f.document, true)
	if failure != nil {
		for i := range failure.Violations {
			v := &failure.Violations[i]
			name := parameterOf(v.Pointer)
			v.Detail = name + ": " + v.Detail
			if list := f.bracketed(name); list != "" && v.Code == schemas.UnknownProperty {
				v.Detail += "; for several values give the parameter again, without brackets: " + list + "=…&" + list + "=…"
			}
			if f.commas[name] && (v.Code == schemas.NotInEnum || v.Code == schemas.WrongType || v.Code == schemas.BadDate || v.Code == schemas.UnknownField) {
				v.Detail += "; for several values give the parameter again: " + name + "=…&" + name + "=…"
			}
		}
		return nil, failure
	}
	return q, nil
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

// add puts one parameter into the document.
func (f *flattener) add(name, text string, offset int) {
	_, selects := f.ds.Selector(name)
	if (selects || name == "fields") && strings.Contains(text, ",") {
		if f.commas == nil {
			f.commas = map[string]bool{}
		}
		f.commas[name] = true
	}
	if s, ok := f.ds.Selector(name); ok {
		f.listed(name, f.scalar(f.ds.Fields[s.Field].Type, text, offset), text == "null")
		return
	}
	if object, key, ok := strings.Cut(name, "["); ok && strings.HasSuffix(key, "]") && (object == "lower" || object == "upper") {
		key = strings.TrimSuffix(key, "]")
		bounds := f.member(&f.document, object, offset)
		if bounds.Value.Kind != schemas.Object {
			bounds.Value = schemas.Node{Kind: schemas.Object, Offset: offset}
		}
		f.append(&bounds.Value, key, f.scalar(f.typeOf(key), text, offset))
		return
	}
	switch name {
	case "fields":
		f.listed(name, f.scalar(datasets.String, text, offset), text != "null")
	case "page", "per_page":
		f.append(&f.document, name, f.scalar(datasets.Integer, text, offset))
	default:
		f.append(&f.document, name, f.scalar(datasets.String, text, offset))
	}
}

// bracketed returns the name of a parameter for lists that was written with
// brackets, as PHP (name[0]) and others (name[]) do, else "".
func (f *flattener) bracketed(name string) string {
	list, index, found := strings.Cut(name, "[")
	if !found || strings.Trim(index, "0123456789") != "]" {
		return ""
	}
	if _, selects := f.ds.Selector(list); selects || list == "fields" {
		return list
	}
	return ""
}

// listed adds a value to a property that takes a list. One value alone stands
// as itself, unless list says that it must not.
func (f *flattener) listed(name string, value schemas.Node, list bool) {
	m := f.member(&f.document, name, value.Offset)
	switch {
	case m.Value.Kind == schemas.Array:
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

// parameterOf names the parameter that a pointer leads to.
func parameterOf(pointer string) string {
	parts := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, part := range parts {
		parts[i] = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
	}
	if len(parts) > 1 && (parts[0] == "lower" || parts[0] == "upper") {
		return parts[0] + "[" + parts[1] + "]"
	}
	return parts[0]
}

// Flatten writes a valid query's body in the flat form, percent-encoded; ""
// where it asks for everything. ParseFlat reads it back as the same query.
func Flatten(body []byte) string {
	document, err := schemas.Parse(body)
	if err != nil {
		return "" // an empty body
	}
	return flatten(document)
}

// flatten writes a document in the flat form, all but the properties left out.
func flatten(document *schemas.Node, but ...string) string {
	var b []byte
	for i := range document.Members {
		m := &document.Members[i]
		if slices.Contains(but, m.Key) {
			continue
		}
		switch m.Value.Kind {
		case schemas.Null:
		case schemas.Object:
			for j := range m.Value.Members {
				bound := &m.Value.Members[j]
				b = appendParameter(b, m.Key+"["+bound.Key+"]", &bound.Value)
			}
		case schemas.Array:
			for j := range m.Value.Items {
				b = appendParameter(b, m.Key, &m.Value.Items[j])
			}
		default:
			b = appendParameter(b, m.Key, &m.Value)
		}
	}
	return string(b)
}

// appendParameter writes a scalar as one more parameter.
func appendParameter(dst []byte, name string, value *schemas.Node) []byte {
	text := value.Text
	switch value.Kind {
	case schemas.Null:
		text = "null"
	case schemas.Bool:
		text = strconv.FormatBool(value.Bool)
	case schemas.String:
		text = FlatText(text)
	}
	if len(dst) > 0 {
		dst = append(dst, '&')
	}
	dst = append(append(dst, url.QueryEscape(name)...), '=')
	return append(dst, url.QueryEscape(text)...)
}

// FlatText writes a text as a value of the flat form, not percent-encoded: as
// it is, unless it would be read as null or as a JSON string.
func FlatText(text string) string {
	if text == "null" || strings.HasPrefix(text, `"`) {
		return string(schemas.AppendString(nil, text))
	}
	return text
}
