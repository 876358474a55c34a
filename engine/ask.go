package engine

import (
	"context"
	"errors"
	"io"

	"herbarium/engine/query"
)

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
	return e.ask(ctx, q, format, (*Answer).run)
}

// WholeAnswer is Answer for a caller who wants to know the size, or a part of
// the bytes: it returns once the answer is whole. An answer that is too large to
// keep is returned as Answer does.
func (e *Engine) WholeAnswer(ctx context.Context, q *query.Query, format Format) (*Answer, error) {
	return e.ask(ctx, q, format, (*Answer).runWhole)
}

// runner runs the query of an answer that is not kept.
type runner func(*Answer, context.Context, Format) (*Answer, error)

// ask returns the answer if it is kept, else what run makes of it, within the limits of
// the context.
func (e *Engine) ask(ctx context.Context, q *query.Query, format Format, run runner) (*Answer, error) {
	if l, ok := limitsOf(ctx); ok {
		return e.limited(ctx, l, q, format, run)
	}
	a, err := e.find(ctx, q, format)
	if err != nil || a.Size >= 0 {
		return a, err
	}
	return run(a, ctx, format)
}

// runWhole runs the query, and keeps its answer if it is not too large.
func (a *Answer) runWhole(ctx context.Context, format Format) (*Answer, error) {
	if a.Ranges {
		f, shared, err := a.engine.whole(ctx, a.key, a.again)
		if err == nil {
			a.from(shared)
			a.ran = &f.run
			a.open(f)
			if a.lent, err = a.engine.lend(a.whole); err != nil {
				_ = a.Close()
				return nil, err
			}
			return a, nil
		}
		if !errors.Is(err, errTooLarge) {
			return nil, err
		}
		a.Ranges = false
	}
	return a.run(ctx, format)
}

// find returns the answer if it is kept, else one that has yet to run.
func (e *Engine) find(ctx context.Context, q *query.Query, format Format) (*Answer, error) {
	table, err := e.table(ctx, q)
	if err != nil {
		return nil, err
	}
	a := &Answer{engine: e, table: table, query: q, Size: -1, Total: -1, Source: FromRun, Version: table.Info().Version}
	a.key = e.keyOf(q, table.Info(), format)
	if hit, ok := e.cached(a.key); ok {
		if a.lent, err = e.lend(hit.bytes); err != nil {
			return nil, err
		}
		a.whole, a.Tag, a.Size, a.Ranges = hit.bytes, hit.tag, int64(len(hit.bytes)), true
		a.Source, a.rows = FromCache, hit.rows
		a.ends(hit.end)
		return a, nil
	}
	a.again = func(ctx context.Context) (*stream, []byte, error) {
		return e.openStream(ctx, table, q, format)
	}
	if a.Version == "" {
		return a, nil
	}
	a.Tag = a.key.tag()
	if f, ok := e.files.open(a.key); ok {
		a.Source, a.rows = FromFile, f.run.Rows
		a.open(f)
		return a, nil
	}
	if !a.outgrows(format, e.maxWhole()) {
		_, large := e.files.large.Get(a.key)
		a.Ranges = !large
	}
	return a, nil
}

// run starts the query, for this caller alone if the answer is certain not to be
// kept.
func (a *Answer) run(ctx context.Context, format Format) (*Answer, error) {
	e := a.engine
	if a.Version == "" || e.answers == nil || a.outgrows(format, e.maxCached()) {
		return a, a.direct(ctx)
	}
	var shared bool
	a.flight, shared = e.join(ctx, a.key, a.again)
	a.from(shared)
	var end PageEnd
	var err error
	if a.Size, end, err = a.flight.ready(ctx); err != nil {
		e.leave(a.key, a.flight)
		return nil, err
	}
	a.ends(end)
	return a, nil
}

// from notes whether the run is another caller's.
func (a *Answer) from(shared bool) {
	if shared {
		a.Source = FromShared
		a.engine.shared.Add(1)
	}
}

// direct runs the query for this caller alone.
func (a *Answer) direct(ctx context.Context) error {
	var err error
	if a.stream, a.first, err = a.again(ctx); err != nil && err != io.EOF {
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
	tag, _, err := e.TagOf(ctx, q, format, coding)
	return tag, err
}

// TagOf is as Tag, and returns as well what is known of the rows that the answer would be of.
func (e *Engine) TagOf(ctx context.Context, q *query.Query, format Format, coding string) (string, TableInfo, error) {
	table, err := e.table(ctx, q)
	if err != nil {
		return "", TableInfo{}, err
	}
	info := table.Info()
	key := e.keyOf(q, info, format)
	if key.coding = coding; key.version == "" {
		return "", info, nil
	}
	if hit, ok := e.cached(key); ok {
		return hit.tag, info, nil
	}
	return key.tag(), info, nil
}
