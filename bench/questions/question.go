// Package questions measures what people ask of one table, inside the process: our
// engine, DuckDB, polars in a process of its own, and what memory allows.
package questions

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"herbarium/bench/contest"
	"herbarium/bench/data"
	"herbarium/datasets"
)

// question is a row of what is measured.
type question struct {
	name string
	what string
	// bounded says that a is at least 5 and b at most 5, which a quarter of the rows are.
	bounded bool
	parts   []part
	reads   []int // the columns that it touches
	rounds  int   // how often it is asked, at the most; 0: in each round
	repeat  int   // how often ours is asked for one time; 0: once
	polars  bool  // whether polars takes part
	goals   []contest.Goal
}

// part is one request of a question, and what it is in SQL.
type part struct {
	op   *datasets.Operation
	body map[string]any
	// columns are those of our answer, in the order of those of the SQL's.
	columns []string
	// sql asks the same; %s stands for its condition.
	sql string
	// exact is what the answers are compared by, where sql is not exact; else empty.
	exact string
	// contains says that a text which contains a pattern is looked for as well.
	contains bool
}

// The bounds of all questions. Those of a are fixed.
const (
	lowerA = 5.0
	upperB = 5.0
)

// asking is a question for the nth time. No answer is asked for twice: each time the
// upper bound is higher by less than values are apart, and the pattern is another.
type asking int

func (n asking) upperB() float64 { return upperB + float64(n)*1e-7 }

// pattern is three hexadecimal digits.
func (n asking) pattern() string { return fmt.Sprintf("%03x", (0xab7+int(n)*0x1d3)&0xfff) }

// request returns the part as a request says it.
func (q *question) request(p *part, n asking) map[string]any {
	body := maps.Clone(p.body)
	if body == nil {
		body = map[string]any{}
	}
	if q.bounded {
		body["lower"], body["upper"] = map[string]any{"a": lowerA}, map[string]any{"b": n.upperB()}
	}
	if p.contains {
		body["contains"] = map[string]any{"most": n.pattern()}
	}
	return body
}

// statement returns the part as SQL, with its arguments.
func (q *question) statement(p *part, text string, n asking) (_ string, arguments []any) {
	condition := ""
	if q.bounded {
		condition = "WHERE a >= ? AND b <= ?"
		arguments = []any{lowerA, n.upperB()}
	}
	if p.contains {
		condition = "WHERE contains(most, ?)"
		arguments = []any{n.pattern()}
	}
	return fmt.Sprintf(text, condition), arguments
}

// The names of contenders.
const (
	herbarium   = "herbarium"
	duckDB      = "duckdb"
	polars      = "polars"
	memoryLimit = "reading the columns"
)

// times is the goal to be so many times as fast as DuckDB.
func times(n float64) contest.Goal {
	return contest.Goal{Contender: herbarium, Against: duckDB, Times: n}
}

// aside is the ratio to polars, which is no goal.
var aside = contest.Goal{Contender: herbarium, Against: polars}

// questions returns all questions but those about an order.
func questions() []question {
	numbers := []int{data.AskedA, data.AskedB, data.AskedC, data.AskedD}
	by := func(columns ...int) []int { return append(columns, data.AskedA, data.AskedB) }
	return []question{
		{
			name: "Q1", what: "count, sum, min, max, mean and stddev of 4 numbers by 3 groups, two bounds",
			bounded: true, polars: true, parts: []part{spreads()}, reads: append(numbers, data.AskedKind),
			goals: []contest.Goal{times(4), {Contender: herbarium, Against: memoryLimit, Times: 0.5}, aside},
		},
		{
			name: "Q2", what: "mean by month in Europe/Berlin, two bounds", bounded: true, polars: true, reads: by(data.AskedD, data.AskedAt),
			parts: []part{{
				op:      datasets.Stats,
				body:    map[string]any{"group_by": []any{map[string]any{"field": "at", "by": "month", "timezone": "Europe/Berlin"}}, "measures": map[string]any{"d": []string{"mean"}}},
				columns: []string{"at", "mean_d"},
				sql: "SELECT strftime(month, '%%Y-%%m'), mean FROM (SELECT date_trunc('month', \"at\" AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin') AS month," +
					" avg(d) AS mean FROM m %s GROUP BY 1) ORDER BY 1",
			}},
			goals: []contest.Goal{times(4), aside},
		},
		quantiles("Q3", "3", "kind", data.AskedKind),
		quantiles("Q3 1,000", "1,000", "many", data.AskedMany),
		distinct("Q4 1,000", "1,000", "many", data.AskedMany, false, 5),
		distinct("Q4 1,000 bounds", "1,000", "many", data.AskedMany, true, 5),
		distinct("Q4 1,000,000", "1,000,000", "most", data.AskedMost, false, 2),
		distinct("Q4 1,000,000 bounds", "1,000,000", "most", data.AskedMost, true, 2),
		{
			name: "Q6", what: "histogram of 50 bins by 3 groups, no bounds", parts: []part{bins()}, reads: []int{data.AskedC, data.AskedKind}, repeat: 20,
			goals: []contest.Goal{{Contender: herbarium, Within: 5 * time.Millisecond}, times(0)},
		},
		{
			name: "Q6 bounds", what: "histogram of 50 bins by 3 groups, two bounds", bounded: true, parts: []part{bins()}, reads: by(data.AskedC, data.AskedKind),
			goals: []contest.Goal{times(4)},
		},
		{
			name: "Q7", what: "correlations of 4 numbers, two bounds", bounded: true, parts: []part{correlations()}, reads: numbers,
			goals: []contest.Goal{times(3)},
		},
		{
			name: "Q8", what: "count of the rows of which a text of 1,000,000 values contains another", reads: []int{data.AskedMost},
			parts: []part{{
				op: datasets.Count, body: map[string]any{"group_by": []any{}}, columns: []string{"count"},
				sql: "SELECT count(*) FROM m %s", contains: true,
			}},
			goals: []contest.Goal{times(2)},
		},
		{
			name: "Q9", what: "summary of 8 fields, with exact distinct counts and quartiles", parts: []part{summary()}, rounds: 3,
			reads: append(numbers, data.AskedKind, data.AskedMany, data.AskedMost, data.AskedAt),
			goals: []contest.Goal{times(5)},
		},
	}
}

// correlations asks for those of each two numbers.
func correlations() part {
	var each, pairs []string
	fields := []string{"a", "b", "c", "d"}
	for i, x := range fields {
		for _, y := range fields[i+1:] {
			each = append(each, fmt.Sprintf("corr(%s, %s) AS %s%s", x, y, x, y))
			pairs = append(pairs, fmt.Sprintf("SELECT '%s' AS x, '%s' AS y, n, %s%s FROM s", x, y, x, y))
		}
	}
	return part{
		op: datasets.Correlation, body: map[string]any{"fields": fields, "group_by": []any{}}, columns: []string{"x", "y", "n", "r"},
		sql: "WITH s AS MATERIALIZED (SELECT count(*) AS n, " + strings.Join(each, ", ") + " FROM m %s) " + strings.Join(pairs, " UNION ALL ") + " ORDER BY x, y",
	}
}

// summary asks what all fields are like. What is timed is DuckDB's SUMMARIZE, whose
// distinct counts and quartiles are estimates. Quartiles are compared in Q3.
func summary() part {
	var each []string
	for i, field := range []string{"a", "b", "c", "d", "kind", "many", "most", `"at"`} {
		spread := "NULL, NULL"
		if i < 4 {
			spread = fmt.Sprintf("avg(%[1]s), stddev_samp(%[1]s)", field)
		}
		each = append(each, fmt.Sprintf("SELECT %d AS place, '%s' AS field, count(%[3]s), count(*) - count(%[3]s), count(DISTINCT %[3]s), %[4]s FROM m %%[1]s",
			i, strings.Trim(field, `"`), field, spread))
	}
	return part{
		op: datasets.Summary, body: map[string]any{"group_by": []any{}},
		columns: []string{"field", "count", "missing", "distinct", "mean", "stddev"},
		sql:     "SELECT * FROM (SUMMARIZE m) %s",
		exact:   "SELECT * EXCLUDE (place) FROM (" + strings.Join(each, " UNION ALL ") + ") ORDER BY place",
	}
}

// spreads asks what the numbers are like, by group.
func spreads() part {
	p := part{op: datasets.Stats, columns: []string{"kind"}, sql: "SELECT kind"}
	measures := map[string]any{}
	for _, field := range []string{"a", "b", "c", "d"} {
		measures[field] = []string{"count", "sum", "min", "max", "mean", "stddev"}
		for _, m := range []struct{ ours, theirs string }{{"count", "count"}, {"sum", "sum"}, {"min", "min"}, {"max", "max"}, {"mean", "avg"}, {"stddev", "stddev_samp"}} {
			p.columns = append(p.columns, m.ours+"_"+field)
			p.sql += fmt.Sprintf(", %s(%s)", m.theirs, field)
		}
	}
	p.body = map[string]any{"group_by": []string{"kind"}, "measures": measures}
	p.sql += " FROM m %s GROUP BY 1 ORDER BY 1"
	return p
}

// quantiles asks for the median and another quantile of a number by a text.
func quantiles(name, groups, by string, column int) question {
	return question{
		name: name, what: "exact median and p95 of a number by " + groups + " groups, two bounds", bounded: true, polars: true,
		reads: []int{data.AskedA, data.AskedB, data.AskedC, column},
		parts: []part{{
			op:      datasets.Stats,
			body:    map[string]any{"group_by": []string{by}, "measures": map[string]any{"c": []string{"median", "p95"}}},
			columns: []string{by, "median_c", "p95_c"},
			sql:     "SELECT " + by + ", q[1], q[2] FROM (SELECT " + by + ", quantile_cont(c, [0.5, 0.95]) AS q FROM m %s GROUP BY 1) ORDER BY 1",
		}},
		goals: []contest.Goal{times(3), aside},
	}
}

// distinct asks how many values a text has, and which ten are the most frequent.
func distinct(name, values, field string, column int, bounded bool, goal float64) question {
	q := question{
		name: name, what: "distinct count and top 10 of a text of " + values + " values", bounded: bounded, polars: true, reads: []int{column},
		parts: []part{{
			op:      datasets.Stats,
			body:    map[string]any{"group_by": []any{}, "measures": map[string]any{field: []string{"distinct"}}},
			columns: []string{"distinct_" + field}, sql: "SELECT count(DISTINCT " + field + ") FROM m %s",
		}, {
			op: datasets.Distinct, body: map[string]any{"field": field, "per_page": 10}, columns: []string{"value", "count"},
			sql: "SELECT " + field + ", count(*) FROM m %s GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10",
		}},
		goals: []contest.Goal{times(goal), aside},
	}
	if bounded {
		q.what += ", two bounds"
		q.reads = append(q.reads, data.AskedA, data.AskedB)
	}
	return q
}

// bins asks for a histogram by group.
func bins() part {
	var edges []float64
	for i := range 51 {
		edges = append(edges, float64(2*i))
	}
	return part{
		op:      datasets.Histogram,
		body:    map[string]any{"field": "c", "edges": edges, "group_by": []string{"kind"}},
		columns: []string{"kind", "from", "count"},
		sql:     "SELECT kind, 2 * CAST(least(floor(c / 2), 49) AS INTEGER), count(*) FROM m %s GROUP BY 1, 2 ORDER BY 1, 2",
	}
}
