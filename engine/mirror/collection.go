package mirror

import (
	"context"
	"errors"
	"fmt"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/plan"
)

// A collection that something other than a load fills has no version before it is read. Where
// its descriptor says refresh, it is read as a whole while the dataset is asked, at most that
// often or when it has changed (see watch.go), and what was read answers under the version
// that it hashes to. What is known of the collection is a copied without a version, which
// waits in the queue like any other; each content that was read is one with it.

// ofCollection returns what is known of the dataset's collection with the content of that
// version; "": of the collection itself.
func (s *Store) ofCollection(ds *datasets.Dataset, version string) *copied {
	return s.ofName(copyName{ds.Name, ds.Layout, version, ds.Collection}, ds)
}

// isRefreshed reports whether the table is of a collection that is to be read.
func isRefreshed(ds *datasets.Dataset, source engine.Table) bool {
	_, ok := source.(Rows)
	return ok && ds.Refresh > 0 && source.Info().Unmanaged
}

// tableOf returns the table of a collection: the latest copy of it, or the source's until
// there is one.
func (s *Store) tableOf(ctx context.Context, ds *datasets.Dataset, source engine.Table) engine.Table {
	c := s.ofCollection(ds, "")
	s.seen(ctx, c, ds)
	if latest := c.latest.Load(); latest != nil {
		if t := s.contentOf(ctx, c, latest); t != nil {
			return t
		}
	}
	return newUnreadTable(source)
}

// tableOfAt returns the table of a collection with the content of that version, nil if it
// is not held.
func (s *Store) tableOfAt(ctx context.Context, ds *datasets.Dataset, version string) engine.Table {
	known, ok := s.known.Load(copyName{ds.Name, ds.Layout, version, ds.Collection})
	if !ok {
		return nil
	}
	c := s.ofCollection(ds, "")
	s.seen(ctx, c, ds)
	return s.contentOf(ctx, c, known.(*copied))
}

// seen notes that the collection is asked, unless somebody only wants to know about it, and
// wants it to be read if that is due.
func (s *Store) seen(ctx context.Context, c *copied, ds *datasets.Dataset) {
	c.declare(ds)
	if engine.IsAboutTable(ctx) {
		return
	}
	c.refresh.Store(int64(ds.Refresh))
	c.onChange.Store(ds.OnChange)
	s.keepFresh(c)
	c.used.set(time.Now())
	if c.latest.Load() == nil {
		s.wantReading(c)
	}
}

// mostReadings is how many times the interval a copy answers where later readings fail.
const mostReadings = 10

// interval is the least time between the beginnings of two readings.
func (c *copied) interval() time.Duration {
	refresh := time.Duration(c.refresh.Load())
	if c.onChange.Load() {
		return max(refresh, restShare*time.Duration(c.took.Load()))
	}
	return refresh
}

// keepFresh wants the collection to be read if that is due, or lets go of its latest copy:
// where nobody has asked for the dataset for a while, where the copy went to make room, and
// where readings have failed for so long that it is worse than the source.
func (s *Store) keepFresh(c *copied) {
	latest := c.latest.Load()
	if latest == nil {
		return
	}
	interval, age := c.interval(), time.Since(latest.readAt())
	isDue, idle := age >= interval, s.times.idle
	if c.onChange.Load() {
		if isDue = c.isStale(); !isDue {
			idle = s.times.recent // to know that nothing changes costs next to nothing
		}
	}
	switch {
	case latest.whole.Load() == nil, c.used.ago() > max(2*interval, idle),
		age > max(mostReadings*interval, s.times.recent) && !s.isBusy(c):
		c.drop()
	case isDue:
		s.wantReading(c)
	}
}

// drop lets no copy of the collection answer, but for those who page through one.
func (c *copied) drop() {
	c.watch.Store(nil)
	if latest := c.latest.Swap(nil); latest != nil {
		latest.replaced.set(time.Now())
	}
}

// collectionGone lets no copy of the dataset's collection answer, and none that is being read: the
// source has no such collection any more. If there is one again, it has other rows.
func (s *Store) collectionGone(ds *datasets.Dataset) {
	if known, ok := s.known.Load(copyName{ds.Name, ds.Layout, "", ds.Collection}); ok {
		c := known.(*copied)
		c.gone.set(time.Now())
		c.drop()
	}
}

// wantReading has the collection read, unless that is under way, was a moment ago, or failed a
// moment ago.
func (s *Store) wantReading(c *copied) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !c.wanted && c.tried.ago() >= c.interval() && !time.Now().Before(c.retry) {
		s.enqueue(c)
	}
}

// isBusy reports whether the copy waits to be made, or is being made by this process.
func (s *Store) isBusy(c *copied) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return c.state == engine.CopyQueued || c.state == engine.CopyFilling && !c.elsewhere
}

// refresh keeps all collections fresh that are asked.
func (s *Store) refresh() {
	s.known.Range(func(_, known any) bool {
		if c := known.(*copied); c.isCollection() {
			s.keepFresh(c)
		}
		return true
	})
}

// readCollection reads the collection, and takes what was read into use.
func (s *Store) readCollection(ctx context.Context, c *copied) error {
	began := time.Now()
	c.tried.set(began)
	source, err := s.Store.TableAt(ctx, c.dataset, "")
	if err != nil {
		return err
	}
	rows, ok := source.(Rows)
	if !ok {
		return fmt.Errorf("%s: its rows cannot be read as a whole", source.Info().Place)
	}
	read := &reading{rows: rows, begun: began, at: began}
	if c.onChange.Load() {
		if err := read.watch(ctx, source); err != nil {
			return err
		}
	}
	load, err := s.readInto(ctx, c, read)
	if err == nil {
		err = s.commit(ctx, c, read, load)
	}
	if err != nil {
		read.close()
		return err
	}
	s.changed()
	return nil
}

// reading is what a collection is read from, and then what was read.
type reading struct {
	rows    rowReader
	begun   time.Time
	at      time.Time      // every change before that is in it
	changes engine.Changes // tells of those since; nil where nobody does
	table   engine.Table
	took    time.Duration
}

// rowReader is what of Rows a reading needs.
type rowReader interface {
	ReadRows(ctx context.Context, readers int, write func(*engine.Batch) error) error
}

// readInto reads all rows into memory.
func (s *Store) readInto(ctx context.Context, c *copied, read *reading) (*columnar.CopyLoad, error) {
	load, err := s.memory.Begin(ctx, c.dataset, "")
	if err != nil {
		return nil, err
	}
	err = s.write(ctx, c, read.rows, load, s.roomFor(c, -1))
	if err == nil && c.gone.get().After(read.at) {
		err = fmt.Errorf("%s was dropped while it was read", c.collection)
	}
	if err != nil {
		return nil, errors.Join(err, load.Abort(context.WithoutCancel(ctx)))
	}
	return load, nil
}

// commit takes what was read into use. Meanwhile no content is removed: it may be one that was
// over.
func (s *Store) commit(ctx context.Context, c *copied, read *reading, load *columnar.CopyLoad) error {
	s.contents.Lock()
	defer s.contents.Unlock()
	info, err := load.Commit(ctx)
	if err != nil {
		return err
	}
	t, err := s.memory.Table(ctx, c.dataset, info.Version)
	if err != nil || t == nil {
		return errors.Join(err, fmt.Errorf("what was read of %s is gone", c.collection))
	}
	read.table, read.took = t, time.Since(read.begun)
	s.takeReading(c, read)
	return nil
}

// takeReading makes what was read the latest content of the collection. The same content
// keeps its version, and only its age changes.
func (s *Store) takeReading(c *copied, read *reading) {
	v := s.ofCollection(c.dataset, read.table.Info().Version)
	v.whole.Store(&whole{table: read.table, bytes: s.bytesOf(v)})
	v.began.advance(read.at)
	v.used.set(time.Now())
	c.took.Store(int64(read.took))
	s.startWatch(c, v, read.changes)
	if c.latest.Load() != v {
		v.since.set(time.Now())
	}
	before := c.latest.Swap(v)
	if before == nil {
		v.since.set(time.Now()) // the source answered until now
	} else if before != v {
		before.replaced.set(time.Now())
	}
	if c.gone.get().After(read.at) {
		c.drop() // somebody was told so who found no such content yet
	}
	s.mu.Lock()
	c.wanted, c.err, c.failures = false, nil, 0
	n := s.countsOf(c.name)
	n.filled++
	n.rows += read.table.Info().Rows
	n.took += read.took
	s.mu.Unlock()
	s.options.Logger.Debug("a collection was copied into the mirror", "dataset", c.name, "version", v.version,
		"rows", read.table.Info().Rows, "took", read.took.String())
}

// readingFailed notes why the collection could not be read, and returns for how long it is
// not tried again; the mutex is locked.
func (s *Store) readingFailed(c *copied, err error, pause time.Duration) {
	c.wanted = false // whoever asks next wants it
	if errors.As(err, new(*roomError)) {
		c.drop() // it would be in the way next time, too, and grow old
	} else {
		pause = min(pause, max(time.Duration(c.refresh.Load()), s.times.idle))
	}
	c.retry = time.Now().Add(pause)
	if c.err == nil || c.err.Error() != err.Error() {
		s.options.Logger.Warn("a collection could not be copied into the mirror; its last copy answers, or the store",
			"dataset", c.name, "collection", c.collection, "error", err.Error(), "again_in", pause.String())
	}
	c.err = err
}

// isOver reports whether nobody needs what is known of a collection any more: of a content,
// once it was replaced and nobody has asked for it for as long as versions are kept.
func (s *Store) isOver(c *copied) bool {
	if c.isCollection() {
		return c.latest.Load() == nil && !s.isBusy(c) && c.used.ago() > s.times.recent
	}
	if known, ok := s.known.Load(c.collectionName()); ok {
		if latest := known.(*copied).latest.Load(); latest != nil && latest.copyName == c.copyName {
			return false
		}
	}
	return min(c.replaced.ago(), c.used.ago()) > s.options.Keep
}

// contentTable is what was read of a collection. Nothing stands behind it: the source has
// other rows by now.
type contentTable struct {
	store *Store
	of    *copied
	copy  engine.Table
	info  engine.TableInfo
}

// contentOf returns the table of what was read of the collection, nil if it is no longer held.
func (s *Store) contentOf(ctx context.Context, collection, c *copied) engine.Table {
	w := c.whole.Load()
	if w == nil {
		return nil
	}
	if !engine.IsAboutTable(ctx) {
		s.use(c)
	}
	info := w.table.Info()
	return &contentTable{s, c, w.table, engine.TableInfo{Version: c.version, Rows: info.Rows, Place: info.Place, Collection: c.dataset.Collection, Unmanaged: true,
		Way: engine.ByMirror, Read: c.readAt(), Modified: collection.modifiedAt(c)}}
}

// Info returns what is known of the copy.
func (t *contentTable) Info() engine.TableInfo { return t.info }

// Run starts the plan on the copy.
func (t *contentTable) Run(ctx context.Context, p *plan.Plan) (engine.Cursor, error) {
	t.store.use(t.of)
	engine.Took(ctx, engine.ByMirror)
	return t.copy.Run(ctx, p)
}

// Count counts on the copy.
func (t *contentTable) Count(ctx context.Context, p *plan.Plan) (int64, error) {
	t.store.use(t.of)
	return t.copy.Count(ctx, p)
}

// unreadTable is a collection of which there is no copy yet, or no longer, or a version of
// which there can be none.
type unreadTable struct {
	Rows
	info engine.TableInfo
}

func newUnreadTable(source engine.Table) engine.Table {
	info := source.Info()
	info.Way = engine.ByPipeline
	return unreadTable{source.(Rows), info}
}

// Info returns what the source says of the collection.
func (t unreadTable) Info() engine.TableInfo { return t.info }

// Run starts the plan on the source.
func (t unreadTable) Run(ctx context.Context, p *plan.Plan) (engine.Cursor, error) {
	engine.Took(ctx, engine.ByPipeline)
	return t.Rows.Run(ctx, p)
}
