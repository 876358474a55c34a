package mongodb

import (
	"context"
	"errors"
	"fmt"
	"io"

	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/plan"
)

// rows is the cursor of an answer.
type rows struct {
	table   *table
	plan    *plan.Plan
	cursor  *answer
	decoder *decoder
	finish  func(*engine.Batch) *engine.Batch // makes an answer's rows; nil where they are as decoded
	begun   bool
	first   int64 // rows of the server's first answer
	whole   bool  // that answer was all
	closed  bool
	resumption
}

// Next returns what the server sent at once, up to engine.BatchRows: waiting
// for more would hold back rows that are here.
func (r *rows) Next(ctx context.Context) (*engine.Batch, error) {
	if r.closed {
		return nil, io.EOF
	}
	if err := ctx.Err(); err != nil {
		return nil, r.fail(ctx, err)
	}
	asking, done := withoutDeadline(ctx)
	defer done()
	more := r.cursor.Next(asking)
	for err := r.cursor.Err(); err != nil; err = r.cursor.Err() {
		if !r.resumes(ctx, err) {
			return nil, r.fail(ctx, err)
		}
		if err := r.resume(ctx); err != nil {
			return nil, err
		}
		more = r.cursor.Next(asking)
	}
	if err := r.begin(ctx, more); err != nil {
		return nil, err
	}
	if !more {
		return nil, r.end(ctx)
	}
	size := min(r.cursor.RemainingBatchLength()+1, engine.BatchRows)
	r.decoder.begin(size)
	for i := 0; ; {
		if err := r.decoder.row(i, r.cursor.Current); err != nil {
			r.close()
			return nil, &fault.Error{Code: fault.Internal, Err: fmt.Errorf("read the answer of %s: %w", r.table.collection, err)}
		}
		if i++; i == size {
			r.read += int64(size)
			batch := r.decoder.end(size)
			if r.finish != nil {
				batch = r.finish(batch)
			}
			return batch, nil
		}
		// What remains of the server's answer needs no waiting.
		if !r.cursor.Next(asking) {
			return nil, r.fail(ctx, errors.Join(r.cursor.Err(), io.ErrUnexpectedEOF))
		}
	}
}

// begin takes in the first answer, which may have no rows, as may that of a cursor which
// another one follows.
func (r *rows) begin(ctx context.Context, some bool) error {
	if r.begun && !r.resumed {
		return nil
	}
	r.resumed = false
	if !r.begun {
		r.begun, r.whole = true, r.cursor.ID() == 0
		if some {
			r.first = int64(r.cursor.RemainingBatchLength()) + 1
		}
	}
	if some {
		return nil
	}
	return r.table.stillKept(ctx, r.cursor.session.OperationTime())
}

// end is io.EOF, unless the answer lacks rows.
func (r *rows) end(ctx context.Context) error {
	if r.read > 0 {
		if err := r.table.onAllShards(ctx, r.cursor.session.OperationTime()); err != nil {
			r.close()
			return err
		}
	}
	return io.EOF
}

// PageEnd returns where the page ends. A page that is not full is the last one.
// What follows a full page of rows is asked for; groups would have to be made
// anew for that, so a full page of them is taken to have more after it.
func (r *rows) PageEnd(ctx context.Context) (engine.PageEnd, error) {
	switch {
	case r.whole && r.first < r.plan.Limit:
		return endOfStream(r.plan, r.first), nil
	case r.plan.Groups == nil:
		return r.table.pageEnd(ctx, r.plan)
	}
	return engine.PageEnd{More: true, Total: -1}, nil
}

// fail closes the cursor, so that the server stops working for it at once.
func (r *rows) fail(ctx context.Context, err error) error {
	err = r.table.store.failure(ctx, "read from "+r.table.collection, err)
	r.close()
	return err
}

// Close lets go of the answer; it may be called more than once.
func (r *rows) Close() error {
	r.close()
	return nil
}

// close lets go of the cursor.
func (r *rows) close() {
	if r.closed {
		return
	}
	r.closed = true
	r.letGo()
}
