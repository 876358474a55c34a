package columnar

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar/internal/files"
)

// maxQueuedBlocks is how many blocks may wait to be written while the next one is
// filled. Their memory is used again and again.
const maxQueuedBlocks = 4

// fileLoad is a load into a version's folder that nobody reads yet. Blocks are
// hashed and written on a goroutine of its own while the caller makes more.
type fileLoad struct {
	store         *FileStore
	ds            *datasets.Dataset
	folder        string // the dataset's
	id            string // the version's folder in it
	options       engine.LoadOptions
	expected      string // the version that the rows must have to be published; "" for any
	release       func() error
	previous      *files.Manifest // what is published
	previousBytes []byte          // and as it is written; nil where nothing is

	hasher     *engine.Hasher
	builder    *blockBuilder
	writer     *segmentWriter
	aggregates *aggregateBuilder // nil where none are made
	rows       int64

	// running is cancelled when the load ends or fails; its cause is the failure.
	running context.Context
	end     context.CancelCauseFunc
	full    chan filledBlock
	free    chan block // whose memory is used again
	writing sync.WaitGroup
	drained bool
	ended   bool // committed or aborted
}

// filledBlock is a block that waits to be written.
type filledBlock struct {
	block block
	dicts [][]string // as far as its codes need them
}

// Begin starts a load. It first removes versions that are no longer retained and what
// killed loads have left behind.
func (s *FileStore) Begin(ctx context.Context, ds *datasets.Dataset, options engine.LoadOptions) (engine.Load, error) {
	if err := errors.Join(ctx.Err(), engine.CheckLabel(options.Label)); err != nil {
		return nil, err
	}
	l := &fileLoad{store: s, ds: ds, folder: filepath.Join(s.dir, ds.Name), id: strings.ToLower(rand.Text()), options: options,
		hasher: engine.NewHasher(ds), builder: newBlockBuilder(ds, s.blockRows), aggregates: newAggregateBuilder(s.resources, ds),
		full: make(chan filledBlock, maxQueuedBlocks), free: make(chan block, maxQueuedBlocks+2)}
	if err := l.lock(); err != nil {
		return nil, err
	}
	if err := l.prepare(); err != nil {
		return nil, errors.Join(err, l.rollBack())
	}
	l.running, l.end = context.WithCancelCause(context.WithoutCancel(ctx))
	l.writing.Go(l.write)
	return l, nil
}

// lock makes this the only load of the dataset.
func (l *fileLoad) lock() (err error) {
	for _, folder := range []string{l.store.dir, l.folder} {
		if err := files.MakeFolder(l.store.disk, folder); err != nil {
			return err
		}
	}
	l.release, err = l.store.lock(l.ds.Name)
	return err
}

// prepare reads what is published, removes what is not, and creates the file of rows.
func (l *fileLoad) prepare() (err error) {
	if l.previous, l.previousBytes, err = l.store.published(l.ds.Name); err != nil {
		return err
	}
	if damaged := l.previousBytes != nil && l.previous.Current == nil; !damaged {
		l.store.sweep(l.folder, l.previous)
	}
	folder := filepath.Join(l.folder, l.id)
	if err := l.store.disk.MakeFolder(folder); err != nil {
		return err
	}
	l.writer, err = newSegmentWriter(l.store, filepath.Join(folder, segmentName), l.ds)
	return err
}

// write hashes, aggregates and writes blocks until there are no more. The first two
// are done while the block is written, which takes about as long: this is the only
// part of a load in which one thing comes after another.
func (l *fileLoad) write() {
	for f := range l.full {
		if l.running.Err() != nil {
			continue
		}
		f.block.seal()
		var reading sync.WaitGroup
		reading.Go(func() {
			l.hasher.Write(f.batch(l.ds))
			if l.aggregates != nil && !l.aggregates.add(&f.block, f.dicts) {
				l.aggregates = nil
			}
		})
		err := l.writer.add(&f.block)
		reading.Wait()
		if err != nil {
			l.end(err)
			continue
		}
		l.free <- f.block.emptied()
	}
}

// batch shows the block as rows, for the hasher.
func (f *filledBlock) batch(ds *datasets.Dataset) *engine.Batch {
	b := &engine.Batch{Rows: f.block.rows, Columns: make([]engine.Vector, len(f.block.columns))}
	for i := range f.block.columns {
		c := &f.block.columns[i]
		b.Columns[i] = engine.Vector{Type: ds.Fields[i].Type, Valid: c.valid, Floats: c.floats, Ints: c.ints, Codes: c.codes, Dict: f.dicts[i]}
	}
	return b
}

// emptied returns an empty block that reuses the memory of b.
func (b *block) emptied() block {
	for i := range b.columns {
		c := &b.columns[i]
		*c = column{floats: c.floats[:0], ints: c.ints[:0], codes: c.codes[:0]}
	}
	return block{columns: b.columns}
}

// Write adds the rows. It refuses, with code InvalidData, columns that are not
// the dataset's and numbers that are not finite; then the batch adds nothing.
func (l *fileLoad) Write(ctx context.Context, batch *engine.Batch) error {
	if l.ended {
		return fmt.Errorf("load %s: rows after the load's end", l.ds.Name)
	}
	err := context.Cause(l.running)
	if err == nil {
		err = l.builder.check(ctx, batch)
	}
	if err == nil {
		l.rows += int64(batch.Rows)
		err = l.builder.add(batch, func(b block) (block, error) { return l.enqueue(ctx, b) })
	}
	if err != nil {
		return fmt.Errorf("load %s: %w", l.ds.Name, err)
	}
	return nil
}

// enqueue hands a block to the writing goroutine, and returns the next.
func (l *fileLoad) enqueue(ctx context.Context, b block) (block, error) {
	f := filledBlock{b, make([][]string, len(l.builder.dicts))}
	for i, d := range l.builder.dicts {
		if d != nil {
			f.dicts[i] = d.texts
		}
	}
	select {
	case l.full <- f:
	case <-l.running.Done():
		return block{}, context.Cause(l.running)
	case <-ctx.Done():
		return block{}, ctx.Err()
	}
	select {
	case next := <-l.free:
		return next, nil
	default:
		return block{columns: make([]column, len(l.ds.Fields))}, nil
	}
}

// drain waits until all blocks are written, or the load has failed.
func (l *fileLoad) drain() error {
	if !l.drained {
		l.drained = true
		close(l.full)
	}
	l.writing.Wait()
	return context.Cause(l.running)
}

// Commit publishes the rows: from now on, Table returns them, in every process
// that serves the folder. The load has ended then, also where Commit fails.
func (l *fileLoad) Commit(ctx context.Context) (engine.TableInfo, error) {
	if l.ended {
		return engine.TableInfo{}, fmt.Errorf("load %s: commit after the load's end", l.ds.Name)
	}
	v, err := l.complete(ctx)
	if err == nil {
		err = l.publish(v)
	}
	if err != nil {
		if errors.Is(err, files.ErrNotRolledBack) {
			// Its files may be what readers see; the next load knows.
			l.ended = true
			return engine.TableInfo{}, errors.Join(fmt.Errorf("load %s: %w", l.ds.Name, err), l.release())
		}
		return engine.TableInfo{}, errors.Join(fmt.Errorf("load %s: %w", l.ds.Name, err), l.Abort(ctx))
	}
	l.ended = true
	l.end(context.Canceled)
	l.store.unlock(l.ds.Name, l.release)
	l.store.versionsOf(l.ds.Name).look(true)
	return engine.TableInfo{Version: v.Version, Rows: v.Rows, Place: l.folder}, nil
}

// complete finishes the version's files and syncs them.
func (l *fileLoad) complete(ctx context.Context) (v files.Version, err error) {
	if l.builder.open.rows > 0 {
		if l.builder.open, err = l.enqueue(ctx, l.builder.open); err != nil {
			return v, err
		}
		l.builder.open = block{}
	}
	if err := l.drain(); err != nil {
		return v, err
	}
	version := l.hasher.Version()
	if err := checkContent(l.expected, version); err != nil {
		return v, err
	}
	size, err := l.writer.finish(l.builder.dicts)
	if err != nil {
		return v, err
	}
	if err := l.writer.close(); err != nil {
		return v, err
	}
	v = files.Version{Folder: l.id, Version: version, Rows: l.rows, Layout: l.ds.Layout, Fields: files.Fields(l.ds),
		Files: []files.VersionFile{{Name: segmentName, Bytes: size}}, Label: l.options.Label}
	v.SetKeep(l.options.Keep)
	if err := v.AddFile(l.store.disk, l.folder, zoneMapsName, l.writer.zoneMaps.append(nil)); err != nil {
		return v, err
	}
	if l.aggregates != nil {
		if k := l.aggregates.finish(l.writer.codePlaces); k != nil {
			if err := v.AddFile(l.store.disk, l.folder, meansName, k.append(nil)); err != nil {
				return v, err
			}
		}
	}
	for _, f := range []string{filepath.Join(l.folder, l.id), l.folder} {
		if err := l.store.disk.SyncFolder(f); err != nil {
			return v, err
		}
	}
	v.Published = time.Now().UTC()
	return v, ctx.Err()
}

// Abort removes what was written. It does nothing after Commit.
func (l *fileLoad) Abort(context.Context) error {
	if l.ended {
		return nil
	}
	l.ended = true
	l.end(context.Canceled)
	_ = l.drain() // its error is why the load ends
	return l.rollBack()
}

// rollBack removes the load's files and releases its lock.
func (l *fileLoad) rollBack() error {
	var closed error
	if l.writer != nil {
		closed = l.writer.close()
	}
	return errors.Join(closed, files.RemoveUnpublished(l.store.disk, l.folder, l.id), l.release())
}
