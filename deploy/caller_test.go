//go:build e2e

package deploy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// caller is somebody who asks for readings again and again, and looks at every answer.
type caller struct {
	name, key string
	sees      func(rights) (v view, let bool)

	url     string
	client  *http.Client
	ledger  *ledger
	report  *report
	random  *rand.Rand
	pause   time.Duration // between requests
	perPage int
}

// asked is a request and what it got.
type asked struct {
	span
	what   string // the request
	status int
	header http.Header
	body   string
	err    error // the answer did not come, or not to its end
	begun  bool  // there was a status
}

// run asks until the context is done.
func (c *caller) run(ctx context.Context) {
	for ctx.Err() == nil {
		lower := c.random.IntN(numReadings - 40)
		switch c.random.IntN(5) {
		case 0:
			c.askFor(http.MethodGet, fmt.Sprintf("/readings/range?per_page=%d&page=2&lower[n]=%d", c.perPage, lower), "",
				func(v view, version int) string { return v.page(v.rows(version, lower), 2, c.perPage) })
		case 1:
			c.askFor("QUERY", "/readings/range", fmt.Sprintf(`{"lower":{"n":%d},"per_page":%d}`, lower, c.perPage),
				func(v view, version int) string { return v.page(v.rows(version, lower), 1, c.perPage) })
		case 2:
			c.askFor(http.MethodPost, "/readings/stats/mean", fmt.Sprintf(`{"lower":{"n":%d}}`, lower),
				func(v view, version int) string { return v.means(v.rows(version, lower)) })
		case 3:
			c.askFor(http.MethodGet, fmt.Sprintf("/readings/stats/count?group_by=region&lower[n]=%d", lower), "",
				func(v view, version int) string { return v.counts(v.rows(version, lower)) })
		case 4:
			c.follow(ctx, lower)
		}
		sleep(ctx, c.pause)
	}
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// askFor asks, and looks whether the answer is that of one version.
func (c *caller) askFor(method, path, body string, want func(v view, version int) string) {
	c.judge(c.ask(method, path, body), want)
}

// judge looks at an answer. It returns the version that it has, or 0.
func (c *caller) judge(a asked, want func(v view, version int) string) int {
	if a.err != nil || a.status != http.StatusOK {
		c.refused(a)
		return 0
	}
	version, ok := c.ledger.match(a.span, func(version int, r rights) bool {
		v, let := c.sees(r)
		return let && a.body == want(v, version)
	})
	if !ok {
		c.report.wrong(c, a)
		return 0
	}
	c.report.answered(a)
	return version
}

var nextLink = regexp.MustCompile(`<([^>]*)>; rel="next"`)

// follow asks for a page, and by the tokens for those after it, which have the rows of
// the same version.
func (c *caller) follow(ctx context.Context, lower int) {
	first, path, last, version := time.Now(), fmt.Sprintf("/readings/range?per_page=%d&lower[n]=%d", c.perPage, lower), lower-1, 0
	for path != "" && ctx.Err() == nil {
		a := c.ask(http.MethodGet, path, "")
		if version != 0 && (a.status == http.StatusGone || a.status == http.StatusUnprocessableEntity) && a.err == nil {
			// The version is gone, or the token was for what the caller saw before.
			if !c.ledger.changed(span{first, a.until}) {
				c.report.wrong(c, a)
			}
			c.report.refusal(fmt.Sprint(a.status, " ", a.code()))
			return
		}
		after := func(v view, version int) string { return v.page(v.rows(version, last+1), 1, c.perPage) }
		if version == 0 {
			version = c.judge(a, after)
		} else if !c.judgePage(a, version, after) {
			return
		}
		if version == 0 {
			return
		}
		var rows []struct{ N int }
		if json.Unmarshal([]byte(a.body), &rows) != nil || len(rows) == 0 {
			return
		}
		last, path = rows[len(rows)-1].N, ""
		if next := nextLink.FindStringSubmatch(strings.Join(a.header["Link"], ", ")); next != nil {
			path = next[1]
		}
		sleep(ctx, time.Duration(c.random.IntN(8))*c.pause)
	}
}

// judgePage looks at a page by token, which may be of a version that was replaced.
func (c *caller) judgePage(a asked, version int, want func(v view, version int) string) bool {
	if a.err != nil || a.status != http.StatusOK {
		c.refused(a)
		return false
	}
	if !c.ledger.could(a.span, func(r rights) bool {
		v, let := c.sees(r)
		return let && a.body == want(v, version)
	}) {
		c.report.wrong(c, a)
		return false
	}
	c.report.answered(a)
	return true
}

// refused looks at what is no answer.
func (c *caller) refused(a asked) {
	switch {
	case a.err != nil:
		// Of a server that is killed, the answers that it began are cut.
		part := c.ledger.excuse(a.span, killed)
		c.report.refusal("cut")
		if part == noPart || !a.begun {
			c.report.fault("%s: %s: %v, at %s", c.name, a.what, a.err, a.span)
		}
	case a.status == http.StatusUnauthorized && a.code() == "unauthenticated", a.status == http.StatusTooManyRequests && a.header.Get("Retry-After") != "":
		// The second is for those whom the first came to too often.
		c.report.refusal(strconv.Itoa(a.status) + " " + a.code())
		if !c.ledger.could(a.span, func(r rights) bool { _, let := c.sees(r); return !let }) {
			c.report.wrong(c, a)
		}
	case a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") != "":
		c.unavailable(a, "503 "+a.code(), databasePart, failPoint, stalled)
	case a.status == http.StatusGatewayTimeout:
		c.unavailable(a, "504 "+a.code(), stalled)
	default:
		c.report.wrong(c, a)
	}
}

// unavailable looks whether one of the parts was absent.
func (c *caller) unavailable(a asked, cause string, parts ...part) {
	p := c.ledger.excuse(a.span, parts...)
	c.report.refusal(cause + " (" + string(p) + ")")
	if p == noPart {
		c.report.wrong(c, a)
		return
	}
	c.report.recovered(p, c.ledger.since(p, a.span))
}

// code returns the code of a problem.
func (a asked) code() string {
	var problem struct{ Code string }
	_ = json.Unmarshal([]byte(a.body), &problem) // it may be none
	return problem.Code
}

// ask sends a request.
func (c *caller) ask(method, path, body string) asked {
	a := asked{what: method + " " + path + " " + body, span: span{from: time.Now()}}
	path = strings.NewReplacer("[", url.QueryEscape("["), "]", url.QueryEscape("]")).Replace(path)
	// Not the test's context: a request that was sent is waited for.
	request, err := http.NewRequestWithContext(context.Background(), method, c.url+path, strings.NewReader(body))
	if err != nil {
		a.err = err
		return a
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.key != "" {
		request.Header.Set("X-Api-Key", c.key)
	}
	response, err := c.client.Do(request)
	if a.until = time.Now(); err != nil {
		a.err = err
		return a
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	a.begun, a.status, a.header, a.body, a.err, a.until = true, response.StatusCode, response.Header, string(text), err, time.Now()
	return a
}
