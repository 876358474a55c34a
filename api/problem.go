package api

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"herbarium/api/problem"
	"herbarium/schemas"
)

// ofAnswers are the headers that say what an answer is, which may be set before it turns out
// that there is none. A problem is no file of that name, and has not that tag.
var ofAnswers = []string{"Age", "Content-Disposition", "Content-Encoding", "Etag", "Last-Modified", "Link", "Preference-Applied", "X-Next-After", "X-Total-Count"}

// sendProblem answers with p.
func (x *exchange) sendProblem(p *problem.Error) error {
	kind := problem.KindOf(p.Code)
	x.code = p.Code
	detail := p.Detail
	if p.Code == problem.Internal {
		detail = "something went wrong inside; the server's log has it under the request id " + x.id
	} else if detail == "" {
		detail = kind.Title
	}
	h := x.Header()
	for _, name := range ofAnswers {
		delete(h, name)
	}
	h["Cache-Control"] = noStore
	x.challenge(p)
	if p.Allow != "" {
		h["Allow"] = []string{p.Allow}
	}
	if p.CloseConnection {
		h["Connection"] = closeConnection
	}
	if p.RetryAfter > 0 || kind.Status == http.StatusServiceUnavailable || kind.Status == http.StatusTooManyRequests {
		seconds := max(1, int64((p.RetryAfter+time.Second-1)/time.Second))
		h["Retry-After"] = []string{strconv.FormatInt(seconds, 10)}
	}
	body, err := schemas.AppendJSON(nil, problem.Details{
		Type: problem.URN + p.Code, Title: kind.Title, Status: kind.Status, Detail: detail,
		Instance: instance(x.path()), Code: p.Code, Errors: p.Violations, Datasets: p.Datasets, Nearest: p.Nearest,
	})
	if err != nil {
		return err
	}
	return x.send(kind.Status, problemType, body)
}

// challenge says how to send credentials, if the problem is that they lack.
func (x *exchange) challenge(p *problem.Error) {
	if p.Challenge != "" {
		x.Header()["Www-Authenticate"] = []string{p.Challenge}
	}
}

// path is the path that was asked for, as the client sees it. That of OPTIONS * and
// of CONNECT is below no prefix.
func (x *exchange) path() string {
	path := x.routed.URL.EscapedPath()
	if !strings.HasPrefix(path, "/") {
		return path
	}
	return x.base + path
}

// instance is a path, cut if it is absurdly long.
func instance(path string) string {
	if len(path) > 1024 {
		path = path[:1024] + "…"
	}
	return path
}
