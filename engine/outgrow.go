package engine

import "herbarium/datasets"

// outgrows reports whether the answer is certain to be larger than what is
// kept: all rows of a table of so many, in each a byte for every value but for
// booleans, which some formats pack. To share it would be to copy its beginning
// for nothing.
func (a *Answer) outgrows(format Format) bool {
	q, rows := a.query, a.table.Info().Rows
	_, limit := q.window()
	if a.op != datasets.Range || len(q.Filter) > 0 || q.After != nil || limit >= 0 || format.Compressed {
		return false
	}
	values := int64(0)
	count := func(field int) {
		if q.Dataset.Fields[field].Type != datasets.Boolean {
			values++
		}
	}
	if q.Fields == nil {
		for i := range q.Dataset.Fields {
			count(i)
		}
	}
	for _, field := range q.Fields {
		count(field)
	}
	return values > 0 && rows > int64(a.engine.answers.most)/values
}
