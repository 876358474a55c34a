// Package lru keeps the entries last used, as many as fit into a number of
// bytes.
package lru

import (
	"math"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// Cache keeps the entries last used. It is safe for concurrent use.
type Cache[K comparable, V any] struct {
	mu    sync.Mutex
	lru   *simplelru.LRU[K, V]
	size  func(K, V) int64
	used  int64
	limit int64 // bytes

	hits, misses int64
}

// New returns an empty cache of limit bytes; size tells those of an entry, and
// the same for one entry always.
func New[K comparable, V any](limit int64, size func(K, V) int64) *Cache[K, V] {
	c := &Cache[K, V]{limit: limit, size: size}
	// The count is bounded by bytes alone; simplelru refuses only counts below 1.
	c.lru, _ = simplelru.NewLRU(math.MaxInt, func(k K, v V) { c.used -= size(k, v) })
	return c
}

// Get returns the value of k, if it is kept.
func (c *Cache[K, V]) Get(k K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.get(k)
}

func (c *Cache[K, V]) get(k K) (V, bool) {
	v, ok := c.lru.Get(k)
	if ok {
		c.hits++
	} else {
		c.misses++
	}
	return v, ok
}

// Add keeps v, unless it is larger than the whole cache.
func (c *Cache[K, V]) Add(k K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(k, v)
}

// GetOrAdd returns the value of k, which is v where none was kept before.
func (c *Cache[K, V]) GetOrAdd(k K, v V) V {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := c.lru.Get(k); ok { // it was looked for before
		return known
	}
	c.add(k, v)
	return v
}

func (c *Cache[K, V]) add(k K, v V) {
	size := c.size(k, v)
	if size > c.limit {
		return
	}
	c.lru.Remove(k)
	for c.used+size > c.limit {
		c.lru.RemoveOldest()
	}
	c.lru.Add(k, v)
	c.used += size
}

// Limit returns how many bytes may be in use.
func (c *Cache[K, V]) Limit() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.limit
}

// SetLimit changes how many bytes may be in use, and removes the entries that were not
// used for longest if they are more.
func (c *Cache[K, V]) SetLimit(limit int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.limit = limit
	for c.used > limit {
		c.lru.RemoveOldest()
	}
}

// RemoveIf removes the entries whose key is unwanted.
func (c *Cache[K, V]) RemoveIf(unwanted func(K) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range c.lru.Keys() {
		if unwanted(k) {
			c.lru.Remove(k)
		}
	}
}

// Bytes returns how many bytes are in use.
func (c *Cache[K, V]) Bytes() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.used
}

// Stats are what a cache did and holds.
type Stats struct {
	Hits, Misses int64 // of Get
	Entries      int64
	Bytes, Limit int64
}

// Stats returns what the cache did and holds.
func (c *Cache[K, V]) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Stats{Hits: c.hits, Misses: c.misses, Entries: int64(c.lru.Len()), Bytes: c.used, Limit: c.limit}
}
