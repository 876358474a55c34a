package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"herbarium/engine/internal/lru"
)

// answerFiles makes whole answers and keeps those that are too large for the
// cache in temp files. A client that reads an answer by ranges asks for it
// several times; the query runs once.
//
// A file has no name in the file system where the system allows that, so that
// none is left behind after a crash. It is removed when it was not read for
// keep, or when others need its space; never while it is read.
type answerFiles struct {
	limit int64         // bytes of all files
	max   int64         // bytes of one
	keep  time.Duration // since the last reader

	mu    sync.Mutex
	used  int64
	files map[answerKey]*answerFile
	// hits and misses count what was looked for.
	hits, misses int64
	large        *lru.Cache[answerKey, struct{}] // answers that are known to be larger than max
}

// answerFile is one whole answer, in memory or in a file, or on its way there.
type answerFile struct {
	key    answerKey
	cancel context.CancelFunc
	done   chan struct{} // closed once the answer is whole, or failed

	// These are set before done is closed.
	end   PageEnd
	run   Run
	bytes []byte   // of an answer that fits into the cache
	file  *os.File // of a larger one
	err   error

	// These need the mutex of answerFiles.
	size    int64 // of the file
	readers int
	removed bool
	idle    *time.Timer // removes the file; nil while it is read
}

// errTooLarge says that an answer cannot be kept.
var errTooLarge = errors.New("the answer is too large to keep")

// keepFiles is how long a file is kept after its last reader.
const keepFiles = 5 * time.Minute

// filesPerAnswer is how many of the largest answers fit into the space for files.
const filesPerAnswer = 4

func newAnswerFiles(limit int64) *answerFiles {
	return &answerFiles{
		limit: limit, max: limit / filesPerAnswer, keep: keepFiles,
		files: map[answerKey]*answerFile{},
		large: lru.New(1<<20, func(k answerKey, _ struct{}) int64 { return int64(len(k.query)) + entryOverhead }),
	}
}

// maxWhole is the size in bytes above which an answer is never whole: it is
// streamed, and no range of it can be asked for.
func (e *Engine) maxWhole() int64 {
	return max(e.maxCached(), e.files.max)
}

// maxCached is the size in bytes above which an answer is not kept in memory.
func (e *Engine) maxCached() int64 {
	if e.answers == nil {
		return 0
	}
	return int64(e.answers.maxAnswer())
}

// maxHeld is how many bytes the answers on their way may have that others can join.
func (e *Engine) maxHeld() int64 {
	if e.answers == nil {
		return 0
	}
	return e.answers.limit.Load()
}

// open returns the key's file if there is a whole one. The caller closes it.
func (s *answerFiles) open(key answerKey) (*answerFile, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f, ok := s.files[key]; ok {
		select {
		case <-f.done:
			s.hold(f)
			s.hits++
			return f, true
		default:
		}
	}
	s.misses++
	return nil, false
}

// hold counts a reader; the mutex is locked.
func (s *answerFiles) hold(f *answerFile) {
	f.readers++
	if f.idle != nil {
		f.idle.Stop()
		f.idle = nil
	}
}

// close ends one reader of f. The last one of an answer that is not whole yet
// ends its run.
func (s *answerFiles) close(f *answerFile) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.readers--; f.readers > 0 {
		return
	}
	select {
	case <-f.done:
	default:
		// Whoever comes now must not wait for a run that is being cancelled.
		s.remove(f)
		f.cancel()
		return
	}
	if f.removed || f.file == nil {
		s.remove(f)
		s.erase(f)
		return
	}
	f.idle = time.AfterFunc(s.keep, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if f.readers == 0 && !f.removed {
			s.remove(f)
			s.erase(f)
		}
	})
}

// remove takes f off the list; the mutex is locked.
func (s *answerFiles) remove(f *answerFile) {
	if s.files[f.key] == f {
		delete(s.files, f.key)
	}
	f.removed = true
}

// erase frees what f holds; the mutex is locked.
func (s *answerFiles) erase(f *answerFile) {
	s.used -= f.size
	f.size = 0
	if f.file != nil {
		_ = f.file.Close()           // it was only read
		_ = os.Remove(f.file.Name()) // it is gone already where names go first
		f.file = nil
	}
}

// reserve takes n more bytes for f, from files that nobody reads if it must.
func (s *answerFiles) reserve(f *answerFile, n int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.size+n > s.max {
		s.large.Add(f.key, struct{}{})
		return errTooLarge
	}
	for s.used+n > s.limit {
		idle := s.idleFile()
		if idle == nil {
			return errTooLarge
		}
		idle.idle.Stop()
		s.remove(idle)
		s.erase(idle)
	}
	s.used += n
	f.size += n
	return nil
}

// idleFile returns a file that nobody reads, or nil. There are few files, so
// any of them does: all were read within keep.
func (s *answerFiles) idleFile() *answerFile {
	for _, f := range s.files {
		if f.idle != nil {
			return f
		}
	}
	return nil
}

// clear removes the files; none is read any more.
func (s *answerFiles) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.files {
		if f.idle != nil {
			f.idle.Stop()
		}
		s.remove(f)
		s.erase(f)
	}
}

// whole returns the key's answer as a whole, from one run for all who ask at the
// same time, and reports whether that is another caller's. The error is errTooLarge
// if it cannot be kept. The caller closes it.
func (e *Engine) whole(ctx context.Context, key answerKey, start starter) (whole *answerFile, shared bool, err error) {
	s := e.files
	s.mu.Lock()
	f, shared := s.files[key]
	if shared {
		s.hold(f)
	} else {
		// The run must outlive the caller who happened to come first.
		run, cancel := context.WithCancel(context.WithoutCancel(ctx))
		f = &answerFile{key: key, cancel: cancel, done: make(chan struct{}), readers: 1}
		s.files[key] = f
		e.running.Go(func() {
			defer cancel()
			e.write(run, f, start)
		})
	}
	s.mu.Unlock()
	select {
	case <-f.done:
	case <-ctx.Done():
		s.close(f)
		return nil, shared, ctx.Err()
	}
	if f.err != nil {
		s.close(f)
		return nil, shared, f.err
	}
	return f, shared, nil
}

// write runs the query into f.
func (e *Engine) write(ctx context.Context, f *answerFile, start starter) {
	w := answerWriter{engine: e, f: f}
	stream, chunk, err := start(ctx)
	f.end = noPageEnd
	if stream != nil {
		f.end = stream.end
		defer func() { _ = stream.close() }() // what was read is whole all the same
	}
	for ; err == nil; chunk, err = stream.next(ctx) {
		if err = w.write(chunk); err != nil {
			break
		}
	}
	e.held.Add(-int64(len(w.buf)))
	if stream != nil {
		f.run = stream.record.Run
	}
	s := e.files
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err != io.EOF:
		f.err = err
		s.remove(f)
		s.erase(f)
	case f.file == nil:
		f.bytes = w.buf
		if e.answers != nil {
			e.answers.Add(f.key, encoded{tag: f.key.tag(), end: f.end, rows: f.run.Rows, bytes: f.bytes})
		}
		s.remove(f)
	case f.readers == 0:
		s.erase(f)
	}
	close(f.done)
}

// answerWriter writes an answer to memory, and to a file once it is too large.
type answerWriter struct {
	engine *Engine
	f      *answerFile
	buf    []byte
}

func (w *answerWriter) write(chunk []byte) error {
	e := w.engine
	if w.f.file == nil {
		fits := int64(len(w.buf)+len(chunk)) <= e.maxCached() && e.held.Load()+int64(len(chunk)) <= e.maxHeld()
		if fits {
			w.buf = append(w.buf, chunk...)
			e.held.Add(int64(len(chunk)))
			return nil
		}
		if err := w.spill(); err != nil {
			return err
		}
	}
	return w.toFile(chunk)
}

// spill begins the file with what was in memory.
func (w *answerWriter) spill() error {
	if w.engine.files.max == 0 {
		w.engine.files.large.Add(w.f.key, struct{}{})
		return errTooLarge
	}
	file, err := os.CreateTemp("", "herbarium-answer-*")
	if err != nil {
		return fmt.Errorf("%w: %w", errTooLarge, err)
	}
	_ = os.Remove(file.Name()) // where this fails, erase does it
	w.f.file = file
	err = w.toFile(w.buf)
	w.engine.held.Add(-int64(len(w.buf)))
	w.buf = nil
	return err
}

func (w *answerWriter) toFile(chunk []byte) error {
	if err := w.engine.files.reserve(w.f, int64(len(chunk))); err != nil {
		return err
	}
	if _, err := w.f.file.Write(chunk); err != nil {
		return fmt.Errorf("%w: %w", errTooLarge, err)
	}
	return nil
}
