package datasets

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"time"
)

// grace is how long a descriptor must be gone before its dataset is. Some
// editors take a file away for a moment while they save it.
const grace = 150 * time.Millisecond

// calm is how long a file must not have been written to before it is read
// while serving: it may not be whole yet.
const calm = 50 * time.Millisecond

// catalog knows what the files of a folder declared when it was last read, so
// that reading it again costs no more than asking each file for its state.
type catalog struct {
	from    folder
	entries map[string]*listing // by descriptor
	current *Snapshot
	known   bool // it was read before
}

// listing is one descriptor of a catalog.
type listing struct {
	state   stamp
	schema  string // the query schema that it names; "" if none
	schemas []stamp
	// ds is the last good version; err says what is wrong with the present one.
	ds     *Dataset
	broken *Broken
	gone   time.Time // when it was first found missing; zero while it is there
}

func newCatalog(from folder) *catalog {
	return &catalog{from: from, entries: map[string]*listing{}, current: &Snapshot{}}
}

// read brings the catalog up to date and returns its snapshot, the one from
// before if nothing changed. again says that it should be read once more soon.
func (c *catalog) read(now time.Time) (s *Snapshot, again bool, err error) {
	files, done, err := c.from.files()
	if err != nil {
		return nil, false, fmt.Errorf("read datasets: %w", err)
	}
	defer func() { _ = done.Close() }()
	found, err := files.ReadDir(".")
	if err != nil {
		return nil, false, fmt.Errorf("read datasets: %w", err)
	}
	changed := false
	there := map[string]bool{}
	for _, e := range found {
		if !isDescriptor(e) {
			continue
		}
		there[e.Name()] = true
		state := stampOf(files, e.Name())
		if c.known && state.youngerThan(calm, now) {
			again = true
			continue
		}
		fresh, young := c.look(files, e.Name(), state, now)
		changed, again = changed || fresh, again || young
	}
	moved, missing := c.missing(there, now)
	if changed || moved || !c.known {
		c.current = c.snapshot()
	}
	c.known = true
	return c.current, again || missing, nil
}

// missing takes out the descriptors that are gone, and reports whether there
// were such, or some came back, and whether there are others that may be gone.
func (c *catalog) missing(there map[string]bool, now time.Time) (moved, maybe bool) {
	for name, l := range c.entries {
		switch {
		case there[name]:
			moved = moved || !l.gone.IsZero()
			l.gone = time.Time{}
		case l.gone.IsZero():
			l.gone, maybe = now, true
		case now.Sub(l.gone) < grace:
			maybe = true
		default:
			delete(c.entries, name)
			c.bequeath(l.ds)
			moved = true
		}
	}
	return moved, maybe
}

// bequeath leaves the last good version of a dataset whose descriptor is gone
// to those that are broken and declare it too.
func (c *catalog) bequeath(ds *Dataset) {
	for _, l := range c.entries {
		if ds != nil && l.ds == nil && l.broken != nil && l.broken.Name == ds.Name {
			l.ds = ds
		}
	}
}

// renamed returns the last good version of the descriptor that had this state
// under another name; nil if there was none.
func (c *catalog) renamed(state stamp) *Dataset {
	for _, l := range c.entries {
		if l.ds != nil && l.state.sameFile(state) {
			return l.ds
		}
	}
	return nil
}

// look reads the descriptor in this state if it or its query schema changed,
// and reports whether that, or its data, did, and whether its data may soon.
func (c *catalog) look(files fs.FS, name string, state stamp, now time.Time) (changed, again bool) {
	l := c.entries[name]
	if l == nil {
		l = &listing{}
		c.entries[name] = l
	} else if state.info != nil && state.same(l.state) && slices.EqualFunc(c.from.stamps(l.schema), l.schemas, stamp.same) {
		return l.lookAtData(files, now)
	}
	ds, schema, err := c.from.descriptor(files, name)
	if c.known && !stampOf(files, name).same(state) {
		return false, true // what was read may be of no one moment
	}
	l.state = state
	l.schema, l.schemas = schema, c.from.stamps(schema)
	if err == nil {
		l.ds, l.broken = ds, nil
		return true, false
	}
	if l.broken != nil && l.broken.Err.Error() == err.Error() {
		return false, false
	}
	l.broken = &Broken{nameOf(ds, name), name, err}
	if l.ds == nil {
		l.ds = c.renamed(state)
	}
	if l.ds != nil {
		l.broken.Name = l.ds.Name
	}
	return true, false
}

// lookAtData gives the dataset a new version if its data file changed and is
// not being written to.
func (l *listing) lookAtData(files fs.FS, now time.Time) (changed, again bool) {
	if l.ds == nil || l.ds.Data == "" {
		return false, false
	}
	state := stampOf(files, l.ds.Data)
	if state.same(l.ds.state) {
		return false, false
	}
	if state.youngerThan(calm, now) {
		return false, true
	}
	ds := *l.ds
	ds.state = state
	l.ds = &ds
	return true, false
}

// snapshot is what the descriptors declare together. A dataset that only a
// broken descriptor or several at once declare stays as it last was.
func (c *catalog) snapshot() *Snapshot {
	declared := map[string][]*Dataset{}
	var broken []Broken
	last := map[string]*Dataset{}
	for _, name := range slices.Sorted(maps.Keys(c.entries)) {
		l := c.entries[name]
		if l.broken != nil {
			broken = append(broken, *l.broken)
		}
		switch {
		case l.ds == nil:
		case l.broken != nil || !l.gone.IsZero():
			last[l.ds.Name] = l.ds
		default:
			declared[l.ds.Name] = append(declared[l.ds.Name], l.ds)
		}
	}
	served := map[string]*Dataset{}
	for name, all := range declared {
		if len(all) == 1 {
			served[name] = all[0]
			continue
		}
		broken = append(broken, clash(name, all)...)
		if before, ok := c.current.Dataset(name); ok {
			last[name] = before
		}
	}
	for name, ds := range last {
		if served[name] == nil {
			if _, ok := c.current.Dataset(name); ok {
				served[name] = ds
			}
		}
	}
	return NewSnapshot(slices.Collect(maps.Values(served))...).WithBroken(broken...)
}

// folders returns the folders whose files the catalog depends on.
func (c *catalog) folders() []string {
	all := map[string]bool{".": true}
	for _, l := range c.entries {
		if l.ds != nil && l.ds.Data != "" {
			all[path.Dir(l.ds.Data)] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}
