package engine_test

import (
	"slices"
	"strings"

	"herbarium/datasets"
)

// summarized are the measures of a summary, by the names of their columns.
var summarized = []struct{ column, measure string }{
	{"count", "count"}, {"missing", "missing"}, {"distinct", "distinct"}, {"min", "min"}, {"max", "max"}, {"mean", "mean"},
	{"stddev", "stddev"}, {"p25", "p25"}, {"median", "median"}, {"p75", "p75"}, {"most_frequent", "mode"},
}

// summaryColumns are the columns of a summary before its keys.
func summaryColumns() []madeColumn {
	columns := []madeColumn{{name: "field", kind: datasets.String}, {name: "type", kind: datasets.String}}
	for _, s := range summarized {
		switch kind := measuredKind(s.measure, datasets.Date); kind {
		case datasets.Integer, datasets.Number:
			columns = append(columns, madeColumn{name: s.column, kind: kind})
		default:
			columns = append(columns, madeColumn{name: s.column, kind: datasets.String, variant: true})
		}
	}
	return columns
}

// summaryNames are their names.
func summaryNames() []string {
	var names []string
	for _, c := range summaryColumns() {
		names = append(names, c.name)
	}
	return names
}

// summaries returns a row for each field in each group.
func (r *reference) summaries(q *madeQuery, rows [][]cell) [][]cell {
	columns := summaryColumns()
	var answer [][]cell
	for _, g := range r.grouped(q, rows, "stats/summary") {
		for i := range r.fields {
			f := &r.fields[i]
			if q.fields != nil && !slices.Contains(q.fields, i) {
				continue
			}
			row := []cell{{s: f.name}, {s: f.kind.String()}}
			has := strings.Fields(measuresOf[f.kind] + " p25 p75")
			for n, s := range summarized {
				ordered := f.numeric() || f.kind == datasets.Date || f.kind == datasets.DateTime
				if !slices.Contains(has, s.measure) || strings.HasPrefix(s.measure, "p") && !ordered {
					row = append(row, cell{null: true})
					continue
				}
				kind := measuredKind(s.measure, f.kind)
				c := r.measure(madeMeasure{s.measure, i}, kind, g.rows)
				if columns[2+n].variant && !c.null {
					of := madeField{kind: kind}
					c = cell{raw: of.json(c)}
				}
				row = append(row, c)
			}
			answer = append(answer, append(row, g.labels...))
		}
	}
	return answer
}
