package columnar

import (
	"context"

	"herbarium/datasets"
	"herbarium/engine"
)

// table is one version of a dataset's rows.
type table struct {
	fields  []datasets.Field
	columns []*column
	rows    int
	version string
	workers int
}

// Info is what is known of the table.
func (t *table) Info() engine.TableInfo {
	return engine.TableInfo{Version: t.version, Rows: int64(t.rows), Place: "columnar, in memory"}
}

// serves reports whether the table has the dataset's fields and groups.
func (t *table) serves(ds *datasets.Dataset) bool {
	if len(t.fields) != len(ds.Fields) {
		return false
	}
	for i := range t.fields {
		if t.fields[i].Name != ds.Fields[i].Name || t.fields[i].Type != ds.Fields[i].Type {
			return false
		}
	}
	for _, f := range ds.GroupBy {
		if t.columns[f].groups == nil {
			return false
		}
	}
	return true
}

// Run starts the plan.
func (t *table) Run(ctx context.Context, plan *engine.Plan) (engine.Cursor, error) {
	tests := make([]test, len(plan.Filter))
	for i := range plan.Filter {
		tests[i] = t.columns[plan.Filter[i].Field].test(&plan.Filter[i])
	}
	f := &filter{rows: t.rows, tests: tests}
	if plan.Operation == datasets.Mean {
		return t.mean(ctx, plan, f)
	}
	return t.scan(plan, f), nil
}

// blocks returns how many blocks hold the rows.
func blocks(rows int) int { return (rows + blockRows - 1) / blockRows }

// span returns the rows of block b: from start, before end.
func span(b, rows int) (start, end int) {
	return b * blockRows, min((b+1)*blockRows, rows)
}
