package mirror

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"herbarium/api/format"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/query"
)

// flip flips a byte in the middle of a file of the copy.
func flip(t *testing.T, dir, name string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*", "numbers", name))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %v, %v", name, found, err)
	}
	content, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 4
	// In its place, so that whoever has mapped it sees it.
	f, err := os.OpenFile(found[0], os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(content[len(content)/2:][:1], int64(len(content)/2)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// bytesOf returns an answer whole.
func (o *opened) bytesOf(t *testing.T, ds *datasets.Dataset, body string) string {
	t.Helper()
	q, err := query.Parse(ds, datasets.Range, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	a, err := o.engine.Answer(t.Context(), q, format.JSON)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for {
		chunk, err := a.Next(t.Context())
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		all.Write(chunk)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	return all.String()
}

func TestAFlippedByteIsFoundRefilledAndTold(t *testing.T) {
	for _, file := range []string{"*/rows.arrow", "*/summaries", "manifest.json"} {
		for _, opened := range []string{"before it was opened", "while it is open"} {
			t.Run(strings.Trim(file, "*/")+" "+opened, func(t *testing.T) {
				s, ds, dir := newSource(), numbers(t, "numbers"), t.TempDir()
				version := load(t, s, ds, 0, 60_000)
				whole := open(t, s, "", All, 1, quick(), ds).bytesOf(t, ds, `{}`) // without a copy
				first := open(t, s, dir, All, 64*mib, quick(), ds)
				first.await(t, ds, version, engine.CopyWhole)
				o := first
				if opened == "before it was opened" {
					flip(t, dir, file)
					o = open(t, s, dir, Auto, 64*mib, quick(), ds)
				} else {
					o.ask(t, ds, `{"per_page":1}`)
					flip(t, dir, file)
				}
				runs := s.runs.Load()
				for _, body := range []string{`{}`, `{"page":7,"per_page":8000}`, `{"sort":["-half"]}`} {
					want := whole
					if body != `{}` {
						want = open(t, s, "", All, 1, quick(), ds).bytesOf(t, ds, body)
					}
					if got := o.bytesOf(t, ds, body); got != want {
						t.Errorf("%s: %d bytes, want %d", body, len(got), len(want))
					}
				}
				o.await(t, ds, version, engine.CopyWhole)
				if sum, rows, way := o.ask(t, ds, `{}`); sum != 60_000*59_999/2 || rows != 60_000 || way != engine.ByMirror {
					t.Errorf("afterwards there are %d rows with the sum %d, by %s", rows, sum, way)
				}
				if opened == "while it is open" && file != "*/rows.arrow" {
					return // which is read once, so that nothing is wrong for who has read it
				}
				if s.runs.Load() == runs || !strings.Contains(o.logged(), "damaged") || o.MirrorStats().Datasets[0].Damaged == 0 || o.Damages(ds.Name) == 0 {
					t.Errorf("the source was asked %d times; %+v; the log says\n%s", s.runs.Load()-runs, o.MirrorStats(), o.logged())
				}
			})
		}
	}
}

// What was answered after a byte had flipped, and before that was found, is wrong and stays in
// no cache.
func TestNoAnswerOfRowsThatWereFoundDamagedIsKept(t *testing.T) {
	s, ds, dir := newSource(), numbers(t, "numbers"), t.TempDir()
	version := load(t, s, ds, 0, 60_000)
	const body = `{"lower":{"n":0}}`
	right := open(t, s, "", All, 1, quick(), ds).bytesOf(t, ds, body) // without a copy
	o := open(t, s, dir, All, 64*mib, quick(), ds)
	o.engine = engine.New(o.Store, engine.Options{CacheBytes: 256 * mib})
	t.Cleanup(o.engine.Close)
	o.await(t, ds, version, engine.CopyWhole)
	o.bytesOf(t, ds, `{}`) // which reads all of it
	flip(t, dir, "*/rows.arrow")
	if wrong := o.bytesOf(t, ds, body); wrong == right || wrong != o.bytesOf(t, ds, body) {
		t.Fatal("the byte that flipped is in no answer")
	}
	ctx, end := context.WithCancel(t.Context())
	defer end()
	scrubbed := make(chan struct{})
	go func() {
		defer close(scrubbed)
		o.copies.Scrub(ctx, time.Hour)
	}()
	for o.Damages(ds.Name) == 0 {
		time.Sleep(time.Millisecond)
	}
	end()
	<-scrubbed
	if got := o.bytesOf(t, ds, body); got != right {
		t.Error("the wrong answer is kept")
	}
}

func TestAByteThatFlipsAfterItWasReadIsFoundRefilledAndTold(t *testing.T) {
	s, ds, dir := newSource(), numbers(t, "numbers"), t.TempDir()
	version := load(t, s, ds, 0, 60_000)
	q := quick()
	q.scrub = 20 * time.Millisecond
	o := open(t, s, dir, All, 64*mib, q, ds)
	o.await(t, ds, version, engine.CopyWhole)
	want := o.bytesOf(t, ds, `{}`) // which reads all of it
	reads := s.reads.Load()
	flip(t, dir, "*/rows.arrow")
	for deadline := time.Now().Add(time.Minute); s.reads.Load() == reads; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("nobody has seen it: %+v; the log says\n%s", o.MirrorStats(), o.logged())
		}
	}
	o.await(t, ds, version, engine.CopyWhole)
	if got := o.bytesOf(t, ds, `{}`); got != want {
		t.Errorf("afterwards the rows are %d bytes, want %d", len(got), len(want))
	}
	if _, _, way := o.ask(t, ds, `{"per_page":1}`); way != engine.ByMirror {
		t.Errorf("the way is %s", way)
	}
	if log := o.logged(); !strings.Contains(log, "a copy in the mirror is damaged") || !strings.Contains(log, "the checksum differs") || o.MirrorStats().Datasets[0].Damaged != 1 {
		t.Errorf("%+v; the log says\n%s", o.MirrorStats(), log)
	}
}
