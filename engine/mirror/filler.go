package mirror

import (
	"context"
	"errors"
	"fmt"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/fault"
)

// fillQueued makes copies, one after the other, until the store is closed.
func (s *Store) fillQueued() {
	for {
		select {
		case <-s.life.Done():
			return
		case <-s.wake:
		}
		for c := s.next(); c != nil && s.life.Err() == nil; c = s.next() {
			s.ended(c, s.fill(s.life, c))
		}
	}
}

// next takes the next copy to make out of the queue, nil if it is empty.
func (s *Store) next() *copied {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		return nil
	}
	c := s.queue[0]
	s.queue = s.queue[1:]
	c.state, c.elsewhere = engine.CopyFilling, false
	return c
}

// fill makes a copy.
func (s *Store) fill(ctx context.Context, c *copied) error {
	if c.isCollection() {
		return s.readCollection(ctx, c)
	}
	if s.look(ctx, c, true) != nil {
		return nil // another process was faster
	}
	began := time.Now()
	source, err := s.Store.TableAt(ctx, c.dataset, c.version)
	if err != nil {
		return err
	}
	rows, ok := source.(Rows)
	if !ok {
		return fmt.Errorf("%s: its rows cannot be read as a whole", source.Info().Place)
	}
	all := source.Info().Rows
	room := s.roomFor(c, all)
	if err := room.take(max(columnar.CopyBytes(c.dataset, all), c.needs.Load()), all); err != nil {
		return err
	}
	load, err := s.copies.Begin(ctx, c.dataset, c.version)
	if errors.Is(err, columnar.ErrHeld) {
		s.look(ctx, c, true)
		return nil
	}
	if err != nil {
		return err
	}
	if err = s.write(ctx, c, rows, load, room); err == nil {
		_, err = load.Commit(ctx)
	}
	if err != nil {
		return errors.Join(err, load.Abort(context.WithoutCancel(ctx)))
	}
	s.filled(ctx, c, load.Rows(), time.Since(began))
	return nil
}

// write reads all rows into the load, as far as there is room for them.
func (s *Store) write(ctx context.Context, c *copied, rows rowReader, load *columnar.CopyLoad, room *room) error {
	c.read.Store(0)
	return rows.ReadRows(ctx, s.readers, func(b *engine.Batch) error {
		if err := load.Write(ctx, b); err != nil {
			return err
		}
		c.read.Store(load.Rows())
		return room.take(load.Bytes(), load.Rows())
	})
}

// filled takes a whole copy into use.
func (s *Store) filled(ctx context.Context, c *copied, rows int64, took time.Duration) {
	s.mu.Lock()
	n := s.countsOf(c.name)
	n.filled++
	n.rows += rows
	n.took += took
	s.mu.Unlock()
	s.copies.Touch(c.name, c.version)
	s.look(ctx, c, true)
	s.options.Logger.Info("a version was copied into the mirror", "dataset", c.name, "version", c.version,
		"rows", rows, "bytes", s.bytesOf(c), "took", took.String())
	if s.copies.InMemory() {
		s.changed()
	}
}

// changed tells whoever asked that the copies in memory have changed.
func (s *Store) changed() {
	if s.options.Changed != nil {
		s.options.Changed()
	}
}

// ended notes how the making of a copy ended.
func (s *Store) ended(c *copied, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil || s.life.Err() != nil {
		if c.state == engine.CopyFilling {
			// It may be gone again already, or a collection be wanted anew: whoever asks next says so.
			c.state, c.wanted = engine.CopyNone, false
		}
		return
	}
	c.state = engine.CopyFailed
	if fault.CodeOf(err) == fault.LoadRunning {
		c.state, c.elsewhere, c.retry = engine.CopyFilling, true, time.Now().Add(s.times.look)
		return // by another process, whose copy will be found
	}
	pause := min(s.times.retry<<min(c.failures, 16), mostRetry)
	var full *roomError
	if errors.Is(err, columnar.ErrOtherContent) || errors.As(err, &full) {
		pause = max(pause, s.times.idle) // which will hardly be otherwise at once
	}
	c.failures++
	c.retry = time.Now().Add(pause)
	if fault.CodeOf(err) == fault.Gone {
		c.state, c.wanted, c.err = engine.CopyNone, false, nil
		return
	}
	s.countsOf(c.name).failed++
	if c.isCollection() {
		s.readingFailed(c, err, pause)
		return
	}
	again := pause.String()
	if c.hopeless = full != nil && full.never; c.hopeless {
		again = "never"
	}
	if c.err == nil || !isSame(c.err, err) {
		s.options.Logger.Warn("a version could not be copied into the mirror; the store answers for it",
			"dataset", c.name, "version", c.version, "error", err.Error(), "again_in", again)
	}
	c.err = err
}

// isSame reports whether a copy could not be made for the reason that is known. How much room
// others leave changes all the time.
func isSame(known, err error) bool {
	var a, b *roomError
	return known.Error() == err.Error() || errors.As(known, &a) && errors.As(err, &b) && a.never == b.never
}

// Copy makes a copy of the dataset's current version, unless there is a whole one, and
// waits for it; where that version is gone before it is whole, of the one that is current
// then. The error is why it could not be made, or the context's.
func (s *Store) Copy(ctx context.Context, ds *datasets.Dataset) error {
	for {
		c, err := s.ofCurrent(ctx, ds)
		if err != nil {
			return err
		}
		if over, err := s.await(ctx, c); over {
			return err
		}
	}
}

// ofCurrent returns the copy of the dataset's current version.
func (s *Store) ofCurrent(ctx context.Context, ds *datasets.Dataset) (*copied, error) {
	t, err := s.Store.Table(ctx, ds)
	if err != nil {
		return nil, err
	}
	if _, ok := t.(Rows); !ok || t.Info().Version == "" {
		return nil, fmt.Errorf("%s: its rows have no version", t.Info().Place)
	}
	if t.Info().OtherFields {
		return nil, fmt.Errorf("%s: %w", t.Info().Place, fault.ErrOtherFields)
	}
	return s.of(ds, t.Info().Version), nil
}

// await has the copy made, and waits until it is whole or could not be made. It is not over
// where the making ended with neither, as of a version that is gone.
func (s *Store) await(ctx context.Context, c *copied) (over bool, err error) {
	if s.look(ctx, c, false) != nil {
		return true, nil
	}
	s.want(c)
	for {
		select {
		case <-ctx.Done():
			return true, ctx.Err()
		case <-s.life.Done():
			return true, context.Canceled
		case <-time.After(awaitInterval):
		}
		if s.look(ctx, c, false) != nil {
			return true, nil
		}
		s.mu.Lock()
		state, failed := c.state, c.err
		s.mu.Unlock()
		switch state {
		case engine.CopyFailed:
			return true, failed
		case engine.CopyNone:
			return false, nil
		}
	}
}

// awaitInterval is between two looks at a copy that somebody waits for.
const awaitInterval = 5 * time.Millisecond
