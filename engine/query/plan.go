package query

import (
	"fmt"

	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/engine/plan"
)

// Plan settles what the query asks of its dataset. The error is a *fault.Error
// with code UnknownOperation where the dataset does not offer the operation.
func (q *Query) Plan() (*plan.Plan, error) {
	ds, op := q.Dataset, q.Operation
	if !ds.Offers(op) {
		return nil, &fault.Error{Code: fault.UnknownOperation, Detail: fmt.Sprintf("dataset %s has no operation %s", ds.Name, op)}
	}
	p := q.unfiltered()
	p.Filter = q.Filter
	p.Order = q.order(p)
	p.Skip, p.Limit = q.Window()
	if q.After != nil {
		p.After, p.AfterValues = q.After.Last, q.After.Values
	}
	return p, nil
}

// unfiltered is what the query asks for of all rows, in the order of the store. Its
// columns are those of the answer.
func (q *Query) unfiltered() *plan.Plan {
	ds, op := q.Dataset, q.Operation
	switch {
	case !op.Grouped():
		return plan.Rows(ds, op, q.Fields)
	case op.Rows == datasets.PerField:
		return plan.ByField(ds, op, q.keys(), q.fields(), q.named())
	case op.Rows == datasets.PerPair:
		return plan.ByPair(ds, op, q.keys(), q.fields(), q.named())
	case op.Rows == datasets.PerBin:
		return plan.ByBin(ds, op, q.keys(), *q.Histogram)
	default:
		return plan.ByGroup(ds, op, q.keys(), q.measures())
	}
}

// fields are those that the query asks for.
func (q *Query) fields() []int {
	if q.Fields != nil {
		return q.Fields
	}
	return q.Operation.DefaultFields(q.Dataset)
}

// named are the measures of each field or pair, with the names of their columns.
func (q *Query) named() []plan.Named {
	var measures []plan.Named
	for _, of := range q.Operation.Measures {
		named := plan.MeasureNamed
		if of.Of == datasets.OfPair {
			named = plan.MeasureOfPairs
		}
		if m, ok := named(of.Measure); ok {
			measures = append(measures, plan.Named{Measure: m, Name: of.Column()})
		}
	}
	return measures
}

// order is the order of the answer: the query's, or the operation's.
func (q *Query) order(p *plan.Plan) []plan.SortKey {
	if q.Sort != nil {
		return q.Sort
	}
	names := make([]string, len(p.Columns))
	for i, c := range p.Columns {
		names[i] = c.Name
	}
	var order []plan.SortKey
	for _, text := range q.Operation.Sort {
		if key, ok := sortKey(text, names); ok {
			order = append(order, key)
		}
	}
	return order
}

// keys are what groups are made by.
func (q *Query) keys() []plan.Key {
	if q.GroupBy != nil {
		return q.GroupBy
	}
	var keys []plan.Key
	for _, f := range q.Operation.GroupsByDefault(q.Dataset) {
		keys = append(keys, plan.Key{Field: f})
	}
	return keys
}

// measures are what is computed of each group.
func (q *Query) measures() []plan.Measured {
	if q.Measures != nil {
		return q.Measures
	}
	var measures []plan.Measured
	for _, of := range q.Operation.Measures {
		if of.Of == datasets.OfRows {
			if m, ok := plan.MeasureOfRows(of.Measure); ok {
				measures = append(measures, plan.Measured{Measure: m, Field: plan.NoField})
			}
			continue
		}
		if m, ok := plan.MeasureNamed(of.Measure); ok {
			for _, f := range q.fields() {
				measures = append(measures, plan.Measured{Measure: m, Field: f})
			}
		}
	}
	return measures
}
