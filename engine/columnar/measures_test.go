package columnar

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/plan"
)

// manyRows have values that no code counts: numbers close together, numbers that lie up to
// 2^600 apart, a few far out among many, and integers of all sizes; a text of many values;
// and groups of three sizes. One in twenty is null.
func manyRows(n int) (*datasets.Dataset, [][]cellValue) {
	ds := &datasets.Dataset{Name: "many", Operations: datasets.Operations(), Fields: []datasets.Field{{Name: "near"}, {Name: "far"}, {Name: "out"}, {Name: "whole", Type: datasets.Integer}, {Name: "text", Type: datasets.String},
		{Name: "few", Type: datasets.Integer}, {Name: "some", Type: datasets.Integer}, {Name: "most", Type: datasets.Integer}}}
	r := rand.New(rand.NewPCG(3, 4))
	rows := make([][]cellValue, n)
	for i := range rows {
		out := r.Float64()
		if r.IntN(5000) == 0 {
			out *= 1e12
		}
		values := []plan.Value{
			{Float: 100 + r.Float64()}, {Float: math.Ldexp(r.Float64()-0.5, r.IntN(600)-300)}, {Float: out},
			{Int: int64(r.Uint64() >> r.IntN(64))}, {Str: fmt.Sprint(r.IntN(30_000))},
			{Int: r.Int64N(3)}, {Int: r.Int64N(300)}, {Int: r.Int64N(20_000)},
		}
		rows[i] = make([]cellValue, len(values))
		for f, v := range values {
			rows[i][f] = cellValue{ok: r.IntN(20) > 0, v: v}
		}
	}
	return ds, rows
}

func TestMeasuresOfManyRowsAgreeWithTheSimpleReference(t *testing.T) {
	ds, rows := manyRows(8_000)
	store := newStore(2048, 3, maxDense)
	store.bigGroup = 3000
	memory := loaded(t, store, ds, rows, 4096)
	stored := loaded(t, smallFiles(t.TempDir(), 0), ds, rows, 4096)
	var measures []plan.Measured
	for f := range 5 {
		for _, name := range []string{"count", "sum", "mean", "min", "max", "stddev", "variance_pop", "median", "p95", "p33.3", "p50_discrete", "distinct", "mode"} {
			if m, _ := plan.MeasureNamed(name); m.Takes(ds.Fields[f].Type) {
				measures = append(measures, plan.Measured{Measure: m, Field: f})
			}
		}
	}
	bound := plan.Value{Float: 100.2}
	for _, by := range [][]plan.Key{nil, {{Field: 5}}, {{Field: 6}}, {{Field: 7}}, {{Field: 6}, {Field: 7}}} {
		of := measures
		if len(by) > 0 && by[0].Field > 5 {
			of = slices.Concat(measures[:13:13], measures[26:30]) // the reference is slow
		}
		p := plan.ByGroup(ds, datasets.Mean, by, of)
		for _, where := range [][]plan.Predicate{nil, {{Field: 0, Min: &bound}}} {
			p.Filter.Where = where
			want := simpleGroups(p, rows)
			for _, table := range []engine.Table{memory, stored} {
				got := answerOf(t, table, p)
				if len(got) != len(want) {
					t.Fatalf("%s: %d groups, want %d", table.Info().Place, len(got), len(want))
				}
				for i := range want {
					if !slices.Equal(got[i], want[i]) {
						t.Fatalf("%s: by %d keys, %d conditions, group %d of %d (-want +got):\n%s", table.Info().Place, len(by), len(where), i, len(want), gocmp.Diff(want[i], got[i]))
					}
				}
			}
		}
	}
}

// TestAMillionGroups has two rows in each group.
func TestAMillionGroups(t *testing.T) {
	const groups = 1_000_000
	ds := &datasets.Dataset{Name: "million", Operations: datasets.Operations(), Fields: []datasets.Field{{Name: "group", Type: datasets.Integer}, {Name: "x"}}}
	batch := &engine.Batch{Rows: 2 * groups, Columns: []engine.Vector{{Type: datasets.Integer}, {}}}
	for i := range int64(2 * groups) {
		batch.Columns[0].Ints = append(batch.Columns[0].Ints, i*7919%groups)
		batch.Columns[1].Floats = append(batch.Columns[1].Floats, float64(i*7919%groups)+float64(i/groups)/4)
	}
	table := tableOf(t, NewStore(Options{}), ds, batch)
	var measures []plan.Measured
	for _, name := range []string{"median", "distinct", "max", "stddev_pop"} {
		m, _ := plan.MeasureNamed(name)
		measures = append(measures, plan.Measured{Measure: m, Field: 1})
	}
	p := plan.ByGroup(ds, datasets.Mean, []plan.Key{{Field: 0}}, measures)
	p.Skip, p.Limit = groups-2, 5
	want := [][]string{{"999998.125", "2", "999998.25", "0.125", "999998"}, {"999999.125", "2", "999999.25", "0.125", "999999"}}
	if diff := gocmp.Diff(want, answerOf(t, table, p)); diff != "" {
		t.Error(diff)
	}
}

// TestExtremesOfAllRowsReadNone asks a store that has just opened.
func TestExtremesOfAllRowsReadNone(t *testing.T) {
	ds, rows, dir := tagged(), taggedRows(500, 7), t.TempDir()
	loaded(t, smallFiles(dir, 0), ds, rows, 100)
	opened, err := smallFiles(dir, 0).Table(t.Context(), ds)
	if err != nil {
		t.Fatal(err)
	}
	p := plan.ByGroup(ds, datasets.Mean, nil, []plan.Measured{{Measure: plan.Count, Field: plan.NoField}, {Measure: plan.Min, Field: 0}, {Measure: plan.Max, Field: 1}, {Measure: plan.CountOf, Field: 2},
		{Measure: plan.Missing, Field: 1}, {Measure: plan.Mean, Field: 0}})
	want := simpleGroups(p, rows)
	for range 2 {
		if diff := gocmp.Diff(want, answerOf(t, opened, p)); diff != "" {
			t.Error(diff)
		}
	}
	p = plan.ByGroup(ds, datasets.Mean, nil, p.Groups.Measures[:5])
	reopened, err := smallFiles(dir, 0).Table(t.Context(), ds)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(simpleGroups(p, rows), answerOf(t, reopened, p)); diff != "" {
		t.Error(diff)
	}
	if n := touched(reopened.(*table)); n != 0 {
		t.Errorf("%d columns were read", n)
	}
}

func TestASecondPassEndsWithItsContext(t *testing.T) {
	ds, rows := manyRows(5000)
	table := loaded(t, newStore(64, 2, maxDense), ds, rows, 4096)
	p := plan.ByGroup(ds, datasets.Mean, []plan.Key{{Field: 5}}, []plan.Measured{{Measure: plan.Median, Field: 0}})
	if _, err := table.Run(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := table.Run(ended, p); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestDistinctValuesAreCountedInParts(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, distinct := range []int{1, 40, 100_000, 500_000} {
		var values []float64
		for i := range 2 * distinct {
			values = append(values, float64(i/2)*0.1)
		}
		values = append(values, 0.1*float64(distinct/2), math.Copysign(0, -1))
		r.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
		room := searchRoom[float64]{}
		for range 2 {
			n, mode := room.countDistinct(values)
			if n != int64(distinct) || mode != 0 {
				t.Errorf("%d distinct, the most frequent is %v, want %d and 0", n, mode, distinct)
			}
		}
	}
}
