package engine

import (
	"crypto/sha256"
	"encoding/binary"
	"sync/atomic"

	"herbarium/datasets"
	"herbarium/engine/internal/lru"
	"herbarium/engine/query"
)

// entryOverhead is about what an entry costs beside its own bytes.
const entryOverhead = 256

// answerKey is everything that shapes an answer's bytes.
type answerKey struct {
	dataset   string
	digest    string // of the descriptor
	version   string
	operation string
	query     string // canonical
	format    string
	coding    string // "" where the bytes are not coded
	// damages are those of the dataset's rows that were found before the answer was made. They
	// shape no bytes, but what was made before may be wrong.
	damages uint64
}

func (e *Engine) keyOf(q *query.Query, info TableInfo, format Format) answerKey {
	key := answerKey{q.Dataset.Name, q.Dataset.AnswerDigest(), info.Version, q.Operation.Path, q.String(), format.Name, "", e.damages(q.Dataset.Name)}
	if info.inFullBatches(format) {
		key.format += fullBatchesName
	}
	if format.Described {
		key.digest += q.Dataset.AnswerProse()
	}
	return key
}

// damages returns how often rows of the dataset were found to be damaged that had been read.
func (e *Engine) damages(dataset string) uint64 {
	if e.scrubbed == nil {
		return 0
	}
	return e.scrubbed.Damages(dataset)
}

// cached returns the key's answer, where it is kept. What has no version never
// is.
func (e *Engine) cached(key answerKey) (encoded, bool) {
	if e.answers == nil || key.version == "" {
		return encoded{}, false
	}
	return e.answers.Get(key)
}

// tag returns a name of the bytes that the key leads to.
func (k *answerKey) tag() string {
	var room [512]byte // of most keys
	b := room[:0]
	for _, part := range [...]string{k.dataset, k.digest, k.version, k.operation, k.query, k.format, k.coding} {
		b = append(binary.AppendUvarint(b, uint64(len(part))), part...)
	}
	sum := sha256.Sum256(b)
	return versionText.EncodeToString(sum[:16])
}

// encoded is a whole answer as bytes.
type encoded struct {
	tag   string
	end   PageEnd
	rows  int64
	bytes []byte
}

// answerCache holds encoded answers.
type answerCache struct {
	*lru.Cache[answerKey, encoded]
	// asked is the limit that was asked for, and limit what it is by now: what memory the
	// rows leave may allow less.
	asked int64
	limit atomic.Int64
}

// limitTo makes the limit the one that was asked for, or so many bytes if they are less.
func (c *answerCache) limitTo(bytes int64) {
	c.limit.Store(min(c.asked, bytes))
	c.SetLimit(min(c.asked, bytes))
}

// maxAnswer is the size above which an answer is not kept.
func (c *answerCache) maxAnswer() int { return int(c.limit.Load() / 16) }

func newAnswerCache(limit int64) *answerCache {
	size := func(k answerKey, a encoded) int64 {
		return int64(cap(a.bytes)+len(a.tag)+len(k.query)) + entryOverhead
	}
	c := &answerCache{Cache: lru.New(limit, size), asked: limit}
	c.limit.Store(limit)
	return c
}

// parsedKey is a query as it was sent. The descriptor's digest stands for the
// dataset, so that one that is no longer served is not held in memory.
type parsedKey struct {
	dataset   string
	digest    string
	operation string
	text      string
	flat      bool // text is a URL's parameters, not JSON
}

// parsedBytes is the memory for valid queries as they were sent, so that they
// are not validated again. maxParsed is the length above which one is not
// remembered.
const (
	parsedBytes = 1 << 20
	maxParsed   = 4096
)

func newParsedCache() *lru.Cache[parsedKey, *query.Query] {
	return lru.New(parsedBytes, func(k parsedKey, q *query.Query) int64 {
		return int64(len(k.text)+q.Size()) + entryOverhead
	})
}

// countBytes is the memory for exact counts.
const countBytes = 1 << 20

func newCountCache() *lru.Cache[answerKey, int64] {
	return lru.New(countBytes, func(k answerKey, _ int64) int64 { return int64(len(k.query)) + entryOverhead })
}

// outgrows reports whether the answer is certain to have more than size bytes:
// all rows of a table of so many, in each a byte for every value but for
// booleans, which some formats pack. To share it would be to copy its beginning
// for nothing.
func (a *Answer) outgrows(format Format, size int64) bool {
	q, rows := a.query, a.table.Info().Rows
	_, limit := q.Window()
	if q.Operation.Grouped() || !q.Filter.Always() || q.After != nil || limit >= 0 || format.Compressed {
		return false
	}
	values := int64(0)
	count := func(field int) {
		if q.Dataset.Fields[field].Type != datasets.Boolean {
			values++
		}
	}
	if q.Fields == nil {
		for i := range q.Dataset.Fields {
			count(i)
		}
	}
	for _, field := range q.Fields {
		count(field)
	}
	return values > 0 && rows > size/values
}
