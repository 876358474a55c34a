package mongodb

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// step is what a load asks of the server and waits for. Every wait of a load is
// one, so that each has a bound and a name.
type step struct {
	operation string        // with the collection, for logs
	waits     string        // what it waits for, for whoever loads
	limit     time.Duration // of one attempt
	again     func(error) bool
}

// standing is after how long a wait is logged while it goes on.
const standing = 30 * time.Second

// deadlineSlack is by how much an attempt may end before its limit and still have
// taken all of it.
const deadlineSlack = 20 * time.Millisecond

// errWaited marks a step that took all of its time.
var errWaited = errors.New("the time of the step is over")

// do makes attempts at the step as retry does, each within its limit. What took
// all of that is not tried again.
func (s *Store) do(ctx context.Context, st step, attempt func(context.Context) error) error {
	again := func(err error) bool { return !errors.Is(err, errWaited) && st.again(err) }
	return s.retry(ctx, again, func() error {
		began := time.Now()
		ctx, cancel := context.WithTimeout(ctx, st.limit)
		defer cancel()
		slow := time.AfterFunc(standing, func() {
			s.options.Logger.Warn("a load is waiting for the store", "step", st.operation, "for", st.waits, "limit", st.limit.String())
		})
		defer slow.Stop()
		err := attempt(ctx)
		// The driver's own deadline may fire just before the context's.
		if err != nil && time.Since(began) > st.limit-deadlineSlack {
			err = fmt.Errorf("%w: %w", errWaited, err)
		}
		return err
	})
}
