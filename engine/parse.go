package engine

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"herbarium/datasets"
	"herbarium/schemas"
)

// maxPage is the largest page and per_page: 2^53-1, the last integer that
// every JSON reader holds exactly.
const maxPage = 1<<53 - 1

// ParseQuery validates body, a JSON query of ds for the operation, and settles
// it. An empty body asks for everything. The error is an *Error with code
// MalformedQuery or InvalidQuery and every violation, in the order of the
// body.
//
// The dataset's fields decide first, since they can say what was meant; what
// passes must pass the dataset's query schema too, which a hand-written one
// may make stricter.
func ParseQuery(ds *datasets.Dataset, op datasets.Operation, body []byte) (*Query, error) {
	q := &Query{Dataset: ds}
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}")
	}
	document, err := schemas.Parse(body)
	if err != nil {
		var syntax *schemas.SyntaxError
		if !errors.As(err, &syntax) {
			return nil, &Error{Code: Internal, Err: err}
		}
		return nil, &Error{Code: MalformedQuery, Detail: "the body is not one JSON value",
			Violations: []schemas.Violation{schemas.At(0, "", syntax.Code, syntax.Error())}}
	}
	p := parser{ds: ds, op: op, query: q}
	p.doubled(document, "")
	p.root(document)
	violations := p.violations
	if violations == nil {
		violations = ds.QuerySchema().Validate(document)
	}
	if violations != nil {
		schemas.Sort(violations)
		return nil, &Error{Code: InvalidQuery, Detail: faults(len(violations)), Violations: violations}
	}
	q.canonical = string(q.appendCanonical(nil))
	return q, nil
}

// faults counts what is wrong with a query, in a sentence.
func faults(n int) string {
	if n == 1 {
		return "the query has a fault"
	}
	return fmt.Sprintf("the query has %d faults", n)
}

// parser walks a document, fills the query and gathers what is wrong.
type parser struct {
	ds         *datasets.Dataset
	op         datasets.Operation
	query      *Query
	violations []schemas.Violation
}

func (p *parser) fault(offset int, pointer string, code schemas.Code, format string, args ...any) {
	p.violations = append(p.violations, schemas.At(offset, pointer, code, fmt.Sprintf(format, args...)))
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
			p.fault(m.Offset, schemas.Key(pointer, m.Key), schemas.DuplicateKey, "the key %s stands here a second time", quote(m.Key))
		}
		if m.Value.Kind >= schemas.Array {
			p.doubled(&m.Value, schemas.Key(pointer, m.Key))
		}
	}
}

func (p *parser) root(n *schemas.Node) {
	if n.Kind != schemas.Object {
		p.fault(n.Offset, "", schemas.WrongType, "a query is an object, this is %s", n.Kind)
		return
	}
	var lower, upper *schemas.Node
	for i := range n.Members {
		m := &n.Members[i]
		if m.Doubled {
			continue
		}
		pointer := schemas.Key("", m.Key)
		selector, isSelector := p.ds.Selector(m.Key)
		switch {
		case isSelector:
			if m.Value.Kind != schemas.Null {
				p.selector(selector, &m.Value, pointer)
			}
		case !slices.Contains(reservedProperties, m.Key):
			allowed := p.properties()
			p.fault(m.Offset, pointer, schemas.UnknownProperty, "there is no property %s%s; a query has %s",
				quote(m.Key), schemas.DidYouMean(m.Key, allowed), list(allowed))
		case m.Value.Kind == schemas.Null:
		case m.Key == "lower":
			lower = p.object(&m.Value, pointer)
		case m.Key == "upper":
			upper = p.object(&m.Value, pointer)
		case m.Key == "fields":
			p.fields(&m.Value, pointer)
		case m.Key == "page":
			p.query.Page = p.count(&m.Value, pointer, maxPage)
		case m.Key == "per_page":
			limit := int64(maxPage)
			if p.ds.PageMax > 0 {
				limit = p.ds.PageMax
			}
			p.query.PerPage = p.count(&m.Value, pointer, limit)
		}
	}
	p.query.Filter = settle(p.query.Filter)
	p.bounds(lower, upper)
	// What no row satisfies makes every other condition idle.
	if i := slices.IndexFunc(p.query.Filter, func(c Predicate) bool { return c.Never }); i >= 0 {
		p.query.Filter = p.query.Filter[i : i+1]
	}
}

// reservedProperties are the query properties that every dataset has.
var reservedProperties = []string{"lower", "upper", "fields", "page", "per_page"}

func (p *parser) properties() []string {
	var names []string
	for _, s := range p.ds.Selectors {
		names = append(names, s.Name)
	}
	return append(names, reservedProperties...)
}

func (p *parser) object(n *schemas.Node, pointer string) *schemas.Node {
	if n.Kind != schemas.Object {
		p.fault(n.Offset, pointer, schemas.WrongType, "an object from field to bound belongs here, not %s", n.Kind)
		return nil
	}
	return n
}

// count reads an integer from 1 to limit, or 0 for what is none.
func (p *parser) count(n *schemas.Node, pointer string, limit int64) int64 {
	if n.Kind != schemas.Number {
		p.fault(n.Offset, pointer, schemas.WrongType, "an integer from 1 to %d belongs here, not %s", limit, n.Kind)
		return 0
	}
	i, exact, over := n.Floor()
	switch {
	case !exact:
		p.fault(n.Offset, pointer, schemas.WrongType, "an integer from 1 to %d belongs here, not the fraction %s", limit, clip(n.Text))
	case over != 0 || i < 1 || i > limit:
		p.fault(n.Offset, pointer, schemas.OutOfRange, "%s is not from 1 to %d", clip(n.Text), limit)
	default:
		return i
	}
	return 0
}

// fields reads the list of fields to answer: any for rows, those with a mean
// for means.
func (p *parser) fields(n *schemas.Node, pointer string) {
	if n.Kind != schemas.Array {
		p.fault(n.Offset, pointer, schemas.WrongType, "a list of field names belongs here, not %s", n.Kind)
		return
	}
	if len(n.Items) == 0 {
		p.fault(n.Offset, pointer, schemas.TooFew, "the list is empty; name a field, or leave the property out for all")
	}
	var allowed []string
	for i := range p.ds.Fields {
		if p.op != datasets.Mean || slices.Contains(p.ds.StatsFields, i) {
			allowed = append(allowed, p.ds.Fields[i].Name)
		}
	}
	chosen := make([]bool, len(p.ds.Fields))
	for i := range n.Items {
		item := &n.Items[i]
		at := schemas.Index(pointer, i)
		if item.Kind != schemas.String {
			p.fault(item.Offset, at, schemas.WrongType, "a field's name belongs here, not %s", item.Kind)
			continue
		}
		f, ok := p.ds.Field(item.Text)
		switch {
		case !ok || !slices.Contains(allowed, item.Text):
			p.fault(item.Offset, at, schemas.UnknownField, "there is no field %s to answer here%s; there is %s",
				quote(item.Text), schemas.DidYouMean(item.Text, allowed), list(allowed))
		case chosen[f]:
			p.fault(item.Offset, at, schemas.DuplicateValue, "%s stands here a second time", quote(item.Text))
		default:
			chosen[f] = true
		}
	}
	if !slices.Contains(chosen, false) {
		return // all fields, which is what no list asks for too
	}
	for f, ok := range chosen {
		if ok {
			p.query.Fields = append(p.query.Fields, f)
		}
	}
}

// bounds joins lower and upper into one range for each field, in field order.
func (p *parser) bounds(lower, upper *schemas.Node) {
	type pair struct{ lower, upper *schemas.Node }
	pairs := make([]pair, len(p.ds.Fields))
	each := func(object *schemas.Node, name string, set func(*pair, *schemas.Node)) {
		if object == nil {
			return
		}
		for i := range object.Members {
			m := &object.Members[i]
			if m.Doubled {
				continue
			}
			pointer := schemas.Key("/"+name, m.Key)
			f, ok := p.ds.Field(m.Key)
			if !ok || !slices.Contains(p.ds.Bounds, f) {
				p.unbounded(m, pointer, ok)
			} else if p.bound(&p.ds.Fields[f], &m.Value, pointer) {
				set(&pairs[f], &m.Value)
			}
		}
	}
	each(lower, "lower", func(b *pair, n *schemas.Node) { b.lower = n })
	each(upper, "upper", func(b *pair, n *schemas.Node) { b.upper = n })
	for f := range pairs {
		if b := &pairs[f]; b.lower != nil || b.upper != nil {
			p.ranged(f, b.lower, b.upper)
		}
	}
}

func (p *parser) unbounded(m *schemas.Member, pointer string, exists bool) {
	var allowed []string
	for _, f := range p.ds.Bounds {
		allowed = append(allowed, p.ds.Fields[f].Name)
	}
	if exists {
		p.fault(m.Offset, pointer, schemas.UnknownField, "the field %s takes no bounds; these do: %s", quote(m.Key), list(allowed))
		return
	}
	p.fault(m.Offset, pointer, schemas.UnknownField, "there is no field %s%s; bounds go on %s",
		quote(m.Key), schemas.DidYouMean(m.Key, allowed), list(allowed))
}

// bound reports whether n can bound the field, and says so where it cannot.
func (p *parser) bound(field *datasets.Field, n *schemas.Node, pointer string) bool {
	numeric := field.Numeric()
	switch {
	case numeric && n.Kind != schemas.Number:
		p.fault(n.Offset, pointer, schemas.WrongType, "a number belongs here, not %s", n.Kind)
	case !numeric && n.Kind != schemas.String:
		p.fault(n.Offset, pointer, schemas.WrongType, "%s belongs here, not %s", article(field.Type), n.Kind)
	case numeric:
		if _, finite := n.Float(); !finite {
			p.fault(n.Offset, pointer, schemas.NotFinite, "%s is beyond the range of a float64", clip(n.Text))
			return false
		}
		return true
	default:
		_, ok := p.text(field, n, pointer)
		return ok
	}
	return false
}

// ranged adds the range of two bounds that are good each by itself; either may
// be nil.
func (p *parser) ranged(f int, lower, upper *schemas.Node) {
	field := &p.ds.Fields[f]
	r := Predicate{Field: f}
	if lower != nil {
		r.Min, r.Never = p.limit(field, lower, true)
	}
	if upper != nil {
		var never bool
		r.Max, never = p.limit(field, upper, false)
		r.Never = r.Never || never
	}
	if lower != nil && upper != nil {
		var above bool
		if field.Type == datasets.Integer {
			// What was rounded inward says no more which was above.
			above = schemas.CompareNumbers(lower, upper) > 0
		} else {
			above = compareValues(*r.Min, *r.Max, field.Type) > 0
		}
		if above {
			p.fault(lower.Offset, schemas.Key("/lower", field.Name), schemas.LowerAboveUpper,
				"the lower bound %s is above the upper bound %s", clip(lower.Text), clip(upper.Text))
			return
		}
		// Two bounds between neighbouring integers leave none.
		if !r.Never && compareValues(*r.Min, *r.Max, field.Type) > 0 {
			r.Never = true
		}
	}
	if r.Never {
		r.Min, r.Max = nil, nil
	}
	p.query.Filter = append(p.query.Filter, r)
}

// limit returns the bound as a value of the field. An integer field's is
// rounded inward, exactly; never is true where no int64 lies within it.
func (p *parser) limit(field *datasets.Field, n *schemas.Node, lower bool) (limit *Value, never bool) {
	switch field.Type {
	case datasets.Number:
		f, _ := n.Float()
		return &Value{Float: f + 0}, false // + 0 makes -0 a plain zero
	case datasets.Integer:
		i, exact, over := n.Floor()
		switch {
		case over > 0 && lower, over < 0 && !lower:
			return nil, true
		case over > 0:
			i = math.MaxInt64
		case over < 0:
			i = math.MinInt64
		case lower && !exact:
			if i == math.MaxInt64 {
				return nil, true
			}
			i++
		}
		return &Value{Int: i}, false
	default:
		v, _ := p.text(field, n, "")
		return &v, false
	}
}

// clip shortens a literal of absurd length for a message.
func clip(text string) string {
	if len(text) > 40 {
		return text[:40] + "…"
	}
	return text
}

// quote writes a name as JSON, shortened.
func quote(name string) string {
	const most = 64
	if runes := []rune(name); len(runes) > most {
		name = string(runes[:most]) + "…"
	}
	return string(AppendString(nil, name))
}

// list joins names for a message; a long list ends in a count.
func list(names []string) string {
	const most = 40
	if len(names) == 0 {
		return "none"
	}
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}
