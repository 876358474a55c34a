// Package problem says what went wrong with a request, as problem details
// (RFC 9457): an error with a code, and one table that gives each code its HTTP
// status and title.
package problem

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"herbarium/api/status"
	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/schemas"
)

// The codes of problems, those of the engine and those of HTTP. The codes of
// violations that make a whole body unreadable are codes of problems, too.
const (
	Internal             = string(fault.Internal)
	Overloaded           = string(fault.Overloaded)
	InvalidQuery         = string(fault.InvalidQuery)
	UnknownDataset       = string(fault.UnknownDataset)
	UnknownOperation     = string(fault.UnknownOperation)
	StoreUnavailable     = string(fault.StoreUnavailable)
	NotLoaded            = string(fault.NotLoaded)
	Gone                 = string(fault.Gone)
	MalformedURL         = "malformed_url"
	BrokenBody           = "broken_body"
	EmptyBody            = "empty_body"
	BodyOnGet            = "body_on_get"
	MethodNotAllowed     = "method_not_allowed"
	UnknownFormat        = "unknown_format"
	UnknownCoding        = "unknown_coding"
	SlowBody             = "slow_body"
	PreconditionFailed   = "precondition_failed"
	RangeUnsatisfiable   = "range_not_satisfiable"
	TooLarge             = "too_large"
	TooManyRequests      = "too_many_requests"
	UnsupportedMediaType = "unsupported_media_type"

	// Who asks is not known, or may not.
	Unauthenticated = "unauthenticated"
	Forbidden       = "forbidden"
	CredentialInURL = "credential_in_url" //nolint:gosec // a code
	TwoCredentials  = "two_credentials"   //nolint:gosec // a code
	AuthUnavailable = "auth_unavailable"

	// The request could not be read, so it belongs to no operation.
	MalformedRequest      = "malformed_request"
	UnknownExpectation    = "unknown_expectation"
	HeaderTooLarge        = "header_too_large"
	UnknownTransferCoding = "unknown_transfer_coding"
	UnknownVersion        = "unknown_http_version"
)

// Kind is what all problems with one code have in common.
type Kind struct {
	Status int
	Title  string
}

// kinds is the one place where a code gets its status. A code that is not in it
// is internal.
var kinds = map[string]Kind{
	string(schemas.NotJSON):      {http.StatusBadRequest, "The query is not JSON"},
	string(schemas.TrailingData): {http.StatusBadRequest, "There is data after the JSON value"},
	MalformedURL:                 {http.StatusBadRequest, "The URL is malformed"},
	BrokenBody:                   {http.StatusBadRequest, "The body broke off"},
	EmptyBody:                    {http.StatusBadRequest, "The body is empty"},
	BodyOnGet:                    {http.StatusBadRequest, "This method takes no body"},
	UnknownDataset:               {http.StatusNotFound, "There is no such dataset"},
	UnknownOperation:             {http.StatusNotFound, "There is no such operation"},
	MethodNotAllowed:             {http.StatusMethodNotAllowed, "The method is not allowed here"},
	UnknownFormat:                {http.StatusNotAcceptable, "There is no such format"},
	UnknownCoding:                {http.StatusNotAcceptable, "There is no such content coding"},
	SlowBody:                     {http.StatusRequestTimeout, "The body took too long"},
	Gone:                         {http.StatusGone, "The version is no longer kept"},
	PreconditionFailed:           {http.StatusPreconditionFailed, "The answer is not the one that was expected"},
	TooLarge:                     {http.StatusRequestEntityTooLarge, "The body is too large"},
	TooManyRequests:              {http.StatusTooManyRequests, "There are too many requests"},
	UnsupportedMediaType:         {http.StatusUnsupportedMediaType, "The body's media type is not supported"},
	RangeUnsatisfiable:           {http.StatusRequestedRangeNotSatisfiable, "The answer ends before the range"},
	MalformedRequest:             {http.StatusBadRequest, "The request is malformed"},
	UnknownExpectation:           {http.StatusExpectationFailed, "The expectation is not met"},
	HeaderTooLarge:               {http.StatusRequestHeaderFieldsTooLarge, "The header is too large"},
	UnknownTransferCoding:        {http.StatusNotImplemented, "There is no such transfer coding"},
	UnknownVersion:               {http.StatusHTTPVersionNotSupported, "There is no such version of HTTP"},
	InvalidQuery:                 {http.StatusUnprocessableEntity, "The query is not valid"},
	string(fault.TooExpensive):   {http.StatusUnprocessableEntity, "The query costs too much"},
	string(fault.TooManyGroups):  {http.StatusUnprocessableEntity, "The query makes too many groups"},
	Internal:                     {http.StatusInternalServerError, "The server failed"},
	NotLoaded:                    {http.StatusServiceUnavailable, "The dataset is not loaded"},
	Overloaded:                   {http.StatusServiceUnavailable, "The server is overloaded"},
	StoreUnavailable:             {http.StatusServiceUnavailable, "The store is unavailable"},
	string(fault.TooSlow):        {http.StatusGatewayTimeout, "The query took too long"},
	string(fault.MalformedQuery): {http.StatusBadRequest, "The query is malformed"},

	Unauthenticated: {http.StatusUnauthorized, "The request needs valid credentials"},
	Forbidden:       {http.StatusForbidden, "The operation is not in the caller's scope"},
	CredentialInURL: {http.StatusBadRequest, "There is a credential in the URL"},
	TwoCredentials:  {http.StatusBadRequest, "There is more than one credential"},
	AuthUnavailable: {http.StatusServiceUnavailable, "It cannot be found out who asks"},
}

// OfAuth reports whether problems with the code are only those of a server that asks
// who its callers are.
func OfAuth(code string) bool {
	switch code {
	case Unauthenticated, Forbidden, CredentialInURL, TwoCredentials, AuthUnavailable, TooManyRequests, string(fault.TooExpensive):
		return true
	}
	return false
}

// KindOf returns the kind of problems with the code.
func KindOf(code string) Kind { return kinds[code] }

// Codes returns every code, sorted.
func Codes() []string { return slices.Sorted(maps.Keys(kinds)) }

// Statuses returns every status that a problem of an operation can have, ascending.
// A request that could not be read belongs to none.
func Statuses() []int {
	var statuses []int
	for code, k := range kinds {
		switch code {
		case MalformedRequest, UnknownExpectation, HeaderTooLarge, UnknownTransferCoding, UnknownVersion:
		case Unauthenticated, Forbidden, TooManyRequests: // only where the server asks who its callers are
		default:
			statuses = append(statuses, k.Status)
		}
	}
	slices.Sort(statuses)
	return slices.Compact(statuses)
}

// Error is an error that a request is answered with.
type Error struct {
	Code            string
	Detail          string // the kind's title if it is ""
	Violations      []schemas.Violation
	RetryAfter      time.Duration
	Allow           string             // of a 405
	Challenge       string             // WWW-Authenticate of a 401 or 403
	CloseConnection bool               // the connection cannot be used again
	Datasets        []status.Readiness // of /readyz
	Nearest         string             // of a 410: a version that there is
	Cause           error              // only logged
}

// Error returns the code and all that is known, for the log.
func (e *Error) Error() string {
	text := e.Code + ": " + e.Detail
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Of returns the problem that tells a client about err. An error that was not
// made for clients becomes an internal one, which says nothing about it.
func Of(err error) *Error {
	var p *Error
	if errors.As(err, &p) {
		return p
	}
	var e *fault.Error
	if !errors.As(err, &e) {
		return &Error{Code: Internal}
	}
	p = &Error{Code: string(e.Code), Detail: e.Detail, Violations: e.Violations, RetryAfter: e.RetryAfter, Nearest: e.Nearest}
	if e.Code == fault.MalformedQuery && len(e.Violations) > 0 {
		p.Code, p.Detail = string(e.Violations[0].Code), e.Violations[0].Detail
	}
	if k, known := kinds[p.Code]; !known || k.Status == http.StatusInternalServerError {
		return &Error{Code: Internal}
	}
	return p
}

// Discreet replaces an error about the rows of a dataset of which the caller does not
// see everything, since it could name what is hidden.
func Discreet(ds *datasets.Dataset, err error) error {
	if ds.View == nil || !errors.Is(err, fault.ErrUnreadable) {
		return err
	}
	return &Error{Code: Of(err).Code, Detail: status.Hidden, Cause: err}
}

// MediaType is the media type of Details as JSON.
const MediaType = "application/problem+json"

// URN is a problem's type up to its code. It is a URN because nothing is served
// there.
const URN = "urn:herbarium:problem:"

// Details is a problem as RFC 9457 writes it, with the members code, errors,
// datasets and nearest.
type Details struct {
	Type     string              `json:"type"`
	Title    string              `json:"title"`
	Status   int                 `json:"status"`
	Detail   string              `json:"detail"`
	Instance string              `json:"instance"`
	Code     string              `json:"code"`
	Errors   []schemas.Violation `json:"errors,omitempty"`
	Datasets []status.Readiness  `json:"datasets,omitempty"`
	Nearest  string              `json:"nearest,omitempty"`
}
