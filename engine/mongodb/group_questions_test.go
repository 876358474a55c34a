package mongodb

import (
	"context"
	"io"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/internal/mongotest"
	"herbarium/engine/plan"
)

// groupsOf answers a plan of groups by its definition.
func groupsOf(p *plan.Plan, rows []row) []string {
	type made struct {
		keys, starts []plan.Nullable
		rows         []row
	}
	var all []*made
	index := map[string]*made{}
	for _, r := range rows {
		if !meets(&p.Filter, p.Dataset, r) {
			continue
		}
		g := &made{}
		name := ""
		for _, k := range p.Groups.Keys {
			v, t := r[k.Field], p.Dataset.Fields[k.Field].Type
			v.Float += 0
			start := v
			if k.Buckets != nil && !v.Null {
				run := k.Buckets.Run(v.Value)
				v, start, t = run.Label, plan.Nullable{Value: run.First, Null: run.Label.Null}, k.Buckets.Type()
			}
			g.keys, g.starts = append(g.keys, v), append(g.starts, start)
			name += valueText(v, t) + "|"
		}
		if index[name] == nil {
			index[name] = g
			all = append(all, g)
		}
		index[name].rows = append(index[name].rows, r)
	}
	answers := map[*made][]plan.Nullable{}
	for _, g := range all {
		for _, m := range p.Groups.Measures {
			of := aggregatesOf
			if m.OfPair {
				of = func(ds *datasets.Dataset, rows []row, _ int) *plan.Aggregates { return pairsOf(ds, rows, m.Pair()) }
			}
			v, ok := m.Result(of(p.Dataset, g.rows, m.Field))
			answers[g] = append(answers[g], plan.Nullable{Value: v, Null: !ok})
		}
		answers[g] = append(answers[g], g.keys...)
	}
	measures := len(p.Groups.Measures)
	column := func(a, b *made, by int) int {
		if by >= measures {
			if a.keys[by-measures] == b.keys[by-measures] {
				return 0 // a bucket may have several runs
			}
			return plan.CompareNullable(a.starts[by-measures], b.starts[by-measures], p.Dataset.Fields[p.Groups.Keys[by-measures].Field].Type)
		}
		return plan.CompareNullable(answers[a][by], answers[b][by], p.Columns[by].Type)
	}
	slices.SortFunc(all, func(a, b *made) int {
		for _, key := range p.Order {
			c := column(a, b, key.By)
			if key.Descending {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		for i := range p.Groups.Keys {
			if c := column(a, b, measures+i); c != 0 {
				return c
			}
		}
		return 0
	})
	var lines []string
	for _, g := range all {
		var line []string
		for i, v := range answers[g] {
			line = append(line, valueText(v, p.Columns[i].Type))
		}
		lines = append(lines, strings.Join(line, " "))
	}
	return lines
}

// aggregatesOf computes all aggregates of the rows' values of a field, one by
// one, with numbers of as many bits as they need.
func aggregatesOf(ds *datasets.Dataset, rows []row, field int) *plan.Aggregates {
	a := &plan.Aggregates{Rows: int64(len(rows))}
	if field == plan.NoField {
		return a
	}
	a.Type = ds.Fields[field].Type
	var values []plan.Value
	for _, r := range rows {
		if v := r[field]; !v.Null {
			v.Float += 0
			values = append(values, v.Value)
		}
	}
	slices.SortFunc(values, func(x, y plan.Value) int { return plan.Compare(x, y, a.Type) })
	a.Values = int64(len(values))
	if len(values) == 0 {
		return a
	}
	total, whole := new(big.Float).SetPrec(5000), new(big.Int)
	times, most := 0, 0
	for i, v := range values {
		if a.Type == datasets.Number {
			total.Add(total, big.NewFloat(v.Float))
		}
		whole.Add(whole, big.NewInt(v.Int))
		if times++; i == 0 || plan.Compare(v, values[i-1], a.Type) != 0 {
			a.Distinct, times = a.Distinct+1, 1
		}
		if times > most {
			most, a.Mode = times, v
		}
	}
	if a.Type != datasets.Number {
		total.SetInt(whole)
		a.IntSum, a.Fits = whole.Int64(), whole.IsInt64()
	}
	a.Sum, _ = total.Float64()
	a.Least, a.Greatest = values[0], values[len(values)-1]
	a.At = func(rank int64) plan.Value { return values[rank] }
	if mean, ok := a.Mean(); ok {
		d := &plan.DeviationSums{Residue: new(big.Float).SetPrec(5000), Squares: new(big.Float).SetPrec(5000)}
		for _, v := range values {
			diff := plan.Deviation(v, a.Type, mean)
			d.Residue.Add(d.Residue, big.NewFloat(diff))
			d.Squares.Add(d.Squares, big.NewFloat(float64(diff*diff)))
		}
		a.Deviations = d
	}
	return a
}

// pairsOf computes the aggregates of the rows that have values in both fields, likewise.
func pairsOf(ds *datasets.Dataset, rows []row, fields [2]int) *plan.Aggregates {
	a := &plan.Aggregates{Rows: int64(len(rows))}
	sum := func(of func(row) *big.Float) *big.Float {
		total := new(big.Float).SetPrec(5000)
		for _, r := range rows {
			if !r[fields[0]].Null && !r[fields[1]].Null {
				total.Add(total, of(r))
			}
		}
		return total
	}
	a.Pairs, _ = sum(func(row) *big.Float { return big.NewFloat(1) }).Int64()
	for i, f := range fields {
		a.PairSums[i], _ = sum(func(r row) *big.Float {
			if ds.Fields[f].Type == datasets.Number {
				return big.NewFloat(r[f].Float)
			}
			return new(big.Float).SetInt64(r[f].Int)
		}).Float64()
	}
	means, ok := a.PairMeans()
	if !ok {
		return a
	}
	product := func(times [2]int) *big.Float {
		return sum(func(r row) *big.Float {
			product := 1.0
			for i, f := range fields {
				for range times[i] {
					product *= plan.Deviation(r[f].Value, ds.Fields[f].Type, means[i])
				}
			}
			switch {
			case math.IsNaN(product):
				return new(big.Float)
			case math.IsInf(product, 0):
				return new(big.Float).SetInf(false) // whatever the others are
			}
			return big.NewFloat(product)
		})
	}
	a.CoDeviations = &plan.CoDeviationSums{
		Residues: [2]*big.Float{product([2]int{1, 0}), product([2]int{0, 1})},
		Squares:  [2]*big.Float{product([2]int{2, 0}), product([2]int{0, 2})},
		Products: product([2]int{1, 1}),
	}
	return a
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// bucketsOf are buckets of the fields of kinds.
func bucketsOf(t *testing.T) map[int][]plan.Buckets {
	rat := func(text string) *big.Rat { r, _ := new(big.Rat).SetString(text); return r }
	edges := []*big.Rat{rat("-2.5"), rat("0"), rat("0.1"), rat("0.3"), rat("12.34")}
	origin := int64(19000)
	all := map[int][]plan.Buckets{
		0: {plan.NewWidthBuckets(datasets.Number, rat("0.1"), rat("0")), plan.NewWidthBuckets(datasets.Number, rat("1/3"), rat("0.1")),
			plan.NewWidthBuckets(datasets.Number, rat("1e-7"), rat("0")), plan.NewEdgeBuckets(datasets.Number, edges)},
		1: {plan.NewWidthBuckets(datasets.Integer, rat("10"), rat("1")), plan.NewWidthBuckets(datasets.Integer, rat("2.5"), rat("0")),
			plan.NewEdgeBuckets(datasets.Integer, edges), plan.NewEdgeBuckets(datasets.Integer, []*big.Rat{rat("-1"), rat("9223372036854775807")})},
	}
	for unit := plan.Year; unit <= plan.Minute; unit++ {
		for _, every := range []int{1, 2, 15} {
			if b, err := plan.NewTimeBuckets(unit, every, map[bool]*int64{true: &origin}[every > 1 && (unit == plan.Day || unit == plan.Week)], nil); err == nil && unit <= plan.Day {
				all[4] = append(all[4], b)
			}
			for _, name := range []string{"UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"} {
				b, err := plan.NewTimeBuckets(unit, every, map[bool]*int64{true: &origin}[every > 1 && (unit == plan.Day || unit == plan.Week)], zone(t, name))
				if err == nil {
					all[5] = append(all[5], b)
				}
			}
		}
	}
	return all
}

// drawGroups draws a plan of groups of kinds.
func drawGroups(t *rapid.T, ds *datasets.Dataset, buckets map[int][]plan.Buckets) *plan.Plan {
	var keys []plan.Key
	for i, f := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(ds.Fields)-1), 0, 2, rapid.ID).Draw(t, "keys") {
		k := plan.Key{Field: f}
		if len(buckets[f]) > 0 && rapid.IntRange(0, 2).Draw(t, "in buckets") > 0 {
			k.Buckets, k.Name = rapid.SampledFrom(buckets[f]).Draw(t, "buckets"), "key"+string(rune('0'+i))
		}
		keys = append(keys, k)
	}
	measures := []plan.Measured{{Measure: plan.Count, Field: plan.NoField}}
	for range rapid.IntRange(0, 4).Draw(t, "measures") {
		f := rapid.IntRange(0, len(ds.Fields)-1).Draw(t, "measured")
		name := rapid.SampledFrom(append(plan.MeasureNames(), "p25", "p95", "p99.9", "p50_discrete", "p0", "p100")).Draw(t, "measure")
		if m, ok := plan.MeasureNamed(name); ok && m.Takes(ds.Fields[f].Type) {
			measures = append(measures, plan.Measured{Measure: m, Field: f})
		}
	}
	for range rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "pairs") {
		// Fields 0 and 1 are numbers and integers.
		pair := plan.Measured{Field: rapid.IntRange(0, 1).Draw(t, "x"), With: rapid.IntRange(0, 1).Draw(t, "y")}
		for _, pair.Measure = range []*plan.Measure{plan.PairCount, plan.Correlation} {
			measures = append(measures, pair)
		}
	}
	p := plan.ByGroup(ds, nil, keys, measures)
	p.Filter = drawCondition(t, ds, 1)
	p.Order = drawOrder(t, len(p.Columns))
	return p
}

func checkGroups(t *testing.T, rows []row) {
	ds, tables := questionTables(t, rows)
	byBytes := sortsByBytes(t)
	buckets := bucketsOf(t)
	rapid.Check(t, func(t *rapid.T) {
		table := tables[rapid.SampledFrom([]string{"loaded", "unmanaged", "columnar"}).Draw(t, "table")]
		p := drawGroups(t, ds, buckets)
		if table.Info().Unmanaged && !byBytes {
			for _, k := range p.Groups.Keys {
				if k.Field == 3 {
					t.Skip("text is not sorted by its bytes")
				}
			}
			for _, m := range p.Groups.Measures {
				if m.Field == 3 {
					t.Skip("text is not sorted by its bytes")
				}
			}
		}
		want := groupsOf(p, rows)
		if n, err := table.Count(context.Background(), p); err != nil || n != int64(len(want)) {
			t.Fatalf("%s: %scounts %d, %v; want %d", table.Info().Place, p, n, err, len(want))
		}
		page := want
		if p.Limit = rapid.SampledFrom([]int64{-1, 3}).Draw(t, "limit"); p.Limit >= 0 {
			p.Skip = rapid.Int64Range(0, 4).Draw(t, "skip")
			page = want[min(p.Skip, int64(len(want))):]
			page = page[:min(p.Limit, int64(len(page)))]
		}
		got, end, err := linesOf(table, p)
		if err != nil {
			t.Fatalf("%s%v", p, err)
		}
		if difference := differs(got, page); difference != "" {
			t.Fatalf("%s: %s%s", table.Info().Place, p, difference)
		}
		if left := int64(len(want)) - p.Skip - int64(len(page)); p.Limit >= 0 && left > 0 && !end.More {
			t.Fatalf("%s%d groups follow the page, which is said to be the last", p, left)
		}
	})
}

func TestGroupsAnswerAsTheirDefinitionsSay(t *testing.T) {
	checkGroups(t, nastyRows(parseDataset(t, kinds), 120))
}

// TestAZoneThatTheServerDoesNotKnowIsThatOfGo groups by days of a zone that is in no
// database.
func TestAZoneThatTheServerDoesNotKnowIsThatOfGo(t *testing.T) {
	rows := nastyRows(parseDataset(t, kinds), 40)
	ds, tables := questionTables(t, rows)
	days, err := plan.NewTimeBuckets(plan.Day, 1, nil, time.FixedZone("Nowhere/Nothing", 5*3600))
	if err != nil {
		t.Fatal(err)
	}
	p := plan.ByGroup(ds, nil, []plan.Key{{Field: 5, Buckets: days}}, []plan.Measured{measure(t, "median", 0)})
	for name, table := range tables {
		got, _, err := linesOf(table, p)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if difference := differs(got, groupsOf(p, rows)); difference != "" {
			t.Errorf("%s: %s", name, difference)
		}
	}
}

// TestGroupsOfNumbersFarApartAreExact has numbers whose sums would take too many
// parts, or leave the range on the way.
func TestGroupsOfNumbersFarApartAreExact(t *testing.T) {
	rows := nastyRows(parseDataset(t, kinds), 60)
	far := []float64{1e300, -1e300, 1e-50, 1, math.MaxFloat64, -math.MaxFloat64}
	for i := range rows {
		rows[i][0].Float = far[i*7%len(far)]
	}
	checkGroups(t, rows)
}

// TestWhereAPageOfGroupsEndsSaysNothingOfTheSizesOfValues asks for pages of four groups whose
// means are streamed, or not since their sums take too many parts.
func TestWhereAPageOfGroupsEndsSaysNothingOfTheSizesOfValues(t *testing.T) {
	ds := parseDataset(t, "dataset: sized\nfields: {x: {type: number}, kind: {type: string}}\nstats: {group_by: kind}\n")
	ends := func(x ...float64) (all []engine.PageEnd) {
		s := openIn(t, mongotest.Database(t))
		loadRows(t, s, ds, &engine.Batch{Rows: 4, Columns: []engine.Vector{
			{Type: datasets.Number, Floats: x},
			{Type: datasets.String, Codes: []uint32{0, 1, 2, 3}, Dict: []string{"a", "b", "c", "d"}}}})
		for _, body := range []string{`{}`, `{"per_page":3}`, `{"per_page":3,"page":2}`, `{"per_page":2,"page":2}`, `{"per_page":2,"page":3}`} {
			p := planOf(t, ds, datasets.Mean, body)
			cursor, err := currentTable(t, s, ds).Run(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			for err == nil {
				_, err = cursor.Next(t.Context())
			}
			end, failed := cursor.PageEnd(t.Context())
			if err != io.EOF || failed != nil {
				t.Fatal(err, failed)
			}
			closing(t, cursor)
			all = append(all, end)
		}
		return all
	}
	near, far := ends(1, 2, 3, 4), ends(1e300, -1e300, 1e-50, 1)
	if diff := cmp.Diff(near, far); diff != "" {
		t.Errorf("pages end otherwise where values are far apart (-near +far)\n%s", diff)
	}
}
