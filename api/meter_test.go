package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const accessLimits = `anonymous: ["stones:*"]
limits:
  - {for: anonymous, rate: 1/h, burst: 2}
  - {for: "key:team", rows: 2, groups: 1}
  - {for: "scope:walks:everything"}
  - {for: "*", daily: 1}
`

func TestCallersKeepToTheirLimits(t *testing.T) {
	s, _ := accessServer(t, Options{}, accessKeys+accessLimits+"policies: {walks: [{for: \"scope:walks:everything\"}, {for: \"*\"}]}\n", walksFiles)
	ask := func(key, path, from string) (status int, header http.Header, body string) {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, path, nil)
		if r.RemoteAddr = from; key != "" {
			r.Header.Set("X-Api-Key", key)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w.Code, w.Header(), w.Body.String()
	}
	for _, c := range []struct {
		key, path, from string
		status          int
		limit, want     string
	}{
		{"", "/stones/range", "192.0.2.1:1", 200, `"rate";r=1;t=3600`, "slate"},
		{"", "/stones/stats/count", "192.0.2.1:2", 200, `"rate";r=0;t=7200`, "count"},
		{"", "/stones/range", "192.0.2.1:3", 429, `"rate";r=0;t=7200`, `"code":"too_many_requests"`},
		{"", "/", "192.0.2.1:3", 429, `"rate";r=0;t=7200`, "ask more slowly"},
		{"", "/healthz", "192.0.2.1:3", 200, "", ""},
		{"", "/stones/range", "192.0.2.2:1", 200, `"rate";r=1;t=3600`, ""},
		{"", "/stones/range", "[2001:db8::1]:1", 200, `"rate";r=1;t=3600`, ""},
		{"", "/stones/range", "[2001:db8::ffff:1]:1", 200, `"rate";r=0;t=7200`, ""},
		{"", "/stones/range", "[2001:db8::2:3]:1", 429, `"rate";r=0;t=7200`, ""},
		{"", "/stones/range", "[2001:db8:0:1::1]:1", 200, `"rate";r=1;t=3600`, ""},
		{keyTeam, "/stones/range", "192.0.2.1:1", 200, "", "slate"},
		{keyTeam, "/walks/range", "192.0.2.1:1", 422, "", `"code":"too_expensive"`},
		{keyTeam, "/walks/range?per_page=2", "192.0.2.1:1", 200, "", ""},
		{keyTeam, "/walks/stats/count", "192.0.2.1:1", 422, "", "makes 3 groups, and the limit here is 1"},
		{keyTeam, "/walks/stats/count?group_by=", "192.0.2.1:1", 200, "", `[{"count":5}]`},
		{keyAll, "/walks/stats/count", "192.0.2.1:1", 200, "", ""},
		{keyRange, "/stones/range", "192.0.2.1:1", 200, `"daily";r=0;t=`, ""},
		{keyRange, "/stones/range", "192.0.2.1:1", 429, `"daily";r=0;t=`, "the next day begins at 00:00 UTC"},
		{keyNone, "/stones/range", "192.0.2.1:1", 401, "", ""},
	} {
		status, header, body := ask(c.key, c.path, c.from)
		if status != c.status || !strings.Contains(body, c.want) || !strings.HasPrefix(header.Get(rateLimit), c.limit) || (c.limit == "") != (header.Get(rateLimit) == "") {
			t.Errorf("%s %s from %s: %d %s %s", c.key, c.path, c.from, status, header.Get(rateLimit), body)
		}
		if (status == http.StatusTooManyRequests) != (header.Get("Retry-After") != "") {
			t.Errorf("%s: Retry-After is %q", c.path, header.Get("Retry-After"))
		}
		if policy := header.Get(rateLimitPolicy); strings.HasPrefix(c.limit, `"rate"`) && policy != `"rate";q=2;w=7200` {
			t.Errorf("%s: the policy is %s", c.path, policy)
		}
	}
}
