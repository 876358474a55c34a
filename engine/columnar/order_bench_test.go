package columnar

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/plan"
)

// priced are the columns of benchRows rows: two to bound, a price to sort by of which
// nearly all values differ, and a size that has a hundred.
type priced struct{ a, b, price, size []float64 }

func loadPriced(b *testing.B, s engine.Target) (*datasets.Dataset, *priced, engine.Table) {
	ds := &datasets.Dataset{Name: "priced", Operations: datasets.Operations()}
	for _, name := range []string{"a", "b", "price", "size"} {
		ds.Fields = append(ds.Fields, datasets.Field{Name: name, Type: datasets.Number})
	}
	random := rand.New(rand.NewPCG(1, 2))
	p := &priced{}
	for range benchRows {
		p.a = append(p.a, random.Float64()*100)
		p.b = append(p.b, random.Float64()*100)
		p.price = append(p.price, random.Float64()*1000)
		p.size = append(p.size, float64(random.IntN(100))/10)
	}
	load, err := s.Begin(b.Context(), ds, engine.LoadOptions{})
	if err != nil {
		b.Fatal(err)
	}
	for first := 0; first < benchRows; first += engine.BatchRows {
		end := min(first+engine.BatchRows, benchRows)
		batch := &engine.Batch{Rows: end - first}
		for _, values := range [][]float64{p.a, p.b, p.price, p.size} {
			batch.Columns = append(batch.Columns, engine.Vector{Floats: values[first:end]})
		}
		if err := load.Write(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := load.Commit(b.Context()); err != nil {
		b.Fatal(err)
	}
	table, err := s.Table(b.Context(), ds)
	if err != nil {
		b.Fatal(err)
	}
	return ds, p, table
}

// byHandSorted is the matching rows in order of price: what one sort of them takes.
func (p *priced) byHandSorted() []uint32 {
	type pair struct {
		price float64
		row   uint32
	}
	var pairs []pair
	for i, a := range p.a {
		if a >= 50 && p.b[i] <= 50 {
			pairs = append(pairs, pair{p.price[i], uint32(i)})
		}
	}
	slices.SortFunc(pairs, func(x, y pair) int { return cmp.Or(cmp.Compare(x.price, y.price), cmp.Compare(x.row, y.row)) })
	rows := make([]uint32, len(pairs))
	for i := range pairs {
		rows[i] = pairs[i].row
	}
	return rows
}

// byHandFirst is the first hundred matching rows in order of price, kept in a sorted
// list while the rows are read once.
func (p *priced) byHandFirst() []uint32 {
	var first []uint32
	for i, a := range p.a {
		price := p.price[i]
		if a < 50 || p.b[i] > 50 || len(first) == 100 && price >= p.price[first[99]] {
			continue
		}
		at, _ := slices.BinarySearchFunc(first, price, func(row uint32, price float64) int { return cmp.Compare(p.price[row], price) })
		first = slices.Insert(first, at, uint32(i))
		first = first[:min(len(first), 100)]
	}
	return first
}

// medianOf runs work some times and returns the median of its times in milliseconds.
func medianOf(times int, work func()) float64 {
	taken := make([]time.Duration, times)
	for i := range taken {
		start := time.Now()
		work()
		taken[i] = time.Since(start)
	}
	slices.Sort(taken)
	return float64(taken[times/2].Microseconds()) / 1000
}

// BenchmarkOrder reports medians of what pages in the order of a number between two
// bounds take: the first hundred rows, and page 40,000 of 50 rows for the first time and
// again; and of loops by hand, on one core.
func BenchmarkOrder(b *testing.B) {
	for name, store := range map[string]engine.Target{"in memory": NewStore(Options{}), "in files": Open(b.TempDir(), FileOptions{})} {
		ds, p, of := loadPriced(b, store)
		shared := of.(*table).resources
		fifty := plan.Value{Float: 50}
		page := func(by int, skip, limit int64) *plan.Plan {
			p := plan.Rows(ds, nil, nil)
			p.Filter.Where = []plan.Predicate{{Field: 0, Min: &fifty}, {Field: 1, Max: &fifty}}
			p.Order = []plan.SortKey{{By: by}}
			p.Skip, p.Limit = skip, limit
			return p
		}
		forget := func() { shared.forget(func(uint64) bool { return true }) }
		ask := func(p *plan.Plan) { drain(b, of, p) }
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.ReportMetric(medianOf(9, func() { forget(); ask(page(2, 0, 100)) }), "top-100-ms")
				b.ReportMetric(medianOf(9, func() { forget(); ask(page(3, 0, 100)) }), "top-100-of-ties-ms")
				b.ReportMetric(medianOf(5, func() { p.byHandFirst() }), "top-100-by-hand-ms")
				b.ReportMetric(medianOf(3, func() { forget(); ask(page(2, 39_999*50, 50)) }), "deep-first-time-ms")
				b.ReportMetric(medianOf(9, func() { ask(page(2, 39_999*50, 50)) }), "deep-again-ms")
				b.ReportMetric(medianOf(9, func() { ask(page(2, 0, 50)) }), "first-page-of-kept-ms")
				b.ReportMetric(medianOf(3, func() { p.byHandSorted() }), "sort-by-hand-ms")
			}
		})
	}
}

// BenchmarkContains reports medians of counting the rows whose text contains another, of
// as many texts as rows, in both cases; and of a loop by hand over the texts that finds
// one case.
func BenchmarkContains(b *testing.B) {
	const n = 1_000_000
	ds := &datasets.Dataset{Name: "texts", Operations: datasets.Operations(), Fields: []datasets.Field{{Name: "text", Type: datasets.String}}}
	random := rand.New(rand.NewPCG(1, 2))
	texts := make([]string, n)
	for i := range texts {
		texts[i] = fmt.Sprintf("%08x %010x", random.Uint32(), random.Uint64()>>24)
	}
	rows := make([][]cellValue, n)
	for i, text := range texts {
		rows[i] = []cellValue{{ok: true, v: plan.Value{Str: text}}}
	}
	s := NewStore(Options{})
	table := loaded(benchFailer{b}, s, ds, rows, engine.BatchRows)
	for _, wanted := range []string{"ABC", "KS", "7", "É"} {
		p := plan.Rows(ds, nil, nil)
		p.Filter.Where = []plan.Predicate{{Field: 0, Text: &plan.TextMatch{Any: []string{wanted}}}}
		count := func() {
			if _, err := table.Count(context.Background(), p); err != nil {
				b.Fatal(err)
			}
		}
		b.Run(wanted, func(b *testing.B) {
			for b.Loop() {
				b.ReportMetric(medianOf(15, func() { s.forget(func(uint64) bool { return true }); count() }), "count-ms")
				b.ReportMetric(medianOf(15, count), "again-ms")
				lower := strings.ToLower(wanted)
				b.ReportMetric(medianOf(15, func() {
					found := 0
					for _, text := range texts {
						if strings.Contains(text, lower) {
							found++
						}
					}
				}), "by-hand-ms")
			}
		})
	}
}
