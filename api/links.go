package api

import (
	"net/http"
	"strconv"
	"strings"

	"herbarium/engine"
	"herbarium/engine/query"
)

// The maximum length of the URLs in an answer's header: of one, and of several
// together. Proxies limit a response header to a few KiB (nginx to 4 by default)
// and answer with an error if it is longer; so ours stays under 3 KB in all.
const (
	maxURL  = 2000
	maxURLs = 2000
)

// setLinks sets Link and X-Next-After on a page's answer: the GETs of the pages
// around it, as far as they are known and fit. The next page of rows has a
// token, which names the version of this one; that of groups has a number.
func (o operation) setLinks(x *exchange, q *query.Query, a *engine.Answer) {
	page, size, ok := q.Paged()
	if !ok {
		return
	}
	if a.Token != "" {
		x.Header()["X-Next-After"] = []string{a.Token}
	}
	start := o.pageURL(x, q, size)
	links := pagesAround(page, size, a)
	links.fit(len(start), x.Header())
	if line := links.line(start); line != "" {
		x.Header()["Link"] = []string{line}
	}
}

// The pages around one, in the order in which Link names them.
const (
	firstPage = iota
	prevPage
	nextPage
	lastPage
)

var (
	// relations are the pages' names in Link.
	relations = [...]string{firstPage: "first", prevPage: "prev", nextPage: "next", lastPage: "last"}
	// byPriority is the order in which pages get a link if not all of them fit.
	byPriority = [...]int{nextPage, prevPage, firstPage, lastPage}
)

// pageLinks are the parameters that name the pages around one; "" if a page is
// not known or its link does not fit.
type pageLinks [len(relations)]string

func pagesAround(page, size int64, a *engine.Answer) pageLinks {
	number := func(n int64) string { return "page=" + strconv.FormatInt(n, 10) }
	links := pageLinks{firstPage: number(1)}
	last := max(1, (a.Total-1)/size+1)
	switch {
	case page > 1 && a.Total >= 0:
		links[prevPage] = number(min(page-1, last)) // the page may be past the end
	case page > 1:
		links[prevPage] = number(page - 1)
	}
	switch {
	case a.Token != "":
		links[nextPage] = "after=" + a.Token
	case a.More && page > 0:
		links[nextPage] = number(page + 1)
	}
	if a.Total >= 0 {
		links[lastPage] = number(last)
	}
	return links
}

// fit drops the links that do not fit, each of which begins with a URL of start
// bytes. Location has priority over all pages but the next one.
func (l *pageLinks) fit(start int, h http.Header) {
	var budget urlBudget
	for i, page := range byPriority {
		if l[page] != "" && !budget.take(start+len(l[page])) {
			l[page] = ""
		}
		if location := h["Location"]; i == 0 && location != nil && !budget.take(len(location[0])) {
			delete(h, "Location")
		}
	}
}

// line is the value of Link (RFC 8288).
func (l *pageLinks) line(start string) string {
	var b strings.Builder
	for page, parameter := range l {
		if parameter == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		for _, part := range [...]string{"<", start, parameter, `>; rel="`, relations[page], `"`} {
			b.WriteString(part)
		}
	}
	return b.String()
}

// urlBudget limits the URLs in a header.
type urlBudget struct{ used int }

// take reports whether a URL of this length still fits, and counts it.
func (b *urlBudget) take(length int) bool {
	if length > maxURL || b.used > 0 && b.used+length > maxURLs {
		return false
	}
	b.used += length
	return true
}

// pageURL is the GET of the query up to the parameter that names the page.
func (o operation) pageURL(x *exchange, q *query.Query, size int64) string {
	var b strings.Builder
	b.WriteString(o.path())
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
func (o operation) path() string {
	return o.server.options.BasePath + "/" + o.dataset.Name + "/" + o.op.Path
}

// formatOf returns the parameter format of a URL's query, as it stands.
func formatOf(rawQuery string) string {
	own, _ := splitParameters(rawQuery)
	for pair := range strings.SplitSeq(own, "&") {
		if strings.HasPrefix(pair, "format=") {
			return pair
		}
	}
	return ""
}
