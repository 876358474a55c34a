package columnar

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar/internal/files"
	"herbarium/engine/fault"
	"herbarium/engine/memory"
)

// CopyOptions are the options of Copies.
type CopyOptions struct {
	// Dir is the folder of the copies, which several processes may share; "" keeps them in
	// memory.
	Dir string
	// MaxGroups, Memory and Logger are as in FileOptions.
	MaxGroups int
	Memory    *memory.Budget
	Logger    *slog.Logger
}

// Copies are tables of versions that another store has published, for whoever answers in
// its place. A copy is published only if its rows hash to the version that it is a copy
// of. Copies are safe for concurrent use.
//
// In a folder, each version has a folder of its name with a FileStore in it. The lock of a
// load there is the lease of whoever makes the copy; others find it once it is whole.
type Copies struct {
	*resources
	options CopyOptions

	mu     sync.Mutex
	held   map[copyName]heldTable // in memory
	stores map[string]*FileStore  // in files, by version
}

// copyName names a copy. Two layouts with the same fields are two copies in memory, and
// one in files.
type copyName struct{ dataset, layout, version string }

// heldTable is a copy in memory, and how many bytes it takes.
type heldTable struct {
	*table
	bytes int64
}

// OpenCopies returns the copies that are in the folder, or none. Nothing is read before it
// is needed.
func OpenCopies(options CopyOptions) *Copies {
	c := &Copies{resources: newResources(blockRows, runtime.GOMAXPROCS(0), maxDense), options: options,
		held: map[copyName]heldTable{}, stores: map[string]*FileStore{}}
	c.limitGroups(options.MaxGroups)
	c.limitMemory(options.Memory)
	if c.options.Logger == nil {
		c.options.Logger = slog.Default()
	}
	return c
}

// Place says, for people, where the copies are.
func (c *Copies) Place() string {
	if c.options.Dir == "" {
		return inMemory
	}
	return onDisk
}

// Memory returns copies in memory that share the caches of c; c itself where its copies are
// in memory.
func (c *Copies) Memory() *Copies {
	if c.InMemory() {
		return c
	}
	options := c.options
	options.Dir = ""
	return &Copies{resources: c.resources, options: options, held: map[copyName]heldTable{}, stores: map[string]*FileStore{}}
}

// InMemory reports whether the copies are in memory.
func (c *Copies) InMemory() bool { return c.options.Dir == "" }

// store returns the store of a version's copies in files.
func (c *Copies) store(version string) *FileStore {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stores[version]
	if s == nil {
		s = openFiles(filepath.Join(c.options.Dir, version), c.resources, files.Disk{})
		s.options.Logger = c.options.Logger
		c.stores[version] = s
	}
	return s
}

// Table returns the dataset's copy of the version, nil if there is no whole one. The error
// has code StoreUnavailable where there is one that cannot be read.
func (c *Copies) Table(ctx context.Context, ds *datasets.Dataset, version string) (engine.Table, error) {
	if c.InMemory() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if t := c.held[copyName{ds.Name, ds.Layout, version}]; t.table != nil {
			return t.table, nil
		}
		return nil, nil
	}
	t, err := c.store(version).Table(ctx, ds)
	manifest := filepath.Join(c.options.Dir, version, ds.Name, files.ManifestName)
	switch {
	case fault.CodeOf(err) == fault.NotLoaded:
		return nil, nil
	case err != nil:
		if _, missing := os.Stat(manifest); errors.Is(missing, fs.ErrNotExist) {
			return nil, nil // it is being made, or was not finished
		}
		return nil, err
	case t.Info().Version != version:
		return nil, unreadable(ds.Name, files.Corrupt(manifest, "it is of version %s", t.Info().Version))
	}
	return t, nil
}

// ErrHeld is the error where another process has made a copy in the meantime.
var ErrHeld = errors.New("there is a whole copy")

// Begin starts to make a copy of the version, in place of one that is damaged; in memory, ""
// is whatever version the rows hash to. It fails with code LoadRunning where another process
// is making it, and with ErrHeld where one has made it.
func (c *Copies) Begin(ctx context.Context, ds *datasets.Dataset, version string) (*CopyLoad, error) {
	if c.InMemory() {
		l := newLoad(c.resources, ds, func(t *table) { c.hold(ds, t) })
		l.expected = version
		return &CopyLoad{Load: l, builder: l.builder}, nil
	}
	begun, err := c.store(version).Begin(ctx, ds, engine.LoadOptions{})
	if err != nil {
		return nil, err
	}
	l := begun.(*fileLoad)
	l.expected = version
	// Only now that the lock is held, what is there is the last word.
	if t, err := c.Table(ctx, ds, version); err == nil && t != nil && t.Info().Fault == nil {
		return nil, errors.Join(ErrHeld, l.Abort(ctx))
	}
	return &CopyLoad{Load: l, builder: l.builder}, nil
}

// hold takes in a table in memory, if there is one.
func (c *Copies) hold(ds *datasets.Dataset, t *table) {
	if t == nil {
		return
	}
	bytes := t.bytes()
	c.mu.Lock()
	defer c.mu.Unlock()
	name := copyName{ds.Name, ds.Layout, t.version}
	if before := c.held[name]; before.table != nil {
		c.forget(func(id uint64) bool { return id == before.id })
	}
	c.held[name] = heldTable{t, bytes}
}

// HeldCopy is a whole copy.
type HeldCopy struct {
	Dataset string
	Layout  string // of a copy in memory
	Version string
	Rows    int64
	Bytes   int64
	// Used is when any process last said so (see Touch); zero in memory.
	Used time.Time
}

// Held returns the whole copies, in no order, and removes what is left of others. The
// error is that of reading the folder.
func (c *Copies) Held() ([]HeldCopy, error) {
	if !c.InMemory() {
		return c.heldInFiles()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]HeldCopy, 0, len(c.held))
	for name, t := range c.held {
		all = append(all, HeldCopy{Dataset: name.dataset, Layout: name.layout, Version: name.version, Rows: t.rows, Bytes: t.bytes})
	}
	return all, nil
}

// Touch notes in the folder that the copy is used.
func (c *Copies) Touch(dataset, version string) {
	if !c.InMemory() {
		now := time.Now()
		// A folder that is read-only keeps no times of use, and nobody evicts from it.
		_ = os.Chtimes(filepath.Join(c.options.Dir, version, dataset, files.LockName), now, now)
	}
}

// Remove removes the dataset's copy of the version, and forgets it. Whoever reads it goes
// on. It fails with code LoadRunning where a process is making it. The layout counts in
// memory alone.
func (c *Copies) Remove(dataset, layout, version string) error {
	if c.InMemory() {
		c.mu.Lock()
		defer c.mu.Unlock()
		name := copyName{dataset, layout, version}
		if t := c.held[name]; t.table != nil {
			delete(c.held, name)
			c.forget(func(id uint64) bool { return id == t.id })
		}
		return nil
	}
	return c.removeFiles(dataset, version)
}

// Damaged counts a damage of the dataset's rows that was found otherwise than by a scrub (see
// Damages).
func (c *Copies) Damaged(dataset string) { c.damaged(dataset) }

// Forget lets go of what is known of a version, unless copies of it are open: two datasets
// with equal fields and rows have copies of the same one.
func (c *Copies) Forget(version string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.stores[version]; s != nil && len(s.open()) == 0 {
		delete(c.stores, version)
	}
}

// Close lets go of all copies. Those in files stay; cursors that are open stay usable.
func (c *Copies) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.held)
	clear(c.stores)
	c.forget(func(uint64) bool { return true })
}
