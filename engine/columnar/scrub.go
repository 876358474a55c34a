package columnar

import (
	"context"
	"log/slog"
	"time"
)

// A scrub (as file systems call it) reads again what queries have read and verified before,
// since the pages of a mapped file can change under a server: the system drops pages and
// reads them anew, and a disk that has begun to fail then gives other bytes. What nobody has
// read yet is verified when it is first touched, and is left alone, so that a scrub reads
// nothing from the disk that queries do not use.

// ScrubInterval is from the beginning of one pass of a server's scrub to that of the next, at
// the least.
const ScrubInterval = time.Hour

const (
	// scrubRate is how many bytes a second a scrub reads: 56 GiB in an hour, for less than one
	// percent of a core.
	scrubRate = 16 << 20
	scrubStep = 1 << 20 // bytes after which it pauses
)

// Scrub reads again what was read of all open tables, pass after pass, until the context
// ends. A pass begins when the one before began so long ago, and is over. Damage is logged,
// and is the table's Fault; queries that read the damaged rows fail from then on, as they do
// where damage is met first.
func (s *FileStore) Scrub(ctx context.Context, every time.Duration) {
	scrub(ctx, every, s.open, s.options.Logger)
}

// Scrub is FileStore.Scrub for copies. In memory there is nothing to do.
func (c *Copies) Scrub(ctx context.Context, every time.Duration) {
	if !c.InMemory() {
		scrub(ctx, every, c.open, c.options.Logger)
	}
}

// open returns the tables that are open.
func (s *FileStore) open() (all []*table) {
	s.versions.Range(func(_, known any) bool {
		versions := known.(*datasetVersions)
		versions.mu.Lock()
		defer versions.mu.Unlock()
		for _, t := range versions.tables {
			all = append(all, t)
		}
		return true
	})
	return all
}

// open returns the copies in files that are open.
func (c *Copies) open() (all []*table) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.stores {
		all = append(all, s.open()...)
	}
	return all
}

// scrub scrubs the tables that open returns until the context ends.
func scrub(ctx context.Context, every time.Duration, open func() []*table, logger *slog.Logger) {
	for {
		began := time.Now()
		for _, t := range open() {
			if damage := t.scrub(ctx); damage != nil {
				logger.Error("stored rows have changed since they were read", "dataset", t.segment.dataset, "version", t.version, "error", damage.Error())
			}
		}
		if !pause(ctx, every-time.Since(began)) {
			return
		}
	}
}

// scrub reads the columns again that were read before, and returns what was found first.
// Those that are damaged count as not verified from then on, and what was made of them is
// dropped; the count of damages tells whoever has made more.
func (t *table) scrub(ctx context.Context) (first error) {
	read := int64(0)
	for b := range t.blocks {
		for f := range t.fields {
			c := &t.blocks[b].columns[f]
			if !c.stored.sound.Load() {
				continue
			}
			if damage := t.guard(c.checkAgain); damage != nil {
				c.stored.sound.Store(false)
				t.forgetMade()
				t.damaged(t.segment.dataset)
				if first == nil {
					first = damage
				}
			}
			if read += c.storedBytes(); read >= scrubStep {
				if !pause(ctx, time.Duration(read)*time.Second/scrubRate) {
					return first
				}
				read = 0
			}
		}
	}
	return first
}

// forgetMade drops what was made of the table's rows, also of the sound ones.
func (t *table) forgetMade() {
	t.aggregates.clear()
	for i := range t.groups {
		t.groups[i].clear()
	}
	t.forget(func(table uint64) bool { return table == t.id })
}

// checkAgain checks a column that was found to be sound before.
func (c *column) checkAgain() error {
	if damage := c.stored.check(c); damage != nil {
		return damage // not a nil *files.Corruption
	}
	return nil
}

// storedBytes returns how many bytes of the file the column has.
func (c *column) storedBytes() int64 {
	valid, values := c.bytes()
	return int64(len(valid) + len(values))
}

// pause waits, and reports whether the context has not ended.
func pause(ctx context.Context, of time.Duration) bool {
	timer := time.NewTimer(max(of, 0))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
