package mirror

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"herbarium/engine"
)

// counts are what was done for a dataset.
type counts struct {
	filled, failed, damaged, rows int64
	took                          time.Duration
}

// countsOf returns the counts of a dataset; the mutex is locked.
func (s *Store) countsOf(dataset string) *counts {
	n := s.counts[dataset]
	if n == nil {
		n = &counts{}
		s.counts[dataset] = n
	}
	return n
}

// MirrorStats returns what the mirror did and holds.
func (s *Store) MirrorStats() *engine.MirrorStats {
	stats := &engine.MirrorStats{Mode: string(s.options.Mode), Place: s.copies.Place(), Budget: s.options.Budget, Evicted: s.evicted.Load()}
	if held, err := s.copies.Held(); err == nil {
		for _, h := range held {
			stats.Bytes += h.Bytes
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	of := map[string]*engine.MirroredStats{}
	s.known.Range(func(_, known any) bool {
		c := known.(*copied)
		if c.isCollection() && c.state == engine.CopyNone {
			return true // what was read of it is there
		}
		m := of[c.name]
		if m == nil {
			m = &engine.MirroredStats{Dataset: c.name}
			of[c.name] = m
		}
		m.Copies = append(m.Copies, c.stats())
		return true
	})
	for name, n := range s.counts {
		if of[name] == nil {
			of[name] = &engine.MirroredStats{Dataset: name}
		}
		m := of[name]
		m.Filled, m.Failed, m.Damaged, m.FilledRows, m.FillTime = n.filled, n.failed, n.damaged, n.rows, n.took
	}
	for _, m := range of {
		slices.SortFunc(m.Copies, func(a, b engine.CopyStats) int {
			return cmp.Or(b.Used.Compare(a.Used), strings.Compare(a.Version, b.Version))
		})
		stats.Datasets = append(stats.Datasets, *m)
	}
	slices.SortFunc(stats.Datasets, func(a, b engine.MirroredStats) int { return strings.Compare(a.Dataset, b.Dataset) })
	return stats
}

// stats returns what is known of the copy; the mutex of the store is locked.
func (c *copied) stats() engine.CopyStats {
	stats := engine.CopyStats{Version: c.version, State: c.state, Used: c.used.get()}
	if c.collection != "" && !c.isCollection() {
		stats.Read = c.readAt()
	}
	switch w := c.whole.Load(); {
	case w != nil:
		stats.State, stats.Rows, stats.Bytes = engine.CopyWhole, w.table.Info().Rows, w.bytes
	case c.state == engine.CopyFilling:
		stats.Rows = c.read.Load()
	case c.state == engine.CopyFailed && c.err != nil:
		stats.Error = c.err.Error()
	}
	return stats
}

// Caches returns the caches of the copies' tables, and those of the source.
func (s *Store) Caches() []engine.CacheStats {
	all := s.copies.Caches()
	if source, ok := s.Store.(engine.CacheReporter); ok {
		all = append(all, source.Caches()...)
	}
	return all
}
