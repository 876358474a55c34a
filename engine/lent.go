package engine

import (
	"sync"

	"herbarium/engine/memory"
)

// lent are the kept answers that readers have. A slow reader has one for long after the
// cache has let go of it, so they are counted beside the cache: each once, however many
// read it.
type lent struct {
	mu sync.Mutex
	of map[*byte]*loan
}

// loan is one answer's bytes.
type loan struct {
	readers int
	claim   *memory.Claim
}

// minLent is the size from which answers are counted: smaller ones lie in the buffers of
// the connection, or nearly.
const minLent = 4 * chunkBytes

// lend counts a reader of the bytes, and returns what to give back; nil where nothing is.
// The error is that of memory.Claim.Take.
func (e *Engine) lend(bytes []byte) (*byte, error) {
	if e.options.Memory == nil || len(bytes) < minLent {
		return nil, nil
	}
	l, name := &e.lent, &bytes[0]
	l.mu.Lock()
	defer l.mu.Unlock()
	known := l.of[name]
	if known == nil {
		claim := e.options.Memory.Claim()
		if err := claim.Take(int64(cap(bytes))); err != nil {
			return nil, err
		}
		if l.of == nil {
			l.of = map[*byte]*loan{}
		}
		known = &loan{claim: claim}
		l.of[name] = known
	}
	known.readers++
	return name, nil
}

// giveBack ends what lend began.
func (l *lent) giveBack(name *byte) {
	if name == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	known := l.of[name]
	if known.readers--; known.readers == 0 {
		known.claim.Release()
		delete(l.of, name)
	}
}
