package columnar

import (
	"cmp"
	"context"
	"io"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"
	"unicode"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar/internal/bitmap"
	"herbarium/engine/columnar/internal/files"
	"herbarium/engine/plan"
)

// cellValue is a value or null; rows of them are what the reference works on.
type cellValue struct {
	ok bool
	v  plan.Value
}

type fataler interface{ Fatalf(string, ...any) }

func compareAs(kind datasets.Type, a, b plan.Value) int {
	switch kind {
	case datasets.Number:
		return cmp.Compare(a.Float+0, b.Float+0) // −0 and 0 are one value
	case datasets.String:
		return strings.Compare(a.Str, b.Str)
	default:
		return cmp.Compare(a.Int, b.Int)
	}
}

func holds(p *plan.Predicate, kind datasets.Type, c cellValue) bool {
	if p.Never {
		return false
	}
	if len(p.In) > 0 || p.Null {
		if !c.ok {
			return p.Null
		}
		return slices.ContainsFunc(p.In, func(v plan.Value) bool { return compareAs(kind, v, c.v) == 0 })
	}
	if p.Text != nil {
		return c.ok && slices.ContainsFunc(p.Text.Any, func(wanted string) bool { return matches(c.v.Str, wanted, p.Text.Prefix) })
	}
	within := func(order int, open bool) bool { return order < 0 || order == 0 && !open }
	return c.ok && (p.Min == nil || within(compareAs(kind, *p.Min, c.v), p.MinOpen)) && (p.Max == nil || within(compareAs(kind, c.v, *p.Max), p.MaxOpen))
}

// matches reports whether the text has what is wanted, in either case, a code point at a
// time.
func matches(text, wanted string, prefix bool) bool {
	same := func(a, b rune) bool {
		for r := unicode.SimpleFold(a); a != b && r != a; r = unicode.SimpleFold(r) {
			if r == b {
				return true
			}
		}
		return a == b
	}
	in, of := []rune(text), []rune(wanted)
	for i := 0; i+len(of) <= len(in); i++ {
		if slices.EqualFunc(in[i:i+len(of)], of, same) {
			return true
		}
		if prefix {
			break
		}
	}
	return false
}

// meets reports whether the row meets the condition.
func meets(c *plan.Condition, fields []datasets.Field, row []cellValue) bool {
	for i := range c.Where {
		if p := &c.Where[i]; !holds(p, fields[p.Field].Type, row[p.Field]) {
			return false
		}
	}
	for _, list := range c.Any {
		if !slices.ContainsFunc(list, func(c plan.Condition) bool { return meets(&c, fields, row) }) {
			return false
		}
	}
	return !slices.ContainsFunc(c.Not, func(c plan.Condition) bool { return meets(&c, fields, row) })
}

// shown is a value as text, told apart to the last bit.
func shown(kind datasets.Type, c cellValue) string {
	if !c.ok {
		return "null"
	}
	return string(c.v.Append(nil, kind))
}

// simple answers the plan a row at a time.
func simple(p *plan.Plan, rows [][]cellValue) [][]string {
	fields := p.Dataset.Fields
	var matching [][]cellValue
	for _, row := range rows {
		if meets(&p.Filter, fields, row) {
			matching = append(matching, row)
		}
	}
	var answer [][]string
	if p.Groups == nil {
		for _, row := range inOrder(p, rows, matching) {
			line := []string{}
			for _, f := range p.Fields {
				line = append(line, shown(fields[f].Type, row[f]))
			}
			answer = append(answer, line)
		}
	} else {
		answer = simpleMeans(p, matching)
	}
	answer = answer[min(p.Skip, int64(len(answer))):]
	if p.Limit >= 0 {
		answer = answer[:min(p.Limit, int64(len(answer)))]
	}
	return answer
}

// inOrder sorts the matching rows, and leaves out those up to the plan's After.
func inOrder(p *plan.Plan, rows, matching [][]cellValue) [][]cellValue {
	number := map[*cellValue]int64{}
	for i, row := range rows {
		number[&row[0]] = int64(i)
	}
	compare := func(a []plan.Nullable, x int64, b []plan.Nullable, y int64) int {
		for i, k := range p.Order {
			c := 0
			switch {
			case a[i].Null != b[i].Null:
				c = 1
				if a[i].Null {
					c = -1
				}
			case !a[i].Null:
				c = compareAs(p.Dataset.Fields[k.By].Type, a[i].Value, b[i].Value)
			}
			if k.Descending {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return cmp.Compare(x, y)
	}
	matching = slices.Clone(matching)
	slices.SortFunc(matching, func(a, b []cellValue) int {
		return compare(sortValues(p, a), number[&a[0]], sortValues(p, b), number[&b[0]])
	})
	if p.After == "" {
		return matching
	}
	after, _ := p.After.Row()
	return slices.DeleteFunc(matching, func(row []cellValue) bool {
		return compare(sortValues(p, row), number[&row[0]], p.AfterValues, after) <= 0
	})
}

// sortValues returns the row's values of the fields of the plan's order.
func sortValues(p *plan.Plan, row []cellValue) []plan.Nullable {
	values := make([]plan.Nullable, len(p.Order))
	for i, k := range p.Order {
		values[i] = plan.Nullable{Value: row[k.By].v, Null: !row[k.By].ok}
	}
	return values
}

// simpleMeans answers a plan of means.
func simpleMeans(p *plan.Plan, rows [][]cellValue) [][]string {
	fields := p.Dataset.Fields
	order := func(a, b []cellValue) int {
		for _, k := range p.Groups.Keys {
			f := k.Field
			switch {
			case a[f].ok != b[f].ok:
				if b[f].ok {
					return -1
				}
				return 1
			case a[f].ok:
				if c := compareAs(fields[f].Type, a[f].v, b[f].v); c != 0 {
					return c
				}
			}
		}
		return 0
	}
	slices.SortStableFunc(rows, order)
	var answer [][]string
	var values [][]cellValue
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && order(rows[0], rows[n]) == 0 {
			n++
		}
		line, group := []string{}, []cellValue{}
		for _, m := range p.Groups.Measures {
			mean := exactMean(rows[:n], m.Field, fields[m.Field].Type)
			line, group = append(line, shown(datasets.Number, mean)), append(group, mean)
		}
		for _, k := range p.Groups.Keys {
			f := k.Field
			c := rows[0][f]
			c.v.Float += 0
			line, group = append(line, shown(fields[f].Type, c)), append(group, c)
		}
		answer, values = append(answer, line), append(values, group)
		rows = rows[n:]
	}
	return groupsInOrder(p, answer, values)
}

// groupsInOrder sorts the lines of an answer by the values of its columns.
func groupsInOrder(p *plan.Plan, lines [][]string, values [][]cellValue) [][]string {
	order := make([]int, len(lines))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int {
		for _, k := range p.Order {
			a, b, c := values[x][k.By], values[y][k.By], 0
			switch {
			case a.ok != b.ok:
				c = 1
				if b.ok {
					c = -1
				}
			case a.ok:
				c = compareAs(p.Columns[k.By].Type, a.v, b.v)
			}
			if k.Descending {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
	sorted := make([][]string, len(lines))
	for i, at := range order {
		sorted[i] = lines[at]
	}
	return sorted
}

// exactMean sums with as many bits as a sum of float64s can have.
func exactMean(rows [][]cellValue, f int, kind datasets.Type) cellValue {
	sum, n := new(big.Float).SetPrec(2300), 0
	for _, row := range rows {
		if !row[f].ok {
			continue
		}
		n++
		x := new(big.Float).SetPrec(2300)
		if kind == datasets.Number {
			x.SetFloat64(row[f].v.Float)
		} else {
			x.SetInt64(row[f].v.Int)
		}
		sum.Add(sum, x)
	}
	rounded, _ := sum.Float64()
	if n == 0 || math.IsInf(rounded, 0) {
		return cellValue{}
	}
	if rounded == 0 {
		rounded = 0 // not −0
	}
	return cellValue{ok: true, v: plan.Value{Float: rounded/float64(n) + 0}}
}

// answerOf runs the plan on the table.
func answerOf(t fataler, table engine.Table, p *plan.Plan) [][]string {
	ctx := context.Background()
	cursor, err := table.Run(ctx, p)
	if err != nil {
		t.Fatalf("run: %v", err)
	}
	defer func() { _ = cursor.Close() }()
	var answer [][]string
	for {
		batch, err := cursor.Next(ctx)
		if err == io.EOF {
			return answer
		}
		if err != nil {
			t.Fatalf("next: %v", err)
		}
		if batch.Rows < 1 || batch.Rows > engine.BatchRows {
			t.Fatalf("a batch of %d rows", batch.Rows)
		}
		for i := range batch.Rows {
			line := []string{}
			for c, column := range p.Columns {
				v := &batch.Columns[c]
				if v.Null(i) {
					line = append(line, "null")
				} else {
					line = append(line, string(v.Value(i).Append(nil, column.Type)))
				}
			}
			answer = append(answer, line)
		}
	}
}

// everyType has two fields of each type.
func everyType() *datasets.Dataset {
	ds := &datasets.Dataset{Name: "every-type", Operations: datasets.Operations()}
	for i, name := range datasets.TypeNames() {
		for _, suffix := range []string{"1", "2"} {
			ds.Fields = append(ds.Fields, datasets.Field{Name: name + suffix, Type: datasets.Type(i)})
		}
	}
	return ds
}

// batchOf writes rows as a batch whose nulls hold rubbish.
func batchOf(ds *datasets.Dataset, rows [][]cellValue) *engine.Batch {
	batch := &engine.Batch{Rows: len(rows)}
	for f := range ds.Fields {
		v := engine.Vector{Type: ds.Fields[f].Type, Valid: make([]uint64, bitmap.Words(len(rows)))}
		met := map[string]uint32{}
		for i, row := range rows {
			value := plan.Value{Float: math.NaN(), Int: math.MinInt64, Str: "rubbish"}
			if row[f].ok {
				v.Valid[i>>6] |= 1 << (i & 63)
				value = row[f].v
			}
			switch v.Type {
			case datasets.Number:
				v.Floats = append(v.Floats, value.Float)
			case datasets.String:
				code, ok := met[value.Str]
				if !ok {
					code = uint32(len(v.Dict))
					met[value.Str] = code
					v.Dict = append(v.Dict, value.Str)
				}
				v.Codes = append(v.Codes, code)
			default:
				v.Ints = append(v.Ints, value.Int)
			}
		}
		batch.Columns = append(batch.Columns, v)
	}
	return batch
}

// loaded returns a table of the rows, written size at a time.
func loaded(t fataler, s engine.Target, ds *datasets.Dataset, rows [][]cellValue, size int) engine.Table {
	ctx := context.Background()
	load, err := s.Begin(ctx, ds, engine.LoadOptions{})
	if err != nil {
		t.Fatalf("begin: %v", err)
	}
	defer func() { _ = load.Abort(ctx) }()
	for part := range slices.Chunk(rows, size) {
		if err := load.Write(ctx, batchOf(ds, part)); err != nil {
			t.Fatalf("write: %v", err)
		}
	}
	if _, err := load.Commit(ctx); err != nil {
		t.Fatalf("commit: %v", err)
	}
	table, err := s.Table(ctx, ds)
	if err != nil {
		t.Fatalf("table: %v", err)
	}
	return table
}

// texts have letters of several forms: the Kelvin sign, the long s, the three sigmas, a
// dotted capital I and a small i without a dot, which fold to no i, a sharp s, which
// folds to one code point, and letters beyond the basic multilingual plane.
var texts = []string{"", "a", "b", "ba", "B", "é", "É", "z", "\x00", "10", "9", "Kelvin \u212a", "kiss", "ki\u017fs", "KISS", "Σσς", "σας",
	"İstanbul", "ıssız", "istanbul", "Straße", "STRASSE", "\u1e9e", "\U00010400b", "\U00010428B", "a long text, of more than eight bytes, with a Zebra", "zebra crossing"}

func drawText(t *rapid.T, p *plan.Predicate) {
	p.Text = &plan.TextMatch{Prefix: rapid.Bool().Draw(t, "prefix")}
	for range rapid.IntRange(1, 3).Draw(t, "alternatives") {
		runes := []rune(rapid.SampledFrom(texts).Draw(t, "text"))
		first := 0
		if !p.Text.Prefix {
			first = rapid.IntRange(0, len(runes)).Draw(t, "first")
		}
		p.Text.Any = append(p.Text.Any, plan.Fold(string(runes[first:rapid.IntRange(first, len(runes)).Draw(t, "end")])))
	}
	slices.Sort(p.Text.Any)
	p.Text.Any = slices.Compact(p.Text.Any)
}

func drawValues(t *rapid.T, kind datasets.Type) []plan.Value {
	var values []plan.Value
	wild := rapid.Bool().Draw(t, "wild")
	for range rapid.IntRange(1, 14).Draw(t, "distinct") {
		var v plan.Value
		switch kind {
		case datasets.Number:
			v.Float = rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 5.1, 4.9, -2.25, 1e16, -1e16, 1}).Draw(t, "float")
			if wild {
				v.Float = rapid.OneOf(rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64),
					rapid.SampledFrom([]float64{5e-324, -5e-324, 1e300, -1e300, 1.7e308, -1.7e308, 2.2e-308, math.MaxFloat64})).Draw(t, "float")
			}
		case datasets.String:
			v.Str = rapid.SampledFrom(texts).Draw(t, "text")
		case datasets.Boolean:
			v.Int = rapid.Int64Range(0, 1).Draw(t, "bool")
		default:
			v.Int = rapid.Int64Range(-6, 6).Draw(t, "int")
			if wild {
				v.Int = rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt64, math.MinInt64 + 1})).Draw(t, "int")
			}
		}
		values = append(values, v)
	}
	return values
}

// drawTable returns rows whose values come from values, by field.
func drawTable(t *rapid.T, ds *datasets.Dataset, blockRows int) (rows [][]cellValue, values [][]plan.Value) {
	n := blockRows*rapid.IntRange(0, 9).Draw(t, "blocks") + rapid.IntRange(-2, 2).Draw(t, "more")
	rows = make([][]cellValue, max(n, 0))
	for i := range rows {
		rows[i] = make([]cellValue, len(ds.Fields))
	}
	for f := range ds.Fields {
		of := drawValues(t, ds.Fields[f].Type)
		values = append(values, of)
		nulls := rapid.SampledFrom([]uint64{0, 0, 20, 60, 100}).Draw(t, "nulls")
		clustered := rapid.Bool().Draw(t, "clustered")
		seed := rapid.Uint64().Draw(t, "seed")
		for i := range rows {
			// A generator of its own: rapid's would be slow for so many.
			seed = seed*6364136223846793005 + 1442695040888963407
			at := int(seed>>33) % len(of)
			if clustered {
				at = i * len(of) / len(rows)
			}
			rows[i][f] = cellValue{ok: seed>>20&0xffff%100 >= nulls, v: of[at]}
		}
	}
	return rows, values
}

func drawPredicate(t *rapid.T, f int, kind datasets.Type, values []plan.Value) plan.Predicate {
	p := plan.Predicate{Field: f}
	pick := func(label string) *plan.Value {
		v := rapid.SampledFrom(values).Draw(t, label)
		v.Float += 0
		if rapid.IntRange(0, 3).Draw(t, "elsewhere") == 0 {
			v = rapid.SampledFrom(drawValues(t, kind)).Draw(t, label)
			v.Float += 0
		}
		return &v
	}
	shapes := []string{"in", "in", "range", "range", "range", "never", "missing", "present"}
	if kind == datasets.String {
		shapes = append(shapes, "text", "text", "text", "text")
	}
	switch rapid.SampledFrom(shapes).Draw(t, "shape") {
	case "text":
		drawText(t, &p)
	case "missing":
		p.Null = true
	case "present":
	case "never":
		p.Never = true
	case "in":
		p.Null = rapid.Bool().Draw(t, "null")
		least := 1
		if p.Null {
			least = 0
		}
		for range rapid.IntRange(least, 12).Draw(t, "members") {
			v := *pick("member")
			if !slices.ContainsFunc(p.In, func(w plan.Value) bool { return compareAs(kind, v, w) == 0 }) {
				p.In = append(p.In, v)
			}
		}
		slices.SortFunc(p.In, func(a, b plan.Value) int { return compareAs(kind, a, b) })
	default:
		if rapid.Bool().Draw(t, "bounded below") {
			p.Min = pick("min")
		}
		if rapid.Bool().Draw(t, "bounded above") {
			p.Max = pick("max")
		}
		if kind == datasets.String {
			p.MinOpen = p.Min != nil && rapid.Bool().Draw(t, "min open")
			p.MaxOpen = p.Max != nil && rapid.Bool().Draw(t, "max open")
		}
	}
	return p
}

// drawCondition draws a condition with conditions within it, up to so many levels of
// them.
func drawCondition(t *rapid.T, ds *datasets.Dataset, values [][]plan.Value, levels int) plan.Condition {
	var c plan.Condition
	for f := range ds.Fields {
		if rapid.IntRange(0, 9).Draw(t, "filtered") == 0 {
			c.Where = append(c.Where, drawPredicate(t, f, ds.Fields[f].Type, values[f]))
		}
	}
	if levels == 0 {
		return c
	}
	for range max(0, rapid.IntRange(-2, 2).Draw(t, "any")) {
		var list []plan.Condition
		for range rapid.IntRange(1, 3).Draw(t, "alternatives") {
			list = append(list, drawCondition(t, ds, values, levels-1))
		}
		c.Any = append(c.Any, list)
	}
	for range max(0, rapid.IntRange(-2, 2).Draw(t, "not")) {
		c.Not = append(c.Not, drawCondition(t, ds, values, levels-1))
	}
	return c
}

// declareMeans draws the means that the dataset declares.
func declareMeans(t *rapid.T, ds *datasets.Dataset) {
	ds.StatsFields = []int{0, 1, 2, 3}[rapid.IntRange(0, 3).Draw(t, "first declared"):]
	ds.GroupBy = nil
	for f := range ds.Fields {
		if ds.Fields[f].Type == datasets.String && rapid.Bool().Draw(t, "declared group") {
			ds.GroupBy = append(ds.GroupBy, f)
		}
	}
}

// drawAfter draws a row to go on after, whose values need not be those of any row.
func drawAfter(t *rapid.T, p *plan.Plan, rows int, values [][]plan.Value) {
	p.After = plan.RowPosition(int64(rapid.IntRange(0, rows).Draw(t, "after row")))
	for _, k := range p.Order {
		v := plan.Nullable{Null: rapid.IntRange(0, 4).Draw(t, "after null") == 0}
		if !v.Null {
			of := values[k.By]
			if rapid.IntRange(0, 2).Draw(t, "after elsewhere") == 0 {
				of = drawValues(t, p.Dataset.Fields[k.By].Type)
			}
			v.Value = rapid.SampledFrom(of).Draw(t, "after value")
		}
		p.AfterValues = append(p.AfterValues, v)
	}
}

func drawPlan(t *rapid.T, ds *datasets.Dataset, rows int, values [][]plan.Value) *plan.Plan {
	filter := drawCondition(t, ds, values, rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "levels"))
	indexes := rapid.Permutation([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}).Draw(t, "fields")
	var p *plan.Plan
	if rapid.Bool().Draw(t, "mean") {
		fields := []int{0, 1, 2, 3}[rapid.IntRange(0, 3).Draw(t, "first"):]
		by := indexes[:rapid.IntRange(0, 4).Draw(t, "keys")]
		if rapid.Bool().Draw(t, "declared") {
			fields, by = ds.StatsFields, ds.GroupBy
		}
		p = meansBy(ds, fields, by)
	} else {
		p = plan.Rows(ds, datasets.Range, slices.Sorted(slices.Values(indexes[:rapid.IntRange(1, 12).Draw(t, "returned")])))
	}
	p.Filter = filter
	for _, by := range rapid.Permutation(indexes).Draw(t, "order")[:rapid.SampledFrom([]int{0, 1, 1, 2, 3}).Draw(t, "order parts")] {
		if p.Groups == nil || by < len(p.Columns) {
			p.Order = append(p.Order, plan.SortKey{By: by, Descending: rapid.Bool().Draw(t, "descending")})
		}
	}
	if p.Groups == nil && len(p.Order) > 0 && rapid.IntRange(0, 2).Draw(t, "after") == 0 {
		drawAfter(t, p, rows, values)
	}
	if rapid.Bool().Draw(t, "paged") {
		p.Skip = int64(rapid.IntRange(0, rows+2).Draw(t, "skip"))
		p.Limit = int64(rapid.IntRange(1, rows+2).Draw(t, "limit"))
	}
	return p
}

func TestKernelsAgreeWithTheSimpleReference(t *testing.T) {
	ds := everyType()
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		blockRows := rapid.SampledFrom([]int{1, 3, 64, 65, 100}).Draw(t, "block rows")
		workers := rapid.IntRange(1, 4).Draw(t, "workers")
		dense := rapid.SampledFrom([]int{1, 50, maxDense}).Draw(t, "most dense")
		rows, values := drawTable(t, ds, blockRows)
		declareMeans(t, ds)
		size := rapid.IntRange(1, 150).Draw(t, "batch")
		memory := loaded(t, newStore(blockRows, workers, dense), ds, rows, size)
		files := loaded(t, openFiles(dir, newResources(blockRows, workers, dense), files.Disk{}), ds, rows, size)
		if memory.Info().Version != files.Info().Version {
			t.Fatalf("version %s in memory, %s in files", memory.Info().Version, files.Info().Version)
		}
		for range 6 {
			p := drawPlan(t, ds, len(rows), values)
			want := simple(p, rows)
			// The second time goes by what the first one left.
			for _, table := range []engine.Table{memory, files, memory, files} {
				if diff := gocmp.Diff(want, answerOf(t, table, p), cmpopts.EquateEmpty()); diff != "" {
					t.Fatalf("%s: %s(-want +got):\n%s", table.Info().Place, p, diff)
				}
			}
		}
	})
}
