package engine

import (
	"context"
	"io"
	"sync"
)

// flight is one run of a query that several callers wait for. It belongs to no
// caller: it ends when it is done or when the last of them has left.
//
// What it encodes goes into buf, which only grows, so that every caller reads
// it at their own pace. An answer that outgrows its share of the cache, or makes
// all that is under way outgrow the whole of it, stops being
// shared: the first caller to reach the end of buf takes the stream over, and
// the others run the query again from where they are.
type flight struct {
	cancel context.CancelFunc

	mu      sync.Mutex
	changed chan struct{} // closed, and made anew, whenever what follows changes
	buf     []byte
	end     PageEnd // once there is something in buf, or err
	err     error   // io.EOF once buf is the whole answer
	large   *stream // set once the answer is too large to share; nil again when taken
	shared  bool    // false once the answer is known to be too large
	run     Run     // once err is set
	// callers changes with the engine's mutex held too, so that none joins a
	// flight whose last has left.
	callers int
}

// starter starts a run and returns its first chunk, or io.EOF where there is
// none.
type starter func(context.Context) (*stream, []byte, error)

// join returns the flight of key, starting one if there is none, and reports whether
// there was one.
func (e *Engine) join(ctx context.Context, key answerKey, start starter) (f *flight, shared bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if f, ok := e.flights[key]; ok {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.callers++
		return f, true
	}
	// The run must outlive the caller who happened to come first.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f = &flight{cancel: cancel, changed: make(chan struct{}), shared: true, callers: 1}
	e.flights[key] = f
	e.running.Go(func() {
		e.fly(ctx, key, f, start)
	})
	return f, false
}

// fly runs the query into f.buf until it ends, fails or grows too large.
func (e *Engine) fly(ctx context.Context, key answerKey, f *flight, start starter) {
	s, chunk, err := start(ctx)
	end := noPageEnd
	if s != nil {
		end = s.end
	}
	for ; ; chunk, err = s.next(ctx) {
		if err != nil {
			if s != nil {
				if closed := s.close(); err == io.EOF && closed != nil {
					err = failure(closed)
				}
			}
			if err == io.EOF {
				e.answers.Add(key, encoded{tag: key.tag(), end: end, rows: s.record.Rows, bytes: f.buf})
			}
			e.land(key, f, func() {
				f.end, f.err = end, err
				if s != nil {
					f.run = s.record.Run
				}
			})
			return
		}
		f.mu.Lock()
		f.end = end
		f.buf = append(f.buf, chunk...)
		if f.callers > 0 {
			e.held.Add(int64(len(chunk)))
		}
		if len(f.buf) > e.answers.maxAnswer() || e.held.Load() > e.maxHeld() {
			f.mu.Unlock()
			e.land(key, f, func() { f.large, f.shared = s, false })
			return
		}
		f.wake()
		f.mu.Unlock()
	}
}

// land takes the flight off the board, so that who comes now starts anew, and
// says how it ended.
func (e *Engine) land(key answerKey, f *flight, outcome func()) {
	e.mu.Lock()
	if e.flights[key] == f {
		delete(e.flights, key)
	}
	e.mu.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	outcome()
	f.wake()
	if f.callers == 0 && f.large != nil {
		_ = f.large.close() // nobody is left to be told
		f.large = nil
	}
}

func (f *flight) wake() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// leave is a caller's end. The last one ends the run.
func (e *Engine) leave(key answerKey, f *flight) {
	e.mu.Lock()
	f.mu.Lock()
	f.callers--
	last := f.callers == 0
	if last && e.flights[key] == f {
		// A caller who comes now must not join a run that is being cancelled.
		delete(e.flights, key)
	}
	large := f.large
	if last {
		f.large = nil
		e.held.Add(-int64(len(f.buf)))
	}
	f.mu.Unlock()
	e.mu.Unlock()
	if !last {
		return
	}
	if large != nil {
		_ = large.close()
	}
	f.cancel()
}

// read waits for bytes after at and returns those that are there. At the end
// of an answer that is not shared, taken is the stream for the caller to go on
// with, or nil where another has it. The error is io.EOF at the end.
func (f *flight) read(ctx context.Context, at int) (chunk []byte, taken *stream, err error) {
	for {
		f.mu.Lock()
		switch {
		case at < len(f.buf):
			chunk = f.buf[at:len(f.buf):len(f.buf)]
		case f.err != nil:
			err = f.err
		case !f.shared:
			taken, f.large = f.large, nil
		default:
			changed := f.changed
			f.mu.Unlock()
			select {
			case <-changed:
				continue
			case <-ctx.Done():
				return nil, nil, ctx.Err()
			}
		}
		f.mu.Unlock()
		return chunk, taken, err
	}
}

// ready waits until there is something to send: the end, a chunk's worth, or
// an error before the first byte. It returns the size, where it is known, and
// where the answer ends.
func (f *flight) ready(ctx context.Context) (size int64, end PageEnd, err error) {
	for {
		f.mu.Lock()
		failed, n, shared, changed := f.err, len(f.buf), f.shared, f.changed
		end = f.end
		f.mu.Unlock()
		switch {
		case failed == io.EOF:
			return int64(n), end, nil
		case failed != nil && n == 0:
			return 0, end, failed
		case failed != nil || n >= chunkBytes || !shared:
			return -1, end, nil //nolint:nilerr // an error half-way comes when it is reached
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return 0, end, ctx.Err()
		}
	}
}
