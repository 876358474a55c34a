package api

import (
	"strconv"
	"strings"

	"herbarium/engine"
)

// link sets Link and X-Next-After on a page's answer: the GETs of the pages
// beside it, as far as they are known. The next page of rows goes by a token,
// which stays with the version of this one; that of groups by number.
func (o operation) link(x *exchange, q *engine.Query, a *engine.Answer) {
	page, size, ok := q.Paged()
	if !ok {
		return
	}
	if a.Token != "" {
		x.Header()["X-Next-After"] = []string{a.Token}
	}
	l := linker{start: o.pageURL(x, q, size)}
	l.page("first", 1)
	last := max(1, (a.Total-1)/size+1)
	switch {
	case page > 1 && a.Total >= 0:
		l.page("prev", min(page-1, last)) // the page may be past the end
	case page > 1:
		l.page("prev", page-1)
	}
	switch {
	case a.Token != "":
		l.add("next", "after="+a.Token)
	case a.More && page > 0:
		l.page("next", page+1)
	}
	if a.Total >= 0 {
		l.page("last", last)
	}
	if l.line != "" {
		x.Header()["Link"] = []string{l.line}
	}
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

// linker writes the value of Link (RFC 8288).
type linker struct {
	start string // of every URL
	line  string
}

func (l *linker) page(rel string, number int64) {
	l.add(rel, "page="+strconv.FormatInt(number, 10))
}

// add leaves out a URL that is too long for who might have to take it.
func (l *linker) add(rel, page string) {
	if len(l.start)+len(page) > mostURL {
		return
	}
	if l.line != "" {
		l.line += ", "
	}
	l.line += "<" + l.start + page + `>; rel="` + rel + `"`
}
