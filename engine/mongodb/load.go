package mongodb

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
)

const (
	// inserters is how many connections a load writes through. Memory is
	// bounded by one chunk for each, and the one being filled.
	inserters        = 3
	chunkBytes       = 2 << 20
	defaultChunkRows = 10_000
	// maxDocument is how many bytes a document has at most (https://www.mongodb.com/docs/manual/reference/limits/).
	maxDocument = 16 << 20
	// abortWait bounds the taking back of a load.
	abortWait = 10 * time.Second
)

// load is a load under way.
type load struct {
	store   *Store
	dataset *datasets.Dataset
	options engine.LoadOptions
	db      *mongo.Database
	rows    *mongo.Collection
	lease   *lease
	shards  *shardedLoad // nil where the rows are not sharded

	layout *node
	hasher *engine.Hasher
	count  int64
	chunk  chunk
	// extents are those of the fields.
	extents []extent

	// life is the context of all that goes on between calls. It ends with
	// what makes the load impossible as its cause.
	life      context.Context
	end       context.CancelCauseFunc
	chunks    chan chunk
	inserting sync.WaitGroup
	drained   bool
	over      bool // committed or aborted
}

// chunk is documents on their way to the server.
type chunk struct {
	bytes []byte
	ends  []int // of each document in bytes
}

// Begin starts a load into a collection of its own. It first drops what
// earlier loads left behind.
func (s *Store) Begin(ctx context.Context, ds *datasets.Dataset, options engine.LoadOptions) (engine.Load, error) {
	if err := engine.CheckLabel(options.Label); err != nil {
		return nil, err
	}
	db, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(ds.Fields))
	for i := range ds.Fields {
		names[i] = ds.Fields[i].Name
	}
	id := strings.ToLower(rand.Text())
	l := &load{
		store: s, dataset: ds, options: options, db: db, rows: db.Collection(rowsName(ds.Collection, id), majority()),
		layout: newLayout(names), hasher: engine.NewHasher(ds), chunks: make(chan chunk),
		extents: make([]extent, len(ds.Fields)),
	}
	l.life, l.end = context.WithCancelCause(context.WithoutCancel(ctx))
	l.lease = &lease{store: s, name: ds.Collection, dataset: ds.Name, owner: id, lost: l.end}
	earlier, unlisted := s.rowsOf(ctx, db, ds.Collection)
	p, err := s.take(ctx, db, l.lease)
	if err != nil {
		l.end(err)
		return nil, err
	}
	// What the load reads of the dataset must be what its lease holds.
	s.publications.forget(ds.Collection)
	if unlisted != nil {
		s.options.Logger.Warn("leftovers of earlier loads could not be listed", "collection", ds.Collection,
			"error", s.failure(ctx, "list collections", unlisted))
	}
	s.sweep(ctx, db, earlier, p)
	if err := l.prepareShards(ctx); err != nil {
		return nil, errors.Join(err, l.Abort(ctx))
	}
	for range inserters {
		l.inserting.Go(l.insert)
	}
	return l, nil
}

// insert sends chunks to the server until there are no more.
func (l *load) insert() {
	for {
		select {
		case <-l.life.Done():
			return
		case c, more := <-l.chunks:
			if !more {
				return
			}
			if err := l.send(c); err != nil {
				l.end(err)
				return
			}
		}
	}
}

// send inserts a chunk. It may be sent more than once: what is there with a
// row's _id is the row.
func (l *load) send(c chunk) error {
	documents := make([]any, len(c.ends))
	start := 0
	for i, end := range c.ends {
		documents[i] = bson.Raw(c.bytes[start:end])
		start = end
	}
	again := false
	inserting := step{"insert into " + l.rows.Name(), "a majority of the members to store rows", patience * l.store.leaseTime, awaited}
	err := l.store.do(l.life, inserting, func(ctx context.Context) error {
		_, err := l.rows.InsertMany(ctx, documents, options.InsertMany().SetOrdered(false))
		if again {
			err = withoutDuplicates(err)
		}
		again = true
		return err
	})
	if err != nil {
		return l.store.loadFailure(l.life, inserting, err)
	}
	return nil
}

// Write adds rows. They are sent while later ones are written.
func (l *load) Write(ctx context.Context, batch *engine.Batch) error {
	l.hasher.Write(batch)
	for i := range l.extents {
		l.extents[i].observe(&batch.Columns[i], batch.Rows)
	}
	for i := range batch.Rows {
		start := len(l.chunk.bytes)
		l.chunk.bytes = l.layout.appendDocument(l.chunk.bytes, l.count, batch, i)
		if size := len(l.chunk.bytes) - start; size > maxDocument {
			return &fault.Error{Code: fault.InvalidData, Detail: fmt.Sprintf(
				"row %d, in load order, takes %d bytes as a document, and MongoDB takes at most %d; nothing was published", l.count+1, size, maxDocument)}
		}
		l.chunk.ends = append(l.chunk.ends, len(l.chunk.bytes))
		l.count++
		if len(l.chunk.bytes) >= chunkBytes || len(l.chunk.ends) >= l.store.chunkRows {
			if err := l.flush(ctx); err != nil {
				return err
			}
		}
	}
	return context.Cause(l.life)
}

// flush hands the chunk to an inserter.
func (l *load) flush(ctx context.Context) error {
	if len(l.chunk.ends) == 0 {
		return nil
	}
	if l.shards != nil && l.shards.waits {
		if err := l.spread(&l.chunk); err != nil {
			return err
		}
	}
	select {
	case l.chunks <- l.chunk:
		l.chunk = chunk{}
		return nil
	case <-l.life.Done():
		return context.Cause(l.life)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// drain waits until all chunks have been inserted, or the load has failed.
func (l *load) drain() error {
	if !l.drained {
		l.drained = true
		close(l.chunks)
	}
	l.inserting.Wait()
	return context.Cause(l.life)
}

// Commit waits for the rows, builds the indexes and publishes.
func (l *load) Commit(ctx context.Context) (engine.TableInfo, error) {
	if l.over {
		return engine.TableInfo{}, errors.New("commit: the load is over")
	}
	if err := l.flush(ctx); err != nil {
		return engine.TableInfo{}, err
	}
	stop := context.AfterFunc(ctx, func() { l.end(context.Cause(ctx)) })
	defer stop()
	if err := l.drain(); err != nil {
		return engine.TableInfo{}, err
	}
	if err := l.buildIndexes(); err != nil {
		return engine.TableInfo{}, err
	}
	e := edition{Collection: l.rows.Name(), Version: l.hasher.Version(), Rows: l.count, Indexed: orderedIndexes(l.dataset),
		Magnitudes: magnitudesOf(l.dataset, l.extents), Fields: fieldsOf(l.dataset), Label: l.options.Label, Keep: keepOf(l.options.Keep)}
	update := l.lease.found.publishing(e, l.store.options.Keep)
	if err := l.lease.publish(l.life, l.db, e.Collection, update, func(p *publication) bool { return p.holds(e.Collection) }); err != nil {
		if errors.Is(err, errUnsettled) {
			// Its rows may be what readers see; a later load knows.
			l.finish()
			return engine.TableInfo{}, err
		}
		return engine.TableInfo{}, l.reason(err)
	}
	l.finish()
	l.store.publications.forget(l.dataset.Collection)
	return engine.TableInfo{Version: e.Version, Rows: e.Rows, Place: e.Collection, Collection: e.Collection}, nil
}

// reason returns what ended the load, where that was it, else err.
func (l *load) reason(err error) error {
	if cause := context.Cause(l.life); cause != nil {
		return cause
	}
	return err
}

// finish ends all that goes on for the load.
func (l *load) finish() {
	l.over = true
	l.end(context.Canceled)
	_ = l.drain() // its error is why the load ends
	l.lease.stop()
}

// Abort drops what was written and releases the lease. It does so even where
// ctx is over, within abortWait.
func (l *load) Abort(ctx context.Context) error {
	if l.over {
		return nil
	}
	l.finish()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortWait)
	defer cancel()
	var failed error
	if err := l.store.drop(ctx, l.rows); err != nil {
		failed = l.store.ownFailure("drop "+l.rows.Name(), err)
	}
	_, err := l.lease.release(ctx, l.db)
	return errors.Join(failed, err)
}
