package columnar

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"herbarium/engine/fault"
	"herbarium/engine/plan"
)

// flipIn flips a bit of a file in its place, so that whoever has mapped it sees it.
func flipIn(t *testing.T, name string, at int64) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	b := make([]byte, 1)
	if _, err := f.ReadAt(b, at); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 4
	if _, err := f.WriteAt(b, at); err != nil {
		t.Fatal(err)
	}
}

func TestAScrubFindsWhatHasChangedSinceItWasRead(t *testing.T) {
	ctx, ds, dir := t.Context(), labels(), t.TempDir()
	load := smallFiles(dir, time.Hour)
	loaded(t, load, ds, labelled(400, 7), 33)
	var log strings.Builder
	var mu sync.Mutex
	s := smallFiles(dir, time.Hour)
	s.options.Logger = slog.New(slog.NewTextHandler(writerFunc(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return log.Write(p)
	}), nil))
	table, err := s.Table(ctx, ds)
	if err != nil {
		t.Fatal(err)
	}
	stored := s.open()
	if len(stored) != 1 {
		t.Fatalf("%d tables are open", len(stored))
	}
	file := one(t, dir, "*/"+segmentName)
	at := valueOffset(stored[0])
	flipIn(t, file, at)
	if err := stored[0].scrub(ctx); err != nil || table.Info().Fault != nil {
		t.Fatalf("what nobody has read was read: %v", err)
	}
	flipIn(t, file, at) // as it was
	if n, err := runAll(table, allOf(ds)); n != 400 || err != nil {
		t.Fatalf("%d rows, %v", n, err)
	}
	if err := stored[0].scrub(ctx); err != nil {
		t.Fatalf("sound rows: %v", err)
	}
	flipIn(t, file, at)
	if n, err := runAll(table, allOf(ds)); n != 400 || err != nil {
		t.Fatalf("nothing tells that a verified block has changed, but %d rows, %v", n, err)
	}
	life, end := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { s.Scrub(life, time.Hour) })
	for deadline := time.Now().Add(time.Minute); table.Info().Fault == nil && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	end()
	running.Wait()
	if !errors.Is(table.Info().Fault, fault.ErrUnreadable) {
		t.Fatalf("the fault is %v", table.Info().Fault)
	}
	if _, err := runAll(table, allOf(ds)); !errors.Is(err, fault.ErrUnreadable) || !strings.Contains(err.Error(), "the checksum differs") {
		t.Errorf("a query that reads it: %v", err)
	}
	if got := log.String(); !strings.Contains(got, "stored rows have changed since they were read") || !strings.Contains(got, segmentName) {
		t.Errorf("the log says %s", got)
	}
}

func TestWhatWasMadeOfDamagedRowsIsDropped(t *testing.T) {
	ctx, ds := t.Context(), labels()
	dir := t.TempDir()
	loaded(t, smallFiles(dir, time.Hour), ds, labelled(400, 7), 33)
	s := smallFiles(dir, time.Hour)
	table, err := s.Table(ctx, ds)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := runAll(table, allOf(ds)); err != nil {
		t.Fatal(err)
	}
	stored := s.open()[0]
	flipIn(t, one(t, dir, "*/"+segmentName), valueOffset(stored))
	plans := map[string]*plan.Plan{
		"block aggregates": meansBy(ds, []int{0}, nil),
		"group codes":      meansBy(ds, nil, []int{0}),
	}
	for name, p := range plans {
		if _, err := runAll(table, p); err != nil {
			t.Fatalf("%s: nothing tells that a verified block has changed, but %v", name, err)
		}
	}
	if err := stored.scrub(ctx); err == nil {
		t.Fatal("no damage was found")
	}
	for name, p := range plans {
		if _, err := runAll(table, p); !errors.Is(err, fault.ErrUnreadable) {
			t.Errorf("%s that were made of it still answer: %v", name, err)
		}
	}
}

// valueOffset is where the values of the first column are in the segment.
func valueOffset(t *table) int64 { return t.segment.zoneMaps.columns[0].values }

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
