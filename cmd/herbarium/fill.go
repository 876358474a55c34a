package main

import (
	"context"
	"errors"

	"herbarium/datasets"
)

// fill is how far one dataset's rows are.
type fill struct {
	loaded  *datasets.Dataset  // whose rows are in memory; nil if none
	refused *datasets.Dataset  // whose data cannot be loaded as it is; nil if none
	err     error              // why not, for whoever asks; nil if its data only changed meanwhile
	loading *datasets.Dataset  // whose rows are being read; nil if none
	cancel  context.CancelFunc // of that load
}

// want takes in that ds is declared now.
func (s *fill) want(ds *datasets.Dataset) {
	if s.loading != nil && !ds.SameRows(s.loading) {
		s.cancel()
	}
	if s.loaded != nil && ds.SameRows(s.loaded) {
		s.refused, s.err = nil, nil
	}
}

// due reports whether the rows of ds are to be read.
func (s *fill) due(ds *datasets.Dataset) bool {
	return s.loading == nil && (s.loaded == nil || !ds.SameRows(s.loaded)) && (s.refused == nil || !ds.SameRows(s.refused))
}

// served returns which version of the dataset can be answered: ds, or while
// its rows are made of something else the version before.
func (s *fill) served(ds, before *datasets.Dataset) *datasets.Dataset {
	switch {
	case s.loaded == nil || s.loaded.Layout == ds.Layout:
		return ds
	case before != nil && before.Layout == s.loaded.Layout:
		return before
	default:
		return s.loaded
	}
}

func (s *fill) begin(ctx context.Context, ds *datasets.Dataset) context.Context {
	ctx, s.cancel = context.WithCancel(ctx)
	s.loading = ds
	return ctx
}

// end takes in how the load of ds ended, and reports whether what is wrong
// with the data is something else than before.
func (s *fill) end(ds *datasets.Dataset, err error) bool {
	s.cancel()
	s.loading = nil
	before := s.err
	switch {
	case err == nil:
		s.loaded, s.refused, s.err = ds, nil, nil
	case errors.Is(err, context.Canceled):
		// It is due again, or not wanted any more.
	case errors.Is(err, datasets.ErrChanged):
		s.refused = ds // until the watcher tells of the change
	default:
		s.refused, s.err = ds, dataFault(ds, err)
	}
	if s.err == nil || before == nil {
		return (s.err == nil) != (before == nil)
	}
	return s.err.Error() != before.Error()
}
