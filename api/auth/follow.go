package auth

import (
	"context"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// When the file is read again. A change of a file makes several events, so reading
// waits for a moment after the first. Some file systems report no events, and of a
// folder that is mounted into a container some events are not reported, so the file
// is read every pollInterval, too. It is small, and compared by its content: so it
// does not matter whether it was written in place, renamed over, or reached by
// another symbolic link than before, as Kubernetes swaps ..data.
const (
	quietTime    = 50 * time.Millisecond
	pollInterval = 2 * time.Second
)

// Follow follows the file, and the files of keys, until Close.
func (g *Guard) Follow() {
	g.owner.running.Go(func() { g.follow(g.owner.ctx) })
}

func (g *Guard) follow(ctx context.Context) {
	var events <-chan fsnotify.Event
	var lost <-chan error
	notifier, err := fsnotify.NewWatcher()
	if err == nil {
		defer func() { _ = notifier.Close() }()
		events, lost = notifier.Events, notifier.Errors
	}
	polling := time.NewTicker(pollInterval)
	defer polling.Stop()
	due := time.After(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-events:
			if due == nil {
				due = time.After(quietTime)
			}
			continue
		case _, ok := <-lost: // the file is read anyway
			if !ok {
				lost = nil
			}
		case <-polling.C:
		case <-due:
		}
		due = nil
		// Subscribe before reading, so that no change is missed in between.
		if notifier != nil {
			for _, dir := range g.folders() {
				_ = notifier.Add(dir) // else it is only polled
			}
		}
		g.refresh()
	}
}

// folders returns the folders of the files that are followed: those of their names,
// and those of what symbolic links lead to.
func (g *Guard) folders() []string {
	files := []string{g.path}
	for _, v := range g.state.Load().verifiers {
		if !v.keys.remote {
			files = append(files, v.keys.source)
		}
	}
	var dirs []string
	for _, file := range files {
		dirs = append(dirs, filepath.Dir(file))
		if real, err := filepath.EvalSymlinks(file); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	return dirs
}
