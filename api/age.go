package api

import (
	"net/http"
	"strconv"
	"time"

	"herbarium/api/problem"
	"herbarium/engine"
	"herbarium/engine/query"
)

// Answers from a copy of a collection that something other than a load fills say how old they
// are (Age), and since when the server gives them (Last-Modified). Conditions by date are
// evaluated by RFC 9110, 13.1.3 and 13.1.4; where there are tags, tags count. Dates have whole
// seconds: one of the second before the content came into use names an older one.

// aged sets the headers of an answer of such rows; none where a load published them.
func (x *exchange) aged(info *engine.TableInfo) {
	if info.Read.IsZero() {
		return
	}
	now, h := time.Now(), x.Header()
	if at := x.modified(info); !at.IsZero() {
		if at.After(now) {
			at = now // never later than Date
		}
		h["Last-Modified"] = []string{at.Format(http.TimeFormat)}
	}
	h["Age"] = []string{strconv.FormatInt(max(0, int64(now.Sub(info.Read)/time.Second)), 10)}
}

// modified returns since when answers are what they are, the next whole second; zero where that
// is not known, as where they depend on who asks.
func (x *exchange) modified(info *engine.TableInfo) time.Time {
	if info.Modified.IsZero() || x.server.options.Auth != nil {
		return time.Time{}
	}
	return info.Modified.UTC().Add(time.Second - 1).Truncate(time.Second)
}

// dateOf returns the date in a header; zero where there is none, or no valid one.
func dateOf(header []string) time.Time {
	if len(header) != 1 {
		return time.Time{}
	}
	at, err := http.ParseTime(header[0])
	if err != nil {
		return time.Time{}
	}
	return at
}

// notModifiedSince answers 304 if the answer has not changed since the date in
// If-Modified-Since, and reports whether it did.
func (o operation) notModifiedSince(x *exchange, q *query.Query, n negotiation) (bool, error) {
	since := dateOf(x.request.Header["If-Modified-Since"])
	if since.IsZero() || o.dataset.Refresh == 0 || x.request.Method == methodQuery {
		return false, nil
	}
	coding := ""
	if c := n.codingOf(false); c != nil {
		coding = c.Name
	}
	tag, info, err := o.server.engine.TagOf(x.request.Context(), q, n.format.Format, coding)
	if err != nil {
		return false, err
	}
	if at := x.modified(&info); tag == "" || at.IsZero() || at.After(since) {
		return false, nil
	}
	o.sendNotModified(x, q, tag, coding != "", &info)
	return true, nil
}

// checkUnmodified refuses a query whose answer has changed since the date in
// If-Unmodified-Since.
func (o operation) checkUnmodified(x *exchange, q *query.Query, n *negotiation) error {
	since := dateOf(x.request.Header["If-Unmodified-Since"])
	if since.IsZero() || o.dataset.Refresh == 0 {
		return nil
	}
	_, info, err := o.server.engine.TagOf(x.request.Context(), q, n.format.Format, "")
	if err != nil {
		return err
	}
	if at := x.modified(&info); at.After(since) {
		return &problem.Error{Code: problem.PreconditionFailed, Detail: "the answer has changed since the date in If-Unmodified-Since; leave the header out to get it"}
	}
	return nil
}
