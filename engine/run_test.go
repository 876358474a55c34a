package engine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"herbarium/engine/fault"
)

// observed collects the runs and the steps of an engine.
type observed struct {
	mu    sync.Mutex
	runs  []Run
	steps []string
}

func (o *observed) observe(r Run) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.runs = append(o.runs, r)
}

func (o *observed) Start(_ context.Context, step Step) Span {
	o.note("start " + string(step))
	return observedSpan{o, step}
}

func (o *observed) note(what string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.steps = append(o.steps, what)
}

type observedSpan struct {
	of   *observed
	step Step
}

func (s observedSpan) Context(ctx context.Context) context.Context { return ctx }
func (s observedSpan) End(*Run)                                    { s.of.note("end " + string(s.step)) }

func TestARunIsObservedOnceHoweverManyAnswersItHas(t *testing.T) {
	var o observed
	e := New(&fakeStore{version: "v", batches: 3}, Options{CacheBytes: 1 << 20, Observe: o.observe, Tracer: &o})
	var sources []Source
	for range 2 {
		a := answer(t, e, `{}`, fakeFormat(1))
		readAll(t, a)
		if got := a.Rows(); got != 6 { // the batches have 1, 2 and 3 rows
			t.Errorf("%s: %d rows, want 6", a.Source, got)
		}
		sources = append(sources, a.Source)
	}
	e.Close()
	if want := []Source{FromRun, FromCache}; !slices.Equal(sources, want) {
		t.Errorf("answers came from %v, want %v", sources, want)
	}
	if len(o.runs) != 1 || o.runs[0].Rows != 6 || o.runs[0].Bytes != int64(len("<123>")) || o.runs[0].Err != nil {
		t.Fatalf("observed %+v", o.runs)
	}
	if r := o.runs[0]; r.First <= 0 || r.Store < r.First || r.Encode <= 0 || r.Planned <= 0 {
		t.Errorf("times are missing: %+v", r)
	}
	want := []string{"start plan", "end plan", "start store", "end store", "start encode", "end encode"}
	if !slices.Equal(o.steps, want) {
		t.Errorf("steps are %v, want %v", o.steps, want)
	}
}

func TestAFailedRunIsObservedWithItsReason(t *testing.T) {
	for name, failAt := range map[string]int{"before the first rows": 1, "half-way": 3} {
		var o observed
		e := New(&fakeStore{batches: 5, failAt: failAt, err: errors.New("the disk is gone")}, Options{Observe: o.observe, Tracer: &o})
		a, err := e.Answer(context.Background(), parseFake(t, `{}`), fakeFormat(40<<10))
		for err == nil {
			_, err = a.Next(context.Background())
		}
		if a != nil {
			_ = a.Close()
		}
		e.Close()
		if len(o.runs) != 1 || fault.CodeOf(o.runs[0].Err) != fault.Internal || len(o.steps)%2 != 0 {
			t.Errorf("%s: runs %+v, steps %v", name, o.runs, o.steps)
		}
	}
}

func TestCallersThatShareARunAreCounted(t *testing.T) {
	var o observed
	store := &fakeStore{version: "v", batches: 1, gate: make(chan struct{})}
	e := New(store, Options{CacheBytes: 1 << 20, Observe: o.observe})
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() { readAll(t, answer(t, e, `{}`, fakeFormat(1))) })
	}
	for end := time.Now().Add(time.Minute); e.Stats().Shared == 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	close(store.gate)
	both.Wait()
	s := e.Stats()
	e.Close()
	if s.Shared != 1 || len(o.runs) != 1 || s.Running != 0 {
		t.Errorf("%d shared, %d runs, %d under way", s.Shared, len(o.runs), s.Running)
	}
	for _, c := range s.Caches {
		if c.Name == "answers" && (c.Misses != 2 || c.Hits != 0 || c.Entries != 1 || c.Limit != 1<<20 || c.Bytes <= 0) {
			t.Errorf("the cache of answers: %+v", c)
		}
	}
}

func TestWithoutATracerStepsCostNothing(t *testing.T) {
	e := New(&fakeStore{}, Options{})
	ctx := context.Background()
	allocations := testing.AllocsPerRun(100, func() {
		if span := e.start(ctx, StepStore); within(ctx, span) != ctx || span != nil {
			t.Error("there is a span")
		}
	})
	if allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}

func BenchmarkAStepWithoutATracer(b *testing.B) {
	e := New(&fakeStore{}, Options{})
	ctx := context.Background()
	for b.Loop() {
		_ = within(ctx, e.start(ctx, StepStore))
	}
}
