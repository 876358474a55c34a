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
	rows  int64 // that the copy will have; negative if that is not known
	taken int64
}

// roomFor returns the room of a copy of so many rows that is about to be made, of no bytes.
func (s *Store) roomFor(c *copied, rows int64) *room { return &room{store: s, of: c, rows: rows} }

// roomError says why there is no room.
type roomError struct {
	text string
	// never says that there will be none, since the copy is larger than the whole budget.
	never bool
}

func (e *roomError) Error() string { return e.text }

// take makes room for so many bytes in all, which so many rows take, by removing copies of
// which the last use is longest ago: those that were not used for a while, and older versions
// of the dataset itself. What a copy takes grows by the texts that are met, so some more is
// taken than was asked for, if there is more.
func (r *room) take(bytes, rows int64) error {
	if bytes <= r.taken {
		return nil
	}
	s := r.store
	place := s.placeOf(r.of)
	budget := s.budgetOf(place)
	if bytes > budget {
		return r.tooLarge(place, bytes, rows, budget)
	}
	more := min(bytes+bytes/4, budget)
	if r.taken == 0 {
		more = bytes
	}
	held, err := s.heldCopies(place)
	if err != nil {
		return err
	}
	left := budget - place.Unfinished(r.of.name, r.of.version)
	for _, h := range held {
		left -= h.Bytes
	}
	for _, h := range held {
		if left >= more {
			break
		}
		if !r.mayTake(&h) {
			continue
		}
		if err := s.evict(place, &h); err != nil {
			s.options.Logger.Warn("a copy could not be removed from the mirror", "dataset", h.Dataset, "version", h.Version, "error", err.Error())
			continue
		}
		left += h.Bytes
	}
	if left < bytes {
		// Less than that would be read in vain the next time.
		r.of.needs.Store(r.whole(bytes, rows))
		return &roomError{text: fmt.Sprintf("the copy takes about %s, and copies that are in use leave %s of %s, which is %s",
			sizeText(r.whole(bytes, rows)), sizeText(max(left, 0)), s.budgetName(place), sizeText(budget))}
	}
	r.taken = min(more, left)
	return nil
}

// whole returns about how many bytes the copy will take, of which so many rows take so many.
func (r *room) whole(bytes, rows int64) int64 {
	if rows <= 0 || rows >= r.rows {
		return bytes
	}
	return int64(float64(bytes) * float64(r.rows) / float64(rows))
}

// tooLarge is the error for a copy that the whole budget is too small for.
func (r *room) tooLarge(place *columnar.Copies, bytes, rows, budget int64) error {
	r.of.needs.Store(bytes) // so that nobody reads so far of a version again
	s, about := r.store, r.whole(bytes, rows)
	takes := "about " + sizeText(about)
	if r.rows < 0 {
		takes = sizeText(bytes) + " or more"
	}
	text := fmt.Sprintf("the copy takes %s, and %s is %s", takes, s.budgetName(place), sizeText(budget))
	if place == s.copies {
		text += "; set that to " + budgetFor(about+about/8) + " or more"
		if place.InMemory() {
			text += ", or keep copies in a folder (--mirror-dir)"
		}
	}
	return &roomError{text: text, never: !r.of.isCollection()}
}

// mayTake reports whether a copy may go for this one.
func (r *room) mayTake(h *columnar.HeldCopy) bool {
	if h.Dataset == r.of.name && h.Version == r.of.version {
		return true // what is made anew
	}
	if r.of.isCollection() && h.Dataset == r.of.name {
		latest := r.of.latest.Load()
		return latest == nil || latest.version != h.Version
	}
	if time.Since(h.Used) > r.store.times.idle {
		return true
	}
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	return h.Dataset == r.of.name && r.of.current
}

// heldCopies returns the copies, that of which the last use is longest ago first.
func (s *Store) heldCopies(place *columnar.Copies) ([]columnar.HeldCopy, error) {
	held, err := place.Held()
	if err != nil {
		return nil, fmt.Errorf("look at the copies in the mirror: %w", err)
	}
	for i := range held {
		h := &held[i]
		s.known.Range(func(_, known any) bool {
			if c := known.(*copied); s.isOf(c, place, h) && c.used.get().After(h.Used) {
				h.Used = c.used.get()
			}
			return true
		})
	}
	slices.SortFunc(held, func(a, b columnar.HeldCopy) int { return a.Used.Compare(b.Used) })
	return held, nil
}

// placeOf returns where the copy is, or would be.
func (s *Store) placeOf(c *copied) *columnar.Copies {
	if c.collection != "" {
		return s.memory
	}
	return s.copies
}

// budgetOf returns how many bytes all copies there may take together.
func (s *Store) budgetOf(place *columnar.Copies) int64 {
	if place == s.copies {
		return s.options.Budget
	}
	return s.options.Memory
}

// budgetName says, for people, what that is.
func (s *Store) budgetName(place *columnar.Copies) string {
	if place == s.copies {
		return "the budget of the mirror (--mirror-budget)"
	}
	return "the memory of the mirror for collections that something else fills"
}

// isOf reports whether a copy that is held there is one of this version.
func (s *Store) isOf(c *copied, place *columnar.Copies, h *columnar.HeldCopy) bool {
	return s.placeOf(c) == place && c.name == h.Dataset && c.version == h.Version && (!place.InMemory() || c.layout == h.Layout)
}

// evict removes a copy.
func (s *Store) evict(place *columnar.Copies, h *columnar.HeldCopy) error {
	if err := s.remove(place, h); err != nil {
		return err
	}
	s.evicted.Add(1)
	s.options.Logger.Info("a copy was removed from the mirror to make room", "dataset", h.Dataset, "version", h.Version, "bytes", h.Bytes)
	return nil
}

// remove removes a copy, whose readers go on. Only then is it no longer known, so that nobody
// finds it in between and holds on to it.
func (s *Store) remove(place *columnar.Copies, h *columnar.HeldCopy) error {
	if err := place.Remove(h.Dataset, h.Layout, h.Version); err != nil {
		return errors.Join(fmt.Errorf("remove the copy of %s, version %s", h.Dataset, h.Version), err)
	}
	s.known.Range(func(_, known any) bool {
		if c := known.(*copied); s.isOf(c, place, h) {
			c.looked.set(time.Now())
			c.whole.Store(nil)
			c.asked.Store(0)
		}
		return true
	})
	return nil
}

// bytesOf returns how many bytes a copy takes; 0 if it is not held.
func (s *Store) bytesOf(c *copied) int64 {
	place := s.placeOf(c)
	held, err := place.Held()
	if err != nil {
		return 0
	}
	for i := range held {
		if s.isOf(c, place, &held[i]) {
			return held[i].Bytes
		}
	}
	return 0
}
