package datasets

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// How changes of a folder are followed. A file system that tells of changes
// is looked at once it has been quiet for the time quiet, but no later than
// patience after the first change: a save is several changes. One that does
// not tell, such as a network's, is looked at every poll.
const (
	quiet    = 100 * time.Millisecond
	patience = 400 * time.Millisecond
	poll     = 2 * time.Second
)

// Watcher follows the descriptors of a folder, their query schemas and data.
type Watcher struct {
	dir     string
	catalog *catalog
	poll    time.Duration
	fault   string // why the folder could not be read last; "" if it could
}

// NewWatcher reads the folder dir as Open does.
func NewWatcher(dir string) (*Watcher, error) {
	w := &Watcher{dir: dir, catalog: newCatalog(folderAt(dir)), poll: poll}
	_, _, err := w.catalog.read(time.Now())
	return w, err
}

// Snapshot returns what was found when the folder was last read. It must not
// be called while Watch runs.
func (w *Watcher) Snapshot() *Snapshot { return w.catalog.current }

// Watch calls changed with each new snapshot, within a second of the change
// where the file system tells of changes, until ctx ends. What did not change
// is not read again: its datasets are the same. While a descriptor is broken,
// or a name is declared twice, the last good version of its dataset stays in
// the snapshot, beside the Broken; also where the file is renamed. failed
// takes the error where the folder cannot be read, once until it can again,
// and all stays as it was; and where changes were lost, which a look then
// finds.
func (w *Watcher) Watch(ctx context.Context, changed func(*Snapshot), failed func(error)) {
	var told <-chan fsnotify.Event
	var lost <-chan error // more happened than could be told
	notifier, err := fsnotify.NewWatcher()
	if err == nil {
		defer func() { _ = notifier.Close() }()
		told, lost = notifier.Events, notifier.Errors
	}
	polling := time.NewTicker(w.poll)
	defer polling.Stop()
	var latest time.Time // when a look is due, however much changes
	due := time.After(0) // what changed since the folder was first read
	for {
		select {
		case <-ctx.Done():
			return
		case <-told:
			due, latest = settle(due, latest)
			continue
		case err := <-lost:
			failed(fmt.Errorf("watch datasets: %w", err))
			due, latest = settle(due, latest)
			continue
		case <-polling.C:
			if due != nil {
				continue
			}
		case <-due:
		}
		// Watching comes before looking, so that no change falls between.
		w.subscribe(notifier)
		if due = nil; w.look(changed, failed) {
			due, latest = time.After(grace), time.Now().Add(patience)
		}
	}
}

// settle puts off a look until the folder is quiet, but not beyond latest.
func settle(due <-chan time.Time, latest time.Time) (<-chan time.Time, time.Time) {
	now := time.Now()
	if due == nil {
		latest = now.Add(patience)
	}
	return time.After(min(quiet, latest.Sub(now))), latest
}

// look reads what changed, and reports whether to look again soon: a file was
// missing, or there are new folders to watch.
func (w *Watcher) look(changed func(*Snapshot), failed func(error)) bool {
	before := w.catalog.current
	s, again, err := w.catalog.read(time.Now())
	if err != nil {
		if w.fault != err.Error() {
			w.fault = err.Error()
			failed(err)
		}
		return false
	}
	w.fault = ""
	if s != before {
		changed(s)
	}
	return again || s != before
}

// subscribe asks to be told of changes in every folder that matters. One that
// is not there, or whose file system cannot tell, is polled.
func (w *Watcher) subscribe(notifier *fsnotify.Watcher) {
	if notifier == nil {
		return
	}
	for _, name := range w.catalog.folders() {
		_ = notifier.Add(filepath.Join(w.dir, filepath.FromSlash(name)))
	}
	for _, place := range w.catalog.from.places {
		_ = notifier.Add(place)
	}
}
