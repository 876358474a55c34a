// Package filewatch reads files again when they change.
package filewatch

import (
	"context"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Files are files that are followed: they are looked at when one of their folders reports a
// change, and from time to time, since some changes are not reported: those on network file
// systems, and those behind a symbolic link in the middle of a path, as Kubernetes swaps
// ..data. Who reads them has to compare what they contain: then it matters neither how a
// file is replaced nor what its times say.
type Files struct {
	// Names returns the files; those of an empty name are left out. It is called before
	// each reading.
	Names func() []string
	// Read reads the files.
	Read func()
	// Lost is told that changes may be seen late; nil: nobody is.
	Lost func(err error)
	// Settle is how long after a change the files are read, for the other files that change
	// with it: one change makes several events.
	Settle time.Duration
	// Poll is after how long they are read in any case.
	Poll time.Duration
}

// Follow reads the files, which may have changed since they were opened, and reads them
// again when they change, until the context ends.
func (f *Files) Follow(ctx context.Context) {
	var events <-chan fsnotify.Event
	var lost <-chan error
	notifier, err := fsnotify.NewWatcher()
	if err == nil {
		defer func() { _ = notifier.Close() }()
		events, lost = notifier.Events, notifier.Errors
	} else {
		f.lose(err)
	}
	polling := time.NewTicker(f.Poll)
	defer polling.Stop()
	due := time.After(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-events:
			if due == nil {
				due = time.After(f.Settle)
			}
			continue
		case err := <-lost: // the files are read anyway
			f.lose(err)
		case <-polling.C:
		case <-due:
		}
		due = nil
		// Subscribe before reading, so that no change is missed in between.
		f.subscribe(notifier)
		f.Read()
	}
}

func (f *Files) lose(err error) {
	if f.Lost != nil && err != nil {
		f.Lost(err)
	}
}

// subscribe asks for events of the folders of the files, and of those that symbolic links
// lead to.
func (f *Files) subscribe(notifier *fsnotify.Watcher) {
	if notifier == nil {
		return
	}
	for _, name := range f.Names() {
		if name == "" {
			continue
		}
		_ = notifier.Add(filepath.Dir(name)) // else it is polled
		if target, err := filepath.EvalSymlinks(name); err == nil {
			_ = notifier.Add(filepath.Dir(target))
		}
	}
}
