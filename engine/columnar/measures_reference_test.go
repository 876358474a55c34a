package columnar

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar/internal/files"
	"herbarium/engine/fault"
	"herbarium/engine/plan"
)

// simpleGroups answers a plan of groups a row at a time, with rational arithmetic.
func simpleGroups(p *plan.Plan, rows [][]cellValue) [][]string {
	fields := p.Dataset.Fields
	type group struct {
		keys  []cellValue
		order []cellValue // the least value of each key
		rows  [][]cellValue
	}
	groups := map[string]*group{}
	for _, row := range rows {
		if slices.ContainsFunc(p.Filter.Where, func(w plan.Predicate) bool { return !holds(&w, fields[w.Field].Type, row[w.Field]) }) {
			continue
		}
		g := &group{}
		var name strings.Builder
		for i, k := range p.Groups.Keys {
			label, value := row[k.Field], row[k.Field]
			label.v.Float += 0
			if value.ok && k.Buckets != nil {
				of := k.Buckets.Run(value.v).Label
				label = cellValue{ok: !of.Null, v: of.Value}
			}
			if !label.ok {
				label, value = cellValue{}, cellValue{}
			}
			g.keys, g.order = append(g.keys, label), append(g.order, value)
			fmt.Fprintf(&name, "%d %s;", i, shown(keyType(p, i), label))
		}
		known := groups[name.String()]
		if known == nil {
			known = g
			groups[name.String()] = g
		}
		for i, k := range p.Groups.Keys {
			if compareCells(fields[k.Field].Type, g.order[i], known.order[i]) < 0 {
				known.order[i] = g.order[i]
			}
		}
		known.rows = append(known.rows, row)
	}
	// The least value of a label is that in all rows.
	least := make([]map[string]cellValue, len(p.Groups.Keys))
	for i, k := range p.Groups.Keys {
		least[i] = map[string]cellValue{}
		for _, g := range groups {
			label := shown(keyType(p, i), g.keys[i])
			if known, ok := least[i][label]; !ok || compareCells(fields[k.Field].Type, g.order[i], known) < 0 {
				least[i][label] = g.order[i]
			}
		}
	}
	var all []*group
	for _, g := range groups {
		all = append(all, g)
	}
	slices.SortFunc(all, func(a, b *group) int {
		for i, k := range p.Groups.Keys {
			x, y := least[i][shown(keyType(p, i), a.keys[i])], least[i][shown(keyType(p, i), b.keys[i])]
			if c := compareCells(fields[k.Field].Type, x, y); c != 0 {
				return c
			}
		}
		return 0
	})
	var answer [][]string
	for _, g := range all {
		line := []string{}
		for _, m := range p.Groups.Measures {
			line = append(line, simpleMeasure(m, fields, g.rows))
		}
		for i, key := range g.keys {
			line = append(line, shown(keyType(p, i), key))
		}
		answer = append(answer, line)
	}
	return answer
}

func keyType(p *plan.Plan, i int) datasets.Type { return p.Columns[len(p.Groups.Measures)+i].Type }

func compareCells(kind datasets.Type, a, b cellValue) int {
	switch {
	case a.ok != b.ok:
		if b.ok {
			return -1
		}
		return 1
	case !a.ok:
		return 0
	}
	return compareAs(kind, a.v, b.v)
}

// simpleMeasure computes a measure of some rows and shows it.
func simpleMeasure(m plan.Measured, fields []datasets.Field, rows [][]cellValue) string {
	if m.Field == plan.NoField {
		return fmt.Sprint(len(rows))
	}
	if m.OfPair {
		return simplePair(m, fields, rows)
	}
	kind := fields[m.Field].Type
	var values []plan.Value
	for _, row := range rows {
		if row[m.Field].ok {
			v := row[m.Field].v
			v.Float += 0
			values = append(values, v)
		}
	}
	slices.SortFunc(values, func(a, b plan.Value) int { return compareAs(kind, a, b) })
	n := len(values)
	show := func(v plan.Value) string { return string(v.Append(nil, m.Gives(kind))) }
	number := func(r *big.Rat) string {
		f, _ := r.Float64()
		if math.IsInf(f, 0) {
			return "null"
		}
		return show(plan.Value{Float: f + 0})
	}
	switch name := m.Name; {
	case name == "count":
		return fmt.Sprint(n)
	case name == "missing":
		return fmt.Sprint(len(rows) - n)
	case name == "distinct":
		return fmt.Sprint(len(slices.CompactFunc(values, func(a, b plan.Value) bool { return compareAs(kind, a, b) == 0 })))
	case n == 0:
		return "null"
	case name == "min":
		return show(values[0])
	case name == "max":
		return show(values[n-1])
	case name == "mode":
		best, times := values[0], 0
		for i := 0; i < n; {
			j := i
			for j < n && compareAs(kind, values[i], values[j]) == 0 {
				j++
			}
			if j-i > times {
				best, times = values[i], j-i
			}
			i = j
		}
		return show(best)
	case name == "sum" && kind != datasets.Number:
		if sum := sumOfAll(kind, values); sum.Num().IsInt64() {
			return show(plan.Value{Int: sum.Num().Int64()})
		}
		return "null"
	case name == "sum":
		return number(sumOfAll(kind, values))
	case name == "mean":
		sum, _ := sumOfAll(kind, values).Float64()
		if math.IsInf(sum, 0) {
			return "null"
		}
		return show(plan.Value{Float: sum/float64(n) + 0})
	case strings.HasPrefix(name, "variance"), strings.HasPrefix(name, "stddev"):
		return simpleSpread(name, kind, values, show)
	default:
		return simpleQuantile(name, kind, values, show)
	}
}

func rational(kind datasets.Type, v plan.Value) *big.Rat {
	if kind == datasets.Number {
		return new(big.Rat).SetFloat64(v.Float)
	}
	return new(big.Rat).SetInt64(v.Int)
}

func sumOfAll(kind datasets.Type, values []plan.Value) *big.Rat {
	return sumOfEach(values, func(v plan.Value) float64 { return v.Float }, kind == datasets.Number)
}

// sumOfEach sums what of returns of each value, or the integers, with more bits than any sum
// has.
func sumOfEach(values []plan.Value, of func(plan.Value) float64, numbers bool) *big.Rat {
	sum, x := new(big.Float).SetPrec(5000), new(big.Float)
	for _, v := range values {
		if numbers {
			x.SetPrec(53).SetFloat64(of(v))
		} else {
			x.SetPrec(64).SetInt64(v.Int)
		}
		sum.Add(sum, x)
	}
	exact, _ := sum.Rat(nil)
	return exact
}

func simpleSpread(name string, kind datasets.Type, values []plan.Value, show func(plan.Value) string) string {
	n := int64(len(values))
	by := n
	if !strings.HasSuffix(name, "_pop") {
		by--
	}
	sum, _ := sumOfAll(kind, values).Float64()
	if by == 0 || math.IsInf(sum, 0) {
		return "null"
	}
	mean := sum / float64(n)
	deviation := func(v plan.Value) float64 {
		if kind == datasets.Number {
			return v.Float - mean
		}
		exact := new(big.Rat).Sub(new(big.Rat).SetInt64(v.Int), new(big.Rat).SetFloat64(mean))
		rounded, _ := exact.Float64()
		return rounded
	}
	square := func(v plan.Value) float64 { return float64(deviation(v) * deviation(v)) }
	if slices.ContainsFunc(values, func(v plan.Value) bool { return math.IsInf(square(v), 0) }) {
		return "null"
	}
	residue, squares := sumOfEach(values, deviation, true), sumOfEach(values, square, true)
	residue.Mul(residue, residue)
	residue.Quo(residue, big.NewRat(n, 1))
	squares.Sub(squares, residue)
	squares.Quo(squares, big.NewRat(by, 1))
	f, _ := squares.Float64()
	f = max(f, 0)
	if strings.HasPrefix(name, "stddev") {
		f = math.Sqrt(f)
	}
	if math.IsInf(f, 0) {
		return "null"
	}
	return show(plan.Value{Float: f})
}

func simpleQuantile(name string, kind datasets.Type, values []plan.Value, show func(plan.Value) string) string {
	digits, discrete := strings.CutSuffix(strings.TrimPrefix(name, "p"), "_discrete")
	if name == "median" {
		digits = "50"
	}
	p, ok := new(big.Rat).SetString(digits)
	if !ok {
		panic("no measure: " + name)
	}
	p.Quo(p, big.NewRat(100, 1))
	n := int64(len(values))
	if discrete {
		exact := new(big.Rat).Mul(p, big.NewRat(n, 1))
		rank := sort.Search(int(n), func(i int) bool { return big.NewRat(int64(i)+1, 1).Cmp(exact) >= 0 })
		return show(values[rank])
	}
	h := new(big.Rat).Mul(p, big.NewRat(n-1, 1))
	low := int64(sort.Search(int(n), func(i int) bool { return big.NewRat(int64(i)+1, 1).Cmp(h) > 0 }))
	high := min(low+1, n-1)
	part := h.Sub(h, big.NewRat(low, 1))
	exact := new(big.Rat).Sub(rational(kind, values[high]), rational(kind, values[low]))
	exact.Add(exact.Mul(exact, part), rational(kind, values[low]))
	if kind == datasets.Number || kind == datasets.Integer {
		f, _ := exact.Float64()
		return show(plan.Value{Float: f + 0})
	}
	// To the nearest integer, of two the even one.
	floor := new(big.Int).Div(exact.Num(), exact.Denom())
	switch rest := new(big.Rat).Sub(exact, new(big.Rat).SetInt(floor)).Cmp(big.NewRat(1, 2)); {
	case rest > 0, rest == 0 && floor.Bit(0) == 1:
		floor.Add(floor, big.NewInt(1))
	}
	return show(plan.Value{Int: floor.Int64()})
}

// nearChanges are instants around which clocks were changed, in milliseconds.
var nearChanges = map[string][]string{
	"UTC":                 {"2024-01-01T00:00:00Z", "2020-12-31T23:00:00Z"},
	"Europe/Berlin":       {"2024-10-27T01:00:00Z", "2024-03-31T01:00:00Z"},
	"Australia/Lord_Howe": {"2024-04-06T15:00:00Z", "2024-10-05T15:30:00Z"},
	"Pacific/Apia":        {"2011-12-30T10:00:00Z"},
	"America/Sao_Paulo":   {"2018-11-04T03:00:00Z", "2018-02-18T02:00:00Z"},
}

func drawInstant(t *rapid.T) int64 {
	zone := rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo"}).Draw(t, "near")
	at, _ := time.Parse(time.RFC3339, rapid.SampledFrom(nearChanges[zone]).Draw(t, "instant"))
	return at.UnixMilli() + rapid.OneOf(rapid.Int64Range(-3*86400_000, 3*86400_000), rapid.Int64Range(-4*3600_000, 4*3600_000), rapid.Int64Range(-2, 2)).Draw(t, "beside")
}

// drawMeasured is drawTable with dates and instants that calendars have.
func drawMeasured(t *rapid.T, ds *datasets.Dataset, blockRows int) (rows [][]cellValue, values [][]plan.Value) {
	rows, values = drawTable(t, ds, blockRows)
	for f := range ds.Fields {
		var draw func() int64
		switch ds.Fields[f].Type {
		case datasets.Date:
			draw = func() int64 { return rapid.Int64Range(18_240, 18_300).Draw(t, "day") }
		case datasets.DateTime:
			draw = func() int64 { return drawInstant(t) }
		default:
			continue
		}
		var of []int64
		for range rapid.IntRange(1, 20).Draw(t, "distinct") {
			of = append(of, draw())
		}
		values[f] = nil
		for _, v := range of {
			values[f] = append(values[f], plan.Value{Int: v})
		}
		for i := range rows {
			rows[i][f].v.Int = of[i*7919%len(of)]
		}
	}
	return rows, values
}

func drawKey(t *rapid.T, ds *datasets.Dataset) plan.Key {
	k := plan.Key{Field: rapid.IntRange(0, len(ds.Fields)-1).Draw(t, "key")}
	of := ds.Fields[k.Field].Type
	if rapid.IntRange(0, 3).Draw(t, "plain") == 0 {
		return k
	}
	switch of {
	case datasets.Number, datasets.Integer:
		if rapid.Bool().Draw(t, "width") {
			width, _ := new(big.Rat).SetString(rapid.SampledFrom([]string{"0.1", "1", "2.5", "3", "1e15", "1e299"}).Draw(t, "of"))
			origin, _ := new(big.Rat).SetString(rapid.SampledFrom([]string{"0", "0.05", "-7"}).Draw(t, "origin"))
			k.Buckets = plan.NewWidthBuckets(of, width, origin)
			break
		}
		edges := []float64{-1e300, -3, -2.25, -0.5, 0, 1, 4.9, 5.1, 6, 1e16, 1e300}
		from := rapid.IntRange(0, len(edges)-2).Draw(t, "first edge")
		edges = edges[from:rapid.IntRange(from+2, len(edges)).Draw(t, "last edge")]
		var exact []*big.Rat
		for _, e := range edges {
			exact = append(exact, new(big.Rat).SetFloat64(e))
		}
		k.Buckets = plan.NewEdgeBuckets(of, exact)
	case datasets.Date, datasets.DateTime:
		var zone *time.Location
		units := []string{"year", "quarter", "month", "week", "day"}
		if of == datasets.DateTime {
			units = plan.Units()
			var err error
			if zone, err = time.LoadLocation(rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo"}).Draw(t, "zone")); err != nil {
				t.Fatal(err)
			}
		}
		unit, _ := plan.UnitNamed(rapid.SampledFrom(units).Draw(t, "unit"))
		every := 1
		var origin *int64
		if rapid.Bool().Draw(t, "several") {
			origin = new(int64)
			switch unit {
			case plan.Minute:
				every, origin = 15, nil
			case plan.Hour, plan.Month:
				every, origin = 6, nil
			case plan.Day, plan.Week:
				every = 3
			default:
				origin = nil
			}
		}
		made, err := plan.NewTimeBuckets(unit, every, origin, zone)
		if err != nil {
			t.Fatal(err)
		}
		k.Buckets = made
	}
	return k
}

func measureNames() []string {
	return append(plan.MeasureNames(), "p95", "p99.9", "p50_discrete", "p0", "p100", "p0_discrete", "p33.3")
}

func drawMeasures(t *rapid.T, ds *datasets.Dataset) []plan.Measured {
	all := []plan.Measured{{Measure: plan.Count, Field: plan.NoField}}
	for range rapid.IntRange(1, 9).Draw(t, "measures") {
		m, _ := plan.MeasureNamed(rapid.SampledFrom(measureNames()).Draw(t, "measure"))
		f := rapid.IntRange(0, len(ds.Fields)-1).Draw(t, "field")
		if m.Takes(ds.Fields[f].Type) {
			all = append(all, plan.Measured{Measure: m, Field: f})
		}
	}
	var numeric []int
	for f := range ds.Fields {
		if ds.Fields[f].Numeric() {
			numeric = append(numeric, f)
		}
	}
	for range rapid.SampledFrom([]int{0, 0, 1, 3}).Draw(t, "pairs") {
		pair := [2]int{rapid.SampledFrom(numeric).Draw(t, "x"), rapid.SampledFrom(numeric).Draw(t, "y")}
		all = append(all, pairMeasures(pair)...)
	}
	return all
}

func TestEveryMeasureAgreesWithTheSimpleReference(t *testing.T) {
	ds := everyType()
	ds.Operations = datasets.Operations()
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		blockRows := rapid.SampledFrom([]int{1, 3, 64, 65, 100}).Draw(t, "block rows")
		workers := rapid.IntRange(1, 4).Draw(t, "workers")
		dense := rapid.SampledFrom([]int{1, 50, maxDense}).Draw(t, "most dense")
		rows, values := drawMeasured(t, ds, blockRows)
		declareMeans(t, ds)
		size := rapid.IntRange(1, 150).Draw(t, "batch")
		store := newStore(blockRows, workers, dense)
		kept := openFiles(dir, newResources(blockRows, workers, dense), files.Disk{})
		store.maxRuns = rapid.SampledFrom([]int{1, 4, 1 << 10}).Draw(t, "most runs")
		kept.maxRuns, store.bigGroup = 1<<8, rapid.SampledFrom([]int{100, bigGroup, bigGroup}).Draw(t, "big group")
		tables := []engine.Table{loaded(t, store, ds, rows, size), loaded(t, kept, ds, rows, size)}
		for range 4 {
			var keys []plan.Key
			for range rapid.IntRange(0, 3).Draw(t, "keys") {
				keys = append(keys, drawKey(t, ds))
			}
			p := plan.ByGroup(ds, datasets.Mean, keys, drawMeasures(t, ds))
			for f := range ds.Fields {
				if rapid.IntRange(0, 7).Draw(t, "filtered") == 0 {
					p.Filter.Where = append(p.Filter.Where, drawPredicate(t, f, ds.Fields[f].Type, values[f]))
				}
			}
			want := simpleGroups(p, rows)
			for _, table := range slices.Concat(tables, tables) {
				if diff := gocmp.Diff(want, answerOf(t, table, p), cmpopts.EquateEmpty()); diff != "" {
					t.Fatalf("%s: %s(-want +got):\n%s", table.Info().Place, p, diff)
				}
			}
		}
	})
}

// TestAQueryMakesOnlySoManyGroups asks for exactly as many groups as there may be, and for
// one more, in each way in which groups are numbered.
func TestAQueryMakesOnlySoManyGroups(t *testing.T) {
	ds := everyType()
	rows := make([][]cellValue, 300)
	for i := range rows {
		rows[i] = make([]cellValue, len(ds.Fields))
		rows[i][2] = cellValue{ok: true, v: plan.Value{Int: int64(i % 30)}}
		rows[i][3] = cellValue{ok: true, v: plan.Value{Int: int64(i)}}
	}
	ones := plan.NewWidthBuckets(datasets.Integer, big.NewRat(1, 1), new(big.Rat))
	for _, keys := range [][]plan.Key{{{Field: 2}}, {{Field: 2}, {Field: 4}}, {{Field: 2, Buckets: ones}}} {
		for _, dense := range []int{1, maxDense} {
			for _, most := range []int{29, 30} {
				memory := newStore(16, 2, dense)
				memory.limitGroups(most)
				kept := openFiles(t.TempDir(), newResources(16, 2, dense), files.Disk{})
				kept.limitGroups(most)
				for _, store := range []engine.Target{memory, kept} {
					table := loaded(t, store, ds, rows, 100)
					p := plan.ByGroup(ds, datasets.Mean, keys, []plan.Measured{{Measure: plan.Count, Field: plan.NoField}})
					cursor, err := table.Run(t.Context(), p)
					if most == 30 {
						if err != nil {
							t.Errorf("%d of %d groups: %v", 30, most, err)
						}
						continue
					}
					var failure *fault.Error
					if cursor != nil || !errors.As(err, &failure) || failure.Code != fault.TooManyGroups || failure.Detail != "the query makes more than 29 groups; narrow its conditions, or group by less" {
						t.Errorf("%d of %d groups: %v", 30, most, err)
					}
					// Of all the field's values, few are selected.
					p.Filter.Where = []plan.Predicate{{Field: 3, Max: &plan.Value{Int: 20}}}
					if got := answerOf(t, table, p); len(got) != 21 {
						t.Errorf("%d groups, want 21", len(got))
					}
				}
			}
		}
	}
}

func ratOf(text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		panic(text)
	}
	return r
}
