package engine

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"herbarium/engine/memory"
	"herbarium/engine/query"
)

// Answer is an answer on its way: encoded chunks, whole or streamed. It is
// used by one goroutine.
type Answer struct {
	Version string // of the rows; "" where it is unknown
	Tag     string // identifies the bytes, for an ETag (unquoted); "" where the version is unknown
	Size    int64  // of all chunks together, in bytes; negative where it is not known yet
	// Total counts what the query matches, on all pages; negative where the
	// count is not known without counting (see Count).
	Total int64
	// More says that rows or groups follow the page.
	More bool
	// Token is that with which a query of rows goes on after the page; ""
	// where nothing follows, or the answer is no page of rows.
	Token string

	// Source is where the bytes come from.
	Source Source
	// Ranges says that any range of the answer can be asked for: it is whole, or
	// WholeAnswer is likely to make it whole.
	Ranges bool

	whole  []byte // a cached answer's bytes, until they are returned
	file   *answerFile
	flight *flight
	stream *stream
	// again starts the run anew, where another caller took the stream.
	again  starter
	engine *Engine
	table  Table
	query  *query.Query
	key    answerKey
	at     int           // how many bytes of the flight or file were returned
	first  []byte        // a stream's first chunk, until it is returned; a file's buffer
	coded  *coded        // nil where chunks go out as they are
	most   int64         // how many bytes there may be, before coding; 0: no bound
	given  int64         // how many bytes were returned, before coding
	ran    *Run          // of an answer that was closed; nil where it is not known
	rows   int64         // of a kept answer
	lent   *byte         // the first of whole, while it is counted as lent
	claim  *memory.Claim // of what coding takes
}

// Source is where the bytes of an answer come from.
type Source string

// The sources of answers: the cache in memory, a file, a run that another caller
// began, a run of its own.
const (
	FromCache  Source = "hit"
	FromFile   Source = "file"
	FromShared Source = "shared"
	FromRun    Source = "miss"
)

// Run returns what is known of the run that the bytes come from: all once the answer
// was read to its end, or closed. It is false for an answer that was kept, and
// while another caller's run goes on.
func (a *Answer) Run() (Run, bool) {
	switch {
	case a.ran != nil:
		return *a.ran, true
	case a.stream != nil:
		return a.stream.record.Run, true
	case a.flight != nil:
		a.flight.mu.Lock()
		defer a.flight.mu.Unlock()
		return a.flight.run, a.flight.run.Query != nil
	}
	return Run{}, false
}

// Fingerprint is that which the query names; "" for none.
func (a *Answer) Fingerprint() string { return a.query.Fingerprint }

// keepRun keeps what is known of the run, before what it is known from goes.
func (a *Answer) keepRun() {
	if a.ran != nil || a.stream == nil && a.flight == nil {
		return // as for every answer that was kept
	}
	if r, ok := a.Run(); ok {
		a.ran = &r
	}
}

// Table returns what is known of the rows that the answer is of.
func (a *Answer) Table() TableInfo { return a.table.Info() }

// Rows returns how many rows the answer has; those that were read so far while
// it is on its way, and negative where that is not known.
func (a *Answer) Rows() int64 {
	if a.Source == FromCache || a.Source == FromFile {
		return a.rows
	}
	if r, ok := a.Run(); ok {
		return r.Rows
	}
	return -1
}

// open makes the answer one of a file.
func (a *Answer) open(f *answerFile) {
	a.Ranges = true
	a.ends(f.end)
	if f.file == nil {
		a.whole, a.Size = f.bytes, int64(len(f.bytes))
		a.engine.files.close(f)
		return
	}
	a.file, a.Size = f, f.size
}

// Content returns the bytes of an answer that is whole and not coded, to be read
// at any position until Close; nil if it is not at hand as a whole.
func (a *Answer) Content() io.ReadSeeker {
	switch {
	case a.file != nil:
		return io.NewSectionReader(a.file.file, 0, a.Size)
	case a.Size < 0 || a.flight != nil || a.stream != nil:
		return nil
	}
	return bytes.NewReader(a.whole)
}

// ends takes in where the answer ends.
func (a *Answer) ends(end PageEnd) {
	a.Total, a.More = end.Total, end.More
	if !a.query.Operation.Grouped() && a.query.Filter.Always() {
		a.Total = a.table.Info().Rows
	}
	if a.More {
		a.Token = a.query.Token(query.Mark{Version: a.Version, Last: end.Last, Values: end.LastValues})
	}
}

// Count counts what the query matches, on all pages, and sets Total. Its errors
// are those of Answer.
func (a *Answer) Count(ctx context.Context) error {
	if a.Total >= 0 {
		return nil
	}
	key := a.key
	key.format, key.query = "", a.query.Counted()
	if a.Version != "" {
		if known, ok := a.engine.counts.Get(key); ok {
			a.Total = known
			return nil
		}
	}
	p, err := a.query.Plan()
	if err != nil {
		return err
	}
	l, _ := limitsOf(ctx)
	ctx, end, check := l.begin(ctx)
	defer end()
	ctx, cancel := a.engine.deadline(ctx)
	defer cancel()
	claim := a.engine.options.Memory.Claim()
	defer claim.Release()
	total, err := count(memory.With(ctx, claim), a.table, p)
	if err != nil {
		return check(failure(err))
	}
	if a.Total = total; a.Version != "" {
		a.engine.counts.Add(key, total)
	}
	return nil
}

// Next returns the next chunk of bytes, or io.EOF after the last. The chunk
// must not be changed and is valid until the next call. The error is a *fault.Error
// with code TooSlow where the chunk took longer than Options.Timeout,
// StoreUnavailable or another code; or it is the context's.
func (a *Answer) Next(ctx context.Context) ([]byte, error) {
	if a.coded != nil {
		return a.coded.next(ctx, a.next)
	}
	return a.next(ctx)
}

// next returns the next chunk before coding, within the limit of the caller.
func (a *Answer) next(ctx context.Context) ([]byte, error) {
	chunk, err := a.piece(ctx)
	if a.given += int64(len(chunk)); a.most > 0 && a.given > a.most {
		return nil, tooExpensive("the answer has more than %d bytes, which is the limit here; ask for pages or for fewer fields", a.most)
	}
	return chunk, err
}

// piece returns the next chunk as it comes.
func (a *Answer) piece(ctx context.Context) ([]byte, error) {
	switch {
	case a.stream != nil:
		if a.first != nil {
			chunk := a.first
			a.first = nil
			return chunk, nil
		}
		return a.stream.next(ctx)
	case a.file != nil:
		return a.readFile()
	case a.flight == nil:
		if a.whole == nil {
			return nil, io.EOF
		}
		chunk := a.whole
		a.whole = nil
		return chunk, nil
	}
	chunk, taken, err := a.flight.read(ctx, a.at)
	if err != nil {
		return nil, err
	}
	if chunk != nil {
		a.at += len(chunk)
		return chunk, nil
	}
	if a.stream = taken; taken == nil {
		if err := a.rerun(ctx); err != nil {
			return nil, err
		}
	}
	return a.piece(ctx)
}

// readFile returns the next chunk of the file.
func (a *Answer) readFile() ([]byte, error) {
	left := a.file.size - int64(a.at)
	if left == 0 {
		return nil, io.EOF
	}
	if a.first == nil {
		a.first = make([]byte, chunkBytes)
	}
	chunk := a.first[:min(chunkBytes, left)]
	if _, err := a.file.file.ReadAt(chunk, int64(a.at)); err != nil {
		return nil, failure(fmt.Errorf("read the kept answer: %w", err))
	}
	a.at += len(chunk)
	return chunk, nil
}

// rerun runs the query again and passes over what was returned before: the
// same plan over the same version gives the same bytes.
func (a *Answer) rerun(ctx context.Context) error {
	s, chunk, err := a.again(ctx)
	a.stream = s
	for skip := a.at; ; chunk, err = s.next(ctx) {
		if err != nil {
			return err
		}
		if len(chunk) > skip {
			a.first = chunk[skip:]
			return nil
		}
		skip -= len(chunk)
	}
}

// Close lets go of the answer; others who wait for the same one go on.
func (a *Answer) Close() error {
	var err error
	a.keepRun()
	if a.stream != nil {
		err = a.stream.close()
		a.stream = nil
	}
	if a.flight != nil {
		a.engine.leave(a.key, a.flight)
		a.flight = nil
	}
	if a.file != nil {
		a.engine.files.close(a.file)
		a.file = nil
	}
	a.whole = nil
	a.engine.lent.giveBack(a.lent)
	a.claim.Release()
	a.lent, a.claim = nil, nil
	return err
}
