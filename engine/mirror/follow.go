package mirror

import (
	"context"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/fault"
)

// follow looks for new versions, and for versions that are no longer kept, until the store
// is closed.
func (s *Store) follow() {
	tick := time.NewTicker(s.times.follow)
	defer tick.Stop()
	var retired time.Time
	for {
		select {
		case <-s.life.Done():
			return
		case <-tick.C:
		}
		s.refresh()
		s.replaceDamaged()
		if snapshot := s.followed.Load(); snapshot != nil {
			s.followVersions(s.life, snapshot)
			if time.Since(retired) > s.times.retire {
				retired = time.Now()
				s.adopt(snapshot)
				s.retire(s.life, snapshot)
			}
		}
		s.tryAgain()
	}
}

// replaceDamaged has copies made anew in which damage was found otherwise than by a query.
func (s *Store) replaceDamaged() {
	s.known.Range(func(_, known any) bool {
		c := known.(*copied)
		if w := c.whole.Load(); w != nil {
			if err := w.table.Info().Fault; err != nil {
				s.damaged(c, w.table, err)
			}
		}
		return true
	})
}

// followVersions looks at the current versions of datasets, and wants copies of them.
func (s *Store) followVersions(ctx context.Context, snapshot *datasets.Snapshot) {
	recent := s.recentlyUsed()
	for _, name := range snapshot.Names() {
		if s.options.Mode != All && !recent[name] {
			continue
		}
		ds, _ := snapshot.Dataset(name)
		t, err := s.Store.Table(ctx, ds)
		if ctx.Err() != nil {
			return
		}
		switch {
		case fault.CodeOf(err) == fault.StoreUnavailable:
			return // nor would it answer for the others
		case err != nil:
			continue // which queries tell of
		}
		if _, ok := t.(Rows); !ok || t.Info().Version == "" || t.Info().OtherFields {
			continue
		}
		c := s.of(ds, t.Info().Version)
		s.makeCurrent(c)
		if s.look(ctx, c, false) == nil {
			s.want(c)
		}
	}
}

// recentlyUsed names the datasets that have copies which were used of late.
func (s *Store) recentlyUsed() map[string]bool {
	recent := map[string]bool{}
	s.known.Range(func(_, known any) bool {
		if c := known.(*copied); c.whole.Load() != nil && c.used.ago() < s.times.recent {
			recent[c.name] = true
		}
		return true
	})
	return recent
}

// makeCurrent notes that the version is the dataset's current one, and no other is.
func (s *Store) makeCurrent(c *copied) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.current {
		return
	}
	s.known.Range(func(_, known any) bool {
		if other := known.(*copied); other.name == c.name {
			other.current = other == c
		}
		return true
	})
}

// adopt takes copies in the folder into account that other processes have made, or this
// one before it started anew.
func (s *Store) adopt(snapshot *datasets.Snapshot) {
	if s.copies.InMemory() {
		return
	}
	held, err := s.copies.Held()
	if err != nil {
		return // which the next copy tells of
	}
	for i := range held {
		h := &held[i]
		if ds, ok := snapshot.Dataset(h.Dataset); ok {
			c := s.of(ds, h.Version)
			c.used.begin(h.Used)
		}
	}
}

// retire removes copies of versions that the source no longer keeps, and in memory those
// of datasets that are no longer declared as they were. In a folder a copy stays for as
// long as anybody used it of late.
func (s *Store) retire(ctx context.Context, snapshot *datasets.Snapshot) {
	removed := false
	s.known.Range(func(name, known any) bool {
		c := known.(*copied)
		if c.isCollection() {
			if s.isOver(c) {
				s.known.Delete(name)
			}
			return true
		}
		if s.isDeclaredAnew(snapshot, c) {
			s.known.Delete(name)
			return true
		}
		if c.collection != "" {
			s.contents.Lock()
			defer s.contents.Unlock()
		}
		if !s.hasEnded(ctx, snapshot, c) {
			return ctx.Err() == nil
		}
		h := columnar.HeldCopy{Dataset: c.name, Layout: c.layout, Version: c.version}
		if !s.placeOf(c).InMemory() {
			held, err := s.copies.Held()
			if err != nil {
				return true
			}
			for i := range held {
				if s.isOf(c, s.copies, &held[i]) && time.Since(held[i].Used) < s.times.recent {
					return true
				}
			}
		}
		removed = removed || c.whole.Load() != nil && s.placeOf(c).InMemory()
		if err := s.remove(s.placeOf(c), &h); err == nil {
			s.known.Delete(name)
			s.placeOf(c).Forget(c.version)
		}
		return true
	})
	if removed {
		s.changed()
	}
}

// isDeclaredAnew reports whether a copy in files is known by another name by now, since
// the descriptor has changed: the files are those of both.
func (s *Store) isDeclaredAnew(snapshot *datasets.Snapshot, c *copied) bool {
	ds, ok := snapshot.Dataset(c.name)
	return ok && c.collection == "" && ds.Layout != c.layout && !s.copies.InMemory()
}

// hasEnded reports whether nobody can ask for the version any more.
func (s *Store) hasEnded(ctx context.Context, snapshot *datasets.Snapshot, c *copied) bool {
	if c.collection != "" {
		return s.isOver(c)
	}
	if s.isBusy(c) {
		return false
	}
	ds, ok := snapshot.Dataset(c.name)
	if !ok || ds.Layout != c.layout {
		return c.used.ago() > s.times.idle
	}
	_, err := s.Store.TableAt(ctx, ds, c.version)
	return fault.CodeOf(err) == fault.Gone
}

// tryAgain wants copies anew whose making failed, or that another process was making.
func (s *Store) tryAgain() {
	s.known.Range(func(_, known any) bool {
		c := known.(*copied)
		s.mu.Lock()
		defer s.mu.Unlock()
		if !c.wanted || c.hopeless || time.Now().Before(c.retry) || c.whole.Load() != nil {
			return true
		}
		if c.state == engine.CopyFailed || c.elsewhere {
			c.state, c.elsewhere = engine.CopyNone, false
			s.enqueue(c)
		}
		return true
	})
}
