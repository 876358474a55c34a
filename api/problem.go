package api

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"herbarium/engine"
	"herbarium/schemas"
)

// The codes of problems that the engine does not know.
const (
	codeInternal         = string(engine.Internal)
	codeOverloaded       = string(engine.Overloaded)
	codeInvalidQuery     = string(engine.InvalidQuery)
	codeUnknownDataset   = string(engine.UnknownDataset)
	codeUnknownOperation = string(engine.UnknownOperation)
	codeStoreUnavailable = string(engine.StoreUnavailable)
	codeNotLoaded        = string(engine.NotLoaded)
	codeGone             = string(engine.Gone)
	codeMalformedURL     = "malformed_url"
	codeBrokenBody       = "broken_body"
	codeMethod           = "method_not_allowed"
	codeUnknownFormat    = "unknown_format"
	codeUnknownCoding    = "unknown_coding"
	codeSlowBody         = "slow_body"
	codePrecondition     = "precondition_failed"
	codeTooLarge         = "too_large"
	codeMediaType        = "unsupported_media_type"
)

// kind is what all problems of one code have in common.
type kind struct {
	status int
	title  string
}

// kinds is the one place where a code gets its status. What is not in it is
// internal.
var kinds = map[string]kind{
	string(schemas.NotJSON):       {http.StatusBadRequest, "The body is not JSON"},
	string(schemas.TrailingData):  {http.StatusBadRequest, "The body goes on after its end"},
	codeMalformedURL:              {http.StatusBadRequest, "The URL is malformed"},
	codeBrokenBody:                {http.StatusBadRequest, "The body broke off"},
	codeUnknownDataset:            {http.StatusNotFound, "There is no such dataset"},
	codeUnknownOperation:          {http.StatusNotFound, "There is no such operation"},
	codeMethod:                    {http.StatusMethodNotAllowed, "The method is not allowed here"},
	codeUnknownFormat:             {http.StatusNotAcceptable, "There is no such format"},
	codeUnknownCoding:             {http.StatusNotAcceptable, "There is no such content coding"},
	codeSlowBody:                  {http.StatusRequestTimeout, "The body took too long"},
	codeGone:                      {http.StatusGone, "The version is no longer kept"},
	codePrecondition:              {http.StatusPreconditionFailed, "The answer is not the one that was expected"},
	codeTooLarge:                  {http.StatusRequestEntityTooLarge, "The body is too large"},
	codeMediaType:                 {http.StatusUnsupportedMediaType, "The body's media type is not supported"},
	codeInvalidQuery:              {http.StatusUnprocessableEntity, "The query is not valid"},
	codeInternal:                  {http.StatusInternalServerError, "The server failed"},
	codeNotLoaded:                 {http.StatusServiceUnavailable, "The dataset is not loaded"},
	codeOverloaded:                {http.StatusServiceUnavailable, "The server is overloaded"},
	codeStoreUnavailable:          {http.StatusServiceUnavailable, "The store is unavailable"},
	string(engine.TooSlow):        {http.StatusGatewayTimeout, "The query took too long"},
	string(engine.MalformedQuery): {http.StatusBadRequest, "The query is malformed"},
}

// problem is an error that a request is answered with.
type problem struct {
	code       string
	detail     string
	violations []schemas.Violation
	retryAfter time.Duration
	allow      string        // of a 405
	hangUp     bool          // the connection cannot be used on
	datasets   []readyStatus // of /readyz
	cause      error         // for the log alone
}

// Error returns the code and all that is known, for the log.
func (p *problem) Error() string {
	text := p.code + ": " + p.detail
	if p.cause != nil {
		text += ": " + p.cause.Error()
	}
	return text
}

// Unwrap returns the cause.
func (p *problem) Unwrap() error { return p.cause }

// problemOf returns the problem that tells a client of err: nothing of the
// inside, unless err was made to be told.
func problemOf(err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	var e *engine.Error
	if !errors.As(err, &e) {
		return &problem{code: codeInternal}
	}
	p = &problem{code: string(e.Code), detail: e.Detail, violations: e.Violations, retryAfter: e.RetryAfter}
	if e.Code == engine.MalformedQuery && len(e.Violations) > 0 {
		p.code, p.detail = string(e.Violations[0].Code), e.Violations[0].Detail
	}
	if k, known := kinds[p.code]; !known || k.status == http.StatusInternalServerError {
		return &problem{code: codeInternal}
	}
	return p
}

// problemURN is a problem's type up to its code.
const problemURN = "urn:herbarium:problem:"

// problemDocument is a problem as RFC 9457 writes it, with the members code,
// errors and datasets.
type problemDocument struct {
	// Type is a URN, since nothing is served there to be looked up.
	Type     string              `json:"type"`
	Title    string              `json:"title"`
	Status   int                 `json:"status"`
	Detail   string              `json:"detail"`
	Instance string              `json:"instance"`
	Code     string              `json:"code"`
	Errors   []schemas.Violation `json:"errors,omitempty"`
	Datasets []readyStatus       `json:"datasets,omitempty"`
}

// problem sends p.
func (x *exchange) problem(p *problem) error {
	k := kinds[p.code]
	detail := p.detail
	if p.code == codeInternal {
		detail = "something went wrong inside; the server's log has it under the request id " + x.id
	} else if detail == "" {
		detail = k.title
	}
	h := x.Header()
	h["Cache-Control"] = noStore
	if p.allow != "" {
		h["Allow"] = []string{p.allow}
	}
	if p.hangUp {
		h["Connection"] = hangUp
	}
	if p.retryAfter > 0 || k.status == http.StatusServiceUnavailable || k.status == http.StatusTooManyRequests {
		seconds := max(1, int64((p.retryAfter+time.Second-1)/time.Second))
		h["Retry-After"] = []string{strconv.FormatInt(seconds, 10)}
	}
	body, err := schemas.AppendJSON(nil, problemDocument{
		Type: problemURN + p.code, Title: k.title, Status: k.status, Detail: detail,
		Instance: instance(x.request.URL), Code: p.code, Errors: p.violations, Datasets: p.datasets,
	})
	if err != nil {
		return err
	}
	return x.send(k.status, problemType, body)
}

// instance is the path that was asked for, cut where it is of absurd length.
func instance(u *url.URL) string {
	path := u.EscapedPath()
	if len(path) > 1024 {
		path = path[:1024] + "…"
	}
	return path
}
