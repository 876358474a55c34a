package mongodb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"pgregory.net/rapid"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/internal/mongotest"
	"herbarium/engine/plan"
)

// kinds has a field of every type, one of them nested, and one with an index.
const kinds = `
dataset: kinds
fields:
  n: {type: number}
  i: {type: integer}
  b: {type: boolean}
  s.t: {type: string}
  d: {type: date}
  at: {type: date-time}
  kind: {type: string, enum: [x, y]}
`

// row is a row of kinds, by field.
type row []plan.Nullable

// nasty are values that stores might treat in another way than plan says.
var nasty = map[datasets.Type][]plan.Value{
	datasets.Number:   {{Float: 0}, {Float: math.Copysign(0, -1)}, {Float: 1}, {Float: 2.5}, {Float: -2.5}, {Float: 0.1}, {Float: 0.2}, {Float: 0.3}, {Float: 1e16}, {Float: -1e16}, {Float: 7.3e-7}, {Float: 12.34}},
	datasets.Integer:  {{Int: 0}, {Int: 1}, {Int: -1}, {Int: 10}, {Int: 1 << 40}, {Int: math.MaxInt64}, {Int: math.MinInt64}},
	datasets.Boolean:  {{Int: 0}, {Int: 1}},
	datasets.String:   {{Str: ""}, {Str: "a"}, {Str: "A.b"}, {Str: "Kelvin"}, {Str: "\u212aELVIN"}, {Str: "ſtraße"}, {Str: "STRASSE"}, {Str: "(*x)"}, {Str: "\U00010400"}, {Str: "\U00010428x"}, {Str: "é"}, {Str: "É"}, {Str: "\uffff"}},
	datasets.Date:     {{Int: 0}, {Int: -1}, {Int: 19000}, {Int: 19031}, {Int: 19358}, {Int: -718900}},
	datasets.DateTime: {{Int: 0}, {Int: -1}, {Int: 1729983600000}, {Int: 1729987200000}, {Int: 1729990800000}, {Int: 1711846800000}, {Int: 1711843200001}, {Int: 253370764800000}, {Int: -3786825300000}, {Int: -3786825180000}},
}

// nastyRows returns rows of all types' nasty values and nulls, mixed.
func nastyRows(ds *datasets.Dataset, n int) []row {
	rows := make([]row, n)
	seed := uint32(7)
	random := func(n int) int {
		seed = seed*1664525 + 1013904223
		return int(seed>>8) % n
	}
	for i := range rows {
		for f := range ds.Fields {
			values := nasty[ds.Fields[f].Type]
			v := plan.Nullable{Null: random(5) == 0}
			if ds.Fields[f].Name == "kind" {
				v.Str = []string{"x", "y"}[random(2)]
			} else if !v.Null {
				v.Value = values[random(len(values))]
			}
			rows[i] = append(rows[i], v)
		}
	}
	return rows
}

// batchOf returns the rows as a batch.
func batchOf(ds *datasets.Dataset, rows []row) *engine.Batch {
	b := &engine.Batch{Rows: len(rows), Columns: make([]engine.Vector, len(ds.Fields))}
	for f := range b.Columns {
		v := &b.Columns[f]
		*v = engine.Vector{Type: ds.Fields[f].Type, Valid: make([]uint64, (len(rows)+63)/64)}
		for i, r := range rows {
			v.Floats = append(v.Floats, r[f].Float)
			v.Ints = append(v.Ints, r[f].Int)
			v.Codes = append(v.Codes, uint32(len(v.Dict)))
			v.Dict = append(v.Dict, r[f].Str)
			if !r[f].Null {
				v.Valid[i/64] |= 1 << (i % 64)
			}
		}
	}
	return b
}

// meets reports whether the row meets the condition, by its definition.
func meets(c *plan.Condition, ds *datasets.Dataset, r row) bool {
	for i := range c.Where {
		if !meetsPredicate(&c.Where[i], ds, r) {
			return false
		}
	}
	one := func(list []plan.Condition) bool {
		return slices.ContainsFunc(list, func(c plan.Condition) bool { return meets(&c, ds, r) })
	}
	for _, list := range c.Any {
		if !one(list) {
			return false
		}
	}
	return !one(c.Not)
}

func meetsPredicate(p *plan.Predicate, ds *datasets.Dataset, r row) bool {
	v, t := r[p.Field], ds.Fields[p.Field].Type
	switch {
	case v.Null:
		return p.Null
	case p.Text != nil:
		return p.Text.Matches(v.Str)
	case p.Never:
		return false
	case len(p.In) > 0 || p.Null:
		return slices.ContainsFunc(p.In, func(in plan.Value) bool { return plan.Compare(in, v.Value, t) == 0 })
	}
	if p.Min != nil {
		if c := plan.Compare(v.Value, *p.Min, t); c < 0 || c == 0 && p.MinOpen {
			return false
		}
	}
	if p.Max != nil {
		if c := plan.Compare(v.Value, *p.Max, t); c > 0 || c == 0 && p.MaxOpen {
			return false
		}
	}
	return true
}

// rowsOf answers a plan of rows by its definition, without its window.
func rowsOf(p *plan.Plan, rows []row) []string {
	var found []row
	for _, r := range rows {
		if meets(&p.Filter, p.Dataset, r) {
			found = append(found, r)
		}
	}
	slices.SortStableFunc(found, func(a, b row) int {
		for _, key := range p.Order {
			c := plan.CompareNullable(a[key.By], b[key.By], p.Dataset.Fields[key.By].Type)
			if key.Descending {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
	var lines []string
	for _, r := range found {
		var line []string
		for i, f := range p.Fields {
			line = append(line, valueText(r[f], p.Columns[i].Type))
		}
		lines = append(lines, strings.Join(line, " "))
	}
	return lines
}

func valueText(v plan.Nullable, t datasets.Type) string {
	if v.Null {
		return "null"
	}
	return string(v.Append(nil, t))
}

// linesOf runs the plan and returns the answer's rows, and where the page ends.
func linesOf(table engine.Table, p *plan.Plan) (lines []string, end engine.PageEnd, err error) {
	ctx := context.Background()
	cursor, err := table.Run(ctx, p)
	if err != nil {
		return nil, end, err
	}
	defer func() { err = errors.Join(err, cursor.Close()) }()
	for first := true; ; first = false {
		b, err := cursor.Next(ctx)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, end, err
		}
		if first && p.Limit >= 0 {
			var failed error
			if end, failed = cursor.PageEnd(ctx); failed != nil {
				return nil, end, failed
			}
		}
		if err != nil {
			return lines, end, nil
		}
		for i := range b.Rows {
			var line []string
			for c := range b.Columns {
				v := plan.Nullable{Null: b.Columns[c].Null(i)}
				if !v.Null {
					v.Value = b.Columns[c].Value(i)
				}
				line = append(line, valueText(v, b.Columns[c].Type))
			}
			lines = append(lines, strings.Join(line, " "))
		}
	}
}

// differs says where two answers first differ; "" where they do not.
func differs(got, want []string) string {
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			return fmt.Sprintf("got %d rows, want %d; from row %d:\n got %q\nwant %q", len(got), len(want), i,
				got[min(i, len(got)):min(i+3, len(got))], want[min(i, len(want)):min(i+3, len(want))])
		}
	}
	return ""
}

// drawPredicate draws a predicate on any field.
func drawPredicate(t *rapid.T, ds *datasets.Dataset) plan.Predicate {
	f := rapid.IntRange(0, len(ds.Fields)-1).Draw(t, "field")
	kind := ds.Fields[f].Type
	value := func(label string) plan.Value {
		v := rapid.SampledFrom(nasty[kind]).Draw(t, label)
		v.Float += 0 // a query has no negative zero
		return v
	}
	p := plan.Predicate{Field: f}
	switch rapid.IntRange(0, 5).Draw(t, "predicate") {
	case 0:
		p.Null = true
	case 1:
	case 2:
		for range rapid.IntRange(1, 3).Draw(t, "members") {
			p.In = append(p.In, value("member"))
		}
		slices.SortFunc(p.In, func(a, b plan.Value) int { return plan.Compare(a, b, kind) })
		p.In = slices.CompactFunc(p.In, func(a, b plan.Value) bool { return plan.Compare(a, b, kind) == 0 })
		p.Null = rapid.Bool().Draw(t, "null")
	case 3:
		if p.Never = rapid.IntRange(0, 5).Draw(t, "never") == 0; p.Never {
			break
		}
		fallthrough
	default:
		if kind == datasets.String && rapid.Bool().Draw(t, "match") {
			p.Text = &plan.TextMatch{Prefix: rapid.Bool().Draw(t, "prefix")}
			for range rapid.IntRange(1, 2).Draw(t, "texts") {
				whole := []rune(value("text").Str)
				from := rapid.IntRange(0, len(whole)).Draw(t, "from")
				p.Text.Any = append(p.Text.Any, plan.Fold(string(whole[from:])))
			}
			break
		}
		low, high := value("min"), value("max")
		if rapid.Bool().Draw(t, "has min") {
			p.Min, p.MinOpen = &low, kind == datasets.String && rapid.Bool().Draw(t, "above")
		}
		if rapid.Bool().Draw(t, "has max") {
			p.Max, p.MaxOpen = &high, kind == datasets.String && rapid.Bool().Draw(t, "below")
		}
	}
	return p
}

func drawCondition(t *rapid.T, ds *datasets.Dataset, depth int) plan.Condition {
	var c plan.Condition
	for range rapid.IntRange(0, 2).Draw(t, "predicates") {
		c.Where = append(c.Where, drawPredicate(t, ds))
	}
	if depth == 0 {
		return c
	}
	list := func(n int) (list []plan.Condition) {
		for range n {
			list = append(list, drawCondition(t, ds, depth-1))
		}
		return list
	}
	for range rapid.IntRange(0, 2).Draw(t, "lists") {
		c.Any = append(c.Any, list(rapid.IntRange(1, 3).Draw(t, "alternatives")))
	}
	c.Not = list(rapid.IntRange(0, 1).Draw(t, "not"))
	return c
}

func drawOrder(t *rapid.T, columns int) []plan.SortKey {
	var order []plan.SortKey
	for _, by := range rapid.SliceOfNDistinct(rapid.IntRange(0, columns-1), 0, min(3, columns), rapid.ID).Draw(t, "order") {
		order = append(order, plan.SortKey{By: by, Descending: rapid.Bool().Draw(t, "descending")})
	}
	return order
}

// questionTables returns the same rows as a load wrote them, as an unmanaged
// collection has them, and in the columnar store.
func questionTables(t *testing.T, rows []row) (ds *datasets.Dataset, tables map[string]engine.Table) {
	t.Helper()
	ds = parseDataset(t, kinds)
	db := mongotest.Database(t)
	s := openIn(t, db)
	loadRows(t, s, ds, batchOf(ds, rows))
	tables = map[string]engine.Table{"loaded": currentTable(t, s, ds)}
	other := mongotest.Database(t)
	cursor, err := db.Collection(tables["loaded"].Info().Place).Find(context.Background(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	var documents []bson.D
	if err := cursor.All(context.Background(), &documents); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Collection(ds.Collection).InsertMany(context.Background(), documents); err != nil {
		t.Fatal(err)
	}
	tables["unmanaged"] = currentTable(t, openIn(t, other), ds)
	memory := columnar.NewStore(columnar.Options{})
	load, err := memory.Begin(context.Background(), ds, engine.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := load.Write(context.Background(), batchOf(ds, rows)); err != nil {
		t.Fatal(err)
	}
	if _, err := load.Commit(context.Background()); err != nil {
		t.Fatal(err)
	}
	if tables["columnar"], err = memory.Table(context.Background(), ds); err != nil {
		t.Fatal(err)
	}
	return ds, tables
}

// sortsByBytes reports whether the server sorts text by its bytes where it is asked
// for the simple collation, as MongoDB does.
func sortsByBytes(t *testing.T) bool {
	t.Helper()
	c := mongotest.Database(t).Collection("probe")
	if _, err := c.InsertMany(context.Background(), []any{bson.D{{Key: "x", Value: "a"}}, bson.D{{Key: "x", Value: "B"}}}); err != nil {
		t.Fatal(err)
	}
	cursor, err := c.Aggregate(context.Background(), bson.A{bson.D{{Key: "$sort", Value: bson.D{{Key: "x", Value: 1}}}}},
		options.Aggregate().SetCollation(&options.Collation{Locale: "simple"}))
	if err != nil {
		t.Fatal(err)
	}
	var got []struct{ X string }
	if err := cursor.All(context.Background(), &got); err != nil {
		t.Fatal(err)
	}
	return got[0].X == "B"
}

func TestConditionsAndOrdersAnswerAsTheirDefinitionsSay(t *testing.T) {
	rows := nastyRows(parseDataset(t, kinds), 120)
	ds, tables := questionTables(t, rows)
	byBytes := sortsByBytes(t)
	if !byBytes {
		t.Log("the server does not sort by the simple collation: text is not sorted by in an unmanaged collection")
	}
	rapid.Check(t, func(t *rapid.T) {
		table := tables[rapid.SampledFrom([]string{"loaded", "unmanaged", "columnar"}).Draw(t, "table")]
		p := plan.Rows(ds, nil, rapid.SampledFrom([][]int{nil, {0}, {3, 6}}).Draw(t, "fields"))
		p.Filter = drawCondition(t, ds, 2)
		p.Order = drawOrder(t, len(ds.Fields))
		if table.Info().Unmanaged && !byBytes {
			p.Order = slices.DeleteFunc(p.Order, func(key plan.SortKey) bool { return key.By == 3 })
		}
		want := rowsOf(p, rows)
		if rapid.IntRange(0, 3).Draw(t, "count") == 0 {
			if n, err := table.Count(context.Background(), p); err != nil || n != int64(len(want)) {
				t.Fatalf("%s: %scounts %d, %v; want %d", table.Info().Place, p, n, err, len(want))
			}
		}
		p.Limit = rapid.SampledFrom([]int64{-1, 1 + int64(len(want)/3), 1 + int64(len(want)/2)}).Draw(t, "limit")
		var got []string
		for {
			lines, end, err := linesOf(table, p)
			if err != nil {
				t.Fatalf("%s%v", p, err)
			}
			got = append(got, lines...)
			if p.Limit < 0 || !end.More {
				break
			}
			p.After, p.AfterValues = end.Last, end.LastValues
		}
		if difference := differs(got, want); difference != "" {
			t.Fatalf("%s: %s%s", table.Info().Place, p, difference)
		}
	})
}
