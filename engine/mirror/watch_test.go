package mirror

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
)

// changing is a collection that tells of changes. Whoever writes into it calls changed.
type changing struct {
	filled
	mu      sync.Mutex
	writes  int           // changes so far
	wake    chan struct{} // closed with the next change
	watches int           // that were begun
	open    int           // that have not ended
	refused error         // why none can be begun
	lost    error         // why they end
	losses  int           // how many of them end so; -1: all
}

func newChanging(s *source) *changing {
	return &changing{filled: filled{s}, wake: make(chan struct{})}
}

func (c *changing) Table(ctx context.Context, ds *datasets.Dataset) (engine.Table, error) {
	t, err := c.filled.Table(ctx, ds)
	if err != nil {
		return nil, err
	}
	return watchable{t.(unversioned), c}, nil
}

func (c *changing) TableAt(ctx context.Context, ds *datasets.Dataset, version string) (engine.Table, error) {
	if version != "" {
		return c.filled.TableAt(ctx, ds, version)
	}
	return c.Table(ctx, ds)
}

// changed tells of a change.
func (c *changing) changed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writes++
	close(c.wake)
	c.wake = make(chan struct{})
}

// fail says why watching cannot begin, and why so many watches end; -1: all.
func (c *changing) fail(refused, lost error, losses int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused, c.lost, c.losses = refused, lost, losses
}

// loss returns why the watching ends, nil if it goes on; the mutex is locked.
func (c *changing) loss() error {
	if c.losses == 0 {
		return nil
	}
	c.losses = max(c.losses-1, -1)
	return c.lost
}

// watched returns how many watches were begun, and how many are open.
func (c *changing) watched() (begun, open int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.watches, c.open
}

type watchable struct {
	unversioned
	of *changing
}

func (t watchable) Watch(context.Context) (engine.Changes, error) {
	t.of.mu.Lock()
	defer t.of.mu.Unlock()
	if t.of.refused != nil {
		return nil, t.of.refused
	}
	t.of.watches++
	t.of.open++
	return &fakeChanges{watchable: t, at: time.Now(), seen: t.of.writes}, nil
}

type fakeChanges struct {
	watchable
	at   time.Time
	seen int // changes before the watching began
}

func (c *fakeChanges) Began() time.Time { return c.at }

func (c *fakeChanges) Next(ctx context.Context) (time.Time, bool, error) {
	c.of.mu.Lock()
	now, writes, wake, lost := time.Now(), c.of.writes, c.of.wake, c.of.loss()
	c.of.mu.Unlock()
	if lost != nil || writes > c.seen {
		return time.Time{}, writes > c.seen, lost
	}
	select {
	case <-ctx.Done():
		return time.Time{}, false, ctx.Err()
	case <-wake:
		return time.Time{}, true, nil
	case <-time.After(time.Second):
		return now, false, nil
	}
}

func (c *fakeChanges) Close() {
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	c.of.open--
}

// watching runs a test in synthetic time, of a collection that is read when it has changed.
// After it, no watch is open.
func watching(t *testing.T, test func(t *testing.T, s *changing, o *opened, ds *datasets.Dataset)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, ds := newChanging(newSource()), refreshedEvery(t, "changes")
		load(t, s.source, ds, 0, 100)
		t.Cleanup(func() { // after the mirror is closed
			if _, open := s.watched(); open != 0 {
				t.Errorf("%d watches are open", open)
			}
		})
		test(t, s, openMirror(t, s, s.source, ds), ds)
	})
}

// ages asks every second for so long, and returns the greatest age of an answer.
func (o *opened) ages(t *testing.T, ds *datasets.Dataset, during time.Duration) (most time.Duration) {
	t.Helper()
	for end := time.Now().Add(during); time.Now().Before(end); time.Sleep(time.Second) {
		info := o.read(t, ds)
		if info.Way != engine.ByMirror {
			t.Fatalf("%+v answers; log:\n%s", info, o.logged())
		}
		most = max(most, time.Since(info.Read))
	}
	return most
}

func TestACopyStaysCurrentWhileNothingChanges(t *testing.T) {
	watching(t, func(t *testing.T, s *changing, o *opened, ds *datasets.Dataset) {
		o.read(t, ds)
		synctest.Wait()
		if age := o.ages(t, ds, time.Hour); age > 2*time.Second {
			t.Errorf("an answer was %v old", age)
		}
		if n := s.reads.Load(); n != 1 {
			t.Errorf("it was read %d times", n)
		}
		// It stays so while nobody asks, for a while.
		time.Sleep(9 * time.Minute)
		if age := time.Since(o.read(t, ds).Read); age > 2*time.Second {
			t.Errorf("after nine minutes, an answer is %v old", age)
		}
		time.Sleep(time.Hour)
		if _, open := s.watched(); open != 0 {
			t.Errorf("an hour after the last question, %d watches are open", open)
		}
		if info := o.read(t, ds); info.Version != "" || s.reads.Load() != 1 {
			t.Errorf("after an hour and %d readings, %+v answers", s.reads.Load(), info)
		}
	})
}

func TestAChangeHasTheCollectionRead(t *testing.T) {
	watching(t, func(t *testing.T, s *changing, o *opened, ds *datasets.Dataset) {
		o.read(t, ds)
		synctest.Wait()
		first := o.read(t, ds)
		time.Sleep(time.Minute)
		o.read(t, ds)
		load(t, s.source, ds, 7, 3)
		s.changed()
		changed := time.Now()
		if info := o.read(t, ds); info.Version != first.Version || info.Read.After(changed) {
			t.Errorf("just after the change %+v answers", info)
		}
		for range 3 {
			time.Sleep(time.Second)
			o.read(t, ds)
		}
		if sum, rows, way := o.ask(t, ds, `{}`); sum != 24 || rows != 3 || way != engine.ByMirror {
			t.Errorf("%d rows with the sum %d, by %s", rows, sum, way)
		}
		if info := o.read(t, ds); info.Version == first.Version || !info.Read.After(changed) || s.reads.Load() != 2 {
			t.Errorf("after %d readings, %+v answers", s.reads.Load(), info)
		}
		if before, err := o.TableAt(t.Context(), ds, first.Version); err != nil || before.Info().Rows != 100 {
			t.Errorf("the copy before is asked: %v", err)
		}
		if begun, open := s.watched(); begun != 2 || open != 1 {
			t.Errorf("%d watches were begun, %d are open", begun, open)
		}
	})
}

// What is written while rows are read may be in them or not; it is there after the next
// reading, and the answer before says that it is older.
func TestAChangeDuringAReadingIsNotLost(t *testing.T) {
	watching(t, func(t *testing.T, s *changing, o *opened, ds *datasets.Dataset) {
		reading := s.holdReadings()
		o.read(t, ds)
		time.Sleep(5 * time.Second)
		load(t, s.source, ds, 7, 3) // which the reading that waits does not find
		s.changed()
		changed := time.Now()
		time.Sleep(5 * time.Second)
		close(reading)
		synctest.Wait()
		if info := o.read(t, ds); info.Rows != 100 || info.Read.After(changed) {
			t.Fatalf("%+v answers, %v after the change", info, info.Read.Sub(changed))
		}
		most := 45 * time.Second // of a reading of ten seconds
		for end := time.Now().Add(most); o.read(t, ds).Rows != 3; time.Sleep(time.Second) {
			if time.Now().After(end) {
				t.Fatalf("after %v, %+v answers", most, o.read(t, ds))
			}
		}
		time.Sleep(3 * time.Second)
		if info := o.read(t, ds); time.Since(info.Read) > 2*time.Second {
			t.Errorf("%v after the last change, the age is %v", time.Since(changed), time.Since(info.Read))
		}
	})
}

func TestACollectionThatChangesAllTheTimeIsReadAPartOfIt(t *testing.T) {
	watching(t, func(t *testing.T, s *changing, o *opened, ds *datasets.Dataset) {
		s.set(func(context.Context) error { time.Sleep(10 * time.Second); return nil }, nil) // each reading, of one batch
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() {
			for ; ctx.Err() == nil; time.Sleep(100 * time.Millisecond) {
				s.changed()
			}
		}()
		o.read(t, ds)
		time.Sleep(11 * time.Second)
		synctest.Wait()
		age := o.ages(t, ds, time.Hour)
		if n := s.reads.Load(); n < 80 || n > 91 {
			t.Errorf("in an hour it was read %d times, for ten seconds each", n)
		}
		if age < 40*time.Second || age > 55*time.Second {
			t.Errorf("an answer was %v old", age)
		}
		cancel()
		time.Sleep(time.Second)
		o.ages(t, ds, time.Minute)
		if age := time.Since(o.read(t, ds).Read); age > 2*time.Second {
			t.Errorf("after a minute without changes, an answer is %v old", age)
		}
	})
}

func TestChangesThatComeTogetherTakeOneReading(t *testing.T) {
	watching(t, func(t *testing.T, s *changing, o *opened, ds *datasets.Dataset) {
		o.read(t, ds)
		synctest.Wait()
		o.ages(t, ds, time.Minute)
		for range 15 {
			s.changed()
			time.Sleep(10 * time.Millisecond)
		}
		o.ages(t, ds, 10*time.Second)
		if n := s.reads.Load(); n != 2 {
			t.Errorf("it was read %d times", n)
		}
	})
}

func TestACollectionThatNobodyAsksIsNotReadAnew(t *testing.T) {
	watching(t, func(t *testing.T, s *changing, o *opened, ds *datasets.Dataset) {
		o.read(t, ds)
		synctest.Wait()
		o.read(t, ds)
		time.Sleep(5 * time.Minute)
		load(t, s.source, ds, 7, 3)
		s.changed()
		time.Sleep(time.Minute)
		if begun, open := s.watched(); s.reads.Load() != 1 || begun != 1 || open != 0 {
			t.Errorf("it was read %d times; %d watches were begun, %d are open", s.reads.Load(), begun, open)
		}
		if info := o.read(t, ds); info.Way != engine.ByPipeline {
			t.Errorf("%+v answers", info)
		}
		synctest.Wait()
		if info := o.read(t, ds); info.Rows != 3 {
			t.Errorf("%+v answers", info)
		}
	})
}

func TestWhereChangesCannotBeFollowedTheSourceAnswers(t *testing.T) {
	watching(t, func(t *testing.T, s *changing, o *opened, ds *datasets.Dataset) {
		s.fail(errors.New("the server has no change streams"), nil, 0)
		for range 100 {
			if info := o.read(t, ds); info.Way != engine.ByPipeline {
				t.Fatalf("%+v answers", info)
			}
			time.Sleep(time.Second)
		}
		if n := s.reads.Load(); n != 0 {
			t.Errorf("it was read %d times", n)
		}
		if got := o.state(ds, ""); got.State != engine.CopyFailed || !strings.Contains(got.Error, "no change streams") {
			t.Errorf("the state is %+v", got)
		}
		if n := strings.Count(o.logged(), "no change streams"); n != 1 {
			t.Errorf("the log says it %d times:\n%s", n, o.logged())
		}
		s.fail(nil, nil, 0)
		for range 61 {
			o.read(t, ds)
			time.Sleep(time.Second)
		}
		if info := o.read(t, ds); info.Way != engine.ByMirror {
			t.Errorf("once they can be followed, %+v answers", info)
		}
	})
}

func TestAWatchThatIsLostHasTheCollectionRead(t *testing.T) {
	watching(t, func(t *testing.T, s *changing, o *opened, ds *datasets.Dataset) {
		o.read(t, ds)
		synctest.Wait()
		o.ages(t, ds, time.Minute)
		s.fail(nil, errors.New("the resume point may no longer be in the oplog"), 1)
		if age := o.ages(t, ds, time.Minute); age > 4*time.Second {
			t.Errorf("an answer was %v old", age)
		}
		if begun, _ := s.watched(); s.reads.Load() != 2 || begun != 2 || !strings.Contains(o.logged(), "no longer be in the oplog") {
			t.Errorf("it was read %d times, with %d watches; log:\n%s", s.reads.Load(), begun, o.logged())
		}
		// Where it is lost each time, the collection is read once a minute.
		s.fail(nil, errors.New("the oplog is too small"), -1)
		o.ages(t, ds, 10*time.Minute)
		read := s.reads.Load()
		if age := o.ages(t, ds, time.Hour); age > 62*time.Second || s.reads.Load()-read > 61 {
			t.Errorf("in an hour it was read %d times, and an answer was %v old", s.reads.Load()-read, age)
		}
		if n := strings.Count(o.logged(), "the oplog is too small"); n != 1 {
			t.Errorf("the log says it %d times", n)
		}
		s.fail(nil, nil, 0)
		o.ages(t, ds, 2*time.Minute)
		// Where it is lost and cannot begin anew, the copy grows old, and in the end the source answers.
		s.fail(errors.New("no primary"), errors.New("no primary"), -1)
		lost := time.Now()
		for o.read(t, ds).Way == engine.ByMirror {
			time.Sleep(time.Second)
			if time.Since(lost) > time.Hour {
				t.Fatalf("after an hour, %+v answers", o.read(t, ds))
			}
		}
		if after := time.Since(lost); after < 9*time.Minute || after > 12*time.Minute {
			t.Errorf("the copy answered for %v", after)
		}
	})
}

func TestADescriptorMayTurnFromATimeToChangesAndBack(t *testing.T) {
	watching(t, func(t *testing.T, s *changing, o *opened, changes *datasets.Dataset) {
		timed := refreshedEvery(t, "10s")
		o.read(t, timed)
		synctest.Wait()
		o.ages(t, timed, time.Minute)
		if begun, _ := s.watched(); begun != 0 {
			t.Errorf("%d watches were begun", begun)
		}
		if age := o.ages(t, changes, time.Minute); age > 12*time.Second {
			t.Errorf("an answer was %v old", age)
		}
		read := s.reads.Load()
		if age := o.ages(t, changes, time.Minute); age > 2*time.Second || s.reads.Load() != read {
			t.Errorf("an answer was %v old, after %d more readings", age, s.reads.Load()-read)
		}
		o.ages(t, timed, time.Minute)
		s.changed()
		if age := o.ages(t, timed, 10*time.Minute); age > 12*time.Second {
			t.Errorf("an answer was %v old", age)
		}
		if begun, open := s.watched(); begun != 1 || open != 0 {
			t.Errorf("%d watches were begun, %d are open", begun, open)
		}
	})
}
