package main

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"herbarium/datasets"
)

// reloading follows the folder of descriptors while serving.
type reloading struct {
	watcher *datasets.Watcher // nil: there is nothing to follow
	known   *datasets.Snapshot
	apply   func(context.Context, *datasets.Snapshot) // puts a snapshot in force
	logger  *slog.Logger
	running sync.WaitGroup
}

// start follows the folder until ctx ends.
func (r *reloading) start(ctx context.Context) {
	tellBroken(r.logger, datasets.NewSnapshot(), r.known)
	if r.watcher == nil {
		return
	}
	r.running.Go(func() {
		r.watcher.Watch(ctx, func(s *datasets.Snapshot) {
			tellChanges(r.logger, r.known, s)
			tellBroken(r.logger, r.known, s)
			r.known = s
			r.apply(ctx, s)
		}, func(err error) {
			r.logger.Error("the datasets cannot be followed; they go on as they are", "error", err.Error())
		})
	})
}

// wait returns once nothing is followed any more.
func (r *reloading) wait() { r.running.Wait() }

// tellBroken logs what is wrong now and was not before.
func tellBroken(logger *slog.Logger, before, now *datasets.Snapshot) {
	for _, broken := range now.Broken() {
		if slices.ContainsFunc(before.Broken(), func(b datasets.Broken) bool {
			return b.File == broken.File && b.Err.Error() == broken.Err.Error()
		}) {
			continue
		}
		words := "a descriptor is wrong; its dataset is not served"
		if _, ok := now.Dataset(broken.Name); ok {
			words = "a descriptor is wrong; its dataset goes on as it was"
		}
		logger.Error(words, "file", broken.File, "error", broken.Err.Error())
	}
}

// tellChanges logs which datasets came, changed and went. That data changed
// is told once it is loaded.
func tellChanges(logger *slog.Logger, before, now *datasets.Snapshot) {
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
