package columnar

import "context"

// mutex is a mutex for which nobody waits longer than a context allows: what is made under
// it, once for all queries, may take long.
type mutex chan struct{}

func newMutex() mutex { return make(mutex, 1) }

// lock locks the mutex. The error is the context's; then it is not locked.
func (m mutex) lock(ctx context.Context) error {
	select {
	case m <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (m mutex) unlock() { <-m }
