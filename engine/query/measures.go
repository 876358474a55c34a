package query

import (
	"slices"

	"herbarium/engine/plan"
	"herbarium/schemas"
)

// maxMeasures is how many measures a query may ask for.
const maxMeasures = 1000

// rowsName stands for rows among the fields of measures.
const rowsName = "*"

// measures reads lists of measures by field. They come in the order of fields,
// those of rows first.
func (p *parser) measures(n *schemas.Node) {
	const pointer = "/measures"
	object := p.object(n, pointer, "lists of measures")
	if object == nil {
		return
	}
	if len(object.Members) == 0 {
		p.fault(n.Offset, pointer, schemas.TooFew, "no measure is named; write such as {\"*\": [\"count\"]}, or leave the property out")
		return
	}
	named := 0
	for i := range object.Members {
		named += len(object.Members[i].Value.Items)
	}
	if named > maxMeasures {
		p.fault(n.Offset, pointer, schemas.OutOfRange, "%d measures are named; at most %d are allowed", named, maxMeasures)
		return
	}
	lists := make([][]plan.Measured, 1+len(p.ds.Fields)) // of rows, then by field
	for i := range object.Members {
		m := &object.Members[i]
		if m.Doubled {
			continue
		}
		at := schemas.Key(pointer, m.Key)
		f, ok := p.ds.Field(m.Key)
		switch {
		case ok:
			lists[1+f] = p.measuresOf(f, &m.Value, at)
		case m.Key == rowsName:
			lists[0] = p.measuresOf(plan.NoField, &m.Value, at)
		default:
			all := append([]string{rowsName}, p.fieldNames(nil)...)
			p.fault(m.Offset, at, schemas.UnknownField, "there is no field %s%s; there are %s",
				schemas.Quote(m.Key), nearest(m.Key, all), choices(all))
		}
	}
	p.query.Measures = slices.Concat(lists...)
}

// measuresOf reads the measures of a field, or of rows.
func (p *parser) measuresOf(f int, n *schemas.Node, pointer string) []plan.Measured {
	if !p.list(n, pointer, "measures", "name a measure, or leave the field out") {
		return nil
	}
	var measures []plan.Measured
	for i := range n.Items {
		item := &n.Items[i]
		at := schemas.Index(pointer, i)
		if item.Kind != schemas.String {
			p.fault(item.Offset, at, schemas.WrongType, "must be a measure's name, not %s", p.sent(item))
			continue
		}
		m, ok := p.measure(f, item, at)
		switch {
		case !ok:
		case slices.ContainsFunc(measures, func(other plan.Measured) bool { return other.Name == m.Name }):
			p.fault(item.Offset, at, schemas.DuplicateValue, "%s is repeated", schemas.Quote(item.Text))
		default:
			measures = append(measures, plan.Measured{Measure: m, Field: f})
		}
	}
	return measures
}

// measure reads a measure of a field, or of rows.
func (p *parser) measure(f int, n *schemas.Node, pointer string) (*plan.Measure, bool) {
	if f == plan.NoField {
		m, ok := plan.MeasureOfRows(n.Text)
		if !ok {
			p.fault(n.Offset, pointer, schemas.NotInEnum, "%s is no measure of rows; there is count", schemas.Quote(n.Text))
		}
		return m, ok
	}
	field := &p.ds.Fields[f]
	var fit []string
	for _, m := range plan.Measures() {
		if m.Takes(field.Type) {
			fit = append(fit, m.Name)
		}
	}
	m, ok := plan.MeasureNamed(n.Text)
	switch {
	case !ok:
		p.fault(n.Offset, pointer, schemas.NotInEnum, "there is no measure %s%s; the field %s has %s, and percentiles from p0 to p100, such as p95 or p99.9",
			schemas.Quote(n.Text), nearest(n.Text, fit), field.Name, choices(fit))
	case !m.Takes(field.Type):
		p.fault(n.Offset, pointer, schemas.NotInEnum, "the field %s is %s, which has no %s; it has %s", field.Name, article(field.Type), n.Text, choices(fit))
		return nil, false
	}
	return m, ok
}
