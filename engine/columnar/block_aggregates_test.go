package columnar

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// TestManyWhoSumUpWholeBlocksFindTheSame asks for means of all rows, and of
// those above a bound that leaves a block in part, from several sides at once.
func TestManyWhoSumUpWholeBlocksFindTheSame(t *testing.T) {
	s, ds := newStore(64, 4, maxDense), counters()
	table := loaded(t, s, ds, counting(20_000, upward), 4096)
	low := plan.Value{Int: 100}
	for _, test := range []struct {
		filter []plan.Predicate
		want   string
	}{
		{nil, "9999.5"},
		{[]plan.Predicate{{Field: 0, Min: &low}}, "10049.5"},
	} {
		var running sync.WaitGroup
		for range 8 {
			running.Go(func() {
				for range 5 {
					p := meanOf(ds)
					p.Filter.Where = test.filter
					if got := answerOf(t, table, p); !slices.Equal(got[0], []string{test.want}) {
						t.Errorf("got %v, want %s", got, test.want)
					}
				}
			})
		}
		running.Wait()
	}
}

// TestFewBlockAggregatesAreKept holds that a table that is asked in many ways stays
// small, and keeps what it was asked last.
func TestFewBlockAggregatesAreKept(t *testing.T) {
	ds := everyType()
	rows := make([][]cellValue, 2000)
	for i := range rows {
		rows[i] = make([]cellValue, len(ds.Fields))
		for f := range rows[i] {
			rows[i][f] = cellValue{ok: true, v: plan.Value{Float: float64(i % 200), Int: int64(i % 200), Str: fmt.Sprint(i % 200)}}
		}
	}
	got := loaded(t, newStore(64, 2, maxDense), ds, rows, 200).(*table)
	of := []aggregated{{field: 0, sum: true, extremes: true}, {field: 1, sum: true, extremes: true}}
	for by := range ds.Fields {
		m, err := got.aggregation(t.Context(), &plan.Condition{}, of, []plan.Key{{Field: by}})
		if err != nil {
			t.Fatal(err)
		}
		if len(m.parts) != 5 || got.aggregates.of[m.parts[4].keptAggregate] == nil {
			t.Errorf("by field %d: %d parts, the last of which is kept: %v", by, len(m.parts), got.aggregates.of[m.parts[4].keptAggregate] != nil)
		}
	}
	groups := 0
	for _, kept := range got.aggregates.of {
		groups += kept.groups
	}
	if groups != got.aggregates.groups || groups > maxKept || groups < maxKept-1000 {
		t.Errorf("those of %d groups are kept, counted as %d", groups, got.aggregates.groups)
	}
}

// tagged is a dataset of two numbers, one of them an integer, whose means are
// declared by a text.
func tagged() *datasets.Dataset {
	return &datasets.Dataset{Name: "tagged", Operations: datasets.Operations(), StatsFields: []int{0, 1}, GroupBy: []int{2}, Fields: []datasets.Field{
		{Name: "x", Type: datasets.Number}, {Name: "n", Type: datasets.Integer}, {Name: "tag", Type: datasets.String}}}
}

// taggedRows returns rows of x 0.1, 0.2 and so on, n from −200 on, and tags
// that come in another order than theirs; every ninth has a null in one field.
func taggedRows(n, tags int) [][]cellValue {
	rows := make([][]cellValue, n)
	for i := range rows {
		rows[i] = []cellValue{
			{ok: i%9 != 3, v: plan.Value{Float: float64(i+1) / 10}},
			{ok: i%9 != 5, v: plan.Value{Int: int64(i - 200)}},
			{ok: i%9 != 7, v: plan.Value{Str: fmt.Sprint("tag ", 100+(5*i+4)%tags)}}}
	}
	return rows
}

func taggedMeans(ds *datasets.Dataset) *plan.Plan {
	return meansBy(ds, ds.StatsFields, ds.GroupBy)
}

// touched counts the columns of a stored table of which rows were read.
func touched(t *table) (n int) {
	for i := range t.segment.columns {
		if t.segment.columns[i].sound.Load() {
			n++
		}
	}
	return n
}

// TestDeclaredMeansOfKeptRowsReadNoRow asks a store that has just opened what
// a load left.
func TestDeclaredMeansOfKeptRowsReadNoRow(t *testing.T) {
	ds, rows, dir := tagged(), taggedRows(500, 7), t.TempDir()
	loaded(t, smallFiles(dir, 0), ds, rows, 100)
	opened, err := smallFiles(dir, 0).Table(t.Context(), ds)
	if err != nil {
		t.Fatal(err)
	}
	p := taggedMeans(ds)
	want, got := simple(p, slices.Clone(rows)), answerOf(t, opened, p)
	if len(got) != 8 || !slices.EqualFunc(want, got, slices.Equal) {
		t.Errorf("got %v, want %v", got, want)
	}
	if n := touched(opened.(*table)); n != 0 {
		t.Errorf("%d columns were read", n)
	}
	// Of the eight blocks, one is answered in part.
	p.Filter.Where = []plan.Predicate{{Field: 1, Min: &plan.Value{Int: 100}}}
	if want, got = simple(p, slices.Clone(rows)), answerOf(t, opened, p); !slices.EqualFunc(want, got, slices.Equal) {
		t.Errorf("above a bound: got %v, want %v", got, want)
	}
}

// TestSumsOfAnotherFormAreMadeAnew has a block whose numbers lie too far apart
// to be kept as two words.
func TestSumsOfAnotherFormAreMadeAnew(t *testing.T) {
	ds, rows, dir := tagged(), taggedRows(500, 3), t.TempDir()
	rows[70][0].v.Float, rows[73][0].v.Float = 1e300, -1e300
	loaded(t, smallFiles(dir, 0), ds, rows, 100)
	opened, err := smallFiles(dir, 0).Table(t.Context(), ds)
	if err != nil {
		t.Fatal(err)
	}
	p := taggedMeans(ds)
	if want, got := simple(p, slices.Clone(rows)), answerOf(t, opened, p); !slices.EqualFunc(want, got, slices.Equal) {
		t.Errorf("got %v, want %v", got, want)
	}
	if n := touched(opened.(*table)); n != 3 {
		t.Errorf("%d columns were read, want the 3 of a block", n)
	}
}

func TestManyGroupsAreNotKept(t *testing.T) {
	ds, rows, dir := tagged(), taggedRows(500, 97), t.TempDir()
	table := loaded(t, smallFiles(dir, 0), ds, rows, 100)
	if files := filesOf(t, dir); len(files) != versionFiles-1 {
		t.Errorf("there are %v", files)
	}
	p := taggedMeans(ds)
	if want, got := simple(p, slices.Clone(rows)), answerOf(t, table, p); !slices.EqualFunc(want, got, slices.Equal) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// FuzzMeans reads files of sums of which the checksum is right, as if a
// program with a fault had written them.
func FuzzMeans(f *testing.F) {
	ds, dir := tagged(), f.TempDir()
	kept := loaded(failer{f}, smallFiles(dir, 0), ds, taggedRows(100, 3), 100).(*table)
	files, err := filepath.Glob(filepath.Join(dir, ds.Name, "*", meansName))
	if err != nil || len(files) != 1 {
		f.Fatal(files, err)
	}
	sums, err := os.ReadFile(files[0])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sums)
	f.Fuzz(func(t *testing.T, sums []byte) {
		k, err := parseAggregates(sums, ds.Fields, kept.segment.zoneMaps)
		if err != nil {
			return
		}
		kept.aggregates = aggregateSets{}
		kept.aggregates.keepStored(k, kept.nullable)
		if _, err := runAll(kept, taggedMeans(ds)); err != nil {
			t.Error(err)
		}
	})
}
