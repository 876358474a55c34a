package datasets

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// When a folder is checked. Saving a file causes several events, so a check waits
// until there was none for quietTime, but at most maxDelay after the first. Some
// file systems, such as network ones, report no events, so there is a check every
// pollInterval too.
const (
	quietTime    = 100 * time.Millisecond
	maxDelay     = 400 * time.Millisecond
	pollInterval = 2 * time.Second
)

// Watcher watches a folder of descriptors, with their query schemas and data.
type Watcher struct {
	dir     string
	catalog *catalog
	poll    time.Duration
	fault   string // why the folder could not be read last time; "" if it could
}

// NewWatcher reads the folder dir as Open does.
func NewWatcher(dir string, options ...Option) (*Watcher, error) {
	w := &Watcher{dir: dir, catalog: newCatalog(folderAt(dir, options...)), poll: pollInterval}
	_, _, err := w.catalog.read(time.Now())
	return w, err
}

// Snapshot returns what the folder contained when it was last read. It must not be
// called while Watch runs.
func (w *Watcher) Snapshot() *Snapshot { return w.catalog.current }

// Watch calls changed with each new snapshot until ctx ends. It does so within a
// second of a change if the file system reports changes, else within the poll
// interval. Datasets that did not change are the same pointers as before. While a
// descriptor is broken, or a name is declared twice, the last valid version of the
// dataset stays in the snapshot, beside the Broken, even if the file is renamed.
//
// Watch calls failed once if the folder cannot be read, and with nil when it can be read
// again; meanwhile the last snapshot stays valid. It also calls failed if file system
// events were lost; the check that follows finds the changes.
func (w *Watcher) Watch(ctx context.Context, changed func(*Snapshot), failed func(error)) {
	var events <-chan fsnotify.Event
	var lost <-chan error // events were lost
	notifier, err := fsnotify.NewWatcher()
	if err == nil {
		defer func() { _ = notifier.Close() }()
		events, lost = notifier.Events, notifier.Errors
	}
	polling := time.NewTicker(w.poll)
	defer polling.Stop()
	var latest time.Time // when the next check is due at the latest
	due := time.After(0) // the folder may have changed since NewWatcher read it
	for {
		select {
		case <-ctx.Done():
			return
		case <-events:
			due, latest = debounce(due, latest)
			continue
		case err := <-lost:
			failed(fmt.Errorf("watch datasets: %w", err))
			due, latest = debounce(due, latest)
			continue
		case <-polling.C:
			if due != nil {
				continue
			}
		case <-due:
		}
		// Subscribe before the check, so that no change is missed in between.
		w.subscribe(notifier)
		if due = nil; w.check(changed, failed) {
			due, latest = time.After(removeDelay), time.Now().Add(maxDelay)
		}
	}
}

// debounce postpones the check until no event came for quietTime, but not beyond
// latest.
func debounce(due <-chan time.Time, latest time.Time) (<-chan time.Time, time.Time) {
	now := time.Now()
	if due == nil {
		latest = now.Add(maxDelay)
	}
	return time.After(min(quietTime, latest.Sub(now))), latest
}

// check reads what changed, and reports whether to check again soon because a file
// was missing or incomplete, or there are new folders to watch.
func (w *Watcher) check(changed func(*Snapshot), failed func(error)) bool {
	before := w.catalog.current
	s, again, err := w.catalog.read(time.Now())
	if err != nil {
		if w.fault != err.Error() {
			w.fault = err.Error()
			failed(err)
		}
		return false
	}
	if w.fault != "" {
		w.fault = ""
		failed(nil)
	}
	if s != before {
		changed(s)
	}
	return again || s != before
}

// subscribe asks for events of every folder with files that matter. A folder that
// does not exist, or whose file system reports no changes, is only polled.
func (w *Watcher) subscribe(notifier *fsnotify.Watcher) {
	if notifier == nil {
		return
	}
	for _, name := range w.catalog.folders() {
		_ = notifier.Add(filepath.Join(w.dir, filepath.FromSlash(name)))
	}
	for _, dir := range w.catalog.from.schemaDirs {
		_ = notifier.Add(dir)
	}
}
