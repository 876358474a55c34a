package mirror

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/query"
)

// measured is a dataset of two numbers and a text of three.
func measured(b *testing.B) *datasets.Dataset {
	b.Helper()
	ds, err := datasets.Parse("measured.yaml", []byte("dataset: measured\nfields: {a: {type: number}, b: {type: number}, kind: {type: string}}\nstats: {group_by: kind}\n"), nil)
	if err != nil {
		b.Fatal(err)
	}
	return ds
}

// loadMeasured loads the same rows into whatever store.
func loadMeasured(b *testing.B, to engine.Target, ds *datasets.Dataset, rows int) {
	b.Helper()
	l, err := to.Begin(b.Context(), ds, engine.LoadOptions{})
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for first := 0; first < rows; first += engine.BatchRows {
		batch := &engine.Batch{Rows: min(engine.BatchRows, rows-first), Columns: []engine.Vector{
			{Type: datasets.Number}, {Type: datasets.Number}, {Type: datasets.String, Dict: []string{"one", "three", "two"}}}}
		c := batch.Columns
		for range batch.Rows {
			c[0].Floats = append(c[0].Floats, float64(r.IntN(100))/10)
			c[1].Floats = append(c[1].Floats, float64(r.IntN(1000))/100)
			c[2].Codes = append(c[2].Codes, r.Uint32N(3))
		}
		if err := l.Write(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := l.Commit(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkMeans asks a copy and the store that the same rows were loaded into in turn,
// without a database: what differs is what the mirror adds to each query, and how the
// copy lies. It reports the median of a query on either, and of their ratios.
func BenchmarkMeans(b *testing.B) {
	for _, rows := range []int{2_000, 20_000, 1_000_000} {
		b.Run(fmt.Sprintf("%d in memory", rows), func(b *testing.B) {
			benchMeans(b, rows, columnar.NewStore(columnar.Options{}), "")
		})
		b.Run(fmt.Sprintf("%d in files", rows), func(b *testing.B) {
			benchMeans(b, rows, columnar.Open(b.TempDir(), columnar.FileOptions{}), b.TempDir())
		})
	}
}

func benchMeans(b *testing.B, rows int, embedded engine.Target, dir string) {
	s, ds := newSource(), measured(b)
	loadMeasured(b, s, ds, rows)
	loadMeasured(b, embedded, ds, rows)
	m := New(shared{s}, Options{Mode: Auto, Budget: 1 << 40, Copies: columnar.CopyOptions{Dir: dir}, Logger: slog.New(slog.DiscardHandler)})
	b.Cleanup(func() { _ = m.Close(b.Context()) })
	if err := m.Copy(b.Context(), ds); err != nil {
		b.Fatal(err)
	}
	const calls = 20
	asked, times := 0, [2][]float64{}
	engines := [2]*engine.Engine{engine.New(m, engine.Options{}), engine.New(embedded, engine.Options{})}
	for round := 0; b.Loop(); round++ {
		for turn := range engines {
			i := (turn + round) % 2
			began := time.Now()
			for range calls {
				asked++
				q, err := query.Parse(ds, datasets.Mean, fmt.Appendf(nil, `{"lower":{"a":2.5},"upper":{"b":%v}}`, 5+float64(asked%100_000)*1e-7))
				if err != nil {
					b.Fatal(err)
				}
				for _, err := range engines[i].Rows(b.Context(), q) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
			times[i] = append(times[i], time.Since(began).Seconds()/calls)
		}
	}
	ratios := make([]float64, len(times[0]))
	for i := range ratios {
		ratios[i] = times[1][i] / times[0][i]
	}
	median := func(values []float64) float64 { return slices.Sorted(slices.Values(values))[len(values)/2] }
	b.ReportMetric(median(times[0])*1e6, "µs/mirrored")
	b.ReportMetric(median(times[1])*1e6, "µs/embedded")
	b.ReportMetric(median(ratios), "x/embedded")
}
