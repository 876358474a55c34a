package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/loaders"
)

// The exit codes.
const (
	exitOK     = 0
	exitSystem = 1 // the store cannot be reached, the disk is full
	exitUsage  = 2 // wrong usage, query or descriptor
	exitData   = 3 // wrong data
)

// usageError is a wrong use of the command.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usage(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// silentError ends the command with a code; everything was printed already.
type silentError struct{ code int }

func (e *silentError) Error() string { return "exit" }

// exitCode returns the exit code for err.
func exitCode(err error) int {
	var wrong *usageError
	var silent *silentError
	var descriptor *datasets.DescriptorError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &silent):
		return silent.code
	case errors.As(err, &wrong), errors.As(err, &descriptor), errors.Is(err, loaders.ErrNoData), errors.Is(err, loaders.ErrNoKey):
		return exitUsage
	}
	switch fault.CodeOf(err) {
	case fault.InvalidQuery, fault.MalformedQuery, fault.UnknownDataset, fault.UnknownOperation, fault.Gone, fault.AlreadyCurrent:
		return exitUsage
	case fault.InvalidData:
		return exitData
	}
	return exitSystem
}

// report prints what went wrong. The faults of a query, a descriptor or data are
// printed one per line, with places that editors understand.
func report(w io.Writer, command string, err error) {
	var silent *silentError
	var wrong *usageError
	var data *loaders.DataError
	var descriptor *datasets.DescriptorError
	var known *fault.Error
	switch {
	case errors.As(err, &silent):
	case errors.As(err, &data):
		printLine(w, "%v", data)
		printLine(w, "%s: the data of %s has faults: %d; nothing was loaded", command, data.Dataset, data.Total)
	case errors.As(err, &descriptor):
		printLine(w, "%v", descriptor)
	case errors.As(err, &wrong):
		printLine(w, "%s: %v", command, err)
		printLine(w, "Run '%s --help' for examples.", command)
	case errors.Is(err, context.Canceled):
		printLine(w, "%s: interrupted", command)
	case errors.As(err, &known) && len(known.Violations) > 0:
		for _, v := range known.Violations {
			if v.Pointer != "" {
				printLine(w, "%s: %s: %s", v.Pointer, v.Code, v.Detail)
			} else {
				printLine(w, "%s: %s", v.Code, v.Detail)
			}
		}
	default:
		text, cause := errorText(err)
		printLine(w, "%s: %s", command, text)
		if cause != "" {
			printLine(w, "The cause: %s", cause)
		}
	}
}

// errorText returns what an error says to people: without its code, which is for programs,
// and apart from its cause, which would follow a command that can be copied.
func errorText(err error) (text, cause string) {
	var known *fault.Error
	if !errors.As(err, &known) {
		return err.Error(), ""
	}
	text = known.Text()
	switch {
	case known.Err == nil || errors.Is(known.Err, fault.ErrOtherFields): // which the text says
	case text == "":
		text = known.Err.Error()
	default:
		cause = known.Err.Error()
	}
	// What is said around it, as by the step that failed, stays.
	return strings.Replace(err.Error(), known.Error(), text, 1), cause
}

// errorLine returns the same in one line.
func errorLine(err error) string {
	text, cause := errorText(err)
	if cause != "" {
		text += ": " + cause
	}
	return text
}
