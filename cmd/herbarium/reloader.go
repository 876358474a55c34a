package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"

	"herbarium/datasets"
)

// reloader follows the folder of descriptors while serving.
type reloader struct {
	watcher *datasets.Watcher // nil: there is nothing to follow
	known   *datasets.Snapshot
	apply   func(context.Context, *datasets.Snapshot) // makes a snapshot the current one
	logger  *slog.Logger
	running sync.WaitGroup
	// unreadable is set while the folder cannot be read.
	unreadable atomic.Bool
}

// start follows the folder until ctx ends.
func (r *reloader) start(ctx context.Context) {
	logBroken(r.logger, datasets.NewSnapshot(), r.known)
	if r.watcher == nil {
		return
	}
	r.running.Go(func() {
		r.watcher.Watch(ctx, func(s *datasets.Snapshot) {
			logChanges(r.logger, r.known, s)
			logBroken(r.logger, r.known, s)
			r.known = s
			r.apply(ctx, s)
		}, func(err error) {
			if err == nil {
				r.unreadable.Store(false)
				r.logger.Info("the folder of descriptors can be read again")
				return
			}
			var path *fs.PathError
			r.unreadable.Store(errors.As(err, &path)) // else events were lost
			r.logger.Error("the folder of descriptors cannot be watched; changes to it have no effect", "error", err.Error())
		})
	})
}

// detail returns what clients may know about the folder while it cannot be read,
// else "".
func (r *reloader) detail() string {
	if !r.unreadable.Load() {
		return ""
	}
	return "the folder of descriptors cannot be read; the datasets stay as they were"
}

// wait returns once the folder is no longer watched.
func (r *reloader) wait() { r.running.Wait() }

// logBroken logs the faults in now that are not in before.
func logBroken(logger *slog.Logger, before, now *datasets.Snapshot) {
	for _, broken := range now.Broken() {
		if slices.ContainsFunc(before.Broken(), func(b datasets.Broken) bool {
			return b.File == broken.File && b.Err.Error() == broken.Err.Error()
		}) {
			continue
		}
		words := "a descriptor is wrong; its dataset is not served"
		if _, ok := now.Dataset(broken.Name); ok {
			words = "a descriptor is wrong; the last good version of its dataset stays in use"
		}
		logger.Error(words, "file", broken.File, "error", broken.Err.Error())
	}
}

// logChanges logs which datasets were added, changed and removed. A change of
// data is logged once the data is loaded.
func logChanges(logger *slog.Logger, before, now *datasets.Snapshot) {
	for _, name := range now.Names() {
		ds, _ := now.Dataset(name)
		if old, ok := before.Dataset(name); !ok {
			logger.Info("a dataset was added", "dataset", name, "file", ds.File)
		} else if old.Digest != ds.Digest {
			logger.Info("a dataset changed", "dataset", name, "file", ds.File)
		}
	}
	for _, name := range before.Names() {
		if _, ok := now.Dataset(name); !ok {
			logger.Info("a dataset was removed", "dataset", name)
		}
	}
}
