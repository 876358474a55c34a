package mongodb

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/internal/mongotest"
)

// BenchmarkLoadBesideBareInsertMany loads rows through the store, from the
// lease to the publishing, and, in turn with that, by a bare loop of InsertMany
// over documents that are BSON already, from as many connections, in chunks as
// large, with the same write concern. Where the store builds indexes, so does
// the loop, at its end. Neither drops anything meanwhile. "ratio" is the
// store's rate by the loop's, of the medians.
func BenchmarkLoadBesideBareInsertMany(b *testing.B) {
	const rows, chunk = 6_000, 500
	for _, test := range []struct{ name, more string }{
		{"none", "bounds: []\nselectors: {}\n"},
		{"5", ""},
	} {
		b.Run("indexes="+test.name, func(b *testing.B) {
			db, ds := mongotest.Database(b), parseDataset(b, weather+test.more)
			s := openIn(b, db)
			s.chunkRows = chunk
			batch := readings(ds, 0, rows)
			chunks := ready(s, ds, batch)
			var ours, bare []time.Duration
			b.ResetTimer()
			for i := 0; b.Loop(); i++ {
				ours = append(ours, timed(b, rows, func() int { return int(loadRows(b, s, ds, batch).Rows) }))
				into := db.Collection(fmt.Sprint("bare", i), majority())
				bare = append(bare, timed(b, rows, func() int { return insertBare(b, into, chunks, indexesOf(ds)) }))
				if err := into.Drop(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(median(bare))/float64(median(ours)), "ratio")
			b.ReportMetric(float64(median(ours).Milliseconds()), "store-ms")
			b.ReportMetric(float64(median(bare).Milliseconds()), "bare-ms")
			b.ReportMetric(0, "ns/op") // of both together
		})
	}
}

// ready returns the rows as documents, in chunks as the store makes them.
func ready(s *Store, ds *datasets.Dataset, batch *engine.Batch) (chunks [][]any) {
	names := make([]string, len(ds.Fields))
	for i := range ds.Fields {
		names[i] = ds.Fields[i].Name
	}
	layout := newLayout(names)
	var documents []any
	size := 0
	for i := range batch.Rows {
		document := layout.appendDocument(nil, int64(i), batch, i)
		documents = append(documents, bson.Raw(document))
		if size += len(document); size >= chunkBytes || len(documents) >= s.chunkRows || i == batch.Rows-1 {
			chunks = append(chunks, documents)
			documents, size = nil, 0
		}
	}
	return chunks
}

// insertBare inserts the chunks and returns of how many documents.
func insertBare(b *testing.B, into *mongo.Collection, chunks [][]any, indexes []mongo.IndexModel) (rows int) {
	ctx := context.Background()
	waiting := make(chan []any, len(chunks))
	for _, c := range chunks {
		waiting <- c
		rows += len(c)
	}
	close(waiting)
	var inserting sync.WaitGroup
	for range inserters {
		inserting.Go(func() {
			for c := range waiting {
				if _, err := into.InsertMany(ctx, c, options.InsertMany().SetOrdered(false)); err != nil {
					b.Error(err)
				}
			}
		})
	}
	inserting.Wait()
	if len(indexes) > 0 {
		if _, err := into.Indexes().CreateMany(ctx, indexes); err != nil {
			b.Fatal(err)
		}
	}
	return rows
}
