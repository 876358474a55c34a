package main

import (
	"log/slog"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/spf13/pflag"

	"herbarium/engine"
	"herbarium/engine/memory"
)

// --max-memory bounds the process's memory in two ways. What is kept and what queries need
// is counted (engine/memory): what is not there is refused. And Go's collector has a
// limit, from which on it collects more often, so that garbage does not come on top.
// GOMEMLIMIT, which sets that limit by itself, is the default of the flag.

// memoryFlag is the flag, and what follows from it.
type memoryFlag struct {
	limit size

	mu     sync.Mutex // of what follows
	warned bool
}

func (f *memoryFlag) add(flags *pflag.FlagSet) {
	flags.Var(&f.limit, "max-memory", "memory of the process, to which caches and queries keep; rows in memory count too; 0: GOMEMLIMIT, or no limit")
}

const (
	// minMemory is the least that one may set: a server without rows holds more than half
	// of it.
	minMemory = 96 << 20
	// programMemory is for what Go's limit knows nothing of: the pages of the program's file
	// that are resident, of which the soak touched 48 MiB, its data, and the stacks of threads,
	// which are 8 MiB together. The rest is for the collector, which may be late.
	programMemory = 64 << 20
	// inFlightMemory is about what a request in flight takes beside its query: two
	// goroutines, buffers and headers. One in inFlightPart of the memory is for them.
	inFlightMemory = 32 << 10
	inFlightPart   = 16
	// programHeap is what a server without rows has in its heap.
	programHeap = 8 << 20
)

func (f *memoryFlag) validate() error {
	if f.limit != 0 && f.limit < minMemory {
		return usage("--max-memory takes 96MiB or more, not %s", f.limit.String())
	}
	return nil
}

// goLimit returns the limit of Go's collector. It takes the ballast for memory.
func (f *memoryFlag) goLimit() int64 { return int64(f.limit) - programMemory + maxGarbage }

// budget sets the limit of Go's collector and returns what caches and queries keep to; nil
// for no limit.
func (f *memoryFlag) budget() *memory.Budget {
	switch own := os.Getenv("GOMEMLIMIT") != ""; {
	case f.limit != 0 && !own:
		debug.SetMemoryLimit(f.goLimit())
	case f.limit == 0 && own:
		if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64 {
			f.limit = size(max(limit, minMemory))
		}
	}
	if f.limit == 0 {
		return nil
	}
	return memory.NewBudget(int64(f.limit) - programMemory - f.garbage())
}

// garbage is what is left to garbage: the collector cannot keep to a limit that is all in
// use, and has half of the processors' time at the most.
func (f *memoryFlag) garbage() int64 { return min(maxGarbage, int64(f.limit)/16) }

// inFlightWithin returns how many requests are let in where the memory is bounded.
func inFlightWithin(limit int64) int { return int(limit / inFlightPart / inFlightMemory) }

// follow tells the budget what rows take: now, and when they were loaded.
func (f *memoryFlag) follow(b *backend, logger *slog.Logger) {
	budget := b.engine.Memory()
	if budget == nil {
		return
	}
	runtime.GC()
	f.occupy(b.engine, 0, logger)
	if b.load != nil {
		b.load.onLoaded(func() { f.occupy(b.engine, b.load.store.RowBytes(), logger) })
	}
}

// changed tells the budget what rows take after copies in memory have changed.
func (f *memoryFlag) changed(b *backend, logger *slog.Logger) {
	if b.engine.Memory() != nil {
		var rows int64
		if m := b.engine.Stats().Mirror; m != nil {
			rows = m.Bytes
		}
		f.occupy(b.engine, rows, logger)
	}
}

// occupy tells the budget what was live when memory was last collected, except for what
// it counts itself, but no less than rows bytes. Queries that run have more in the budget than
// in the heap: what they are about to allocate, by high estimates. So what is left of the heap
// without it may be far less than the rows.
//
// If rows leave too little, Go's limit rises above them: else it would collect all the time.
func (f *memoryFlag) occupy(eng *engine.Engine, rows int64, logger *slog.Logger) {
	f.mu.Lock()
	defer f.mu.Unlock()
	stats := eng.Stats()
	occupied := int64(liveHeap()) - stats.Memory.Taken - stats.Held
	if os.Getenv("GOGC") == "" {
		occupied -= maxGarbage // the ballast
	}
	for _, c := range stats.Caches {
		if c.Name != "files" {
			occupied -= c.Bytes
		}
	}
	budget := eng.Memory()
	occupied = max(occupied, rows+programHeap)
	fits := budget.Occupy(occupied)
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(f.goLimit() + max(0, occupied+budget.Limit()/8-budget.Limit()))
	}
	if !fits && !f.warned {
		logger.Warn("the rows leave too little of --max-memory, or are more than it; queries and caches get an eighth of it besides",
			"rows_bytes", occupied, "max_memory", f.limit.String())
	}
	f.warned = !fits
}
