package engine

import (
	"context"
	"sync"

	"herbarium/datasets"
	"herbarium/engine/internal/lru"
	"herbarium/engine/plan"
)

// shownRows counts the rows that views show: once for each version and view, for all who
// ask meanwhile.
type shownRows struct {
	known   *lru.Cache[shownKey, int64]
	running *sync.WaitGroup // of the engine's goroutines
	begin   func(context.Context) (context.Context, context.CancelFunc)
	damages func(dataset string) uint64

	mu       sync.Mutex
	counting map[shownKey]*shownCount
}

// shownKey is a version of a view. The version is the view's own, and so differs between
// views; a view's name tells one without a version from others.
type shownKey struct {
	view, version string
	damages       uint64 // see answerKey
}

// shownCount is a count under way; the rest is set when done closes.
type shownCount struct {
	done chan struct{}
	rows int64
	err  error
}

// shownBytes is the memory for counts.
const shownBytes = 1 << 20

func newShownRows(running *sync.WaitGroup, begin func(context.Context) (context.Context, context.CancelFunc), damages func(dataset string) uint64) *shownRows {
	size := func(k shownKey, _ int64) int64 { return int64(len(k.view)+len(k.version)) + entryOverhead }
	return &shownRows{known: lru.New(shownBytes, size), running: running, begin: begin, damages: damages, counting: map[shownKey]*shownCount{}}
}

// count returns how many rows of the table the view shows. Nobody's leave ends the
// count, since others wait for it, or will ask for it.
func (s *shownRows) count(ctx context.Context, view *datasets.Dataset, t restrictedTable) (int64, error) {
	key := shownKey{view.View.Name, t.info.Version, s.damages(view.Name)}
	if rows, ok := s.known.Get(key); ok {
		return rows, nil
	}
	s.mu.Lock()
	c := s.counting[key]
	if c == nil {
		c = &shownCount{done: make(chan struct{})}
		s.counting[key] = c
		all := plan.Rows(view, nil, []int{})
		whole := context.WithoutCancel(ctx)
		s.running.Go(func() { s.run(whole, key, c, t, all) })
	}
	s.mu.Unlock()
	select {
	case <-c.done:
		return c.rows, c.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (s *shownRows) run(ctx context.Context, key shownKey, c *shownCount, t restrictedTable, all *plan.Plan) {
	ctx, cancel := s.begin(ctx)
	defer cancel()
	c.rows, c.err = countCaught(ctx, t, all)
	if c.err == nil && key.version != "" {
		s.known.Add(key, c.rows)
	}
	s.mu.Lock()
	delete(s.counting, key)
	s.mu.Unlock()
	close(c.done)
}

// countCaught counts the view's rows; a panic is an error.
func countCaught(ctx context.Context, t restrictedTable, all *plan.Plan) (rows int64, err error) {
	defer caught(&err)
	return t.base.Count(ctx, t.rebase(all))
}
