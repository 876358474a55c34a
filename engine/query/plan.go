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
	var p *plan.Plan
	if op.Grouped() {
		measures, err := q.measures()
		if err != nil {
			return nil, err
		}
		p = plan.ByGroup(ds, op, q.keys(), measures)
	} else {
		p = plan.Rows(ds, op, q.Fields)
	}
	p.Filter = q.Filter
	p.Skip, p.Limit = q.Window()
	if q.After != nil {
		p.After = q.After.Last
	}
	return p, nil
}

// keys are what groups are made by.
func (q *Query) keys() []plan.Key {
	var keys []plan.Key
	for _, f := range q.Dataset.GroupBy {
		keys = append(keys, plan.Key{Field: f})
	}
	return keys
}

// measures are what is computed of each group.
func (q *Query) measures() ([]plan.Measured, error) {
	fields := q.Fields
	if fields == nil {
		fields = q.Dataset.StatsFields
	}
	var measures []plan.Measured
	for _, of := range q.Operation.Measures {
		find := plan.MeasureNamed
		if of.Of == datasets.OfRows {
			find = plan.MeasureOfRows
		}
		m, ok := find(of.Measure)
		if !ok {
			return nil, &fault.Error{Code: fault.Internal, Err: fmt.Errorf("operation %s: there is no measure %q", q.Operation, of.Measure)}
		}
		switch of.Of {
		case datasets.OfRows:
			measures = append(measures, plan.Measured{Measure: m, Field: plan.NoField})
		case datasets.OfStatsField:
			for _, f := range fields {
				measures = append(measures, plan.Measured{Measure: m, Field: f})
			}
		}
	}
	return measures, nil
}
