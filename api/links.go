package api

import (
	"net/http"
	"strconv"
	"strings"

	"herbarium/engine"
)

// How long the URLs may be that an answer names: one alone, and several
// together. A proxy takes a header of few KiB, nginx of 4 unless it is told
// otherwise, and answers with an error instead where it is longer.
const (
	mostURL  = 8000
	mostURLs = 2500
)

// link sets Link and X-Next-After on a page's answer: the GETs of the pages
// beside it, as far as they are known and there is room. The next page of rows
// goes by a token, which stays with the version of this one; that of groups by
// number.
func (o operation) link(x *exchange, q *engine.Query, a *engine.Answer) {
	page, size, ok := q.Paged()
	if !ok {
		return
	}
	if a.Token != "" {
		x.Header()["X-Next-After"] = []string{a.Token}
	}
	start := o.pageURL(x, q, size)
	links := pagesBeside(page, size, a)
	links.fit(len(start), x.Header())
	if line := links.line(start); line != "" {
		x.Header()["Link"] = []string{line}
	}
}

// The pages beside one, in the order in which Link names them.
const (
	firstPage = iota
	prevPage
	nextPage
	lastPage
)

var (
	// relations are the pages' names in Link.
	relations = [...]string{firstPage: "first", prevPage: "prev", nextPage: "next", lastPage: "last"}
	// byWorth is which pages are named where there is no room for all.
	byWorth = [...]int{nextPage, prevPage, firstPage, lastPage}
)

// pageLinks are the parameters that name the pages beside one; "" where a page
// is not known, or not named.
type pageLinks [len(relations)]string

func pagesBeside(page, size int64, a *engine.Answer) pageLinks {
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

// fit leaves out the links that there is no room for, each of which begins
// with a URL of so many bytes. Location is worth less than the next page, and
// more than the others.
func (l *pageLinks) fit(start int, h http.Header) {
	var r room
	for i, page := range byWorth {
		if l[page] != "" && !r.take(start+len(l[page])) {
			l[page] = ""
		}
		if location := h["Location"]; i == 0 && location != nil && !r.take(len(location[0])) {
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

// room is the room for URLs in a header.
type room struct{ taken int }

// take reports whether there is room for a URL of so many bytes, and takes it.
func (r *room) take(length int) bool {
	if length > mostURL || r.taken > 0 && r.taken+length > mostURLs {
		return false
	}
	r.taken += length
	return true
}

// pageURL is the GET of the query up to the parameter that names the page.
func (o operation) pageURL(x *exchange, q *engine.Query, size int64) string {
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
	return o.server.options.BasePath + "/" + o.dataset.Name + "/" + string(o.name)
}

// formatOf returns the parameter format of a URL's query, as it stands.
func formatOf(rawQuery string) string {
	own, _ := partParameters(rawQuery)
	for pair := range strings.SplitSeq(own, "&") {
		if strings.HasPrefix(pair, "format=") {
			return pair
		}
	}
	return ""
}
