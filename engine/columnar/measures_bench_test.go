package columnar

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/plan"
)

// asked makes ten million rows of four numbers with few decimals and many, texts of 3,
// 1,000 and 1,000,000 values, and an instant.
func asked(b *testing.B, s engine.Target) (*datasets.Dataset, engine.Table) {
	ds := &datasets.Dataset{Name: "asked", Operations: datasets.Operations(), Fields: []datasets.Field{
		{Name: "a"}, {Name: "b"}, {Name: "c"}, {Name: "d"}, {Name: "kind", Type: datasets.String},
		{Name: "many", Type: datasets.String}, {Name: "most", Type: datasets.String}, {Name: "at", Type: datasets.DateTime}}}
	dicts := make([][]string, len(ds.Fields))
	for f, n := range map[int]int{4: 3, 5: 1000, 6: 1_000_000} {
		for i := range n {
			dicts[f] = append(dicts[f], fmt.Sprintf("t%07d", i))
		}
	}
	ctx := context.Background()
	load, err := s.Begin(ctx, ds, engine.LoadOptions{})
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for first := 0; first < benchRows; first += engine.BatchRows {
		batch := &engine.Batch{Rows: min(engine.BatchRows, benchRows-first)}
		for f := range ds.Fields {
			v := engine.Vector{Type: ds.Fields[f].Type, Dict: dicts[f]}
			for range batch.Rows {
				switch f {
				case 0, 1:
					v.Floats = append(v.Floats, float64(r.IntN(100))/10)
				case 2:
					v.Floats = append(v.Floats, r.Float64()*100)
				case 3:
					v.Floats = append(v.Floats, float64(r.IntN(100_000))/100)
				case 7:
					v.Ints = append(v.Ints, 1_546_300_800_000+r.Int64N(4*365*86_400)*1000)
				default:
					v.Codes = append(v.Codes, uint32(r.IntN(len(dicts[f]))))
				}
			}
			batch.Columns = append(batch.Columns, v)
		}
		if err := load.Write(ctx, batch); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := load.Commit(ctx); err != nil {
		b.Fatal(err)
	}
	table, err := s.Table(ctx, ds)
	if err != nil {
		b.Fatal(err)
	}
	return ds, table
}

// BenchmarkMeasures reports the median and the least of five runs of each query over ten
// million rows, after a first run, which is reported by itself.
func BenchmarkMeasures(b *testing.B) {
	b.Run("in memory", func(b *testing.B) { benchMeasures(b, NewStore(Options{})) })
	b.Run("in files", func(b *testing.B) { benchMeasures(b, Open(b.TempDir(), FileOptions{})) })
}

func benchMeasures(b *testing.B, s engine.Target) {
	ds, table := asked(b, s)
	five := plan.Value{Float: 5}
	bounds := []plan.Predicate{{Field: 0, Min: &five}, {Field: 1, Max: &five}}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		b.Fatal(err)
	}
	month, _ := plan.NewTimeBuckets(plan.Month, 1, nil, berlin)
	bins := plan.NewWidthBuckets(datasets.Number, ratOf("2"), ratOf("0"))
	of := func(fields []int, names ...string) (all []plan.Measured) {
		for _, f := range fields {
			for _, name := range names {
				m, _ := plan.MeasureNamed(name)
				all = append(all, plan.Measured{Measure: m, Field: f})
			}
		}
		return all
	}
	count := []plan.Measured{{Measure: plan.Count, Field: plan.NoField}}
	numbers := []int{0, 1, 2, 3}
	spread := []string{"count", "sum", "min", "max", "mean", "stddev"}
	for _, q := range []struct {
		name     string
		where    []plan.Predicate
		keys     []plan.Key
		measures []plan.Measured
	}{
		{"Q1 by 3, bounds", bounds, []plan.Key{{Field: 4}}, of(numbers, spread...)},
		{"Q1 by 3", nil, []plan.Key{{Field: 4}}, of(numbers, spread...)},
		{"mean by 3, bounds", bounds, []plan.Key{{Field: 4}}, of(numbers, "mean")},
		{"min max, no groups", nil, nil, of(numbers, "min", "max")},
		{"Q2 by month, bounds", bounds, []plan.Key{{Field: 7, Buckets: month}}, of(numbers[3:], "mean")},
		{"Q3 a by 3, bounds", bounds, []plan.Key{{Field: 4}}, of(numbers[:1], "median", "p95")},
		{"Q3 c by 3, bounds", bounds, []plan.Key{{Field: 4}}, of(numbers[2:3], "median", "p95")},
		{"Q3 d by 3, bounds", bounds, []plan.Key{{Field: 4}}, of(numbers[3:], "median", "p95")},
		{"Q3 c by 1000", nil, []plan.Key{{Field: 5}}, of(numbers[2:3], "median", "p95")},
		{"Q3 d by 1000", nil, []plan.Key{{Field: 5}}, of(numbers[3:], "median", "p95")},
		{"Q3 c by 1000, bounds", bounds, []plan.Key{{Field: 5}}, of(numbers[2:3], "median", "p95")},
		{"Q4 distinct of 1000", nil, nil, of([]int{5}, "distinct")},
		{"Q4 distinct of 1000, bounds", bounds, nil, of([]int{5}, "distinct")},
		{"Q4 counts of 1000", nil, []plan.Key{{Field: 5}}, count},
		{"Q4 counts of 1000, bounds", bounds, []plan.Key{{Field: 5}}, count},
		{"Q4 distinct of 1000000", nil, nil, of([]int{6}, "distinct")},
		{"Q4 distinct of 1000000, bounds", bounds, nil, of([]int{6}, "distinct")},
		{"Q4 counts of 1000000", nil, []plan.Key{{Field: 6}}, count},
		{"Q4 counts of 1000000, bounds", bounds, []plan.Key{{Field: 6}}, count},
		{"Q6 histogram by 3", nil, []plan.Key{{Field: 4}, {Field: 2, Buckets: bins}}, count},
		{"Q6 histogram by 3, bounds", bounds, []plan.Key{{Field: 4}, {Field: 2, Buckets: bins}}, count},
		{"Q7 pairs of 4, bounds", bounds, nil, pairMeasures(allPairs(4)...)},
		{"Q7 pairs of 4", nil, nil, pairMeasures(allPairs(4)...)},
		{"Q7 pairs of 4 by 1000, bounds", bounds, []plan.Key{{Field: 5}}, pairMeasures(allPairs(4)...)},
		{"distinct of c", nil, nil, of([]int{2}, "distinct")},
		{"mode of d", nil, nil, of([]int{3}, "mode")},
	} {
		b.Run(q.name, func(b *testing.B) {
			p := plan.ByGroup(ds, datasets.Mean, q.keys, q.measures)
			p.Filter.Where = q.where
			var times []time.Duration
			for b.Loop() {
				for range 6 {
					start := time.Now()
					cursor, err := table.Run(b.Context(), p)
					if err != nil {
						b.Fatal(err)
					}
					// A page of ten, as of those that are most frequent.
					for range 1 {
						if _, err := cursor.Next(b.Context()); err != nil && err != io.EOF {
							b.Fatal(err)
						}
					}
					times = append(times, time.Since(start))
				}
			}
			b.ReportMetric(times[0].Seconds()*1000, "first-ms")
			slices.Sort(times[1:])
			b.ReportMetric(times[1].Seconds()*1000, "least-ms")
			b.ReportMetric(times[len(times)/2].Seconds()*1000, "median-ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkNarrowBuckets groups a few rows that lie far apart by intervals that are narrow.
func BenchmarkNarrowBuckets(b *testing.B) {
	ds := &datasets.Dataset{Name: "far", Operations: datasets.Operations(), Fields: []datasets.Field{{Name: "n"}}}
	s := NewStore(Options{})
	load, err := s.Begin(b.Context(), ds, engine.LoadOptions{})
	if err != nil {
		b.Fatal(err)
	}
	batch := &engine.Batch{Rows: 1000, Columns: []engine.Vector{{}}}
	r := rand.New(rand.NewPCG(1, 2))
	for range batch.Rows {
		batch.Columns[0].Floats = append(batch.Columns[0].Floats, r.Float64()*1e9)
	}
	if err := load.Write(b.Context(), batch); err != nil {
		b.Fatal(err)
	}
	if _, err := load.Commit(b.Context()); err != nil {
		b.Fatal(err)
	}
	table, err := s.Table(b.Context(), ds)
	if err != nil {
		b.Fatal(err)
	}
	count := []plan.Measured{{Measure: plan.Count, Field: plan.NoField}}
	width := int64(0)
	for b.Loop() {
		width++ // what was asked before is kept
		bins := plan.NewWidthBuckets(datasets.Number, ratOf(fmt.Sprintf("%d/1000", width)), ratOf("0"))
		if _, err := table.Run(b.Context(), plan.ByGroup(ds, datasets.Mean, []plan.Key{{Field: 0, Buckets: bins}}, count)); err != nil {
			b.Fatal(err)
		}
	}
}
