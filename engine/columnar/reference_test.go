package columnar

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"herbarium/datasets"
	"herbarium/engine"
)

// The reference evaluates a plan a row at a time, over values that may be nil.

type reference struct {
	ds   *datasets.Dataset
	rows [][]*engine.Value
}

func compare(a, b engine.Value) int {
	return cmp.Or(cmp.Compare(a.Float+0, b.Float+0), cmp.Compare(a.Int, b.Int), strings.Compare(a.Str, b.Str))
}

func passes(p engine.Predicate, v *engine.Value) bool {
	switch {
	case p.Never:
		return false
	case len(p.In) > 0 || p.Null:
		if v == nil {
			return p.Null
		}
		return slices.ContainsFunc(p.In, func(w engine.Value) bool { return compare(*v, w) == 0 })
	case v == nil:
		return false
	}
	return (p.Min == nil || compare(*v, *p.Min) >= 0) && (p.Max == nil || compare(*v, *p.Max) <= 0)
}

// answer returns the plan's answer, a line of JSON values a row.
func (r *reference) answer(p *engine.Plan) []string {
	var matching [][]*engine.Value
	for _, row := range r.rows {
		if !slices.ContainsFunc(p.Filter, func(f engine.Predicate) bool { return !passes(f, row[f.Field]) }) {
			matching = append(matching, row)
		}
	}
	var lines []string
	if p.Operation == datasets.Range {
		for _, row := range matching {
			var line []string
			for _, f := range p.Fields {
				line = append(line, text(row[f], r.ds.Fields[f].Type))
			}
			lines = append(lines, strings.Join(line, " "))
		}
	} else {
		lines = r.means(p, matching)
	}
	if p.Skip >= int64(len(lines)) {
		return nil
	}
	lines = lines[p.Skip:]
	if p.Limit >= 0 && p.Limit < int64(len(lines)) {
		lines = lines[:p.Limit]
	}
	return lines
}

func (r *reference) means(p *engine.Plan, matching [][]*engine.Value) []string {
	key := func(row []*engine.Value) []*engine.Value {
		var k []*engine.Value
		for _, g := range p.GroupBy {
			k = append(k, row[g])
		}
		return k
	}
	compareKeys := func(a, b []*engine.Value) int {
		return slices.CompareFunc(a, b, func(a, b *engine.Value) int {
			switch {
			case a == nil || b == nil:
				return cmp.Compare(bitOf(a), bitOf(b))
			default:
				return compare(*a, *b)
			}
		})
	}
	slices.SortStableFunc(matching, func(a, b []*engine.Value) int { return compareKeys(key(a), key(b)) })
	var lines []string
	for len(matching) > 0 {
		n := 1
		for n < len(matching) && compareKeys(key(matching[0]), key(matching[n])) == 0 {
			n++
		}
		var line []string
		for _, f := range p.Fields {
			line = append(line, meanOf(matching[:n], f, r.ds.Fields[f].Type))
		}
		for i, g := range p.GroupBy {
			v := key(matching[0])[i]
			if v != nil && r.ds.Fields[g].Type == datasets.Number {
				v = &engine.Value{Float: v.Float + 0}
			}
			line = append(line, text(v, r.ds.Fields[g].Type))
		}
		lines = append(lines, strings.Join(line, " "))
		matching = matching[n:]
	}
	return lines
}

func bitOf(v *engine.Value) int {
	if v == nil {
		return 0
	}
	return 1
}

func meanOf(rows [][]*engine.Value, f int, t datasets.Type) string {
	total, n := new(big.Rat), 0
	for _, row := range rows {
		if v := row[f]; v != nil {
			n++
			if t == datasets.Number {
				total.Add(total, new(big.Rat).SetFloat64(v.Float))
			} else {
				total.Add(total, new(big.Rat).SetInt64(v.Int))
			}
		}
	}
	sum, _ := total.Float64()
	if n == 0 || math.IsInf(sum, 0) {
		return "null"
	}
	return string(engine.AppendFloat(nil, sum/float64(n)+0))
}

func text(v *engine.Value, t datasets.Type) string {
	if v == nil {
		return "null"
	}
	return string(v.Append(nil, t))
}

// lines runs the plan on the table.
func lines(t interface{ Fatal(...any) }, table engine.Table, p *engine.Plan) []string {
	cursor, err := table.Run(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cursor.Close() }()
	var all []string
	for {
		b, err := cursor.Next(context.Background())
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if b.Rows < 1 || b.Rows > engine.BatchRows || len(b.Columns) != len(p.Columns) {
			t.Fatal(fmt.Sprintf("a batch of %d rows and %d columns", b.Rows, len(b.Columns)))
		}
		for i := range b.Rows {
			var line []string
			for c := range b.Columns {
				if v := &b.Columns[c]; v.Null(i) {
					line = append(line, "null")
				} else {
					line = append(line, string(v.Value(i).Append(nil, p.Columns[c].Type)))
				}
			}
			all = append(all, strings.Join(line, " "))
		}
	}
}

// fill loads rows into a store in batches of the given size.
func fill(t interface{ Fatal(...any) }, s *Store, r *reference, size int) engine.Table {
	ctx := context.Background()
	load, err := s.Begin(ctx, r.ds)
	if err != nil {
		t.Fatal(err)
	}
	for rows := range slices.Chunk(r.rows, size) {
		if err := load.Write(ctx, batchOf(r.ds, rows)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := load.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	table, err := s.Table(ctx, r.ds)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// batchOf writes rows as a batch, with rubbish where there is no value.
func batchOf(ds *datasets.Dataset, rows [][]*engine.Value) *engine.Batch {
	b := &engine.Batch{Rows: len(rows)}
	for f := range ds.Fields {
		v := engine.Vector{Type: ds.Fields[f].Type, Valid: make([]uint64, (len(rows)+63)/64), Dict: []string{"rubbish"}}
		for i, row := range rows {
			value := engine.Value{Float: 99, Int: 99}
			if row[f] != nil {
				value = *row[f]
				v.Valid[i>>6] |= 1 << (i & 63)
			}
			v.Floats = append(v.Floats, value.Float)
			v.Ints = append(v.Ints, value.Int)
			code := uint32(0)
			if row[f] != nil && v.Type == datasets.String {
				v.Dict = append(v.Dict, value.Str)
				code = uint32(len(v.Dict) - 1)
			}
			v.Codes = append(v.Codes, code)
		}
		b.Columns = append(b.Columns, v)
	}
	return b
}

// everyType is a dataset with fields of every type.
func everyType(groupBy []int) *datasets.Dataset {
	ds := &datasets.Dataset{Name: "every", Operations: datasets.Operations(), GroupBy: groupBy, StatsFields: []int{0, 1}}
	for t := range datasets.TypeNames() {
		ds.Fields = append(ds.Fields, datasets.Field{Name: "f" + fmt.Sprint(t), Type: datasets.Type(t)})
	}
	return ds
}

func drawValue(t *rapid.T, kind datasets.Type, nulls int) *engine.Value {
	if rapid.IntRange(0, 99).Draw(t, "null") < nulls {
		return nil
	}
	switch kind {
	case datasets.Number:
		return &engine.Value{Float: rapid.OneOf(rapid.SampledFrom([]float64{1, 2, 3.5, 0, math.Copysign(0, -1)}), spread()).Draw(t, "float")}
	case datasets.Integer:
		return &engine.Value{Int: rapid.OneOf(rapid.SampledFrom([]int64{math.MinInt64, -1, 0, 1, math.MaxInt64}), rapid.Int64Range(-5, 5)).Draw(t, "int")}
	case datasets.Boolean:
		return &engine.Value{Int: rapid.Int64Range(0, 1).Draw(t, "bool")}
	case datasets.String:
		return &engine.Value{Str: rapid.SampledFrom([]string{"a", "b", "ab", "", "é", "Z", "zz"}).Draw(t, "text")}
	default:
		return &engine.Value{Int: rapid.Int64Range(-3, 3).Draw(t, "day")}
	}
}

func drawPredicate(t *rapid.T, ds *datasets.Dataset, f int) engine.Predicate {
	kind := ds.Fields[f].Type
	p := engine.Predicate{Field: f}
	switch rapid.IntRange(0, 9).Draw(t, "shape") {
	case 0:
		p.Never = true
	case 1, 2, 3, 4:
		if kind == datasets.Number || kind == datasets.DateTime {
			break
		}
		p.Null = rapid.Bool().Draw(t, "in null")
		for range rapid.IntRange(bitFor(!p.Null), 10).Draw(t, "values") {
			v := *drawValue(t, kind, 0)
			if !slices.ContainsFunc(p.In, func(w engine.Value) bool { return compare(v, w) == 0 }) {
				p.In = append(p.In, v)
			}
		}
		slices.SortFunc(p.In, compare)
		return p
	}
	if p.Never {
		return p
	}
	if rapid.Bool().Draw(t, "min") {
		p.Min = drawValue(t, kind, 0)
	}
	if p.Min == nil || rapid.Bool().Draw(t, "max") {
		p.Max = drawValue(t, kind, 0)
	}
	return p
}

func bitFor(b bool) int {
	if b {
		return 1
	}
	return 0
}

func drawPlan(t *rapid.T, ds *datasets.Dataset) *engine.Plan {
	q := &engine.Query{Dataset: ds}
	for f := range ds.Fields {
		if rapid.IntRange(0, 3).Draw(t, "filtered") == 0 {
			q.Filter = append(q.Filter, drawPredicate(t, ds, f))
		}
	}
	op := rapid.SampledFrom(datasets.Operations()).Draw(t, "operation")
	if rapid.Bool().Draw(t, "paged") {
		q.Page, q.PerPage = rapid.Int64Range(1, 9).Draw(t, "page"), rapid.SampledFrom([]int64{1, 3, 100, 5000}).Draw(t, "per page")
	}
	if rapid.Bool().Draw(t, "some fields") {
		q.Fields = [][]int{{0}, {1}, {0, 1}}[rapid.IntRange(0, 2).Draw(t, "fields")]
	}
	plan, err := engine.NewPlan(q, op)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func TestKernelsAgreeWithTheReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ds := everyType(rapid.SampledFrom([][]int{nil, {3}, {2, 3}, {5, 4}, {0}, {1, 3, 0}}).Draw(t, "group by"))
		r := &reference{ds: ds}
		nulls := rapid.SampledFrom([]int{0, 5, 50, 100}).Draw(t, "nulls in a hundred")
		// Few drawn rows, repeated up to around the borders of blocks.
		var drawn [][]*engine.Value
		for range rapid.IntRange(0, 30).Draw(t, "distinct rows") {
			row := make([]*engine.Value, len(ds.Fields))
			for f := range row {
				row[f] = drawValue(t, ds.Fields[f].Type, nulls)
			}
			drawn = append(drawn, row)
		}
		rows := rapid.SampledFrom([]int{0, 1, 63, 64, 65, 200, blockRows - 1, blockRows, blockRows + 1, 3*blockRows + 7}).Draw(t, "rows")
		runs := rapid.Bool().Draw(t, "in runs")
		for i := range rows {
			if len(drawn) == 0 {
				break
			}
			if runs { // so that whole blocks hold one value
				i /= blockRows / 2
			}
			r.rows = append(r.rows, drawn[i%len(drawn)])
		}
		s := NewStore()
		s.workers = rapid.IntRange(1, 4).Draw(t, "workers")
		table := fill(t, s, r, rapid.SampledFrom([]int{1000, engine.BatchRows}).Draw(t, "batch"))
		for range 4 {
			plan := drawPlan(t, ds)
			got, want := lines(t, table, plan), r.answer(plan)
			if !slices.Equal(got, want) {
				t.Fatalf("%s%d rows, want %d; first difference: %s", plan, len(got), len(want), difference(got, want))
			}
		}
	})
}

func difference(got, want []string) string {
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			var b bytes.Buffer
			for _, l := range [][]string{got, want} {
				if i < len(l) {
					fmt.Fprintf(&b, "\n%d: %s", i, l[i])
				}
			}
			return b.String()
		}
	}
	return "none"
}
