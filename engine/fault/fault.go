// Package fault says what goes wrong with a query, a store or a load: each
// failure has a code, a detail for whoever asked and a cause for the log.
package fault

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"herbarium/datasets"
	"herbarium/schemas"
)

// Code says what kind of failure an Error is.
type Code string

// The kinds of failure. Each has one HTTP status, in package api, and one exit
// code, in cmd/herbarium.
const (
	InvalidQuery     Code = "invalid_query"     // the caller's query; see Error.Violations
	MalformedQuery   Code = "malformed_query"   // bytes that are no JSON; see Error.Violations
	UnknownDataset   Code = "unknown_dataset"   // no such dataset
	UnknownOperation Code = "unknown_operation" // the dataset has no such operation
	NotLoaded        Code = "not_loaded"        // the dataset has no rows yet
	Gone             Code = "gone"              // the version to go on with is no longer kept
	TooSlow          Code = "too_slow"          // the deadline passed
	TooManyGroups    Code = "too_many_groups"   // more groups than memory is given to
	TooExpensive     Code = "too_expensive"     // more than the caller's limits allow
	Overloaded       Code = "overloaded"        // too many requests at once
	StoreUnavailable Code = "store_unavailable" // the store cannot be reached
	LoadRunning      Code = "load_running"      // another load of the dataset is under way
	AlreadyCurrent   Code = "already_current"   // the version to go back to is the current one
	InvalidData      Code = "invalid_data"      // rows that break their dataset's rules
	Internal         Code = "internal"          // anything else
)

// Error is a failure whose kind is known. Detail is fit for whoever asked;
// Err, the cause, is for the log alone.
type Error struct {
	Code       Code
	Detail     string
	Violations []schemas.Violation // of InvalidQuery and MalformedQuery
	RetryAfter time.Duration       // when to try again; 0 where that helps nothing
	Nearest    string              // of Gone: a version that is kept; "" where none is to be had
	Err        error
}

// Error returns the code, the detail, the violations and the cause in one line.
func (e *Error) Error() string {
	text := string(e.Code)
	if said := e.Text(); said != "" {
		text += ": " + said
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Text returns the detail and the violations in one line, for people.
func (e *Error) Text() string {
	var b strings.Builder
	b.WriteString(e.Detail)
	for i, v := range e.Violations {
		switch {
		case i > 0:
			b.WriteString("; ")
		case e.Detail != "":
			b.WriteString(": ")
		}
		if v.Pointer != "" {
			b.WriteString(v.Pointer + ": ")
		}
		b.WriteString(v.Detail)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ErrOtherFields is the cause of NotLoaded where a store has rows of the
// dataset, but of other fields or types than its descriptor declares.
var ErrOtherFields = errors.New("the stored rows have other fields than the descriptor")

// ErrUnreadable is the cause of StoreUnavailable where one dataset's rows cannot
// be read, damaged for example, while the store itself is there.
var ErrUnreadable = errors.New("the stored rows cannot be read")

// LoadCall is the call of the command that fills the dataset, as details advise
// it: without the flags that say where from and where to, which are for whoever
// knows them to add.
func LoadCall(dataset string) string { return "herbarium load " + dataset }

// CodeOf returns the code of the first *Error in err's chain, or Internal.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// NotLoadedError says that a store has no rows of the dataset.
func NotLoadedError(ds *datasets.Dataset) *Error {
	return &Error{Code: NotLoaded, RetryAfter: 10 * time.Second,
		Detail: "dataset " + ds.Name + " has no rows yet; fill it with: " + LoadCall(ds.Name)}
}

// LoadRunningError says that another load of the dataset is under way, and when
// it may be over.
func LoadRunningError(dataset string, retryAfter time.Duration) *Error {
	return &Error{Code: LoadRunning, RetryAfter: retryAfter, Detail: "another load of dataset " + dataset + " is under way"}
}

// TooSlowError says that a query's deadline passed, as err tells.
func TooSlowError(err error) *Error {
	return &Error{Code: TooSlow, Detail: "the query took longer than the server allows; narrow it, or page through it", Err: err}
}

// TooManyGroupsError says that a query makes more groups than so many.
func TooManyGroupsError(most int) *Error {
	return &Error{Code: TooManyGroups, Detail: fmt.Sprintf(
		"the query makes more than %d groups; narrow its conditions, or group by less", most)}
}

// TooManyPairsError says that a query makes so many groups of so many pairs of fields, and
// that this is more than most.
func TooManyPairsError(groups, pairs, most int) *Error {
	return &Error{Code: TooManyGroups, Detail: fmt.Sprintf(
		"the query makes %d groups of %d pairs of fields, which is more than %d; name fewer fields, narrow its conditions, or group by less", groups, pairs, most)}
}

// GoneError says that the dataset's version with which a query would go on is
// no longer kept.
func GoneError(ds *datasets.Dataset) *Error {
	return &Error{Code: Gone, Detail: "the rows or the fields of dataset " + ds.Name +
		" were replaced since, and the version that the token names is no longer kept; start again without after"}
}

// OtherFieldsGone says that the dataset's version with which a query would go
// on has other fields than its descriptor declares by now.
func OtherFieldsGone(ds *datasets.Dataset) *Error {
	return &Error{Code: Gone, Detail: "the descriptor of dataset " + ds.Name +
		" was changed since, and the version that the token names has the fields from before; start again without after", Err: ErrOtherFields}
}

// VersionGoneError says that a version which was named is not kept.
func VersionGoneError(ds *datasets.Dataset, version string) *Error {
	return &Error{Code: Gone, Detail: "dataset " + ds.Name + " has no version " + version + ", or keeps it no longer"}
}

// OtherDescriptorError says that a version was asked with a descriptor that has been changed
// since. now is the version with the descriptor as it is.
func OtherDescriptorError(ds *datasets.Dataset, version, now string) *Error {
	return &Error{Code: Gone, Nearest: now, Detail: "the descriptor of dataset " + ds.Name + " was changed since the answer was made that this names; " +
		"what it says of version " + version + " now is " + now + ", and " + version + " alone asks by whatever descriptor there is"}
}

// OtherFieldsError says that a version which was named has other fields than the descriptor
// declares by now.
func OtherFieldsError(ds *datasets.Dataset, version string) *Error {
	return &Error{Code: Gone, Detail: "version " + version + " of dataset " + ds.Name + " has other fields than its descriptor declares"}
}

// AlreadyCurrentError says that there is nothing to go back to.
func AlreadyCurrentError(ds *datasets.Dataset, version string) *Error {
	return &Error{Code: AlreadyCurrent, Detail: "version " + version + " is the current one of dataset " + ds.Name + " already"}
}

// OverloadedError says that more queries are asked than can be answered.
func OverloadedError() *Error {
	return &Error{Code: Overloaded, RetryAfter: time.Second, Detail: "more is asked than the server can answer; try again later"}
}
