package mongodb

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/plan"
)

// All rows of a version are read in ranges of _id, which counts from 0 in load order. A
// few readers take one range after the other, each by a query of its own, and decode the
// documents into batches of columns. There is one reader more than may ask the server at
// once, so that the server has the next query while a range is decoded. The ranges are
// handed on in their order: a reader that is ahead waits, so that there are never more
// ranges in memory than readers and one more.

// defaultRangeRows is how many rows a range has: so many that a query costs little beside
// its rows, and so few that ranges of wide rows fit into memory.
const defaultRangeRows = 4 * engine.BatchRows

// readRange is a range of rows, and what was read of it.
type readRange struct {
	first, end int64 // _id
	rows       int64
	decoders   []*decoder
	batches    []*engine.Batch
	err        error
	read       chan struct{} // closed once batches or err are set
}

// ReadRows reads all rows of the version, in load order, with so many queries at once, and
// hands them to write in batches of the dataset's fields; write is called by one goroutine
// and need not keep a batch. It fails if there are not as many rows as were published.
func (t *table) ReadRows(ctx context.Context, queries int, write func(*engine.Batch) error) error {
	if t.info.Unmanaged {
		return t.readUnmanaged(ctx, write)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	readers, turns := queries+1, make(turns, queries)
	wanted, ordered := make(chan *readRange), make(chan *readRange, readers)
	free := make(chan []*decoder, 2*readers+1)
	var reading sync.WaitGroup
	defer reading.Wait()
	defer cancel(context.Canceled)
	reading.Go(func() { t.divide(ctx, wanted, ordered) })
	for range readers {
		reading.Go(func() {
			for r := range wanted {
				select {
				case r.decoders = <-free:
				default:
				}
				r.err = t.readRange(ctx, r, turns)
				close(r.read)
			}
		})
	}
	for r := range ordered {
		select {
		case <-r.read:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if r.err != nil {
			return r.err
		}
		for _, b := range r.batches {
			if err := write(b); err != nil {
				return err
			}
		}
		select {
		case free <- r.decoders:
		default:
		}
	}
	return context.Cause(ctx)
}

// divide hands out the ranges: to whoever waits for them in order, and to the readers.
func (t *table) divide(ctx context.Context, wanted, ordered chan<- *readRange) {
	defer close(wanted)
	defer close(ordered)
	for first := int64(0); first < t.info.Rows; first += t.store.rangeRows {
		r := &readRange{first: first, end: min(first+t.store.rangeRows, t.info.Rows), read: make(chan struct{})}
		select {
		case ordered <- r:
		case <-ctx.Done():
			return
		}
		select {
		case wanted <- r:
		case <-ctx.Done():
			return
		}
	}
}

// readRange reads a range. What passes is tried again, from the beginning of the range.
func (t *table) readRange(ctx context.Context, r *readRange, turns turns) error {
	return t.store.retry(ctx, passed, func() error {
		r.rows, r.batches = 0, r.batches[:0]
		return t.tryRange(ctx, r, turns)
	})
}

// turns has room for those who may ask the server at once.
type turns chan struct{}

// take waits for a turn. Whoever takes one gives it back.
func (t turns) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (t turns) give() { <-t }

// passed reports whether a failure of a query is one that passes.
func passed(err error) bool {
	code := fault.CodeOf(err)
	return code == fault.StoreUnavailable || code == fault.Overloaded
}

// rangeTime is how long one attempt to read a range may take. A server that is cut off
// may otherwise be waited for until the system gives the connection up.
const rangeTime = time.Minute

func (t *table) tryRange(ctx context.Context, r *readRange, turns turns) error {
	if err := turns.take(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, rangeTime)
	defer cancel()
	cursor, err := t.aggregate(ctx, func(concern bson.D) bson.D { return t.findRange(r, concern) }, false)
	turns.give()
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeWait)
		defer cancel()
		_ = cursor.Close(ctx) // whatever is wrong with it, it is not needed any more
	}()
	asking, done := withoutDeadline(ctx)
	defer done()
	next := func() bool {
		if cursor.RemainingBatchLength() == 0 && cursor.ID() != 0 && turns.take(ctx) == nil {
			defer turns.give()
		}
		return cursor.Next(asking)
	}
	for next() {
		size := min(cursor.RemainingBatchLength()+1, engine.BatchRows)
		d, n := r.decoder(t), 0
		d.begin(size)
		for {
			if err := d.row(n, cursor.Current); err != nil {
				return &fault.Error{Code: fault.Internal, Err: fmt.Errorf("read rows of %s: %w", t.collection, err)}
			}
			if n++; n == size || !next() {
				break
			}
		}
		r.batches = append(r.batches, d.end(n))
		r.rows += int64(n)
	}
	if err := cursor.Err(); err != nil {
		return t.store.failure(ctx, "read rows of "+t.collection, err)
	}
	if r.rows != r.end-r.first {
		return &fault.Error{Code: fault.Internal, Err: fmt.Errorf("%s has %d rows with _id from %d to %d, and not %d", t.collection, r.rows, r.first, r.end-1, r.end-r.first)}
	}
	return nil
}

// decoder returns a decoder for the range's next batch.
func (r *readRange) decoder(t *table) *decoder {
	if at := len(r.batches); at < len(r.decoders) {
		return r.decoders[at]
	}
	columns := make([]plan.Column, len(t.dataset.Fields))
	for i := range columns {
		columns[i] = plan.Column{Name: t.dataset.Fields[i].Name, Type: t.dataset.Fields[i].Type}
	}
	d := newDecoder(columns, false)
	r.decoders = append(r.decoders, d)
	return d
}

// findRange writes the query of a range.
func (t *table) findRange(r *readRange, concern bson.D) bson.D {
	command := bson.D{
		{Key: "find", Value: t.collection},
		{Key: "filter", Value: bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: r.first}, {Key: "$lt", Value: r.end}}}}},
		{Key: "sort", Value: bson.D{{Key: "_id", Value: 1}}},
		{Key: "batchSize", Value: r.end - r.first + 1}, // so that the server sees that there are no more
	}
	if len(concern) > 0 {
		command = append(command, bson.E{Key: "readConcern", Value: concern})
	}
	return command
}
