package columnar

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// worthSharing is how many blocks a core must get before another one is worth
// its start.
const worthSharing = 4

// workersFor returns how many cores should share the blocks.
func (t *table) workersFor(blocks int) int {
	return max(1, min(t.workers, blocks/worthSharing))
}

// share calls work for each block from first to end, not including it, on as
// many goroutines as there are workers, and waits for them. Which worker gets
// which block is not settled. It stops early, with its error, where the
// context ends.
// The caller is guarded, and so are the goroutines.
func (t *table) parallel(ctx context.Context, first, end, workers int, work func(worker, block int)) error {
	var next atomic.Int64
	next.Store(int64(first))
	run := func(worker int) error {
		for {
			if err := ctx.Err(); err != nil {
				return err
			}
			block := int(next.Add(1)) - 1
			if block >= end {
				return nil
			}
			work(worker, block)
		}
	}
	if workers == 1 {
		return run(0)
	}
	errs := make([]error, workers)
	var running sync.WaitGroup
	for worker := range workers {
		running.Go(func() { errs[worker] = t.guard(func() error { return run(worker) }) })
	}
	running.Wait()
	return errors.Join(errs...)
}
