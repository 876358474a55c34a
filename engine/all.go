package engine

import "herbarium/datasets"

// AllRows returns the plan of all rows of the dataset, with all fields, in
// load order. It runs also where the dataset does not offer range.
func AllRows(ds *datasets.Dataset) *Plan {
	p := &Plan{Dataset: ds, Operation: datasets.Range, Limit: -1}
	for i := range ds.Fields {
		p.Fields = append(p.Fields, i)
		p.Columns = append(p.Columns, Column{Name: ds.Fields[i].Name, Type: ds.Fields[i].Type})
	}
	return p
}
