// Package mirror measures the columnar copies that a server on MongoDB answers from
// (M2 to M4): making one, asking one, and starting with a folder of one.
package mirror

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strings"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"herbarium/bench/contest"
	"herbarium/bench/data"
	"herbarium/bench/peers"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/mirror"
	"herbarium/engine/mongodb"
)

// database is filled, and dropped at the end.
const database = "herbarium_bench_mirror"

// The contenders.
const (
	copying  = "making a copy"
	bare     = "bare driver loop"
	mirrored = "mirrored"
	embedded = "embedded store"
	pipeline = "pipeline"
	starting = "herbarium serve, to the first answer"
)

// budget is more than any copy here takes.
const budget = 1 << 40

// setting is a server with a table of rows, and the same rows in the embedded store.
type setting struct {
	uri    string
	folder string
	name   string // begins those of what is measured; "" for all
	table  *data.Table
	source *mongodb.Store
	memory *columnar.Store
	rows   *mongo.Collection // of the version
}

// Measure measures a table of so many rows on the server of the URI, "" for one of its
// own, and the start with a folder of ten times as many; of that, what the name given
// begins, "" for all. It fills a database of its own, and drops it. The
// folder is for files that may go afterwards.
func Measure(ctx context.Context, uri, folder, name string, rows, rounds int, seed uint64) (results []*contest.Result, err error) {
	if uri == "" {
		server, err := peers.MongoDB(ctx, folder)
		if err != nil {
			return nil, err
		}
		defer server.Stop()
		uri = server.URL
	}
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		return nil, err
	}
	db := client.Database(database)
	defer func() {
		ctx := context.WithoutCancel(ctx)
		err = errors.Join(err, db.Drop(ctx), client.Disconnect(ctx))
	}()
	if err := db.Drop(ctx); err != nil {
		return nil, err
	}
	s := &setting{uri: uri, folder: folder, name: name, memory: columnar.NewStore(columnar.Options{})}
	if s.source, err = mongodb.Open(uri, mongodb.Options{Database: database}); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.source.Close(context.WithoutCancel(ctx))) }()
	for _, part := range []struct {
		wanted  bool
		rows    int
		targets []engine.Target
		measure func(context.Context, *setting, int) ([]*contest.Result, error)
	}{
		{s.wants("M2") || s.wants("M3"), rows, []engine.Target{s.source, s.memory}, measureCopies},
		{s.wants("M4"), 10 * rows, []engine.Target{s.source}, measureStart},
	} {
		if !part.wanted {
			continue
		}
		if err := s.fill(ctx, db, part.rows, seed, part.targets...); err != nil {
			return nil, err
		}
		more, err := part.measure(ctx, s, rounds)
		if err != nil {
			return nil, err
		}
		results = append(results, more...)
	}
	return results, nil
}

// wants reports whether what has that name is measured.
func (s *setting) wants(name string) bool { return strings.HasPrefix(name, s.name) }

// fill loads a table of so many rows into stores.
func (s *setting) fill(ctx context.Context, db *mongo.Database, rows int, seed uint64, targets ...engine.Target) (err error) {
	s.table, err = data.Measurements{Rows: rows, Seed: seed, Order: data.Random, GroupBy: "kind"}.Table()
	if err != nil {
		return err
	}
	for _, target := range targets {
		load, err := target.Begin(ctx, s.table.Dataset, engine.LoadOptions{})
		if err != nil {
			return err
		}
		for first := 0; first < rows; first += engine.BatchRows {
			if err := load.Write(ctx, s.table.Batch(first, min(engine.BatchRows, rows-first))); err != nil {
				return errors.Join(err, load.Abort(ctx))
			}
		}
		info, err := load.Commit(ctx)
		if err != nil {
			return err
		}
		if target == engine.Target(s.source) {
			s.rows = db.Collection(info.Place)
		}
	}
	return nil
}

// kept is the source, which outlives a mirror.
type kept struct{ engine.Store }

// Close does nothing.
func (kept) Close(context.Context) error { return nil }

// copied makes a copy; dir is its folder, "" for memory. The caller closes the mirror.
func (s *setting) copied(ctx context.Context, dir string) (*mirror.Store, error) {
	m := mirror.New(kept{s.source}, mirror.Options{Mode: mirror.Auto, Budget: budget, Copies: columnar.CopyOptions{Dir: dir},
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err := m.Copy(ctx, s.table.Dataset); err != nil {
		return nil, errors.Join(err, m.Close(ctx))
	}
	return m, nil
}

// measureCopies measures how fast a copy is made, what it takes, and how fast it answers.
func measureCopies(ctx context.Context, s *setting, rounds int) (results []*contest.Result, err error) {
	if s.wants("M2") {
		made, err := s.making().Run(ctx, rounds)
		if err != nil {
			return nil, err
		}
		results = append(results, made)
	}
	before := heap()
	m, err := s.copied(ctx, "")
	if err != nil {
		return nil, err
	}
	taken := heap() - before
	defer func() { _ = m.Close(ctx) }()
	if s.wants("M3") {
		answered, err := s.asking(m).Run(ctx, max(rounds, manyRounds))
		if err != nil {
			return nil, err
		}
		first, err := s.afterSilence(ctx, m, rounds)
		if err != nil {
			return nil, err
		}
		answered.Notes = append(answered.Notes, fmt.Sprintf("the first query after %v in which nobody asked takes %v: it waits for MongoDB to say what is published", silence, contest.Span(first.Seconds())))
		results = append(results, answered)
	}
	if s.wants("M2") {
		return results, s.compareMemory(ctx, results[0], taken)
	}
	return results, nil
}

// compareMemory adds what a copy takes, beside the embedded store.
func (s *setting) compareMemory(ctx context.Context, made *contest.Result, taken int64) error {
	own, err := s.ownMemory(ctx)
	if err != nil {
		return err
	}
	made.Notes = append(made.Notes, fmt.Sprintf("the copy takes %.1f MB of heap, the embedded store %.1f MB for the same rows", megabytes(taken), megabytes(own)))
	ratio := float64(own) / float64(taken)
	made.Goals = append(made.Goals, contest.Met{Contender: "memory of the copy", Against: "memory of the embedded store", Measured: ratio, Goal: memoryGoal, Met: ratio >= memoryGoal})
	return nil
}

// memoryGoal is the share of a copy's memory that the embedded store takes at least.
const memoryGoal = 0.95

// ownMemory returns what the embedded store takes for the rows.
func (s *setting) ownMemory(ctx context.Context) (int64, error) {
	with := heap()
	if err := s.memory.Close(ctx); err != nil {
		return 0, err
	}
	own := with - heap()
	s.memory = columnar.NewStore(columnar.Options{})
	return own, nil
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

func megabytes(n int64) float64 { return float64(n) / 1e6 }

// dataset returns the dataset of the table.
func (s *setting) dataset() *datasets.Dataset { return s.table.Dataset }
