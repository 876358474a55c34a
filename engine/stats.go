package engine

import (
	"herbarium/engine/internal/lru"
	"herbarium/engine/memory"
)

// Stats are what an engine did since it was made, and holds now.
type Stats struct {
	// Caches are those of the engine and of its store, each under its own name.
	Caches []CacheStats
	// Shared counts the callers that joined a run which another had begun.
	Shared int64
	// Running counts the runs under way that callers can join, and Held the bytes that
	// they hold.
	Running, Held int64
	// Memory is what queries take of the memory that is given to them; zero without a bound.
	Memory memory.Stats
	// Mirror is what is mirrored; nil for a store without a mirror.
	Mirror *MirrorStats
}

// CacheStats are what a cache did and holds.
type CacheStats struct {
	Name         string
	Hits, Misses int64 // of what was looked for
	Entries      int64
	Bytes, Limit int64
}

// CacheReporter is a store that has caches of its own.
type CacheReporter interface {
	Caches() []CacheStats
}

// Stats returns what the engine did and holds.
func (e *Engine) Stats() Stats {
	s := Stats{Caches: []CacheStats{
		cacheStats("counts", e.counts.Stats()), e.files.stats(), cacheStats("parsed", e.parsed.Stats())}}
	if e.answers != nil {
		s.Caches = append(s.Caches, cacheStats("answers", e.answers.Stats()))
	}
	if store, ok := e.store.(CacheReporter); ok {
		s.Caches = append(s.Caches, store.Caches()...)
	}
	if store, ok := e.store.(MirrorReporter); ok {
		s.Mirror = store.MirrorStats()
	}
	s.Memory = e.options.Memory.Stats()
	s.Shared, s.Held = e.shared.Load(), e.held.Load()
	e.mu.Lock()
	defer e.mu.Unlock()
	s.Running = int64(len(e.flights))
	return s
}

func cacheStats(name string, s lru.Stats) CacheStats {
	return CacheStats{Name: name, Hits: s.Hits, Misses: s.Misses, Entries: s.Entries, Bytes: s.Bytes, Limit: s.Limit}
}

func (s *answerFiles) stats() CacheStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return CacheStats{Name: "files", Hits: s.hits, Misses: s.misses, Entries: int64(len(s.files)), Bytes: s.used, Limit: s.limit}
}
