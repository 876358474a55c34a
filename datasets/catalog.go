package datasets

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"time"
)

// removeDelay is how long a descriptor must be missing before its dataset is
// removed. Some editors delete a file for a moment while they save it.
const removeDelay = 150 * time.Millisecond

// settleTime is how long ago the last write to a changed file must be before the
// file is read. A file that was just written to may be incomplete.
const settleTime = 50 * time.Millisecond

// catalog caches what the descriptors of a folder declare. Reading the folder
// again costs a stat of each file, and parses only what changed.
type catalog struct {
	from    folder
	entries map[string]*catalogEntry // by the descriptor's file name
	current *Snapshot
	loaded  bool // the folder was read at least once
}

// catalogEntry is one descriptor of a catalog.
type catalogEntry struct {
	state   stamp
	schema  string // the query schema that it names, or ""
	schemas []stamp
	// ds is the last valid version, or nil; broken is set if the present one is not
	// valid.
	ds      *Dataset
	broken  *Broken
	missing time.Time // when the file was first found missing; zero while it exists
}

func newCatalog(from folder) *catalog {
	return &catalog{from: from, entries: map[string]*catalogEntry{}, current: &Snapshot{}}
}

// read brings the catalog up to date and returns its snapshot, which is the
// previous one if nothing changed. again asks the caller to read soon once more,
// because a file was missing or may not be complete.
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
	present := map[string]bool{}
	for _, e := range found {
		if !isDescriptor(e) {
			continue
		}
		present[e.Name()] = true
		state := stampOf(files, e.Name())
		if c.loaded && state.modifiedWithin(settleTime, now) {
			again = true
			continue
		}
		fresh, retry := c.refresh(files, e.Name(), state, now)
		changed, again = changed || fresh, again || retry
	}
	moved, missing := c.removeMissing(present, now)
	if changed || moved || !c.loaded {
		c.current = c.snapshot()
	}
	c.loaded = true
	return c.current, again || missing, nil
}

// removeMissing removes the entries of descriptors that have been missing for
// removeDelay. changed reports whether entries were removed or came back; waiting
// reports whether others are missing, but not for long enough.
func (c *catalog) removeMissing(present map[string]bool, now time.Time) (changed, waiting bool) {
	for name, e := range c.entries {
		switch {
		case present[name]:
			changed = changed || !e.missing.IsZero()
			e.missing = time.Time{}
		case e.missing.IsZero():
			e.missing, waiting = now, true
		case now.Sub(e.missing) < removeDelay:
			waiting = true
		default:
			delete(c.entries, name)
			c.keepForBroken(e.ds)
			changed = true
		}
	}
	return changed, waiting
}

// keepForBroken hands the last valid version of a dataset whose descriptor was
// removed to the broken descriptors that declare the same dataset.
func (c *catalog) keepForBroken(ds *Dataset) {
	for _, e := range c.entries {
		if ds != nil && e.ds == nil && e.broken != nil && e.broken.Name == ds.Name {
			e.ds = ds
		}
	}
}

// renamed returns the last valid version of the descriptor that was this file
// under another name, or nil if there is none.
func (c *catalog) renamed(state stamp) *Dataset {
	for _, e := range c.entries {
		if e.ds != nil && e.state.sameFile(state) {
			return e.ds
		}
	}
	return nil
}

// refresh parses the descriptor if it or its query schema changed. changed reports
// whether the entry changed, which it also does if only its data file did. again
// reports whether a file is still being written.
func (c *catalog) refresh(files fs.FS, name string, state stamp, now time.Time) (changed, again bool) {
	e := c.entries[name]
	if e == nil {
		e = &catalogEntry{}
		c.entries[name] = e
	} else if state.info != nil && state.same(e.state) && slices.EqualFunc(c.from.stamps(e.schema), e.schemas, stamp.same) {
		return e.refreshData(files, now)
	}
	ds, schema, err := c.from.descriptor(files, name)
	if c.loaded && !stampOf(files, name).same(state) {
		return false, true // the file changed while it was read
	}
	e.state = state
	e.schema, e.schemas = schema, c.from.stamps(schema)
	if err == nil {
		e.ds, e.broken = ds, nil
		return true, false
	}
	if e.broken != nil && e.broken.Err.Error() == err.Error() {
		return false, false
	}
	e.broken = &Broken{nameOf(ds, name), name, err}
	if e.ds == nil {
		e.ds = c.renamed(state)
	}
	if e.ds != nil {
		e.broken.Name = e.ds.Name
	}
	return true, false
}

// refreshData replaces the dataset with a copy if its data file changed. It waits
// with that (again) while the file is still being written.
func (e *catalogEntry) refreshData(files fs.FS, now time.Time) (changed, again bool) {
	if e.ds == nil || e.ds.Data == "" {
		return false, false
	}
	current := dataFiles(files, e.ds.patterns)
	if sameFiles(current, e.ds.files) {
		return false, false
	}
	if slices.ContainsFunc(current, func(f dataFile) bool { return f.state.modifiedWithin(settleTime, now) }) {
		return false, true
	}
	ds := *e.ds
	ds.files = current
	e.ds = &ds
	return true, false
}

// snapshot combines what all descriptors declare. A dataset that is declared only
// by a broken descriptor, or by several descriptors at once, keeps the version
// that is being served, if there is one.
func (c *catalog) snapshot() *Snapshot {
	declared := map[string][]*Dataset{}
	var broken []Broken
	last := map[string]*Dataset{}
	for _, name := range slices.Sorted(maps.Keys(c.entries)) {
		e := c.entries[name]
		if e.broken != nil {
			broken = append(broken, *e.broken)
		}
		switch {
		case e.ds == nil:
		case e.broken != nil || !e.missing.IsZero():
			last[e.ds.Name] = e.ds
		default:
			declared[e.ds.Name] = append(declared[e.ds.Name], e.ds)
		}
	}
	served := map[string]*Dataset{}
	for name, all := range declared {
		if len(all) == 1 {
			served[name] = all[0]
			continue
		}
		broken = append(broken, nameClash(name, all)...)
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

// folders returns the folders that contain descriptors and data files.
func (c *catalog) folders() []string {
	all := map[string]bool{".": true}
	for _, e := range c.entries {
		if e.ds != nil && e.ds.Data != "" {
			for _, pattern := range e.ds.patterns {
				all[fixedFolder(pattern)] = true
			}
			for _, f := range e.ds.files {
				all[path.Dir(f.name)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}
