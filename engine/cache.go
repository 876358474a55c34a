package engine

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"herbarium/datasets"
)

// byteLRU keeps the entries last used, as many as fit in a number of bytes.
// It is safe for concurrent use.
type byteLRU[K comparable, V any] struct {
	mu    sync.Mutex
	lru   *simplelru.LRU[K, V]
	size  func(K, V) int64
	used  int64
	limit int64
}

func newByteLRU[K comparable, V any](limit int64, size func(K, V) int64) *byteLRU[K, V] {
	c := &byteLRU[K, V]{limit: limit, size: size}
	// The count is bounded by bytes alone; simplelru refuses only counts below 1.
	c.lru, _ = simplelru.NewLRU(math.MaxInt, func(k K, v V) { c.used -= size(k, v) })
	return c
}

func (c *byteLRU[K, V]) get(k K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lru.Get(k)
}

// add keeps v, unless it is larger than the whole cache.
func (c *byteLRU[K, V]) add(k K, v V) {
	size := c.size(k, v)
	if size > c.limit {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lru.Remove(k)
	for c.used+size > c.limit {
		c.lru.RemoveOldest()
	}
	c.lru.Add(k, v)
	c.used += size
}

// entryOverhead is about what an entry costs beside its own bytes.
const entryOverhead = 256

// answerKey is everything that shapes an answer's bytes.
type answerKey struct {
	dataset   string
	digest    string // of the descriptor
	version   string
	operation datasets.Operation
	query     string // canonical
	format    string
	coding    string // "" where the bytes are not coded
}

// tag returns a name of the bytes that the key leads to.
func (k *answerKey) tag() string {
	var b []byte
	for _, part := range []string{k.dataset, k.digest, k.version, string(k.operation), k.query, k.format, k.coding} {
		b = append(binary.AppendUvarint(b, uint64(len(part))), part...)
	}
	sum := sha256.Sum256(b)
	return versionText.EncodeToString(sum[:16])
}

// encoded is a whole answer as bytes.
type encoded struct {
	tag   string
	bytes []byte
}

// answerCache holds encoded answers.
type answerCache struct {
	*byteLRU[answerKey, encoded]
	// most is the size above which an answer is not kept.
	most int
}

func newAnswerCache(limit int64) *answerCache {
	size := func(k answerKey, a encoded) int64 {
		return int64(cap(a.bytes)+len(a.tag)+len(k.query)) + entryOverhead
	}
	return &answerCache{byteLRU: newByteLRU(limit, size), most: int(limit / 16)}
}

// parsedKey is a body as it was sent. The dataset's address stands for the
// descriptor: a changed one is a new Dataset.
type parsedKey struct {
	dataset   *datasets.Dataset
	operation datasets.Operation
	body      string
}

// parsedCache remembers what valid bodies mean, so that a query sent again is
// not validated again.
type parsedCache struct {
	*byteLRU[parsedKey, *Query]
}

// parsedBytes is the memory for valid bodies. parsedMost is the length above
// which a body is not remembered.
const (
	parsedBytes = 1 << 20
	parsedMost  = 4096
)

func newParsedCache() *parsedCache {
	size := func(k parsedKey, q *Query) int64 {
		return int64(len(k.body)+len(q.canonical)+len(q.Filter)*128) + entryOverhead
	}
	return &parsedCache{newByteLRU(parsedBytes, size)}
}

func (c *parsedCache) get(ds *datasets.Dataset, op datasets.Operation, body []byte) (*Query, bool) {
	if len(body) > parsedMost {
		return nil, false
	}
	return c.byteLRU.get(parsedKey{ds, op, string(body)})
}

func (c *parsedCache) add(ds *datasets.Dataset, op datasets.Operation, body []byte, q *Query) {
	if len(body) <= parsedMost {
		c.byteLRU.add(parsedKey{ds, op, string(body)}, q)
	}
}
