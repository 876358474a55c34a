package engine

import (
	"context"
	"herbarium/engine/query"
	"io"
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

	whole  []byte // a cached answer's bytes, until they are returned
	flight *flight
	stream *stream
	// again starts the run anew, where another caller took the stream.
	again  starter
	engine *Engine
	table  Table
	query  *query.Query
	key    answerKey
	at     int    // how many bytes of the flight were returned
	first  []byte // a stream's first chunk, until it is returned
	coded  *coded // nil where chunks go out as they are
}

// Answer runs the query and encodes what it finds. It returns once there is
// something to send, so that most errors come before the first byte. The
// caller closes the answer.
//
// An answer that was given before, to any spelling of the query, comes from
// the cache; equal ones that are asked for at the same time run once. Either
// way the bytes are the same.
//
// The error is that of Table; UnknownOperation where the dataset has no such
// operation, Gone where the version that the query would go on with is no longer
// kept, TooSlow where the first chunk took longer than Options.Timeout.
func (e *Engine) Answer(ctx context.Context, q *query.Query, format Format) (*Answer, error) {
	table, err := e.table(ctx, q)
	if err != nil {
		return nil, err
	}
	a := &Answer{engine: e, table: table, query: q, Size: -1, Version: table.Info().Version}
	a.key = keyOf(q, a.Version, format)
	if hit, ok := e.cached(a.key); ok {
		a.whole, a.Tag, a.Size = hit.bytes, hit.tag, int64(len(hit.bytes))
		a.ends(hit.end)
		return a, nil
	}
	start := func(ctx context.Context) (*stream, []byte, error) {
		p, err := q.Plan()
		if err != nil {
			return nil, nil, err
		}
		return e.openStream(ctx, table, p, format)
	}
	if a.Version == "" || e.answers == nil || a.outgrows(format) {
		return a, a.direct(ctx, start)
	}
	a.Tag, a.again = a.key.tag(), start
	a.flight = e.join(ctx, a.key, start)
	var end PageEnd
	if a.Size, end, err = a.flight.ready(ctx); err != nil {
		e.leave(a.key, a.flight)
		return nil, err
	}
	a.ends(end)
	return a, nil
}

// ends takes in where the answer ends.
func (a *Answer) ends(end PageEnd) {
	a.Total, a.More = end.Total, end.More
	if !a.query.Operation.Grouped() && len(a.query.Filter) == 0 {
		a.Total = a.table.Info().Rows
	}
	if a.More {
		a.Token = a.query.Token(query.Mark{Version: a.Version, Last: end.Last})
	}
}

// Count counts what the query matches, on all pages, and sets Total. Its errors
// are those of Answer.
func (a *Answer) Count(ctx context.Context) error {
	if a.Total >= 0 {
		return nil
	}
	key := a.key
	key.format, key.query = "", a.query.Condition()
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
	ctx, cancel := a.engine.deadline(ctx)
	defer cancel()
	total, err := a.table.Count(ctx, p)
	if err != nil {
		return failure(err)
	}
	if a.Total = total; a.Version != "" {
		a.engine.counts.Add(key, total)
	}
	return nil
}

// direct runs the query for this caller alone.
func (a *Answer) direct(ctx context.Context, start starter) error {
	if a.Version != "" {
		a.Tag = a.key.tag()
	}
	var err error
	if a.stream, a.first, err = start(ctx); err != nil && err != io.EOF {
		return err
	}
	if a.stream.ended {
		a.Size = int64(len(a.first))
	}
	a.ends(a.stream.end)
	return nil
}

// Tag returns the Tag that the query's answer would have now, without running
// it; "" where the rows have no version.
//
// The coding is the name of a content coding, "" for none. The errors are those
// of Table, and Gone where the version that the query would go on with is no
// longer kept.
func (e *Engine) Tag(ctx context.Context, q *query.Query, format Format, coding string) (string, error) {
	table, err := e.table(ctx, q)
	if err != nil {
		return "", err
	}
	key := keyOf(q, table.Info().Version, format)
	if key.coding = coding; key.version == "" {
		return "", nil
	}
	if hit, ok := e.cached(key); ok {
		return hit.tag, nil
	}
	return key.tag(), nil
}

// Next returns the next chunk of bytes, or io.EOF after the last. The chunk
// must not be changed and is valid until the next call. The error is an *fault.Error
// with code TooSlow where the chunk took longer than Options.Timeout,
// StoreUnavailable or another code; or it is the context's.
func (a *Answer) Next(ctx context.Context) ([]byte, error) {
	if a.coded != nil {
		return a.coded.next(ctx, a.next)
	}
	return a.next(ctx)
}

// next returns the next chunk before coding.
func (a *Answer) next(ctx context.Context) ([]byte, error) {
	switch {
	case a.stream != nil:
		if a.first != nil {
			chunk := a.first
			a.first = nil
			return chunk, nil
		}
		return a.stream.next(ctx)
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
	return a.next(ctx)
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
	if a.stream != nil {
		err = a.stream.close()
		a.stream = nil
	}
	if a.flight != nil {
		a.engine.leave(a.key, a.flight)
		a.flight = nil
	}
	a.whole = nil
	return err
}
