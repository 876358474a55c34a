package columnar

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/plan"
)

// benchRows is ten million, of which the bounds pick a quarter.
const benchRows = 10_000_000

type measurements struct {
	values [4][]float64
	kinds  []uint32
}

func measured() (*datasets.Dataset, *measurements) {
	ds := &datasets.Dataset{Name: "measurements", Operations: datasets.Operations(), GroupBy: []int{4}, StatsFields: []int{0, 1, 2, 3}}
	for _, name := range []string{"a", "b", "c", "d"} {
		ds.Fields = append(ds.Fields, datasets.Field{Name: name, Type: datasets.Number})
	}
	ds.Fields = append(ds.Fields, datasets.Field{Name: "kind", Type: datasets.String})
	m := &measurements{kinds: make([]uint32, benchRows)}
	random := rand.New(rand.NewPCG(1, 2))
	for f := range m.values {
		m.values[f] = make([]float64, benchRows)
		for i := range m.values[f] {
			m.values[f][i] = float64(random.IntN(100)) / 10
		}
	}
	for i := range m.kinds {
		m.kinds[i] = random.Uint32N(3)
	}
	return ds, m
}

func loadMeasured(b *testing.B, s engine.Target, ds *datasets.Dataset, m *measurements) engine.Table {
	ctx := context.Background()
	load, err := s.Begin(ctx, ds, engine.LoadOptions{})
	if err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	for first := 0; first < benchRows; first += engine.BatchRows {
		end := min(first+engine.BatchRows, benchRows)
		batch := &engine.Batch{Rows: end - first}
		for f := range m.values {
			batch.Columns = append(batch.Columns, engine.Vector{Floats: m.values[f][first:end]})
		}
		batch.Columns = append(batch.Columns, engine.Vector{Type: datasets.String, Codes: m.kinds[first:end], Dict: []string{"x", "y", "z"}})
		if err := load.Write(ctx, batch); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := load.Commit(ctx); err != nil {
		b.Fatal(err)
	}
	b.Logf("loaded in %v", time.Since(start))
	table, err := s.Table(ctx, ds)
	if err != nil {
		b.Fatal(err)
	}
	return table
}

// byHand is what one would write for this query alone, on one core, with sums
// that round at every step.
func byHand(m *measurements) (means [3][4]float64) {
	var sums [3][4]float64
	var counts [3]float64
	a, b, c, d := m.values[0], m.values[1], m.values[2], m.values[3]
	for i, kind := range m.kinds {
		if a[i] >= 5 && b[i] <= 5 {
			s := &sums[kind]
			s[0] += a[i]
			s[1] += b[i]
			s[2] += c[i]
			s[3] += d[i]
			counts[kind]++
		}
	}
	for k := range sums {
		for f := range sums[k] {
			means[k][f] = sums[k][f] / counts[k]
		}
	}
	return means
}

func drain(b *testing.B, table engine.Table, p *plan.Plan) (rows int) {
	ctx := context.Background()
	cursor, err := table.Run(ctx, p)
	if err != nil {
		b.Fatal(err)
	}
	for {
		batch, err := cursor.Next(ctx)
		if err == io.EOF {
			return rows
		}
		if err != nil {
			b.Fatal(err)
		}
		rows += batch.Rows
	}
}

// BenchmarkTenMillionRows reports each query's time, and for means the time
// of the loop by hand, run alternately, as a multiple of ours.
func BenchmarkTenMillionRows(b *testing.B) {
	ds, m := measured()
	benchQueries(b, ds, m, loadMeasured(b, NewStore(Options{}), ds, m))
}

// BenchmarkTenMillionRowsInFiles is the same of a file store, with the time to
// open what is kept and the time of the first query, which checks what it
// reads.
func BenchmarkTenMillionRowsInFiles(b *testing.B) {
	ds, m := measured()
	dir := b.TempDir()
	loadMeasured(b, Open(dir, FileOptions{}), ds, m)
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			if _, err := Open(dir, FileOptions{}).Table(b.Context(), ds); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("open, then a first mean", func(b *testing.B) {
		for b.Loop() {
			table, err := Open(dir, FileOptions{}).Table(b.Context(), ds)
			if err != nil {
				b.Fatal(err)
			}
			drain(b, table, meanByKind(ds))
		}
	})
	b.Run("check", func(b *testing.B) {
		for b.Loop() {
			found, err := Open(dir, FileOptions{}).Check(b.Context(), ds.Name)
			if err != nil || found.Total > 0 {
				b.Fatal(found, err)
			}
			b.SetBytes(found.Bytes)
		}
	})
	table, err := Open(dir, FileOptions{}).Table(b.Context(), ds)
	if err != nil {
		b.Fatal(err)
	}
	benchQueries(b, ds, m, table)
}

// BenchmarkTable is what each request asks of a store first.
func BenchmarkTable(b *testing.B) {
	ds := counters()
	for _, store := range []engine.Target{NewStore(Options{}), Open(b.TempDir(), FileOptions{})} {
		loaded(benchFailer{b}, store, ds, counting(10, upward), 10)
		b.Run(fmt.Sprintf("%T", store), func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					if _, err := store.Table(b.Context(), ds); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

type benchFailer struct{ b *testing.B }

func (f benchFailer) Fatalf(format string, args ...any) { f.b.Fatalf(format, args...) }

func meanByKind(ds *datasets.Dataset) *plan.Plan {
	return meansBy(ds, []int{0, 1, 2, 3}, []int{4})
}

func benchQueries(b *testing.B, ds *datasets.Dataset, m *measurements, table engine.Table) {
	five := plan.Value{Float: 5}
	bounds := []plan.Predicate{{Field: 0, Min: &five}, {Field: 1, Max: &five}}
	mean := meanByKind(ds)
	filtered := *mean
	filtered.Filter.Where = bounds
	b.Run("mean, two bounds", func(b *testing.B) {
		var ours, hand time.Duration
		for b.Loop() {
			start := time.Now()
			drain(b, table, &filtered)
			middle := time.Now()
			byHand(m)
			ours, hand = ours+middle.Sub(start), hand+time.Since(middle)
		}
		b.ReportMetric(float64(ours.Milliseconds())/float64(b.N), "ours-ms")
		b.ReportMetric(float64(hand)/float64(ours), "hand/ours")
	})
	scan := func(skip, limit int64, filter ...plan.Predicate) *plan.Plan {
		return &plan.Plan{Dataset: ds, Operation: datasets.Range, Fields: []int{0, 1, 2, 3, 4}, Filter: plan.Condition{Where: filter}, Skip: skip, Limit: limit,
			Columns: make([]plan.Column, 5)}
	}
	for _, query := range []struct {
		name string
		plan *plan.Plan
	}{
		{"mean, all rows", mean},
		{"range, all rows", scan(0, -1)},
		{"range, two bounds", scan(0, -1, bounds...)},
		{"range, a page at the end", scan(benchRows-100, 100)},
		{"range, two bounds, a page at the end", scan(2_500_000, 100, bounds...)},
	} {
		b.Run(query.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				drain(b, table, query.plan)
			}
		})
	}
}

// BenchmarkDeepPage compares page 1 of 5,000,000 selected rows of 10,000,000
// with page 40,000, by number and by position, each with where it ends.
func BenchmarkDeepPage(b *testing.B) {
	ds, m := measured()
	table := loadMeasured(b, NewStore(Options{}), ds, m)
	five := plan.Value{Float: 5}
	page := func(skip int64) *plan.Plan {
		return &plan.Plan{Dataset: ds, Operation: datasets.Range, Fields: []int{0, 1, 2, 3, 4}, Columns: make([]plan.Column, 5),
			Filter: plan.Condition{Where: []plan.Predicate{{Field: 0, Min: &five}}}, Skip: skip, Limit: 100}
	}
	ask := func(b *testing.B, p *plan.Plan) engine.PageEnd {
		ctx := context.Background()
		cursor, err := table.Run(ctx, p)
		if err != nil {
			b.Fatal(err)
		}
		if batch, err := cursor.Next(ctx); err != nil || batch.Rows == 0 {
			b.Fatal(err)
		}
		edge, err := cursor.PageEnd(ctx)
		if err != nil {
			b.Fatal(err)
		}
		return edge
	}
	const number = 40_000
	start := time.Now()
	before := ask(b, page((number-2)*100))
	b.Logf("the first time, page %d takes %v", number-1, time.Since(start))
	after := page(0)
	after.After = before.Last
	for _, query := range []struct {
		name string
		plan *plan.Plan
	}{{"by page", page((number - 1) * 100)}, {"by after", after}} {
		b.Run(query.name, func(b *testing.B) {
			var first, deep time.Duration
			for b.Loop() {
				start := time.Now()
				ask(b, page(0))
				middle := time.Now()
				ask(b, query.plan)
				first, deep = first+middle.Sub(start), deep+time.Since(middle)
			}
			b.ReportMetric(float64(deep)/float64(first), "deep/first")
		})
	}
}
