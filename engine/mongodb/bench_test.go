package mongodb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/internal/mongotest"
	"herbarium/engine/pipeline"
	"herbarium/engine/plan"
)

// BenchmarkRangeBesideBareDriver reads all rows through the store and, in
// turn with that, by a bare loop of the driver that runs the same pipeline and
// copies the raw documents out. "ratio" is the store's rate by the loop's, of
// the medians.
func BenchmarkRangeBesideBareDriver(b *testing.B) {
	for _, rows := range []int{150, 100_000} {
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			db, ds := mongotest.Database(b), parseDataset(b, weather)
			s := openIn(b, db)
			info := loadRows(b, s, ds, readings(ds, 0, rows))
			p := planOf(b, ds, datasets.Range, "{}")
			var ours, bare []time.Duration
			b.ResetTimer()
			for b.Loop() {
				ours = append(ours, timed(b, rows, func() int { return readByStore(b, s, ds, p) }))
				bare = append(bare, timed(b, rows, func() int { return readBare(b, db.Collection(info.Place), p) }))
			}
			b.ReportMetric(float64(median(bare))/float64(median(ours)), "ratio")
			b.ReportMetric(float64(median(ours).Microseconds()), "store-µs")
			b.ReportMetric(float64(median(bare).Microseconds()), "bare-µs")
			b.ReportMetric(0, "ns/op") // of both together
		})
	}
}

func timed(b *testing.B, want int, read func() int) time.Duration {
	start := time.Now()
	if got := read(); got != want {
		b.Fatalf("read %d rows, want %d", got, want)
	}
	return time.Since(start)
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

func readByStore(b *testing.B, s *Store, ds *datasets.Dataset, p *plan.Plan) (rows int) {
	ctx := context.Background()
	c, err := currentTable(b, s, ds).Run(ctx, p)
	if err != nil {
		b.Fatal(err)
	}
	defer closing(b, c)
	for {
		batch, err := c.Next(ctx)
		if errors.Is(err, io.EOF) {
			return rows
		}
		if err != nil {
			b.Fatal(err)
		}
		rows += batch.Rows
	}
}

func readBare(b *testing.B, c *mongo.Collection, p *plan.Plan) (rows int) {
	ctx := context.Background()
	cursor, err := c.Aggregate(ctx, pipeline.Compile(p), options.Aggregate().SetAllowDiskUse(true))
	if err != nil {
		b.Fatal(err)
	}
	var document bson.Raw
	for cursor.Next(ctx) {
		document = append(document[:0], cursor.Current...)
		rows++
	}
	if err := errors.Join(cursor.Err(), cursor.Close(ctx)); err != nil {
		b.Fatal(err)
	}
	return rows
}

// BenchmarkDecoding reads documents that are here, without a server.
func BenchmarkDecoding(b *testing.B) {
	ds := parseDataset(b, weather)
	batch := readings(ds, 0, engine.BatchRows)
	p := planOf(b, ds, datasets.Range, "{}")
	d := newDecoder(p.Columns, p.Groups != nil)
	var documents [][]byte
	size := 0
	for i := range batch.Rows {
		documents = append(documents, newLayout([]string{"station", "temperature", "wind.speed", "rain", "day", "read"}).appendDocument(nil, int64(i), batch, i))
		size += len(documents[i])
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		d.begin(len(documents))
		for i, document := range documents {
			if err := d.row(i, document); err != nil {
				b.Fatal(err)
			}
		}
		d.end(len(documents))
	}
}

// BenchmarkFoldingValues takes in counts of values that are here, without a server, by
// two groups.
func BenchmarkFoldingValues(b *testing.B) {
	ds := parseDataset(b, weather)
	p := plan.ByGroup(ds, nil, []plan.Key{{Field: 0}}, []plan.Measured{measure(b, "median", 1), measure(b, "stddev", 1)})
	in := &table{dataset: ds, store: &Store{options: Options{MaxGroups: 10}}}
	g := pipeline.Values(p, 1, pipeline.GroupOptions{})
	d := newDecoder(g.Columns, true)
	var documents [][]byte
	for i := range engine.BatchRows {
		document, err := bson.Marshal(bson.D{
			{Key: "_id", Value: bson.D{{Key: "k0", Value: []string{"north", "south"}[i%2]}, {Key: "v", Value: float64(i) / 3}}}, {Key: "n", Value: int64(1 + i%3)}})
		if err != nil {
			b.Fatal(err)
		}
		documents = append(documents, document)
	}
	all := newGroups(in, p)
	b.ReportAllocs()
	for b.Loop() {
		d.begin(len(documents))
		for i, document := range documents {
			if err := d.row(i, document); err != nil {
				b.Fatal(err)
			}
		}
		batch := d.end(len(documents))
		for i := range batch.Rows {
			at, err := all.find(g, batch, i, true)
			if err != nil {
				b.Fatal(err)
			}
			if all.all[at].fields == nil {
				all.all[at].fields = []fieldAggregates{{counted: &countedValues{kind: datasets.Number, spread: true, mean: 600, ranks: []int64{1 << 40}}}}
			}
			all.all[at].fields[0].counted.add(valueAt(batch, g.Value, i).Value, intAt(batch, g.Rows, i))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(documents)), "ns/value")
}
