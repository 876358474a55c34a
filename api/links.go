package api

import (
	"net/http"
	"strconv"
	"strings"

	"herbarium/engine"
	"herbarium/engine/query"
)

// The maximum length of an answer's header, and of one URL in it. Proxies limit a
// response header to a few KiB (nginx to 4 by default) and answer with an error if
// it is longer.
const (
	maxHeader = 3 << 10
	maxURL    = 2000
)

// laterHeaders is the room for what comes after the links: the status line, Date
// and Connection of net/http, and the headers of the answer's format, tag and size.
const laterHeaders = 640

// setLinks sets Link and X-Next-After on an answer: the GET that is equal to a
// QUERY, and the GETs of the pages around this one, as far as they are known and
// fit. The next page of rows has a token, which names the version of this one;
// that of groups has a number.
func (o operation) setLinks(x *exchange, q *query.Query, a *engine.Answer, equalGet string) {
	page, size, paged := q.Paged()
	if !paged && equalGet == "" {
		return
	}
	var links links
	if equalGet != "" {
		links[equal] = equalGet
	}
	if paged {
		if a.Token != "" {
			x.Header()["X-Next-After"] = []string{a.Token}
		}
		links.addPages(page, size, a, o.pageURL(x, q, size))
	}
	links.fit(maxHeader - laterHeaders - headerLength(x.Header()))
	if line := links.line(); line != "" {
		x.Header()["Link"] = []string{line}
	}
}

// headerLength is how many bytes the header takes in a response.
func headerLength(h http.Header) int {
	n := 0
	for name, values := range h {
		for _, value := range values {
			n += len(name) + len(": ") + len(value) + len("\r\n")
		}
	}
	return n
}

// The links, in the order in which Link names them.
const (
	equal = iota
	firstPage
	prevPage
	nextPage
	lastPage
)

var (
	// relations are the links' names in Link.
	relations = [...]string{equal: "alternate", firstPage: "first", prevPage: "prev", nextPage: "next", lastPage: "last"}
	// byPriority is the order in which links are taken if not all of them fit.
	byPriority = [...]int{nextPage, equal, prevPage, firstPage, lastPage}
)

// links are the URLs in Link; "" if one is not known or does not fit.
type links [len(relations)]string

// addPages adds the pages around one, whose URLs begin with start.
func (l *links) addPages(page, size int64, a *engine.Answer, start string) {
	number := func(n int64) string { return start + "page=" + strconv.FormatInt(n, 10) }
	l[firstPage] = number(1)
	last := max(1, (a.Total-1)/size+1)
	switch {
	case page > 1 && a.Total >= 0:
		l[prevPage] = number(min(page-1, last)) // the page may be past the end
	case page > 1:
		l[prevPage] = number(page - 1)
	}
	switch {
	case a.Token != "":
		l[nextPage] = start + "after=" + a.Token
	case a.More && page > 0:
		l[nextPage] = number(page + 1)
	}
	if a.Total >= 0 {
		l[lastPage] = number(last)
	}
}

// fit drops the links that are too long, or do not fit into so many bytes with
// those of a higher priority.
func (l *links) fit(room int) {
	room -= len("Link: \r\n")
	for _, i := range byPriority {
		cost := len(l[i]) + len(`<>; rel="", `) + len(relations[i])
		if l[i] == "" || len(l[i]) > maxURL || cost > room {
			l[i] = ""
			continue
		}
		room -= cost
	}
}

// line is the value of Link (RFC 8288).
func (l *links) line() string {
	var b strings.Builder
	for i, url := range l {
		if url == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		for _, part := range [...]string{"<", url, `>; rel="`, relations[i], `"`} {
			b.WriteString(part)
		}
	}
	return b.String()
}

// equalGet is the URL of the GET that is equal to the QUERY with this body.
func (o operation) equalGet(x *exchange, body []byte) string {
	var parameters []string
	for _, more := range []string{query.Flatten(body), x.request.URL.RawQuery} {
		if more != "" {
			parameters = append(parameters, more)
		}
	}
	if parameters == nil {
		return o.path(x)
	}
	return o.path(x) + "?" + strings.Join(parameters, "&")
}

// pageURL is the GET of the query up to the parameter that names the page.
func (o operation) pageURL(x *exchange, q *query.Query, size int64) string {
	var b strings.Builder
	b.WriteString(o.path(x))
	b.WriteByte('?')
	for _, more := range []string{q.Flat(), formatOf(x.request.URL.RawQuery), "per_page=" + strconv.FormatInt(size, 10)} {
		if more != "" {
			b.WriteString(more)
			b.WriteByte('&')
		}
	}
	return b.String()
}

// path is the operation's path on this server.
func (o operation) path(x *exchange) string {
	return x.base + "/" + o.dataset.Name + "/" + o.op.Path
}

// formatOf returns the parameters of a URL's query that shape the answer's bytes,
// format and bom, as they stand.
func formatOf(rawQuery string) string {
	own, _ := splitParameters(rawQuery)
	var kept []string
	for pair := range strings.SplitSeq(own, "&") {
		if strings.HasPrefix(pair, "format=") || strings.HasPrefix(pair, "bom=") {
			kept = append(kept, pair)
		}
	}
	return strings.Join(kept, "&")
}
