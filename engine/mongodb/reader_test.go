package mongodb

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/internal/mongotest"
)

// The rows are a little more than four ranges of two batches.
const (
	longRange = engine.BatchRows + 100
	longRows  = 4*longRange + 77
)

// loadLong loads that many rows, with nulls, and returns their dataset and version.
func loadLong(t *testing.T, s *Store) (ds *datasets.Dataset, version string) {
	t.Helper()
	s.rangeRows = longRange
	ds, err := datasets.Parse("long.yaml", []byte("dataset: long\nfields: {n: {type: integer}, at.x: {type: number}, at.text: {type: string}}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	load, err := s.Begin(t.Context(), ds, engine.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for first := 0; first < longRows; first += 1000 {
		n := min(1000, longRows-first)
		b := &engine.Batch{Rows: n, Columns: []engine.Vector{
			{Type: datasets.Integer, Ints: make([]int64, n)},
			{Type: datasets.Number, Floats: make([]float64, n), Valid: make([]uint64, (n+63)/64)},
			{Type: datasets.String, Codes: make([]uint32, n)}}}
		for i := range n {
			b.Columns[0].Ints[i], b.Columns[1].Floats[i] = int64(first+i), float64(first+i)/7
			if i%5 != 0 {
				b.Columns[1].Valid[i/64] |= 1 << (i % 64)
			}
			b.Columns[2].Codes[i] = uint32(i)
			b.Columns[2].Dict = append(b.Columns[2].Dict, fmt.Sprint("text ", (first+i)%3000))
		}
		if err := load.Write(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	info, err := load.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return ds, info.Version
}

// versionRead reads all rows of the current version and returns what they hash to.
func versionRead(ctx context.Context, s *Store, ds *datasets.Dataset, each func(rows int)) (string, error) {
	current, err := s.Table(ctx, ds)
	if err != nil {
		return "", err
	}
	hasher, rows := engine.NewHasher(ds), 0
	err = current.(*table).ReadRows(ctx, 3, func(b *engine.Batch) error {
		hasher.Write(b)
		rows += b.Rows
		each(rows)
		return nil
	})
	return hasher.Version(), err
}

func TestRowsAreReadInLoadOrder(t *testing.T) {
	s := openIn(t, mongotest.Database(t))
	ds, version := loadLong(t, s)
	if got, err := versionRead(t.Context(), s, ds, func(int) {}); got != version || err != nil {
		t.Errorf("the rows that were read hash to %s, not %s: %v", got, version, err)
	}
}

func TestReadingRowsOutlivesFailuresThatPass(t *testing.T) {
	db := mongotest.Database(t)
	s := openFaulty(t, db)
	ds, version := loadLong(t, s)
	for name, broken := range map[string]bson.D{
		"primary stepped down": {{Key: "errorCode", Value: 189}},
		"connection closed":    {{Key: "closeConnection", Value: true}},
	} {
		t.Run(name, func(t *testing.T) {
			disarm := arm(t, db, "find", broken, 3)
			got, err := versionRead(t.Context(), s, ds, func(int) {})
			disarm()
			if got != version || err != nil {
				t.Errorf("the rows that were read hash to %s, not %s: %v", got, version, err)
			}
		})
	}
}

func TestReadingRowsOutlivesAServerThatComesBack(t *testing.T) {
	s := openIn(t, mongotest.Database(t))
	ds, version := loadLong(t, s)
	proxy := mongotest.NewProxy(t, func(_ context.Context, c mongotest.Command, pass func(bson.Raw) bson.Raw) bson.Raw {
		return pass(c.Raw)
	})
	behind, err := Open("mongodb://"+proxy.Address, Options{Database: s.database, SelectTimeout: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, behind)
	behind.rangeRows = longRange
	var away atomic.Bool
	got, err := versionRead(t.Context(), behind, ds, func(int) {
		if away.CompareAndSwap(false, true) {
			proxy.Stop()
			time.AfterFunc(500*time.Millisecond, func() { proxy.Start(t) })
		}
	})
	if got != version || err != nil {
		t.Errorf("the rows that were read hash to %s, not %s: %v", got, version, err)
	}
}

func TestRowsAreReadByNoMoreQueriesAtOnceThanWanted(t *testing.T) {
	s := openIn(t, mongotest.Database(t))
	ds, version := loadLong(t, s)
	var running, most atomic.Int64
	three := make(chan struct{})
	allRun := sync.OnceFunc(func() { close(three) })
	proxy := mongotest.NewProxy(t, func(_ context.Context, c mongotest.Command, pass func(bson.Raw) bson.Raw) bson.Raw {
		if c.Name == "find" && c.Lookup("filter", "_id", "$gte").Type == bson.TypeInt64 {
			n := running.Add(1)
			defer running.Add(-1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			if n == 3 {
				allRun()
			}
			select { // a busy machine may let them ask one after the other
			case <-three:
			case <-time.After(time.Minute):
			}
			time.Sleep(20 * time.Millisecond) // in which others would ask
		}
		return pass(c.Raw)
	})
	behind, err := Open("mongodb://"+proxy.Address, Options{Database: s.database})
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, behind)
	behind.rangeRows = longRange
	if got, err := versionRead(t.Context(), behind, ds, func(int) {}); got != version || err != nil {
		t.Errorf("the rows that were read hash to %s, not %s: %v", got, version, err)
	}
	if n := most.Load(); n != 3 {
		t.Errorf("%d queries ran at once, not 3", n)
	}
}

func TestReadingRowsEndsWithWhoeverWantsThem(t *testing.T) {
	s := openIn(t, mongotest.Database(t))
	ds, _ := loadLong(t, s)
	full := errors.New("no room")
	current, err := s.Table(t.Context(), ds)
	if err != nil {
		t.Fatal(err)
	}
	if err := current.(*table).ReadRows(t.Context(), 3, func(*engine.Batch) error { return full }); !errors.Is(err, full) {
		t.Errorf("the reading ends with %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = current.(*table).ReadRows(ctx, 3, func(*engine.Batch) error {
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the reading ends with %v", err)
	}
}

func TestRowsThatAreMissingAreNoVersion(t *testing.T) {
	db := mongotest.Database(t)
	s := openIn(t, db)
	ds, _ := loadLong(t, s)
	current, err := s.Table(t.Context(), ds)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Collection(current.(*table).collection).DeleteOne(t.Context(), bson.D{{Key: "_id", Value: int64(longRange + 5)}}); err != nil {
		t.Fatal(err)
	}
	if _, err := versionRead(t.Context(), s, ds, func(int) {}); err == nil {
		t.Error("a row is missing, and nothing fails")
	}
}
