package query

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/schemas"
)

// MaxPage is the largest page and per_page: 2^53-1.
const MaxPage = datasets.MaxSafeInteger

// Parse validates body, a JSON query of ds for the operation, and settles
// it. An empty body asks for everything. The error is an *fault.Error with code
// MalformedQuery or InvalidQuery and every violation, in the order of the
// body.
//
// The dataset's fields decide first, since they can say what was meant; what
// passes must pass the dataset's query schema too, which a hand-written one
// may make stricter.
func Parse(ds *datasets.Dataset, op *datasets.Operation, body []byte) (*Query, error) {
	if len(body) == 0 { // space alone is a body, and no JSON
		body = []byte("{}")
	}
	document, err := schemas.Parse(body)
	if err != nil {
		var syntax *schemas.SyntaxError
		if !errors.As(err, &syntax) {
			return nil, &fault.Error{Code: fault.Internal, Err: err}
		}
		return nil, &fault.Error{Code: fault.MalformedQuery, Detail: "the body is not one JSON value",
			Violations: []schemas.Violation{schemas.At(0, "", syntax.Code, syntax.Error())}}
	}
	q, failure := fromDocument(ds, op, document, false)
	if failure != nil {
		return nil, failure
	}
	return q, nil
}

// fromDocument settles a query that was read, or says all that is wrong.
func fromDocument(ds *datasets.Dataset, op *datasets.Operation, document *schemas.Node, flat bool) (*Query, *fault.Error) {
	q := &Query{Dataset: ds, Operation: op}
	p := parser{ds: ds, op: op, query: q, flat: flat}
	p.doubled(document, "")
	p.root(document)
	if n := len(p.violations) + p.untold; n > 0 {
		return nil, &fault.Error{Code: fault.InvalidQuery, Detail: faults(n), Violations: p.told(maxTold)}
	}
	if violations := ds.QuerySchemaOf(op).Validate(forSchema(document)); violations != nil {
		schemas.Sort(violations)
		return nil, &fault.Error{Code: fault.InvalidQuery, Detail: faults(len(violations)), Violations: violations[:min(len(violations), maxTold)]}
	}
	q.canonical = q.canonicalText()
	if _, _, paged := q.Paged(); paged {
		q.flat = flatten(document, "page", "per_page", "after")
	}
	return q, nil
}

// forSchema returns the document as the dataset's schema has to allow it: without the parts
// of keys that are null, which stands for absent, since schemas name the types of those that
// are there; and without the version, which every query may name and no schema refuses.
func forSchema(document *schemas.Node) *schemas.Node {
	isVersion := func(m schemas.Member) bool { return m.Key == "version" }
	i := slices.IndexFunc(document.Members, func(m schemas.Member) bool { return m.Key == "group_by" })
	isNull := func(m schemas.Member) bool { return m.Value.Kind == schemas.Null }
	absent := i >= 0 && slices.ContainsFunc(document.Members[i].Value.Items, func(key schemas.Node) bool { return slices.ContainsFunc(key.Members, isNull) })
	if !absent && !slices.ContainsFunc(document.Members, isVersion) {
		return document
	}
	kept := *document
	kept.Members = slices.Clone(document.Members)
	if absent {
		keys := slices.Clone(kept.Members[i].Value.Items)
		for j := range keys {
			keys[j].Members = slices.DeleteFunc(slices.Clone(keys[j].Members), isNull)
		}
		kept.Members[i].Value.Items = keys
	}
	kept.Members = slices.DeleteFunc(kept.Members, isVersion)
	return &kept
}

// A body of a megabyte has room for a hundred thousand faults. maxTold are
// told, the first of maxKept that are found.
const (
	maxTold = 100
	maxKept = 1000
	// maxPointer is the length at which the pointer of an absurd key is cut.
	maxPointer = 1024
)

// faults counts what is wrong with a query, in a sentence.
func faults(n int) string {
	switch {
	case n == 1:
		return "the query has 1 fault"
	case n > maxTold:
		return fmt.Sprintf("the query has %d faults; these are %d of them", n, maxTold)
	}
	return fmt.Sprintf("the query has %d faults", n)
}

// parser walks a document, fills the query and gathers what is wrong.
type parser struct {
	ds         *datasets.Dataset
	op         *datasets.Operation
	query      *Query
	flat       bool // the document stands for the parameters of a URL
	violations []violation
	untold     int // faults beyond maxKept
	nested     int // how many conditions are around what is read
	parts      int // of conditions within others, so far
	// settling is the named operation whose definition is read, or the one that the
	// condition of a restriction is read for; else nil.
	settling *datasets.Operation
	// own are the properties that the operation presets, of a query that does
	// not give them.
	own []string
	// given are the properties that a query of such an operation gives itself.
	given []string
}

// fault keeps what is wrong with a value. format and args are the detail, which is written only
// if it is told: args that cost time, such as suggestions, are fmt.Stringers.
func (p *parser) fault(offset int, pointer string, code schemas.Code, format string, args ...any) {
	if len(p.violations) == maxKept {
		p.untold++
		return
	}
	if p.isOwn(pointer) {
		own, _, _ := strings.Cut(pointer[1:], "/")
		offset, pointer, format = 0, p.besideOwn(), "does not fit the operation's own "+own+": "+format
	}
	if len(pointer) > maxPointer {
		pointer = strings.ToValidUTF8(pointer[:maxPointer], "") + "…"
	}
	p.violations = append(p.violations, violation{offset, pointer, code, format, args})
}

// sent names a value of the wrong type: by its type or, in a URL, where all is text,
// by what was sent.
func (p *parser) sent(n *schemas.Node) string {
	switch {
	case p.flat && n.Kind == schemas.Bool:
		return schemas.Quote(strconv.FormatBool(n.Bool))
	case p.flat && (n.Kind == schemas.String || n.Kind == schemas.Number):
		return schemas.Quote(n.Text)
	}
	return n.Kind.String()
}

// doubled finds every key that its object already had.
func (p *parser) doubled(n *schemas.Node, pointer string) {
	for i := range n.Items {
		if n.Items[i].Kind >= schemas.Array {
			p.doubled(&n.Items[i], schemas.Index(pointer, i))
		}
	}
	for i := range n.Members {
		m := &n.Members[i]
		if m.Doubled {
			p.fault(m.Offset, schemas.Key(pointer, m.Key), schemas.DuplicateKey, "the key %s is repeated", schemas.Quote(m.Key))
		}
		if m.Value.Kind >= schemas.Array {
			p.doubled(&m.Value, schemas.Key(pointer, m.Key))
		}
	}
}

func (p *parser) root(n *schemas.Node) {
	if n.Kind != schemas.Object {
		p.fault(n.Offset, "", schemas.WrongType, "a query is a JSON object, not %s%s", p.sent(n), emptyHint(n))
		return
	}
	var of parts
	var later later
	for i := range n.Members {
		m := &n.Members[i]
		if m.Doubled {
			continue
		}
		pointer := schemas.Key("", m.Key)
		_, isSelector := p.selectorOf(m.Key)
		_, others := p.ds.Selector(m.Key)
		switch {
		case !isSelector && !others && !datasets.IsQueryProperty(m.Key):
			p.unknown(m, pointer, "a query", p.properties())
		case !isSelector && m.Value.Kind == schemas.Null:
		case !isSelector && !p.op.TakesProperty(m.Key) && m.Key != "after":
			p.refuse(m, pointer)
		case p.part(&of, m, pointer):
		default:
			p.property(m, pointer, &later)
		}
	}
	p.query.Filter = p.where(p.settle(&of, "", 0))
	p.preset(n, &later)
	p.groups(&later)
	if later.sort != nil {
		p.sort(later.sort)
	}
	if later.after != nil {
		p.after(later.after)
	}
}

// refuse reports a property that other operations take, or other queries.
func (p *parser) refuse(m *schemas.Member, pointer string) {
	allowed := p.properties()
	if def := p.op.Definition; def != nil && def.Presets(m.Key) {
		p.fault(m.Offset, pointer, schemas.UnknownProperty, "%s presets %s, which a query cannot replace; a query of it has %s",
			p.op, m.Key, choices(allowed))
		return
	}
	p.fault(m.Offset, pointer, schemas.UnknownProperty, "%s takes no %s%s; a query of it has %s",
		p.op, m.Key, nearest(m.Key, allowed), choices(allowed))
}

// later are the properties that are read once the others are known.
type later struct {
	groupBy, measures, field, bins, edges, sort, after *schemas.Node
}

// property reads a property that is no part of a condition, or keeps it for
// later.
func (p *parser) property(m *schemas.Member, pointer string, later *later) {
	switch m.Key {
	case "fields":
		p.fields(&m.Value, pointer)
	case "page":
		p.query.Page = p.count(&m.Value, pointer, MaxPage)
	case "per_page":
		limit := int64(MaxPage)
		if _, largest := p.ds.PageOf(p.op); largest > 0 {
			limit = largest
		}
		p.query.PerPage = p.count(&m.Value, pointer, limit)
	case "group_by":
		later.groupBy = &m.Value
	case "measures":
		later.measures = &m.Value
	case "field":
		later.field = &m.Value
	case "bins":
		later.bins = &m.Value
	case "edges":
		later.edges = &m.Value
	case "sort":
		later.sort = &m.Value
	case "after":
		later.after = &m.Value
	case "version":
		p.version(&m.Value, pointer)
	}
}

// after reads where to go on. It comes last, since a token is of one query
// alone.
func (p *parser) after(n *schemas.Node) {
	const pointer = "/after"
	switch {
	case n.Kind != schemas.String:
		p.fault(n.Offset, pointer, schemas.WrongType, "must be a token of an earlier answer, as a string, not %s", p.sent(n))
		return
	case p.query.Page > 0:
		p.fault(n.Offset, pointer, schemas.AfterWithPage, "after cannot be combined with page; use per_page")
		return
	case !p.op.TakesProperty("after"):
		p.fault(n.Offset, pointer, schemas.BadToken, "%s", p.op.Words.Paging)
		return
	case len(p.violations) > 0:
		return // what the token belongs to is not known
	}
	mark, err := parseToken(n.Text, p.query)
	if err == nil && p.query.Version != "" && mark.Version != p.query.Version {
		err = errors.New("goes on in another version than that which version names; leave version out, or start again without after")
	}
	if err != nil {
		p.fault(n.Offset, pointer, schemas.BadToken, "%s %v", schemas.Quote(n.Text), err)
		return
	}
	p.query.After = &mark
}

// version reads which version is asked.
func (p *parser) version(n *schemas.Node, pointer string) {
	switch {
	case n.Kind != schemas.String:
		p.fault(n.Offset, pointer, schemas.WrongType, "must be the name of a version, as a string, not %s", p.sent(n))
	case !datasets.IsVersion(n.Text):
		p.fault(n.Offset, pointer, schemas.BadVersion, "%s has not the form of a version, which is 26 characters of a to z and 2 to 7, and, after a dot, 8 that name a descriptor, or none; copy one from the dataset's list of versions", schemas.Quote(n.Text))
	default:
		p.query.Version, p.query.Fingerprint, _ = strings.Cut(n.Text, ".")
	}
}

// unknown reports a property that what (a query or a condition) does not have. If it
// is a field, the fault says how to ask for it.
func (p *parser) unknown(m *schemas.Member, pointer, what string, allowed []string) {
	f, ok := p.ds.Field(m.Key)
	if !ok {
		p.fault(m.Offset, pointer, schemas.UnknownProperty, "there is no property %s%s; %s has %s",
			schemas.Quote(m.Key), property{m.Key, allowed}, what, choices(allowed))
		return
	}
	for _, s := range p.ds.SelectorsOf(p.op) {
		if s.Field == f {
			p.fault(m.Offset, pointer, schemas.UnknownProperty, "the field %s is picked by the selector %s; %s has %s",
				schemas.Quote(m.Key), schemas.Quote(s.Name), what, choices(allowed))
			return
		}
	}
	bounds := ""
	if slices.Contains(p.ds.Bounds, f) {
		bounds = ", but it takes bounds: lower, upper, above and below"
	}
	if p.ds.SelectorsByDefault && !datasets.ValidSelector(m.Key) {
		bounds += ", since its name is a word of queries; the descriptor can name one: selectors: {NAME: " + m.Key + "}"
	}
	p.fault(m.Offset, pointer, schemas.UnknownProperty, "the field %s has no selector%s; %s has %s",
		schemas.Quote(m.Key), bounds, what, choices(allowed))
}

// meant suggests a property for an unknown one: the nearest, or the one that does
// what the name means elsewhere.
func meant(name string, allowed []string) string {
	near, word := schemas.DidYouMean(name, allowed), ""
	switch strings.TrimPrefix(strings.ToLower(name), "$") {
	case "limit", "size", "page_size", "pagesize":
		word = "per_page"
	case "offset", "skip":
		word = "page"
	case "select", "columns":
		word = "fields"
	case "order", "order_by", "orderby", "sort_by":
		word = "sort"
	case "group", "groupby":
		word = "group_by"
	}
	if near != "" || !slices.Contains(allowed, word) {
		return near
	}
	return " (did you mean " + word + "?)"
}

func (p *parser) properties() []string {
	return append(p.selectorNames(), p.op.Takes...)
}

func (p *parser) selectorNames() []string {
	selectors := p.ds.SelectorsOf(p.op)
	names := make([]string, len(selectors))
	for i, s := range selectors {
		names[i] = s.Name
	}
	return names
}

// list reports whether n is a list of such things that has some, and says so where it
// is not; empty says what to do about one without.
func (p *parser) list(n *schemas.Node, pointer, of, empty string) bool {
	switch {
	case n.Kind != schemas.Array:
		p.fault(n.Offset, pointer, schemas.WrongType, "must be a list of %s, not %s", of, p.sent(n))
	case len(n.Items) == 0:
		p.fault(n.Offset, pointer, schemas.TooFew, "the list is empty; %s", empty)
	default:
		return true
	}
	return false
}

// emptyHint names the empty object in place of an empty array, which PHP writes for
// both.
func emptyHint(n *schemas.Node) string {
	if n.Kind == schemas.Array && len(n.Items) == 0 {
		return "; an empty object is {}"
	}
	return ""
}

// object returns n if it is an object, of such things by field.
func (p *parser) object(n *schemas.Node, pointer, of string) *schemas.Node {
	if n.Kind != schemas.Object {
		p.fault(n.Offset, pointer, schemas.WrongType, "must be an object of %s by field, not %s%s", of, p.sent(n), emptyHint(n))
		return nil
	}
	return n
}

// count reads an integer from 1 to limit, or 0 for what is none.
func (p *parser) count(n *schemas.Node, pointer string, limit int64) int64 {
	if n.Kind != schemas.Number {
		p.fault(n.Offset, pointer, schemas.WrongType, "must be an integer from 1 to %d, not %s", limit, p.sent(n))
		return 0
	}
	i, exact, over := n.Floor()
	switch {
	case !exact:
		p.fault(n.Offset, pointer, schemas.WrongType, "must be an integer from 1 to %d, not the fraction %s", limit, schemas.Clip(n.Text))
	case over != 0 || i < 1 || i > limit:
		p.fault(n.Offset, pointer, schemas.OutOfRange, "%s is not from 1 to %d", schemas.Clip(n.Text), limit)
	default:
		return i
	}
	return 0
}

// fields reads the list of fields to answer.
func (p *parser) fields(n *schemas.Node, pointer string) {
	if n.Kind != schemas.Array {
		p.fault(n.Offset, pointer, schemas.WrongType, "must be a list of field names, not %s", p.sent(n))
		return
	}
	switch least := p.op.LeastFields(); {
	case len(n.Items) == 0:
		p.fault(n.Offset, pointer, schemas.TooFew, "the list is empty; name a field, or leave the property out for all")
	case len(n.Items) < least:
		p.fault(n.Offset, pointer, schemas.TooFew, "a pair has %d fields; name another one", least)
	}
	var allowed []string
	for _, i := range p.op.Answerable(p.ds) {
		allowed = append(allowed, p.ds.Fields[i].Name)
	}
	chosen := make([]bool, len(p.ds.Fields))
	for i := range n.Items {
		item := &n.Items[i]
		at := schemas.Index(pointer, i)
		if item.Kind != schemas.String {
			p.fault(item.Offset, at, schemas.WrongType, "must be a field's name, not %s", p.sent(item))
			continue
		}
		f, ok := p.ds.Field(item.Text)
		switch {
		case !ok || !slices.Contains(allowed, item.Text):
			p.fault(item.Offset, at, schemas.UnknownField, "the field %s is not available for this operation%s; available: %s",
				schemas.Quote(item.Text), nearest(item.Text, allowed), choices(allowed))
		case chosen[f]:
			p.fault(item.Offset, at, schemas.DuplicateValue, "%s is repeated", schemas.Quote(item.Text))
		default:
			chosen[f] = true
		}
	}
	if !slices.Contains(chosen, false) && len(p.op.DefaultFields(p.ds)) == len(chosen) {
		return // all fields, which is what no list asks for too
	}
	for f, ok := range chosen {
		if ok {
			p.query.Fields = append(p.query.Fields, f)
		}
	}
}
