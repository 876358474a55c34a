package mirror

import (
	"context"
	"fmt"
	"time"

	"herbarium/engine"
)

// Where the descriptor says refresh: changes, whoever reads a collection also learns of its
// changes. The watching begins before the reading, so that no change gets lost between the
// two. As long as there is none, the copy is current. The first one makes it stale, ends the
// watching, and the collection is read anew, with another watching: at once, but for a moment
// in which more changes of the same kind may come, and never so often that it is read more
// than a part of the time.

const (
	// restShare is how many times as long as a reading takes the time is from its beginning to
	// that of the next one. So a collection that changes all the time is read for a quarter of
	// the time.
	restShare = 4
	// settleTime is how long after a change a collection is read: changes often come in groups.
	settleTime = 200 * time.Millisecond
)

// Watched is a table of the source that tells of changes of its rows.
type Watched interface {
	Rows
	// Watch begins to watch the rows.
	Watch(ctx context.Context) (engine.Changes, error)
}

// watch watches a collection since it was read.
type watch struct {
	of      *copied // the collection
	content *copied // what was read
	changes engine.Changes
	stale   moment // since when the content is stale; none: it is current
}

// watch begins to watch the source, and reads from what is watched.
func (r *reading) watch(ctx context.Context, source engine.Table) error {
	w, ok := source.(Watched)
	if !ok {
		return fmt.Errorf("%s: changes of it cannot be followed", source.Info().Place)
	}
	changes, err := w.Watch(ctx)
	if err != nil {
		return err
	}
	r.changes, r.rows, r.at = changes, changes, changes.Began()
	return nil
}

// close ends the watching of what could not be read.
func (r *reading) close() {
	if r.changes != nil {
		r.changes.Close()
	}
}

// startWatch has the content watched that was just read; changes may be nil.
func (s *Store) startWatch(c, content *copied, changes engine.Changes) {
	if changes == nil {
		c.watch.Store(nil)
		return
	}
	w := &watch{of: c, content: content, changes: changes}
	c.watch.Store(w)
	s.running.Go(func() { s.followChanges(s.life, w) })
}

// followChanges follows the changes of a collection until there is one, or until the watching
// is of no use any more.
func (s *Store) followChanges(ctx context.Context, w *watch) {
	defer w.changes.Close()
	for w.of.watch.Load() == w {
		until, changed, err := w.changes.Next(ctx)
		if ctx.Err() != nil {
			return
		}
		s.watchAnswered(w, err)
		if err == nil && !changed {
			w.content.began.advance(until)
			continue
		}
		w.stale.set(time.Now())
		select {
		case <-ctx.Done():
		case <-time.After(settleTime):
			s.keepFresh(w.of)
		}
		return
	}
}

// watchAnswered notes whether the watching goes on. Where it is lost again and again before
// it has told anything, the collection is read less and less often, up to once a minute.
func (s *Store) watchAnswered(w *watch, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := w.of
	if err == nil {
		c.lost, c.losses = nil, 0
		return
	}
	pause := time.Duration(0)
	if c.losses > 0 {
		pause = min(s.times.retry<<min(c.losses-1, 16), s.times.idle)
	}
	c.losses++
	c.retry = time.Now().Add(pause)
	if c.lost == nil || c.lost.Error() != err.Error() {
		s.options.Logger.Warn("changes of a collection can no longer be followed; it is read anew",
			"dataset", c.name, "collection", c.collection, "error", err.Error(), "in", pause.String())
	}
	c.lost = err
}

// isStale reports whether the collection has to be read anew: it has changed, and that not
// only a moment ago, or nobody watches it.
func (c *copied) isStale() bool {
	w := c.watch.Load()
	if w == nil {
		return true
	}
	stale := w.stale.get()
	return !stale.IsZero() && time.Since(stale) >= settleTime
}
