package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/loaders"
)

// The exit codes.
const (
	exitDone   = 0
	exitSystem = 1 // the store cannot be reached, the disk is full
	exitUsage  = 2 // wrong usage, query or descriptor
	exitData   = 3 // wrong data
)

// usageError is a wrong call of the command.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usage(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// silentError ends the command with a code, all words being said.
type silentError struct{ code int }

func (e *silentError) Error() string { return "exit" }

// exitCode returns the code that the command ends with after err.
func exitCode(err error) int {
	var wrong *usageError
	var silent *silentError
	var descriptor *datasets.DescriptorError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &silent):
		return silent.code
	case errors.As(err, &wrong), errors.As(err, &descriptor), errors.Is(err, loaders.ErrNoData), errors.Is(err, loaders.ErrNoKey):
		return exitUsage
	}
	switch engine.CodeOf(err) {
	case engine.InvalidQuery, engine.MalformedQuery, engine.UnknownDataset, engine.UnknownOperation:
		return exitUsage
	case engine.InvalidData:
		return exitData
	}
	return exitSystem
}

// report says what went wrong. Where a query, a descriptor or data has
// several faults, each has a line of its own, which editors can follow.
func report(w io.Writer, command string, err error) {
	var silent *silentError
	var wrong *usageError
	var data *loaders.DataError
	var descriptor *datasets.DescriptorError
	var known *engine.Error
	switch {
	case errors.As(err, &silent):
	case errors.As(err, &data):
		say(w, "%v", data)
		say(w, "%s: the data of %s has faults: %d; nothing was loaded", command, data.Dataset, data.Total)
	case errors.As(err, &descriptor):
		say(w, "%v", descriptor)
	case errors.As(err, &wrong):
		say(w, "%s: %v", command, err)
		say(w, "Run '%s --help' for examples.", command)
	case errors.Is(err, context.Canceled):
		say(w, "%s: interrupted", command)
	case errors.As(err, &known) && len(known.Violations) > 0:
		for _, v := range known.Violations {
			if v.Pointer != "" {
				say(w, "%s: %s: %s", v.Pointer, v.Code, v.Detail)
			} else {
				say(w, "%s: %s", v.Code, v.Detail)
			}
		}
	default:
		say(w, "%s: %v", command, err)
	}
}
