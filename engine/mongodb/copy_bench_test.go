//go:build unix

package mongodb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/internal/mongotest"
	"herbarium/engine/mirror"
)

const readyDescriptor = `dataset: copied
fields: {a: {type: number}, b: {type: number}, c: {type: number}, d: {type: number}, i: {type: integer}, t: {type: date-time}, kind: {type: string}, place: {type: string}}
stats: {fields: [a, b, c, d], group_by: kind}
`

// readyRows are rows that a server tells in ranges at once, since their replies lie ready: what
// is left is the work of whoever reads them.
type readyRows struct {
	ds      *datasets.Dataset
	rows    int
	uri     string // of that server
	db      *mongo.Database
	replies []bson.Raw    // by range
	takes   time.Duration // the server, for a range
}

const readyCollection = rowsPrefix + "copied.0"

// newReadyRows makes the rows, and publishes them.
func newReadyRows(b *testing.B, rows int) *readyRows {
	b.Helper()
	ds := parseDataset(b, readyDescriptor)
	c := &readyRows{ds: ds, rows: rows, db: mongotest.Database(b)}
	names := make([]string, len(ds.Fields))
	for i := range ds.Fields {
		names[i] = ds.Fields[i].Name
	}
	documents, hasher, firstBatch := newLayout(names), engine.NewHasher(ds), bson.A{}
	c.batches(func(first int, batch *engine.Batch) error {
		hasher.Write(batch)
		for i := range batch.Rows {
			firstBatch = append(firstBatch, bson.Raw(documents.appendDocument(nil, int64(first+i), batch, i)))
		}
		if last := first + batch.Rows; last%defaultRangeRows == 0 || last == rows {
			reply, err := bson.Marshal(bson.D{{Key: "cursor", Value: bson.D{
				{Key: "firstBatch", Value: firstBatch}, {Key: "id", Value: int64(0)}, {Key: "ns", Value: c.db.Name() + "." + readyCollection}}}, {Key: "ok", Value: 1.0}})
			if err != nil {
				b.Fatal(err)
			}
			c.replies, firstBatch = append(c.replies, reply), firstBatch[:0]
		}
		return nil
	})
	e := edition{Collection: readyCollection, Version: hasher.Version(), Rows: int64(rows), Published: time.Now()}
	if _, err := c.db.Collection(publicationsName).InsertOne(b.Context(), bson.D{{Key: "_id", Value: ds.Collection}, {Key: "current", Value: e}}); err != nil {
		b.Fatal(err)
	}
	c.uri = "mongodb://" + mongotest.NewProxy(b, c.answer).Address
	return c
}

// answer answers who reads rows, and passes on what else is asked.
func (c *readyRows) answer(_ context.Context, asked mongotest.Command, pass func(bson.Raw) bson.Raw) bson.Raw {
	if collection, _ := asked.Lookup("find").StringValueOK(); collection == readyCollection {
		time.Sleep(c.takes)
		return c.replies[asked.Lookup("filter", "_id", "$gte").AsInt64()/defaultRangeRows]
	}
	return pass(asked.Raw)
}

// batches makes the rows again, batch by batch.
func (c *readyRows) batches(each func(first int, batch *engine.Batch) error) {
	r, kinds, places := rand.New(rand.NewPCG(1, 2)), []string{"one", "three", "two"}, []string{}
	for i := range 1000 {
		places = append(places, fmt.Sprintf("place %03d", i))
	}
	for first := 0; first < c.rows; first += engine.BatchRows {
		batch := &engine.Batch{Rows: min(engine.BatchRows, c.rows-first), Columns: make([]engine.Vector, len(c.ds.Fields))}
		for f := range batch.Columns {
			v := &batch.Columns[f]
			v.Type = c.ds.Fields[f].Type
			for i := range batch.Rows {
				switch f {
				case 0, 1:
					v.Floats = append(v.Floats, float64(r.IntN(100))/10)
				case 2:
					v.Floats = append(v.Floats, float64(r.IntN(1000))/100)
				case 3:
					v.Floats = append(v.Floats, r.Float64())
				case 4:
					v.Ints = append(v.Ints, r.Int64N(1_000_000))
				case 5:
					v.Ints = append(v.Ints, 1_577_836_800_000+int64(first+i)*1000)
				case 6:
					v.Codes, v.Dict = append(v.Codes, r.Uint32N(3)), kinds
				case 7:
					v.Codes, v.Dict = append(v.Codes, r.Uint32N(1000)), places
				}
			}
		}
		if each(first, batch) != nil {
			return
		}
	}
}

// copy copies the rows into a mirror in memory.
func (c *readyRows) copy(b *testing.B, s *Store) *mirror.Store {
	b.Helper()
	m := mirror.New(outliving{s}, mirror.Options{Mode: mirror.Auto, Budget: 1 << 40, Copies: columnar.CopyOptions{}, Logger: slog.New(slog.DiscardHandler)})
	if err := m.Copy(b.Context(), c.ds); err != nil {
		b.Fatal(err)
	}
	return m
}

// outliving is a store that outlives the mirror before it.
type outliving struct{ *Store }

func (outliving) Close(context.Context) error { return nil }

// load loads the rows into the embedded store.
func (c *readyRows) load(b *testing.B) *columnar.Store {
	b.Helper()
	s := columnar.NewStore(columnar.Options{})
	load, err := s.Begin(b.Context(), c.ds, engine.LoadOptions{})
	if err != nil {
		b.Fatal(err)
	}
	c.batches(func(_ int, batch *engine.Batch) error { return load.Write(b.Context(), batch) })
	if _, err := load.Commit(b.Context()); err != nil {
		b.Fatal(err)
	}
	return s
}

// read reads the documents by a bare loop of the driver, in the same ranges and by as many
// readers as the mirror does.
func (c *readyRows) read(ctx context.Context, rows *mongo.Collection) (int, error) {
	var next, read atomic.Int64
	var reading sync.WaitGroup
	failures := make([]error, min(4, max(2, runtime.GOMAXPROCS(0))))
	for i := range failures {
		reading.Go(func() {
			for failures[i] == nil {
				first := next.Add(defaultRangeRows) - defaultRangeRows
				if first >= int64(c.rows) {
					return
				}
				within := bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: first}, {Key: "$lt", Value: first + defaultRangeRows}}}}
				cursor, err := rows.Find(ctx, within, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetBatchSize(defaultRangeRows+1))
				if failures[i] = err; err != nil {
					return
				}
				for cursor.Next(ctx) {
					read.Add(1)
				}
				failures[i] = errors.Join(cursor.Err(), cursor.Close(ctx))
			}
		})
	}
	reading.Wait()
	return int(read.Load()), errors.Join(failures...)
}

// BenchmarkCopying makes a copy in memory and, in turn with that, reads the same documents by
// a bare loop of the driver: of a server to which they cost nothing, and of one on another
// machine that takes a microsecond for each. "ratio" is the copy's rate by the
// loop's, of the medians; the "-cpu" are what the process takes for either, with what it
// takes to send the replies, and tell more where others are busy on the machine; "memory" is the heap that the copy takes by that which the
// embedded store takes for the same rows.
func BenchmarkCopying(b *testing.B) {
	const rows = 1_000_000
	for _, takes := range []time.Duration{0, time.Microsecond} {
		b.Run(fmt.Sprintf("server=%v", takes), func(b *testing.B) {
			c := newReadyRows(b, rows)
			c.takes = defaultRangeRows * takes
			s, err := Open(c.uri, Options{Database: c.db.Name()})
			if err != nil {
				b.Fatal(err)
			}
			closeAfter(b, s)
			client, err := mongo.Connect(options.Client().ApplyURI(c.uri))
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = client.Disconnect(context.Background()) })
			collection := client.Database(c.db.Name()).Collection(readyCollection)
			var ours, bare []time.Duration
			var ourCPU, bareCPU time.Duration
			for b.Loop() {
				began := cpuTime(b)
				ours = append(ours, timed(b, rows, func() int {
					if err := c.copy(b, s).Close(b.Context()); err != nil {
						b.Fatal(err)
					}
					return rows
				}))
				between := cpuTime(b)
				bare = append(bare, timed(b, rows, func() int {
					n, err := c.read(b.Context(), collection)
					if err != nil {
						b.Fatal(err)
					}
					return n
				}))
				ourCPU, bareCPU = ourCPU+between-began, bareCPU+cpuTime(b)-between
			}
			b.ReportMetric(float64(median(bare))/float64(median(ours)), "ratio")
			b.ReportMetric(float64(median(ours).Milliseconds()), "copy-ms")
			b.ReportMetric(float64(median(bare).Milliseconds()), "bare-ms")
			b.ReportMetric(float64(ourCPU.Milliseconds())/float64(len(ours)), "copy-cpu-ms")
			b.ReportMetric(float64(bareCPU.Milliseconds())/float64(len(bare)), "bare-cpu-ms")
			b.ReportMetric(c.memoryRatio(b, s), "memory")
			b.ReportMetric(0, "ns/op") // of both together
		})
	}
}

// memoryRatio returns how many times the heap of the embedded store a copy takes.
func (c *readyRows) memoryRatio(b *testing.B, s *Store) float64 {
	b.Helper()
	before := heap()
	m := c.copy(b, s)
	copied := heap() - before
	before = heap()
	loaded := c.load(b)
	own := heap() - before
	runtime.KeepAlive(loaded)
	if err := m.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
	return float64(copied) / float64(own)
}

// heap returns the bytes that are live.
func heap() int64 {
	var m runtime.MemStats
	for range 2 { // finalizers run in between
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// cpuTime returns what the process has taken.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
