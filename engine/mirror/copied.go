package mirror

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
)

// copyName names a copy: fields may be declared anew for the same version.
type copyName struct {
	name, layout string
	version      string // "" for a collection, whatever its content
	collection   string // "" for a version that a load has published
}

// isCollection reports whether the name is that of a collection that something else fills,
// and not of one content.
func (n copyName) isCollection() bool { return n.version == "" }

// collectionName names the collection that a content was read of.
func (n copyName) collectionName() copyName {
	n.version = ""
	return n
}

// copied is what is known of the copy of a version.
type copied struct {
	copyName
	dataset *datasets.Dataset
	whole   atomic.Pointer[whole]
	looked  moment       // when a copy was last looked for
	used    moment       // when a plan last ran
	touched moment       // when that was last written into the folder
	asked   atomic.Int64 // how many plans ran on the source
	read    atomic.Int64 // rows that were read, while it is being made
	needs   atomic.Int64 // bytes that it takes at the least, as was found when there was no room

	// Of a collection that something else fills.
	refresh  atomic.Int64             // the time between two readings, in nanoseconds
	onChange atomic.Bool              // it is read when it has changed
	tried    moment                   // when the last reading began
	took     atomic.Int64             // how long the last one took that succeeded, in nanoseconds
	declared atomic.Pointer[declared] // how the dataset was when it was last asked
	gone     moment                   // when the source last said that there is none
	latest   atomic.Pointer[copied]   // the content that answers; nil for none
	watch    atomic.Pointer[watch]    // of what was read last; nil where nobody watches

	// Of a content that was read of one.
	began    moment // when it was last known to be current
	since    moment // when it last came into use
	replaced moment // when it was last replaced

	// These need the mutex of the store.
	wanted    bool   // it is to be made, now or when retry has come
	current   bool   // it is of the version that was last seen to be current
	state     string // see engine.CopyStats; CopyNone where it is whole, too
	elsewhere bool   // it is CopyFilling by another process
	err       error  // why it is CopyFailed
	hopeless  bool   // it is CopyFailed for good
	failures  int    // one after the other
	lost      error  // why the collection's changes could not be followed any more; nil while they can
	losses    int    // one after the other
	retry     time.Time
}

// declared is a dataset's descriptor, and since when it is in use.
type declared struct {
	dataset *datasets.Dataset
	since   time.Time // zero for the first one, which is older than all copies
}

// whole is a copy that answers.
type whole struct {
	table engine.Table
	bytes int64
}

// readAt returns when the content was last known to be current: when the last reading began
// that found it, or until when nothing had changed since.
func (c *copied) readAt() time.Time { return c.began.get() }

// declare notes the descriptor that the collection is asked by.
func (c *copied) declare(ds *datasets.Dataset) {
	known := c.declared.Load()
	if known != nil && known.dataset == ds {
		return
	}
	next := &declared{dataset: ds}
	if known != nil {
		next.since = known.since
		if known.dataset.Fingerprint() != ds.Fingerprint() {
			next.since = time.Now()
		}
	}
	c.declared.CompareAndSwap(known, next) // else the next one who asks does
}

// modifiedAt returns since when answers of the collection have the content under its
// descriptor.
func (c *copied) modifiedAt(content *copied) time.Time {
	at := content.since.get().UTC()
	if d := c.declared.Load(); d != nil && d.since.After(at) {
		return d.since.UTC()
	}
	return at
}

// touchInterval is how old the time of use in a folder may be.
const touchInterval = 30 * time.Second

// use notes that a plan runs.
func (s *Store) use(c *copied) {
	c.used.set(time.Now())
	if c.whole.Load() != nil && c.collection == "" && c.touched.due(touchInterval) {
		s.copies.Touch(c.name, c.version)
	}
}

// look returns the table of the copy, nil if there is no whole one. Whether another
// process has made one in the folder is looked at again after a while, or now.
func (s *Store) look(ctx context.Context, c *copied, now bool) engine.Table {
	if w := c.whole.Load(); w != nil {
		return w.table
	}
	if !now && !c.looked.due(s.times.look) {
		return nil
	}
	t, err := s.copies.Table(ctx, c.dataset, c.version)
	if err == nil && t != nil {
		err = t.Info().Fault
	}
	switch {
	case errors.Is(err, fault.ErrUnreadable):
		s.damaged(c, nil, err)
		return nil
	case err != nil || t == nil:
		return nil
	}
	w := &whole{table: t, bytes: s.bytesOf(c)}
	if !c.whole.CompareAndSwap(nil, w) {
		return s.look(ctx, c, false)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.wanted, c.state, c.err, c.failures = false, engine.CopyNone, nil, 0
	return t
}

// damaged throws a copy away whose files are not what was written, and wants it anew. The
// copy is the one that was found damaged, nil where it could not be opened.
func (s *Store) damaged(c *copied, copy engine.Table, err error) {
	if w := c.whole.Load(); copy != nil && (w == nil || w.table != copy || !c.whole.CompareAndSwap(w, nil)) {
		return // another one saw it
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.wanted && copy == nil {
		return // it is being mended
	}
	s.countsOf(c.name).damaged++
	s.copies.Damaged(c.name) // nobody reads again what else was read of it
	s.options.Logger.Error("a copy in the mirror is damaged; it is made anew, and the store answers until then",
		"dataset", c.name, "version", c.version, "error", err.Error())
	s.enqueue(c)
}

// Damages counts how often copies of the dataset were found to be damaged.
func (s *Store) Damages(dataset string) uint64 { return s.copies.Damages(dataset) }

// asked notes that a plan ran on the source, and wants a copy if it is due.
func (s *Store) asked(c *copied) {
	n := c.asked.Add(1)
	if s.options.Mode == All || n >= autoAsked || s.hasOther(c) {
		s.want(c)
	}
}

// autoAsked is after how many plans on the source a version is copied in mode Auto: the
// first question may be the only one.
const autoAsked = 2

// hasOther reports whether another version of the dataset is held.
func (s *Store) hasOther(c *copied) (has bool) {
	s.known.Range(func(_, known any) bool {
		other := known.(*copied)
		has = other != c && other.name == c.name && other.whole.Load() != nil
		return !has
	})
	return has
}

// want has a copy made, unless it is whole or being made, or failed a moment ago.
func (s *Store) want(c *copied) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.whole.Load() == nil && !c.wanted {
		s.enqueue(c)
	}
}

// enqueue has a copy made when its turn comes; the mutex is locked.
func (s *Store) enqueue(c *copied) {
	c.wanted = true
	if c.state == engine.CopyQueued || c.state == engine.CopyFilling || time.Now().Before(c.retry) {
		return
	}
	c.state = engine.CopyQueued
	s.queue = append(s.queue, c)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
