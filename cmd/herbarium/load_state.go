package main

import (
	"context"
	"errors"

	"herbarium/datasets"
)

// loadState is the state of the rows of one dataset in memory: which version is
// loaded, which is being loaded, and which could not be.
type loadState struct {
	loaded  *datasets.Dataset  // the version whose rows are in memory, or nil
	refused *datasets.Dataset  // the version whose data is wrong, or nil
	err     error              // what is wrong with it; nil if its data changed while it was read
	loading *datasets.Dataset  // the version whose rows are being read, or nil
	cancel  context.CancelFunc // of that load
}

// want is called when ds is what the descriptor declares now.
func (s *loadState) want(ds *datasets.Dataset) {
	if s.loading != nil && !ds.SameRows(s.loading) {
		s.cancel()
	}
	if s.loaded != nil && ds.SameRows(s.loaded) {
		s.refused, s.err = nil, nil
	}
}

// due reports whether the rows of ds have to be read.
func (s *loadState) due(ds *datasets.Dataset) bool {
	return s.loading == nil && (s.loaded == nil || !ds.SameRows(s.loaded)) && (s.refused == nil || !ds.SameRows(s.refused))
}

// served returns the version of the dataset that can be served: ds, or an earlier
// one as long as the rows in memory have an earlier layout.
func (s *loadState) served(ds, before *datasets.Dataset) *datasets.Dataset {
	switch {
	case s.loaded == nil || s.loaded.Layout == ds.Layout:
		return ds
	case before != nil && before.Layout == s.loaded.Layout:
		return before
	default:
		return s.loaded
	}
}

func (s *loadState) begin(ctx context.Context, ds *datasets.Dataset) context.Context {
	ctx, s.cancel = context.WithCancel(ctx)
	s.loading = ds
	return ctx
}

// end records how the load of ds ended, and reports whether the error changed.
func (s *loadState) end(ds *datasets.Dataset, err error) bool {
	s.cancel()
	s.loading = nil
	before := s.err
	switch {
	case err == nil:
		s.loaded, s.refused, s.err = ds, nil, nil
	case errors.Is(err, context.Canceled):
		// It is due again, or no longer wanted.
	case errors.Is(err, datasets.ErrChanged):
		s.refused = ds // until the watcher reports the change
	default:
		s.refused, s.err = ds, dataFault(ds, err)
	}
	if s.err == nil || before == nil {
		return (s.err == nil) != (before == nil)
	}
	return s.err.Error() != before.Error()
}
