package mirror

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"herbarium/engine/columnar"
)

// room is what a copy takes of the budget while it is being made.
type room struct {
	store *Store
	of    *copied
	taken int64
}

// roomFor returns the room of a copy that is about to be made, of no bytes.
func (s *Store) roomFor(c *copied) *room { return &room{store: s, of: c} }

// roomError says why there is no room.
type roomError struct{ text string }

func (e *roomError) Error() string { return e.text }

// take makes room for so many bytes in all, by removing copies of which the last use is
// longest ago: those that were not used for a while, and older versions of the dataset
// itself. What a copy takes grows by the texts that are met, so some more is taken than
// was asked for.
func (r *room) take(bytes int64) error {
	if bytes <= r.taken {
		return nil
	}
	s := r.store
	if bytes > s.options.Budget {
		r.of.needs.Store(bytes) // so that nobody reads so far again
		return &roomError{fmt.Sprintf("the copy takes %d bytes or more, and the budget of the mirror (--mirror-budget) is %d", bytes, s.options.Budget)}
	}
	more := min(bytes+bytes/4, s.options.Budget)
	if r.taken == 0 {
		more = bytes
	}
	held, err := s.heldCopies()
	if err != nil {
		return err
	}
	left := s.options.Budget - more
	for _, h := range held {
		left -= h.Bytes
	}
	for _, h := range held {
		if left >= 0 {
			break
		}
		if !r.mayTake(&h) {
			continue
		}
		if err := s.evict(&h); err != nil {
			s.options.Logger.Warn("a copy could not be removed from the mirror", "dataset", h.Dataset, "version", h.Version, "error", err.Error())
			continue
		}
		left += h.Bytes
	}
	if left < 0 {
		return &roomError{fmt.Sprintf("the copy takes %d bytes, and copies that are in use leave less of the budget of the mirror (--mirror-budget), which is %d", more, s.options.Budget)}
	}
	r.taken = more
	return nil
}

// mayTake reports whether a copy may go for this one.
func (r *room) mayTake(h *columnar.HeldCopy) bool {
	if h.Dataset == r.of.name && h.Version == r.of.version {
		return true // what is made anew
	}
	if time.Since(h.Used) > r.store.times.idle {
		return true
	}
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	return h.Dataset == r.of.name && r.of.current
}

// heldCopies returns the copies, that of which the last use is longest ago first.
func (s *Store) heldCopies() ([]columnar.HeldCopy, error) {
	held, err := s.copies.Held()
	if err != nil {
		return nil, fmt.Errorf("look at the copies in the mirror: %w", err)
	}
	for i := range held {
		h := &held[i]
		s.known.Range(func(_, known any) bool {
			if c := known.(*copied); s.isOf(c, h) && c.lastUse().After(h.Used) {
				h.Used = c.lastUse()
			}
			return true
		})
	}
	slices.SortFunc(held, func(a, b columnar.HeldCopy) int { return a.Used.Compare(b.Used) })
	return held, nil
}

// isOf reports whether a copy is held for this version.
func (s *Store) isOf(c *copied, h *columnar.HeldCopy) bool {
	return c.name == h.Dataset && c.version == h.Version && (!s.copies.InMemory() || c.layout == h.Layout)
}

// evict removes a copy.
func (s *Store) evict(h *columnar.HeldCopy) error {
	if err := s.remove(h); err != nil {
		return err
	}
	s.evicted.Add(1)
	s.options.Logger.Info("a copy was removed from the mirror to make room", "dataset", h.Dataset, "version", h.Version, "bytes", h.Bytes)
	return nil
}

// remove removes a copy, whose readers go on.
func (s *Store) remove(h *columnar.HeldCopy) error {
	s.known.Range(func(_, known any) bool {
		if c := known.(*copied); s.isOf(c, h) {
			c.whole.Store(nil)
			c.asked.Store(0)
			c.looked.Store(time.Now().UnixNano())
		}
		return true
	})
	if err := s.copies.Remove(h.Dataset, h.Layout, h.Version); err != nil {
		return errors.Join(fmt.Errorf("remove the copy of %s, version %s", h.Dataset, h.Version), err)
	}
	return nil
}

// bytesOf returns how many bytes a copy takes; 0 if it is not held.
func (s *Store) bytesOf(c *copied) int64 {
	held, err := s.copies.Held()
	if err != nil {
		return 0
	}
	for i := range held {
		if s.isOf(c, &held[i]) {
			return held[i].Bytes
		}
	}
	return 0
}
