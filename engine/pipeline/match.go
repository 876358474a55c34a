package pipeline

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// match is the document of a $match stage while it is written. A document
// cannot hold a key twice, so what would be a second condition of an operator goes
// into a list under $and.
type match struct {
	parts bson.D
	and   bson.A
}

// document returns what was written; empty where every row matches.
func (m *match) document() bson.D {
	if len(m.and) == 0 {
		return m.parts
	}
	return append(m.parts, bson.E{Key: "$and", Value: m.and})
}

// field adds operators that a field has to meet.
func (m *match) field(name string, operators bson.D) {
	i := slices.IndexFunc(m.parts, func(e bson.E) bool { return e.Key == name })
	if i < 0 {
		m.parts = append(m.parts, bson.E{Key: name, Value: operators})
		return
	}
	has := m.parts[i].Value.(bson.D)
	for _, e := range operators {
		if slices.ContainsFunc(has, func(h bson.E) bool { return h.Key == e.Key }) {
			m.and = append(m.and, bson.D{{Key: name, Value: operators}})
			return
		}
	}
	m.parts[i].Value = slices.Concat(has, operators)
}

// list adds the $or or $nor of a list of documents.
func (m *match) list(operator string, documents bson.A) {
	if slices.ContainsFunc(m.parts, func(e bson.E) bool { return e.Key == operator }) {
		m.and = append(m.and, bson.D{{Key: operator, Value: documents}})
		return
	}
	m.parts = append(m.parts, bson.E{Key: operator, Value: documents})
}

// condition adds what the condition asks of the dataset's rows.
func (m *match) condition(c *plan.Condition, ds *datasets.Dataset) {
	m.where(c.Where, ds)
	for _, list := range c.Any {
		m.list("$or", conditions(list, ds))
	}
	if len(c.Not) > 0 {
		m.list("$nor", conditions(c.Not, ds))
	}
}

// where adds predicates, which all have to hold.
func (m *match) where(predicates []plan.Predicate, ds *datasets.Dataset) {
	for i := range predicates {
		field := &ds.Fields[predicates[i].Field]
		m.field(field.Name, operators(&predicates[i], field.Type))
	}
}

// conditions writes each condition of a list as a document.
func conditions(list []plan.Condition, ds *datasets.Dataset) bson.A {
	documents := bson.A{}
	for i := range list {
		var m match
		m.condition(&list[i], ds)
		document := m.document()
		if document == nil {
			document = bson.D{} // it always holds
		}
		documents = append(documents, document)
	}
	return documents
}

// operators writes the predicate in MongoDB's query operators. A comparison is
// only met by values of the operand's own type, so never by a null.
func operators(p *plan.Predicate, t datasets.Type) bson.D {
	switch {
	case p.Text != nil:
		return textOperators(p.Text)
	case p.Never:
		return bson.D{{Key: "$in", Value: bson.A{}}}
	case len(p.In) > 0 || p.Null:
		return membership(p, t)
	case p.IsPresent():
		return present()
	}
	var d bson.D
	if p.Min != nil {
		d = append(d, bson.E{Key: bound("$gt", p.MinOpen), Value: bsonValue(*p.Min, t)})
	}
	if p.Max != nil {
		d = append(d, bson.E{Key: bound("$lt", p.MaxOpen), Value: bsonValue(*p.Max, t)})
	}
	return d
}

func bound(operator string, open bool) string {
	if open {
		return operator
	}
	return operator + "e"
}

// present is met by every value. Null stands for a missing field, too.
func present() bson.D { return bson.D{{Key: "$ne", Value: nil}} }

func membership(p *plan.Predicate, t datasets.Type) bson.D {
	values := bson.A{}
	if p.Null {
		values = append(values, nil)
	}
	for _, v := range p.In {
		values = append(values, bsonValue(v, t))
	}
	if len(values) == 1 {
		return bson.D{{Key: "$eq", Value: values[0]}}
	}
	return bson.D{{Key: "$in", Value: values}}
}

// bsonValue returns the value as a load stores it: a date is the instant of
// its midnight in UTC.
func bsonValue(v plan.Value, t datasets.Type) any {
	switch t {
	case datasets.Number:
		return v.Float
	case datasets.Integer:
		return v.Int
	case datasets.Boolean:
		return v.Int != 0
	case datasets.Date:
		return bson.DateTime(v.Int * datasets.MillisPerDay)
	case datasets.DateTime:
		return bson.DateTime(v.Int)
	default:
		return v.Str
	}
}
