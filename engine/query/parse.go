package query

import (
	"errors"
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
// it. An empty body asks for everything. The error is a *fault.Error with code
// MalformedQuery or InvalidQuery and every violation, in the order of the
// body.
//
// The dataset's fields decide first, since they can say what was meant; what passes must
// pass a hand-written query schema too, which may be stricter. A derived one allows what the
// fields do, so it is not asked: it would take most of the time for a long list.
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
	if schema := ds.WrittenSchemaOf(op); schema != nil {
		if violations := schema.Validate(forSchema(document)); violations != nil {
			schemas.Sort(violations)
			return nil, &fault.Error{Code: fault.InvalidQuery, Detail: faults(len(violations)), Violations: violations[:min(len(violations), maxTold)]}
		}
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
