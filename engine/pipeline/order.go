package pipeline

import (
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/engine/plan"
)

// sortStage orders rows by the plan's order, and rows that it leaves equal in
// load order. To $sort a missing field is a null, which is less than every value;
// -0 and 0 are equal.
func sortStage(p *plan.Plan) bson.D {
	var by bson.D
	for _, key := range p.Order {
		direction := 1
		if key.Descending {
			direction = -1
		}
		by = append(by, bson.E{Key: p.Dataset.Fields[key.By].Name, Value: direction})
	}
	return bson.D{{Key: "$sort", Value: append(by, bson.E{Key: loadOrder, Value: 1})}}
}

// after adds the condition that a row comes after the plan's After. After row is
// the condition on _id that rows later in load order meet.
//
// It is the condition of keyset pagination: a row follows where the first part
// of the order in which it differs puts it later, or where none does and it was
// loaded later.
func (m *match) after(p *plan.Plan, row bson.D) {
	if len(p.Order) == 0 {
		for _, e := range row {
			if e.Key == "$or" {
				m.list(e.Key, e.Value.(bson.A))
			} else {
				m.field(e.Key, e.Value.(bson.D))
			}
		}
		return
	}
	if first := p.Order[0]; !first.Descending && !p.AfterValues[0].Null {
		// An index of this field is read from here on.
		field := &p.Dataset.Fields[first.By]
		m.field(field.Name, bson.D{{Key: "$gte", Value: bsonValue(p.AfterValues[0].Value, field.Type)}})
	}
	alternatives := bson.A{}
	var equal match
	for i, key := range p.Order {
		field, v := &p.Dataset.Fields[key.By], p.AfterValues[i]
		var value any
		if !v.Null {
			value = bsonValue(v.Value, field.Type)
		}
		for _, later := range later(value, key.Descending) {
			next := equal.clone()
			next.field(field.Name, later)
			alternatives = append(alternatives, next.document())
		}
		equal.field(field.Name, bson.D{{Key: "$eq", Value: value}})
	}
	equal.after(&plan.Plan{}, row)
	m.list("$or", append(alternatives, equal.document()))
}

// later returns what values meet that come later than the value, as alternatives.
func later(value any, descending bool) []bson.D {
	switch {
	case descending && value == nil:
		return nil
	case descending:
		return []bson.D{{{Key: "$lt", Value: value}}, {{Key: "$eq", Value: nil}}}
	case value == nil:
		return []bson.D{present()}
	default:
		return []bson.D{{{Key: "$gt", Value: value}}}
	}
}

func (m *match) clone() *match {
	return &match{parts: append(bson.D(nil), m.parts...), and: append(bson.A(nil), m.and...)}
}

// SortName is what PageEnd calls the value of the i-th part of the order.
func SortName(i int) string { return "s" + strconv.Itoa(i) }

// PageEnd writes the pipeline that finds the end of a page of rows: the
// _id of the page's last row, and of the one that follows it, each with the values
// of the plan's order. A page that is not full gives none.
func PageEnd(p *plan.Plan, unmanaged bool) Pipeline {
	from := p
	var pl Pipeline
	if unmanaged {
		pl, from = unmanagedRows(p, true, true), withReadNames(p)
	} else {
		pl = append(matching(p), sortStage(p))
	}
	pl = append(pl, windowStages(p.Skip+p.Limit-1, 2)...)
	project := bson.D{{Key: loadOrder, Value: 1}}
	for i, key := range p.Order {
		project = append(project, bson.E{Key: SortName(i), Value: "$" + from.Dataset.Fields[key.By].Name})
	}
	return append(pl, bson.D{{Key: "$project", Value: project}})
}
