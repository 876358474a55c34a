package main

import (
	"errors"
	"io/fs"

	"herbarium/datasets"
	"herbarium/loaders"
)

// dataFault says what is wrong with a dataset's data as its descriptor's
// faults are said, where it is no failure of the system.
func dataFault(ds *datasets.Dataset, err error) error {
	var wrong *loaders.DataError
	if errors.As(err, &wrong) && len(wrong.Faults) > 0 {
		all := &datasets.DescriptorError{File: wrong.Faults[0].File}
		for _, f := range wrong.Faults {
			all.Faults = append(all.Faults, datasets.Fault{Line: f.Line, Column: f.Column, Path: f.Field, Detail: f.Detail})
		}
		return all
	}
	if missing := missingData(ds, err); missing != nil {
		return missing
	}
	return err
}

// missingData says that the descriptor names a file that cannot be had; nil
// where err is something else.
func missingData(ds *datasets.Dataset, err error) *datasets.DescriptorError {
	var path *fs.PathError
	if !errors.As(err, &path) {
		return nil
	}
	return ds.DataFault(ds.Data + ": " + path.Err.Error())
}

// faultsOf returns a descriptor's faults as those of data are said.
func faultsOf(wrong *datasets.DescriptorError) (faults []loaders.Fault) {
	for _, f := range wrong.Faults {
		faults = append(faults, loaders.Fault{File: wrong.File, Line: f.Line, Column: f.Column, Field: f.Path, Detail: f.Detail})
	}
	return faults
}
