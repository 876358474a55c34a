package columnar

import (
	"herbarium/engine"
	"herbarium/engine/internal/lru"
)

// Caches returns what the caches of all tables did and hold: selection indexes, matches
// of texts, orders of rows, and codes of buckets.
func (r *resources) Caches() []engine.CacheStats {
	of := func(name string, s lru.Stats) engine.CacheStats {
		return engine.CacheStats{Name: name, Hits: s.Hits, Misses: s.Misses, Entries: s.Entries, Bytes: s.Bytes, Limit: s.Limit}
	}
	all := []engine.CacheStats{
		of("selection_indexes", r.selectionIndexes.Stats()),
		of("text_matches", r.textMatches.Stats()),
		of("row_orders", r.keptOrders.Stats()),
		of("bucket_codes", r.bucketCodesCache.Stats()),
	}
	if r.groupCodesCache != nil {
		all = append(all, of("group_codes", r.groupCodesCache.Stats()))
	}
	return all
}
