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
	"herbarium/engine/fault"
)

// blocksAhead is how many blocks may wait to be written while the next one is
// filled. Their memory is used again and again.
const blocksAhead = 4

// fileLoad is a load into a version's folder that nobody reads yet. Blocks are
// hashed and written on a goroutine of its own while the caller makes more.
type fileLoad struct {
	store   *FileStore
	ds      *datasets.Dataset
	folder  string // the dataset's
	id      string // the version's folder in it
	release func() error
	before  *manifest // what is published
	bytes   []byte    // and as it is written; nil where nothing is

	hasher          *engine.Hasher
	blockBuilder    *blockBuilder
	writer          *segmentWriter
	blockAggregates *blockAggregatesBuilder // nil where none are made
	rows            int64

	// life ends with what makes the load impossible as its cause.
	life    context.Context
	end     context.CancelCauseFunc
	full    chan filled
	free    chan block // whose memory is used again
	writing sync.WaitGroup
	drained bool
	over    bool // committed or aborted
}

// filled is a block on its way into the file.
type filled struct {
	block block
	dicts [][]string // as far as its codes need them
}

// Begin starts a load. It first removes what is past its time, and what loads
// left behind that were killed.
func (s *FileStore) Begin(ctx context.Context, ds *datasets.Dataset) (engine.Load, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l := &fileLoad{store: s, ds: ds, folder: filepath.Join(s.dir, ds.Name), id: strings.ToLower(rand.Text()),
		hasher: engine.NewHasher(ds), blockBuilder: newBlockBuilder(ds, s.blockRows), blockAggregates: newBlockAggregatesBuilder(s.resources, ds),
		full: make(chan filled, blocksAhead), free: make(chan block, blocksAhead+2)}
	if err := l.lock(); err != nil {
		return nil, err
	}
	if err := l.prepare(); err != nil {
		return nil, errors.Join(err, l.undo())
	}
	l.life, l.end = context.WithCancelCause(context.WithoutCancel(ctx))
	l.writing.Go(l.write)
	return l, nil
}

// lock makes this the only load of the dataset.
func (l *fileLoad) lock() error {
	for _, folder := range []string{l.store.dir, l.folder} {
		if err := makeFolder(l.store.disk, folder); err != nil {
			return err
		}
	}
	release, held, err := l.store.disk.Lock(filepath.Join(l.folder, lockName))
	if err != nil {
		return err
	}
	if held {
		return errors.Join(fault.LoadRunningError(l.ds.Name, time.Second), release())
	}
	l.release = func() error {
		l.store.versionsOf(l.ds.Name).loading.Store(false)
		return release()
	}
	l.store.versionsOf(l.ds.Name).loading.Store(true)
	return nil
}

// prepare finds out what is published, makes room, and begins the file.
func (l *fileLoad) prepare() (err error) {
	if l.before, l.bytes, err = l.store.published(l.ds.Name); err != nil {
		return err
	}
	if corrupt := l.bytes != nil && l.before.Current == nil; !corrupt {
		l.store.sweep(l.folder, l.before)
	}
	folder := filepath.Join(l.folder, l.id)
	if err := l.store.disk.MakeFolder(folder); err != nil {
		return err
	}
	l.writer, err = newSegmentWriter(l.store, filepath.Join(folder, segmentName), l.ds)
	return err
}

// write hashes and writes blocks until there are no more.
func (l *fileLoad) write() {
	for f := range l.full {
		if l.life.Err() != nil {
			continue
		}
		l.hasher.Write(f.batch(l.ds))
		f.block.seal()
		if err := l.writer.add(&f.block); err != nil {
			l.end(err)
			continue
		}
		if l.blockAggregates != nil && !l.blockAggregates.add(&f.block, f.dicts) {
			l.blockAggregates = nil
		}
		l.free <- f.block.emptied()
	}
}

// batch shows the block as rows, for the hasher.
func (f *filled) batch(ds *datasets.Dataset) *engine.Batch {
	b := &engine.Batch{Rows: f.block.rows, Columns: make([]engine.Vector, len(f.block.columns))}
	for i := range f.block.columns {
		c := &f.block.columns[i]
		b.Columns[i] = engine.Vector{Type: ds.Fields[i].Type, Valid: c.valid, Floats: c.floats, Ints: c.ints, Codes: c.codes, Dict: f.dicts[i]}
	}
	return b
}

// emptied returns a block in the memory of b.
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
	if l.over {
		return fmt.Errorf("load %s: rows after the load's end", l.ds.Name)
	}
	err := context.Cause(l.life)
	if err == nil {
		err = l.blockBuilder.check(ctx, batch)
	}
	if err == nil {
		l.rows += int64(batch.Rows)
		err = l.blockBuilder.add(batch, func(b block) (block, error) { return l.pass(ctx, b) })
	}
	if err != nil {
		return fmt.Errorf("load %s: %w", l.ds.Name, err)
	}
	return nil
}

// pass hands a block to the writing goroutine, and returns the next.
func (l *fileLoad) pass(ctx context.Context, b block) (block, error) {
	f := filled{b, make([][]string, len(l.blockBuilder.dicts))}
	for i, d := range l.blockBuilder.dicts {
		if d != nil {
			f.dicts[i] = d.texts
		}
	}
	select {
	case l.full <- f:
	case <-l.life.Done():
		return block{}, context.Cause(l.life)
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
	return context.Cause(l.life)
}

// Commit publishes the rows: from now on, Table returns them, in every process
// that serves the folder. The load has ended then, also where Commit fails.
func (l *fileLoad) Commit(ctx context.Context) (engine.TableInfo, error) {
	if l.over {
		return engine.TableInfo{}, fmt.Errorf("load %s: commit after the load's end", l.ds.Name)
	}
	v, err := l.complete(ctx)
	if err == nil {
		err = l.publish(v)
	}
	if err != nil {
		if errors.Is(err, errUnsettled) {
			// Its files may be what readers see; the next load knows.
			l.over = true
			return engine.TableInfo{}, errors.Join(fmt.Errorf("load %s: %w", l.ds.Name, err), l.release())
		}
		return engine.TableInfo{}, errors.Join(fmt.Errorf("load %s: %w", l.ds.Name, err), l.Abort(ctx))
	}
	l.over = true
	l.end(context.Canceled)
	if err := l.release(); err != nil {
		l.store.options.Logger.Warn("the lock of a load was not released in order", "dataset", l.ds.Name, "error", err.Error())
	}
	l.store.versionsOf(l.ds.Name).look(true)
	return engine.TableInfo{Version: v.Version, Rows: v.Rows, Place: l.folder}, nil
}

// complete ends the version's files and makes them last.
func (l *fileLoad) complete(ctx context.Context) (v keptVersion, err error) {
	if l.blockBuilder.open.rows > 0 {
		if l.blockBuilder.open, err = l.pass(ctx, l.blockBuilder.open); err != nil {
			return v, err
		}
		l.blockBuilder.open = block{}
	}
	if err := l.drain(); err != nil {
		return v, err
	}
	size, err := l.writer.finish(l.blockBuilder.dicts)
	if err != nil {
		return v, err
	}
	if err := l.writer.close(); err != nil {
		return v, err
	}
	v = keptVersion{Folder: l.id, Version: l.hasher.Version(), Rows: l.rows, Layout: l.ds.Layout, Fields: keptFields(l.ds),
		Files: []keptFile{{Name: segmentName, Bytes: size}}}
	if err := l.keep(&v, zoneMapsName, l.writer.summaries.append(nil)); err != nil {
		return v, err
	}
	if l.blockAggregates != nil {
		if k := l.blockAggregates.finish(l.writer.places); k != nil {
			if err := l.keep(&v, meansName, k.append(nil)); err != nil {
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

// keep writes a file of the version.
func (l *fileLoad) keep(v *keptVersion, name string, content []byte) error {
	v.Files = append(v.Files, keptFile{Name: name, Bytes: int64(len(content)), Sum: sumText(checksum(content))})
	return writeFile(l.store.disk, filepath.Join(l.folder, l.id, name), content)
}

// Abort removes what was written. It does nothing after Commit.
func (l *fileLoad) Abort(context.Context) error {
	if l.over {
		return nil
	}
	l.over = true
	l.end(context.Canceled)
	_ = l.drain() // its error is why the load ends
	return l.undo()
}

// undo lets go of the load's files and its lock.
func (l *fileLoad) undo() error {
	var closed error
	if l.writer != nil {
		closed = l.writer.close()
	}
	return errors.Join(closed, remove(l.store.disk, filepath.Join(l.folder, l.id)),
		remove(l.store.disk, filepath.Join(l.folder, newManifestName)), l.release())
}
