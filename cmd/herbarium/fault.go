package main

import (
	"errors"
	"io/fs"

	"herbarium/datasets"
	"herbarium/loaders"
)

// dataFault converts what is wrong with a dataset's data to a DescriptorError. An
// error that is a failure of the system is returned as it is.
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

// missingData returns a fault of the descriptor if err is that its data file
// cannot be opened, else nil.
func missingData(ds *datasets.Dataset, err error) *datasets.DescriptorError {
	var path *fs.PathError
	if !errors.As(err, &path) {
		return nil
	}
	return ds.DataFault(ds.Data + ": " + path.Err.Error())
}

// faultsOf converts the faults of a descriptor to faults of data.
func faultsOf(wrong *datasets.DescriptorError) (faults []loaders.Fault) {
	for _, f := range wrong.Faults {
		faults = append(faults, loaders.Fault{File: wrong.File, Line: f.Line, Column: f.Column, Field: f.Path, Detail: f.Detail})
	}
	return faults
}
