package mongodb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"herbarium/engine"
)

// closeWait bounds the telling of the server that a cursor is not needed.
const closeWait = 2 * time.Second

// rows is the cursor of an answer.
type rows struct {
	store      *Store
	cursor     *mongo.Cursor
	collection string
	decoder    *decoder
	closed     bool
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
	if !r.cursor.Next(asking) {
		if err := r.cursor.Err(); err != nil {
			return nil, r.fail(ctx, err)
		}
		return nil, io.EOF
	}
	size := min(r.cursor.RemainingBatchLength()+1, engine.BatchRows)
	r.decoder.begin(size)
	for i := 0; ; {
		if err := r.decoder.row(i, r.cursor.Current); err != nil {
			r.close()
			return nil, &engine.Error{Code: engine.Internal, Err: fmt.Errorf("read the answer of %s: %w", r.collection, err)}
		}
		if i++; i == size {
			return r.decoder.end(size), nil
		}
		// What remains of the server's answer needs no waiting.
		if !r.cursor.Next(asking) {
			return nil, r.fail(ctx, errors.Join(r.cursor.Err(), io.ErrUnexpectedEOF))
		}
	}
}

// fail closes the cursor, so that the server stops working for it at once.
func (r *rows) fail(ctx context.Context, err error) error {
	err = r.store.failure(ctx, "read from "+r.collection, err)
	r.close()
	return err
}

// Close lets go of the answer; it may be called more than once.
func (r *rows) Close() error {
	r.close()
	return nil
}

// close lets go of the cursor. An error is of no use: the server drops a
// cursor that nobody asks for by itself.
func (r *rows) close() {
	if r.closed {
		return
	}
	r.closed = true
	ctx, cancel := context.WithTimeout(context.Background(), closeWait)
	defer cancel()
	_ = r.cursor.Close(ctx)
}
