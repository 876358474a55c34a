package mirror

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/fault"
)

const mib = 1 << 20

// places runs a test with a mirror in memory and with one in a folder.
func places(t *testing.T, test func(t *testing.T, dir string)) {
	t.Run("memory", func(t *testing.T) { test(t, "") })
	t.Run("folder", func(t *testing.T) { test(t, t.TempDir()) })
}

func TestAVersionIsCopiedOnceItIsAskedTwice(t *testing.T) {
	places(t, func(t *testing.T, dir string) {
		s, ds := newSource(), numbers(t, "numbers")
		version := load(t, s, ds, 0, 30_000)
		o := open(t, s, dir, Auto, 64*mib, quick(), ds)
		for range 3 { // who asks for a table only, as /status does, does not count
			if _, err := o.Table(t.Context(), ds); err != nil {
				t.Fatal(err)
			}
		}
		if sum, rows, way := o.ask(t, ds, `{}`); sum != 30_000*29_999/2 || rows != 30_000 || way != engine.ByPipeline {
			t.Fatalf("%d rows with the sum %d, by %s", rows, sum, way)
		}
		time.Sleep(20 * time.Millisecond)
		if got := o.state(ds, version).State; got != engine.CopyNone {
			t.Fatalf("after one question the copy is %s", got)
		}
		o.ask(t, ds, `{"per_page":1}`)
		o.await(t, ds, version, engine.CopyWhole)
		before := s.runs.Load()
		if sum, rows, way := o.ask(t, ds, `{}`); sum != 30_000*29_999/2 || rows != 30_000 || way != engine.ByMirror {
			t.Fatalf("%d rows with the sum %d, by %s", rows, sum, way)
		}
		if asked := s.runs.Load() - before; asked != 0 {
			t.Errorf("the source was asked %d times", asked)
		}
	})
}

func TestAllDatasetsAreCopiedAtStartAndNewVersionsAtOnce(t *testing.T) {
	places(t, func(t *testing.T, dir string) {
		s, one, two := newSource(), numbers(t, "one"), numbers(t, "two")
		first, other := load(t, s, one, 0, 10), load(t, s, two, 5, 10)
		o := open(t, s, dir, All, 64*mib, quick(), one, two)
		o.await(t, one, first, engine.CopyWhole)
		o.await(t, two, other, engine.CopyWhole)
		second := load(t, s, one, 100, 10)
		o.await(t, one, second, engine.CopyWhole)
		if sum, _, way := o.ask(t, one, `{}`); sum != 1045 || way != engine.ByMirror {
			t.Errorf("the sum is %d, by %s", sum, way)
		}
		if got := o.state(one, first).State; got != engine.CopyWhole {
			t.Errorf("the version that is still kept is %s", got)
		}
	})
}

func TestRowsThatAreNotThePublishedOnesAreThrownAway(t *testing.T) {
	places(t, func(t *testing.T, dir string) {
		s, ds := newSource(), numbers(t, "numbers")
		version := load(t, s, ds, 1, 9)
		s.set(nil, func(b *engine.Batch) { b.Columns[0].Ints = append([]int64{77}, b.Columns[0].Ints[1:]...) })
		o := open(t, s, dir, All, 64*mib, quick(), ds)
		o.await(t, ds, version, engine.CopyFailed)
		if got := o.state(ds, version); !strings.Contains(got.Error, "not those of the published version") {
			t.Errorf("the copy is %+v", got)
		}
		if sum, _, way := o.ask(t, ds, `{}`); sum != 45 || way != engine.ByPipeline {
			t.Errorf("the sum is %d, by %s", sum, way)
		}
		if !strings.Contains(o.logged(), "could not be copied into the mirror") {
			t.Errorf("the log says %s", o.logged())
		}
	})
}

func TestAMirrorInAFolderIsThereAfterTheNextStart(t *testing.T) {
	s, ds, dir := newSource(), numbers(t, "numbers"), t.TempDir()
	version := load(t, s, ds, 0, 1000)
	o := open(t, s, dir, All, 64*mib, quick(), ds)
	o.await(t, ds, version, engine.CopyWhole)
	read := s.reads.Load()
	again := open(t, s, dir, Auto, 64*mib, quick(), ds)
	if sum, _, way := again.ask(t, ds, `{}`); sum != 499_500 || way != engine.ByMirror {
		t.Errorf("the sum is %d, by %s", sum, way)
	}
	if s.reads.Load() != read {
		t.Error("the rows were read again")
	}
}

func TestTwoProcessesOnAFolderFillOnce(t *testing.T) {
	s, ds, dir := newSource(), numbers(t, "numbers"), t.TempDir()
	version := load(t, s, ds, 0, 20_000)
	holding := make(chan struct{})
	s.set(func(ctx context.Context) error {
		select {
		case <-holding:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}, nil)
	one := open(t, s, dir, All, 64*mib, quick(), ds)
	one.await(t, ds, version, engine.CopyFilling)
	two := open(t, s, dir, All, 64*mib, quick(), ds)
	two.await(t, ds, version, engine.CopyFilling)
	if sum, _, way := two.ask(t, ds, `{"per_page":2}`); sum != 1 || way != engine.ByPipeline {
		t.Errorf("while the copy is being made the sum is %d, by %s", sum, way)
	}
	close(holding)
	one.await(t, ds, version, engine.CopyWhole)
	two.await(t, ds, version, engine.CopyWhole)
	if n := s.reads.Load(); n != 1 {
		t.Errorf("the rows were read %d times", n)
	}
}

// Two servers that share a folder each make a copy, for which together there is no room.
func TestTheBudgetCountsWhatOthersMake(t *testing.T) {
	s, ours, theirs, dir := newSource(), numbers(t, "ours"), numbers(t, "theirs"), t.TempDir()
	version := load(t, s, ours, 0, 10_000)
	other := columnar.OpenCopies(columnar.CopyOptions{Dir: dir})
	defer other.Close()
	making, err := other.Begin(t.Context(), theirs, load(t, s, theirs, 0, 10_000))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "theirs", "*", "rows.arrow"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	const budget = 800_000 // one fits
	if err := os.Truncate(files[0], 500_000); err != nil {
		t.Fatal(err)
	}
	q := quick()
	q.idle = 50 * time.Millisecond
	o := open(t, s, dir, Auto, budget, q, ours, theirs)
	for range 2 {
		o.ask(t, ours, `{"per_page":1}`)
	}
	o.await(t, ours, version, engine.CopyFailed)
	if got := o.state(ours, version).Error; !strings.Contains(got, "copies that are in use leave") {
		t.Errorf("it could not be made: %s", got)
	}
	if err := making.Abort(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.await(t, ours, version, engine.CopyWhole)
}

func TestTheBudgetHolds(t *testing.T) {
	places(t, func(t *testing.T, dir string) {
		s := newSource()
		one, two, large := numbers(t, "one"), numbers(t, "two"), numbers(t, "large")
		first, second, third := load(t, s, one, 0, 10_000), load(t, s, two, 0, 10_000), load(t, s, large, 0, 60_000)
		const budget = 800_000 // one of the small ones fits
		q := quick()
		q.idle = 50 * time.Millisecond
		o := open(t, s, dir, Auto, budget, q, one, two, large)
		for range 2 {
			o.ask(t, large, `{"per_page":1}`)
		}
		o.await(t, large, third, engine.CopyFailed)
		if got := o.state(large, third).Error; !strings.Contains(got, "--mirror-budget") {
			t.Errorf("what is too large is said to be %s", got)
		}
		for range 20 {
			for range 2 {
				o.ask(t, one, `{"per_page":1}`)
			}
			o.await(t, one, first, engine.CopyWhole)
			time.Sleep(2 * q.idle)
			for range 2 {
				o.ask(t, two, `{"per_page":1}`)
			}
			o.await(t, two, second, engine.CopyWhole)
			if stats := o.MirrorStats(); stats.Bytes > budget {
				t.Fatalf("the copies take %d bytes of %d", stats.Bytes, budget)
			}
			time.Sleep(2 * q.idle)
			if o.MirrorStats().Evicted > 1 {
				return
			}
		}
		t.Errorf("nothing was evicted: %+v", o.MirrorStats())
	})
}

func TestWhatDoesNotFitIsReadOnceAndNotTriedAgain(t *testing.T) {
	s, ds := newSource(), numbers(t, "numbers")
	version := load(t, s, ds, 0, 20_000)
	// The numbers fit, and their texts do not.
	q := quick()
	q.idle = time.Millisecond
	o := open(t, s, "", All, columnar.CopyBytes(ds, 20_000)+10_000, q, ds)
	o.await(t, ds, version, engine.CopyFailed)
	for range 5 {
		o.ask(t, ds, `{"per_page":1}`)
		time.Sleep(10 * time.Millisecond)
	}
	if n, failed := s.reads.Load(), o.MirrorStats().Datasets[0].Failed; n != 1 || failed != 1 {
		t.Errorf("the rows were read %d times; %d failures are counted", n, failed)
	}
	// 20,000 rows of 9, 9, 5 and 5 bytes make 547 KiB, and as many texts of 13 to 18 bytes, each
	// with 16 beside it, about 650 KiB more.
	want := regexp.MustCompile(`^the copy takes about (1\.[0-9]+ MiB|[0-9]+ KiB), and the budget of the mirror \(--mirror-budget\) is 557 KiB; ` +
		`set that to 1[0-9]{3}KiB or more, or keep copies in a folder \(--mirror-dir\)$`)
	if got := o.state(ds, version).Error; !want.MatchString(got) {
		t.Errorf("what does not fit is said to be: %s", got)
	}
	if log := o.logged(); strings.Count(log, "could not be copied") != 1 || !strings.Contains(log, "again_in=never") {
		t.Errorf("the log says %s", log)
	}
}

func TestWhatDoesNotFitBesideOthersIsNotReadAgainInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, one, two := newSource(), numbers(t, "one"), numbers(t, "two")
		first, second := load(t, s, one, 0, 20_000), load(t, s, two, 0, 20_000)
		q := quick()
		q.idle = 200 * time.Millisecond
		o := open(t, s, "", Auto, 1_900_000, q, one, two)
		for range 2 {
			o.ask(t, one, `{"per_page":1}`)
		}
		o.await(t, one, first, engine.CopyWhole)
		free := 1_900_000 - o.MirrorStats().Bytes
		if least := columnar.CopyBytes(two, 20_000); free < least || o.state(one, first).Bytes < free {
			t.Fatalf("%d bytes are free, and the numbers take %d", free, least)
		}
		o.ask(t, two, `{"per_page":1}`)
		o.ask(t, two, `{"per_page":1}`)
		failed := func() (n int64) {
			for _, d := range o.MirrorStats().Datasets {
				if d.Dataset == "two" {
					n = d.Failed
				}
			}
			return n
		}
		for deadline := time.Now().Add(time.Minute); failed() < 3; time.Sleep(time.Millisecond) {
			o.ask(t, one, `{"per_page":1}`) // so that it stays in use
			if time.Now().After(deadline) {
				t.Fatalf("two is %+v", o.state(two, second))
			}
		}
		if n := s.reads.Load(); n != 2 {
			t.Errorf("the rows were read %d times, want once for each", n)
		}
		if got := o.state(two, second).Error; !strings.Contains(got, "and copies that are in use leave ") || !strings.Contains(got, " KiB of the budget of the mirror (--mirror-budget), which is 1.81 MiB") {
			t.Errorf("what does not fit is said to be: %s", got)
		}
		if n := strings.Count(o.logged(), "could not be copied"); n != 1 {
			t.Errorf("the log says so %d times", n)
		}
	})
}

func TestSizesAreWrittenForPeople(t *testing.T) {
	for bytes, want := range map[int64][2]string{
		0: {"0 B", "0KiB"}, 999: {"999 B", "1KiB"}, 1000: {"0.977 KiB", "1KiB"}, 1 << 20: {"1 MiB", "1024KiB"}, 1<<20 + 1: {"1 MiB", "1025KiB"},
		1_342_177_280: {"1.25 GiB", "1280MiB"}, 30 << 30: {"30 GiB", "30GiB"}, 3 << 40: {"3 TiB", "3072GiB"},
	} {
		if size, budget := sizeText(bytes), budgetFor(bytes); size != want[0] || budget != want[1] {
			t.Errorf("%d bytes are %s, and a budget of %s; want %s", bytes, size, budget, want)
		}
	}
}

func TestRowsWithOtherFieldsAreNotCopied(t *testing.T) {
	for _, mode := range []Mode{Auto, All} {
		s, ds := newSource(), numbers(t, "numbers")
		version := load(t, s, ds, 0, 100)
		s.otherFields.Store(true)
		o := open(t, s, "", mode, 64*mib, quick(), ds)
		for range 4 {
			if sum, _, way := o.ask(t, ds, `{}`); sum != 4950 || way != engine.ByPipeline {
				t.Errorf("the sum is %d, by %s", sum, way)
			}
			time.Sleep(2 * quick().follow)
		}
		if err := o.Copy(t.Context(), ds); !errors.Is(err, fault.ErrOtherFields) {
			t.Errorf("a copy that is waited for: %v", err)
		}
		if got := o.state(ds, version); got.State != "" || s.reads.Load() != 0 || o.logged() != "" {
			t.Errorf("the copy is %+v; the rows were read %d times; the log says %s", got, s.reads.Load(), o.logged())
		}
	}
}

func TestCopiesOfVersionsThatAreNoLongerKeptGo(t *testing.T) {
	places(t, func(t *testing.T, dir string) {
		s, ds := newSource(), numbers(t, "numbers")
		q := quick()
		q.recent = 30 * time.Millisecond // what stays in a folder
		first := load(t, s, ds, 0, 100)
		o := open(t, s, dir, All, 64*mib, q, ds)
		o.await(t, ds, first, engine.CopyWhole)
		s.Drop(ds.Name)
		second := load(t, s, ds, 1000, 100)
		o.await(t, ds, second, engine.CopyWhole)
		o.await(t, ds, first, "")
		if _, err := o.TableAt(t.Context(), ds, first); err == nil {
			t.Error("a version that is no longer kept is answered")
		}
	})
}

func TestACopyInFilesOutlivesAChangeOfTheDescriptor(t *testing.T) {
	s, ds := newSource(), numbers(t, "numbers")
	version := load(t, s, ds, 0, 100)
	q := quick()
	q.recent, q.idle = time.Millisecond, time.Millisecond
	dir := t.TempDir()
	o := open(t, s, dir, All, 64*mib, q, ds)
	o.await(t, ds, version, engine.CopyWhole)
	anew, err := datasets.Parse("numbers.yaml", []byte("dataset: numbers\nfields: {n: {type: integer, column: N}, half: {type: number}, text: {type: string}, kind: {type: string, enum: [even, odd]}}\nstats: {group_by: kind}\n"), nil)
	if err != nil || anew.Layout == ds.Layout {
		t.Fatalf("the layouts are %s and %s, %v", anew.Layout, ds.Layout, err)
	}
	if again := loadAs(t, s, anew, "N", 0, 100); again != version {
		t.Fatalf("the version is %s, and was %s", again, version)
	}
	o.Follow(datasets.NewSnapshot(anew))
	time.Sleep(50 * time.Millisecond) // in which it would go
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		sum, _, way := o.ask(t, anew, `{}`)
		if sum == 4950 && way == engine.ByMirror {
			break
		}
		if sum != 4950 || time.Now().After(end) {
			t.Fatalf("the sum is %d, by %s", sum, way)
		}
	}
	if n := s.reads.Load(); n != 1 {
		t.Errorf("the rows were read %d times", n)
	}
}

func TestACopyThatIsGoneOnceItIsMadeIsWantedAgain(t *testing.T) {
	s, ds := newSource(), numbers(t, "numbers")
	version := load(t, s, ds, 0, 100)
	q := quick()
	q.look = time.Hour
	o := open(t, s, t.TempDir(), Auto, mib, q, ds)
	c := o.of(ds, version)
	o.mu.Lock()
	c.wanted, c.state = true, engine.CopyFilling
	o.mu.Unlock()
	o.ended(c, nil) // another process has removed it
	o.want(c)
	o.await(t, ds, version, engine.CopyWhole)
}

// The version that is copied goes while its rows are read.
func TestWhoWaitsForACopyGetsThatOfTheNextVersion(t *testing.T) {
	s, ds := newSource(), numbers(t, "numbers")
	load(t, s, ds, 0, 100)
	var second string
	s.set(func(context.Context) error {
		if second != "" {
			return nil
		}
		s.Drop(ds.Name)
		second = load(t, s, ds, 1000, 100)
		return fault.GoneError(ds)
	}, nil)
	o := open(t, s, t.TempDir(), Auto, 64*mib, quick(), ds)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := o.Copy(ctx, ds); err != nil {
		t.Fatal(err)
	}
	if got := o.state(ds, second); got.State != engine.CopyWhole {
		t.Errorf("the copy of the next version is %+v", got)
	}
}

func TestAFillThatFailsIsTriedAgain(t *testing.T) {
	places(t, func(t *testing.T, dir string) {
		s, ds := newSource(), numbers(t, "numbers")
		version := load(t, s, ds, 0, 20_000)
		left := 3
		s.set(func(context.Context) error {
			if left--; left >= 0 {
				return errors.New("the primary stepped down")
			}
			return nil
		}, nil)
		o := open(t, s, dir, All, 64*mib, quick(), ds)
		o.await(t, ds, version, engine.CopyWhole)
		for o.MirrorStats().Datasets[0].Filled == 0 { // counted once it is found, which another look may be before
			time.Sleep(time.Millisecond)
		}
		for _, m := range o.MirrorStats().Datasets {
			if m.Failed != 3 || m.Filled != 1 || m.FilledRows != 20_000 {
				t.Errorf("counted are %+v", m)
			}
		}
	})
}
