package columnar

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
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

// Begin starts to make a copy of the version, in place of one that is damaged. It fails
// with code LoadRunning where another process is making it, and with ErrHeld where one has
// made it.
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

// CopyLoad is the making of a copy. Commit publishes it only if its rows are those of the
// version; else the error wraps ErrOtherContent.
type CopyLoad struct {
	engine.Load
	builder *blockBuilder
	rows    int64
}

// Write adds rows.
func (l *CopyLoad) Write(ctx context.Context, batch *engine.Batch) error {
	l.rows += int64(batch.Rows)
	return l.Load.Write(ctx, batch)
}

// Rows returns how many rows were added.
func (l *CopyLoad) Rows() int64 { return l.rows }

// Bytes returns about how many bytes the copy takes with what was added.
func (l *CopyLoad) Bytes() int64 {
	bytes := CopyBytes(l.builder.ds, l.rows)
	for _, d := range l.builder.dicts {
		if d != nil {
			bytes += d.bytes + int64(len(d.texts))*textBytes
		}
	}
	return bytes
}

// textBytes is what a text of a dictionary takes beside its bytes.
const textBytes = 16

// CopyBytes returns about how many bytes a copy of so many rows of the dataset takes,
// without the texts of its dictionaries.
func CopyBytes(ds *datasets.Dataset, rows int64) int64 {
	width := int64(0)
	for i := range ds.Fields {
		width += widthOf(ds.Fields[i].Type) + 1 // byte codes, or a bitmap
	}
	return width * rows
}

// bytes returns how many bytes the rows of a table in memory take.
func (t *table) bytes() int64 {
	var n int64
	for b := range t.blocks {
		for i := range t.blocks[b].columns {
			c := &t.blocks[b].columns[i]
			n += int64(8*cap(c.valid) + 8*cap(c.floats) + 8*cap(c.ints) + 4*cap(c.codes))
			if c.byteCodes != nil {
				n += int64(len(c.byteCodes.codes))
			}
		}
	}
	for _, texts := range t.texts {
		for _, text := range texts {
			n += int64(len(text)) + textBytes
		}
	}
	return n
}

// ErrOtherContent is the error of a copy whose rows are not those of its version.
var ErrOtherContent = errors.New("the rows that were read are not those of the published version")

// checkContent refuses rows that are not those of the expected version.
func checkContent(expected, version string) error {
	if expected == "" || expected == version {
		return nil
	}
	return fmt.Errorf("%w: they hash to %s, not to %s", ErrOtherContent, version, expected)
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

// abandonedAfter is after how long without progress an unfinished copy that nobody is
// making is removed.
const abandonedAfter = 10 * time.Minute

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

// removedPrefix begins the name of a folder that is being removed.
const removedPrefix = "removed."

func (c *Copies) heldInFiles() (all []HeldCopy, err error) {
	versions, err := os.ReadDir(c.options.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, version := range versions {
		name := filepath.Join(c.options.Dir, version.Name())
		if strings.HasPrefix(version.Name(), removedPrefix) {
			_ = os.RemoveAll(name) // the next look tries again
		}
		if !version.IsDir() || !files.IsVersionFolder(version.Name()) {
			continue
		}
		copies, failed := os.ReadDir(name)
		err = errors.Join(err, failed)
		for _, of := range copies {
			if h := c.heldInFolder(of.Name(), version.Name()); h != nil {
				all = append(all, *h)
			}
		}
	}
	return all, err
}

// heldInFolder returns the copy in a folder, nil if there is none.
func (c *Copies) heldInFolder(dataset, version string) *HeldCopy {
	folder := filepath.Join(c.options.Dir, version, dataset)
	lock, err := os.Stat(filepath.Join(folder, files.LockName))
	if err != nil {
		return nil
	}
	manifest := filepath.Join(folder, files.ManifestName)
	content, err := os.ReadFile(manifest)
	if err == nil {
		if m, err := files.ParseManifest(manifest, dataset, content); err == nil {
			h := &HeldCopy{Dataset: dataset, Version: version, Rows: m.Current.Rows, Used: lock.ModTime()}
			for _, f := range m.Current.Files {
				h.Bytes += f.Bytes
			}
			return h
		}
	}
	if time.Since(lock.ModTime()) > abandonedAfter {
		if err := c.removeFiles(dataset, version); err != nil {
			c.options.Logger.Warn("what is left of an unfinished copy could not be removed", "folder", folder, "error", err.Error())
		}
	}
	return nil
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

// removeFiles removes a copy's folder. It is renamed first, so that nobody meets half of
// it.
func (c *Copies) removeFiles(dataset, version string) error {
	above := filepath.Join(c.options.Dir, version)
	folder := filepath.Join(above, dataset)
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	release, held, err := files.Disk{}.Lock(filepath.Join(folder, files.LockName))
	if err != nil {
		return err
	}
	if err := release(); err != nil || held {
		if held {
			return fault.LoadRunningError(dataset, time.Second)
		}
		return err
	}
	removed := filepath.Join(c.options.Dir, fmt.Sprintf("%s%s.%s.%d", removedPrefix, dataset, version, time.Now().UnixNano()))
	if err := os.Rename(folder, removed); err != nil {
		return err
	}
	_ = os.Remove(above) // which holds copies of other datasets, or goes
	c.store(version).versionsOf(dataset).look(true)
	return os.RemoveAll(removed)
}

// Forget lets go of what is known of a version of which nothing is held.
func (c *Copies) Forget(version string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.stores, version)
}

// Close lets go of all copies. Those in files stay; cursors that are open stay usable.
func (c *Copies) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.held)
	clear(c.stores)
	c.forget(func(uint64) bool { return true })
}
