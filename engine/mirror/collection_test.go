package mirror

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"herbarium/api/format"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/fault"
	"herbarium/engine/query"
)

// filled is a source of one collection that something else fills: what was loaded into it
// last, without a version.
type filled struct{ *source }

func (f filled) Close(context.Context) error { return nil }

func (f filled) Table(ctx context.Context, ds *datasets.Dataset) (engine.Table, error) {
	t, err := f.source.Table(ctx, ds)
	if err != nil {
		return nil, err
	}
	return unversioned{t.(readable)}, nil
}

func (f filled) TableAt(ctx context.Context, ds *datasets.Dataset, version string) (engine.Table, error) {
	if version != "" {
		return nil, fault.GoneError(ds)
	}
	return f.Table(ctx, ds)
}

type unversioned struct{ readable }

func (unversioned) Info() engine.TableInfo {
	return engine.TableInfo{Rows: -1, Place: "collection", Unmanaged: true}
}

// refreshedEvery is the dataset of numbers that is read so often.
func refreshedEvery(t testing.TB, refresh string) *datasets.Dataset {
	t.Helper()
	ds, err := datasets.Parse("numbers.yaml", []byte("dataset: numbers\nfields: {n: {type: integer}, half: {type: number}, text: {type: string}, kind: {type: string, enum: [even, odd]}}\nstats: {group_by: kind}\nrefresh: "+refresh+"\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

// collection runs a test in synthetic time, of a collection that is read every ten seconds.
func collection(t *testing.T, test func(t *testing.T, s *source, o *opened, ds *datasets.Dataset)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, ds := newSource(), refreshedEvery(t, "10s")
		load(t, s, ds, 0, 100)
		test(t, s, openMirror(t, filled{s}, s, ds), ds)
	})
}

// keptFor is how long a content that was replaced stays.
const keptFor = time.Minute

// openMirror opens a mirror of the collection. Its time is that of a server.
func openMirror(t *testing.T, of engine.Store, s *source, ds *datasets.Dataset) *opened {
	t.Helper()
	o := &opened{source: s, log: &strings.Builder{}, logMu: &sync.Mutex{}}
	o.Store = New(of, Options{Mode: Auto, Budget: mib, Keep: keptFor, Logger: slog.New(slog.NewTextHandler(lockedWriter{o.logMu, o.log}, nil))})
	o.engine = engine.New(o.Store, engine.Options{})
	o.Follow(datasets.NewSnapshot(ds))
	t.Cleanup(func() {
		o.engine.Close()
		if err := o.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return o
}

// holdReadings lets readings wait until the channel is closed.
func (s *source) holdReadings() chan<- struct{} {
	reading := make(chan struct{})
	s.set(func(ctx context.Context) error {
		select {
		case <-reading:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}, nil)
	return reading
}

// read returns what Table says.
func (o *opened) read(t testing.TB, ds *datasets.Dataset) engine.TableInfo {
	t.Helper()
	table, err := o.Table(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	return table.Info()
}

func TestACollectionIsReadWhileItIsAsked(t *testing.T) {
	collection(t, func(t *testing.T, s *source, o *opened, ds *datasets.Dataset) {
		time.Sleep(time.Hour)
		if n := s.reads.Load(); n != 0 {
			t.Fatalf("before anybody asked, it was read %d times", n)
		}
		for range 5 { // who wants to know about the table does not ask it
			if _, err := o.engine.Table(t.Context(), ds); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if n := s.reads.Load(); n != 0 {
			t.Fatalf("for the status it was read %d times", n)
		}
		reading := s.holdReadings()
		if info := o.read(t, ds); info.Version != "" || info.Way != engine.ByPipeline || info.Rows != -1 {
			t.Fatalf("before the first copy is whole, %+v answers", info)
		}
		close(reading)
		synctest.Wait()
		began := time.Now()
		for second := range 60 {
			info := o.read(t, ds)
			if age := time.Since(info.Read); info.Version == "" || info.Rows != 100 || age > 10*time.Second {
				t.Fatalf("after %d seconds, %v old, %+v answers", second, age, info)
			}
			time.Sleep(time.Second)
			synctest.Wait()
		}
		if n := s.reads.Load(); n < 6 || n > 7 {
			t.Errorf("in %v it was read %d times", time.Since(began), n)
		}
		time.Sleep(time.Hour)
		n := s.reads.Load()
		reading = s.holdReadings()
		if n > 14 {
			t.Errorf("when nobody asked any more, it was read %d times", n)
		}
		if info := o.read(t, ds); info.Version != "" {
			t.Errorf("after an hour, %+v answers", info)
		}
		close(reading)
		synctest.Wait()
		if info := o.read(t, ds); info.Version == "" || s.reads.Load() != n+1 {
			t.Errorf("after %d readings, and not %d, %+v answers", s.reads.Load(), n+1, info)
		}
	})
}

func TestTheSameContentKeepsItsVersion(t *testing.T) {
	collection(t, func(t *testing.T, s *source, o *opened, ds *datasets.Dataset) {
		o.read(t, ds)
		synctest.Wait()
		first := o.read(t, ds)
		time.Sleep(15 * time.Second)
		again := o.read(t, ds)
		if again.Version != first.Version || !again.Read.After(first.Read) {
			t.Errorf("the copies are %+v and %+v", first, again)
		}
		load(t, s, ds, 7, 3)
		time.Sleep(15 * time.Second)
		if sum, rows, way := o.ask(t, ds, `{}`); sum != 24 || rows != 3 || way != engine.ByMirror {
			t.Errorf("%d rows with the sum %d, by %s", rows, sum, way)
		}
		if info := o.read(t, ds); info.Version == first.Version {
			t.Errorf("other rows are %+v", info)
		}
		before, err := o.TableAt(t.Context(), ds, first.Version)
		if err != nil || before.Info().Rows != 100 || !before.Info().Read.Equal(again.Read) {
			t.Fatalf("the copy before is %+v, %v", before.Info(), err)
		}
		time.Sleep(keptFor + 20*time.Second)
		if _, err := o.TableAt(t.Context(), ds, first.Version); fault.CodeOf(err) != fault.Gone {
			t.Errorf("the copy before is asked: %v", err)
		}
	})
}

func TestTheOldCopyAnswersWhileTheNextIsRead(t *testing.T) {
	collection(t, func(t *testing.T, s *source, o *opened, ds *datasets.Dataset) {
		o.read(t, ds)
		synctest.Wait()
		first := o.read(t, ds)
		reading := s.holdReadings()
		load(t, s, ds, 0, 3)
		for range 30 {
			time.Sleep(time.Second)
			if got := o.read(t, ds); got != first {
				t.Fatalf("while it is read, %+v answers, and not %+v", got, first)
			}
		}
		if n := s.reads.Load(); n != 2 {
			t.Errorf("it was read %d times", n)
		}
		close(reading)
		synctest.Wait()
		if got := o.read(t, ds); got.Rows != 3 {
			t.Errorf("what was read is %+v", got)
		}
	})
}

// dropping is a source of a collection that may be dropped.
type dropping struct {
	filled
	dropped atomic.Bool
}

func (d *dropping) Table(ctx context.Context, ds *datasets.Dataset) (engine.Table, error) {
	if d.dropped.Load() {
		return nil, fault.NotLoadedError(ds)
	}
	return d.filled.Table(ctx, ds)
}

// What was read before a collection was dropped, or while it was, answers no more once
// somebody was told that it is gone, also where there is one again.
func TestACopyOfACollectionThatWasDroppedDoesNotComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ds := newSource(), refreshedEvery(t, "10s")
		load(t, s, ds, 0, 100)
		d := &dropping{filled: filled{s}}
		o := openMirror(t, d, s, ds)
		o.read(t, ds)
		synctest.Wait()
		if info := o.read(t, ds); info.Rows != 100 || info.Way != engine.ByMirror {
			t.Fatalf("before it is dropped, %+v answers", info)
		}
		drop := func(rows int) {
			t.Helper()
			d.dropped.Store(true)
			time.Sleep(time.Second)
			if _, err := o.Table(t.Context(), ds); fault.CodeOf(err) != fault.NotLoaded {
				t.Fatalf("of a collection that is gone, it is said: %v", err)
			}
			load(t, s, ds, 0, rows)
			d.dropped.Store(false)
			if info := o.read(t, ds); info.Version != "" || info.Way != engine.ByPipeline {
				t.Fatalf("of the collection that is there again, %+v answers", info)
			}
		}
		await := func(rows int64) {
			t.Helper()
			for range 200 { // longer than a failure has readings pause
				if info := o.read(t, ds); info.Way == engine.ByMirror {
					if info.Rows != rows {
						t.Fatalf("%+v was read", info)
					}
					return
				}
				time.Sleep(time.Second)
				synctest.Wait()
			}
			t.Fatalf("it is not read again; log:\n%s", o.logged())
		}
		drop(3)
		await(3)

		reading := s.holdReadings()
		time.Sleep(11 * time.Second)
		o.read(t, ds)
		synctest.Wait() // its rows are on their way
		drop(5)
		close(reading)
		synctest.Wait()
		if info := o.read(t, ds); info.Way != engine.ByPipeline {
			t.Fatalf("what was read while the collection was dropped answers: %+v", info)
		}
		await(5)
	})
}

// As above, where somebody is told so between the last look at that and the taking into use.
func TestWhatWasReadBeforeACollectionWasDroppedIsNotTakenIntoUse(t *testing.T) {
	collection(t, func(t *testing.T, _ *source, o *opened, ds *datasets.Dataset) {
		o.read(t, ds)
		synctest.Wait()
		c := o.ofCollection(ds, "")
		read := &reading{table: c.latest.Load().whole.Load().table, at: time.Now()}
		time.Sleep(time.Second)
		o.collectionGone(ds)
		o.takeReading(c, read)
		if info := o.read(t, ds); info.Way != engine.ByPipeline {
			t.Errorf("%+v answers", info)
		}
	})
}

func TestAContentThatComesBackIsNotRemovedWithWhatIsOver(t *testing.T) {
	s, ds := newSource(), refreshedEvery(t, "10s")
	o := open(t, s, "", Auto, mib, quick(), ds)
	o.Store.Store = filled{s}
	c := o.ofCollection(ds, "")
	c.used.set(time.Now())
	c.refresh.Store(int64(time.Hour)) // nobody else reads it
	ctx, cancel := context.WithCancel(t.Context())
	var retiring sync.WaitGroup
	retiring.Go(func() {
		for ctx.Err() == nil {
			o.retire(ctx, datasets.NewSnapshot(ds))
		}
	})
	defer retiring.Wait()
	defer cancel()
	for i := range 200 {
		load(t, s, ds, i%2, 2) // what was read before last, again
		if err := o.readCollection(ctx, c); err != nil {
			t.Fatal(err)
		}
		latest := c.latest.Load()
		if known, ok := o.known.Load(latest.copyName); !ok || known != latest {
			t.Fatal("the latest content is not known")
		}
		if held, err := o.memory.Table(ctx, ds, latest.version); held == nil {
			t.Fatalf("the latest content is not held: %v", err)
		}
	}
}

func TestWhereAReadingFailsTheOldCopyAnswers(t *testing.T) {
	collection(t, func(t *testing.T, s *source, o *opened, ds *datasets.Dataset) {
		o.read(t, ds)
		synctest.Wait()
		first := o.read(t, ds)
		s.set(func(context.Context) error { return errors.New("the cursor was lost") }, nil)
		for range 60 {
			time.Sleep(time.Second)
			if got := o.read(t, ds); got != first {
				t.Fatalf("%+v answers, and not %+v", got, first)
			}
		}
		if !strings.Contains(o.logged(), "the cursor was lost") || strings.Count(o.logged(), "could not be copied") != 1 {
			t.Errorf("the log says %s", o.logged())
		}
		if got := o.state(ds, ""); got.State != engine.CopyFailed || got.Error == "" {
			t.Errorf("the state is %+v", got)
		}
		s.set(nil, nil)
		for range 61 {
			time.Sleep(time.Second)
			o.read(t, ds)
		}
		if got := o.read(t, ds); !got.Read.After(first.Read) {
			t.Errorf("after the failure, %+v answers", got)
		}
		// A copy that is much too old is worse than the source.
		s.set(func(context.Context) error { return errors.New("the cursor was lost") }, nil)
		for range 11 * 60 {
			time.Sleep(time.Second)
			o.read(t, ds)
		}
		if got := o.read(t, ds); got.Version != "" || got.Way != engine.ByPipeline {
			t.Errorf("after eleven minutes of failures, %+v answers", got)
		}
	})
}

func TestACollectionThatDoesNotFitIsAnsweredByTheSource(t *testing.T) {
	collection(t, func(t *testing.T, s *source, o *opened, ds *datasets.Dataset) {
		load(t, s, ds, 0, 100_000)
		o.read(t, ds)
		synctest.Wait()
		if got := o.read(t, ds); got.Version != "" {
			t.Errorf("%+v answers", got)
		}
		if got := o.state(ds, ""); !strings.Contains(got.Error, "--mirror-budget") {
			t.Errorf("the state is %+v", got)
		}
		load(t, s, ds, 0, 10)
		for range 3 * 60 {
			time.Sleep(time.Second)
			o.read(t, ds)
		}
		if got := o.read(t, ds); got.Rows != 10 {
			t.Errorf("once it fits, %+v answers", got)
		}
	})
}

func TestACopyThatFitsOnlyOnceDoesNotGrowOld(t *testing.T) {
	collection(t, func(t *testing.T, s *source, o *opened, ds *datasets.Dataset) {
		load(t, s, ds, 0, 12_000)
		copies := 0
		for second := range 5 * 60 {
			time.Sleep(time.Second)
			synctest.Wait()
			info := o.read(t, ds)
			if info.Version == "" {
				continue
			}
			copies++
			if age := time.Since(info.Read); age > 12*time.Second {
				t.Fatalf("after %d seconds, a copy of %v ago answers; log:\n%s", second, age, o.logged())
			}
		}
		if copies == 0 || !strings.Contains(o.logged(), "copies that are in use leave ") {
			t.Errorf("a copy answered %d times; log:\n%s", copies, o.logged())
		}
	})
}

func TestPagesGoOnInTheCopyThatTheyBeganIn(t *testing.T) {
	collection(t, func(t *testing.T, s *source, o *opened, ds *datasets.Dataset) {
		o.read(t, ds)
		synctest.Wait()
		q, err := query.Parse(ds, datasets.Range, []byte(`{"page":1,"per_page":98}`))
		if err != nil {
			t.Fatal(err)
		}
		first, err := o.engine.Answer(t.Context(), q, format.JSON)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = first.Close() }()
		load(t, s, ds, 1000, 200)
		for range 30 {
			time.Sleep(time.Second)
			o.read(t, ds)
		}
		if got := o.read(t, ds); got.Rows != 200 {
			t.Fatalf("the copy is %+v", got)
		}
		rest := `{"per_page":98,"after":"` + first.Token + `"}`
		if sum, rows, _ := o.ask(t, ds, rest); sum != 98+99 || rows != 2 {
			t.Errorf("after %q come %d rows with the sum %d", first.Token, rows, sum)
		}
	})
}

// With a folder, copies of collections are in memory, and take nothing of the folder's budget.
func TestCopiesOfCollectionsAreInMemoryWhereOthersAreInAFolder(t *testing.T) {
	dir := t.TempDir()
	s, ds := newSource(), refreshedEvery(t, "1s")
	load(t, s, ds, 1, 9)
	for _, test := range []struct {
		memory int64
		way    engine.Way
	}{{mib, engine.ByMirror}, {100, engine.ByPipeline}} {
		m := New(filled{s}, Options{Mode: Auto, Budget: 1, Memory: test.memory, Keep: keptFor, Copies: columnar.CopyOptions{Dir: dir},
			Logger: slog.New(slog.DiscardHandler)})
		var info engine.TableInfo
		for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
			table, err := m.Table(t.Context(), ds)
			if err != nil {
				t.Fatal(err)
			}
			info = table.Info()
			if datasets := m.MirrorStats().Datasets; len(datasets) > 0 && datasets[0].Filled+datasets[0].Failed > 0 && info.Way == test.way {
				break
			}
		}
		if info.Way != test.way {
			t.Errorf("with %d bytes, %+v answers: %+v", test.memory, info, m.MirrorStats())
		}
		if err := m.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("in the folder there is %v, %v", left, err)
	}
}

// TestTheContentOfACollectionIsAsOldAsItsUse changes a collection and back, and its descriptor.
func TestTheContentOfACollectionIsAsOldAsItsUse(t *testing.T) {
	collection(t, func(t *testing.T, s *source, o *opened, ds *datasets.Dataset) {
		// after asks for a while, once a second, and returns what answers in the end, and when the
		// content before it last did.
		after := func(ds *datasets.Dataset) (info engine.TableInfo, before time.Time) {
			at := time.Now()
			for range 25 {
				next := o.read(t, ds)
				if next.Version != info.Version {
					before = at
				}
				info, at = next, time.Now()
				time.Sleep(time.Second)
				synctest.Wait()
			}
			return info, before
		}
		if info := o.read(t, ds); !info.Modified.IsZero() {
			t.Errorf("what MongoDB answers is from %v", info.Modified)
		}
		first, before := after(ds)
		if first.Modified.Before(before) || first.Modified.After(before.Add(time.Second)) || !first.Read.After(first.Modified) {
			t.Errorf("%+v has been answered since %v", first, before)
		}
		if again, _ := after(ds); again.Version != first.Version || again.Modified != first.Modified || !again.Read.After(first.Read) {
			t.Errorf("read again, %+v became %+v", first, again)
		}
		load(t, s, ds, 0, 90)
		second, before := after(ds)
		if second.Version == first.Version || second.Modified.Before(before) || second.Modified.After(before.Add(time.Second)) {
			t.Errorf("%+v has been answered since %v", second, before)
		}
		load(t, s, ds, 0, 100)
		third, before := after(ds)
		if third.Version != first.Version || third.Modified.Before(before) || third.Modified.After(before.Add(time.Second)) {
			t.Errorf("%+v has been answered again since %v", third, before)
		}
		same := refreshedEvery(t, "10s")
		if info := o.read(t, same); info.Modified != third.Modified {
			t.Errorf("by an equal descriptor, %+v answers", info)
		}
		regrouped, err := datasets.Parse("numbers.yaml", []byte("dataset: numbers\nfields: {n: {type: integer}, half: {type: number}, text: {type: string}, kind: {type: string, enum: [even, odd]}}\nstats: {group_by: text}\nrefresh: 10s\n"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if info := o.read(t, regrouped); info.Version != third.Version || !info.Modified.Equal(time.Now()) {
			t.Errorf("by another descriptor, %+v answers", info)
		}
	})
}
