package columnar

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// minBlocksPerWorker is how many blocks there have to be for each worker: fewer are not
// worth starting a goroutine for.
const minBlocksPerWorker = 4

// workersFor returns how many cores should share the blocks.
func (t *table) workersFor(blocks int) int {
	return max(1, min(t.workers, blocks/minBlocksPerWorker))
}

// parallel calls work for each block from first up to, not including, end on as many
// goroutines as there are workers, and waits for them. Workers take the next block
// when they are done with one (morsel-driven parallelism: Leis et al., SIGMOD 2014).
// Where the context ends, parallel stops early and returns the context's error. Callers
// run under table.guard, and so do the goroutines. A panic of work is the caller's.
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
	var panicked firstPanic
	var running sync.WaitGroup
	for worker := range workers {
		running.Go(func() {
			defer panicked.keep()
			errs[worker] = t.guard(func() error { return run(worker) })
		})
	}
	running.Wait()
	panicked.again()
	return errors.Join(errs...)
}

// firstPanic is the first panic of several goroutines. In its own goroutine, where nobody
// catches it, it would end the process.
type firstPanic struct{ of atomic.Pointer[string] }

// keep is deferred by each of the goroutines.
func (f *firstPanic) keep() {
	if value := recover(); value != nil {
		said := fmt.Sprintf("%v, in a worker:\n%s", value, debug.Stack())
		f.of.CompareAndSwap(nil, &said)
	}
}

// again panics if one of the goroutines did, with what it said and where.
func (f *firstPanic) again() {
	if said := f.of.Load(); said != nil {
		panic(*said)
	}
}
