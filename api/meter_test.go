package api

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/memory"
)

const accessLimits = `anonymous: ["stones:*"]
limits:
  - {for: anonymous, rate: 1/h, burst: 2}
  - {for: "key:team", rows: 2, groups: 1}
  - {for: "scope:walks:everything"}
  - {for: "*", daily: 1}
`

func TestCallersKeepToTheirLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // in which no time passes
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
	})
}

// A batch of messages must not be cheaper than as many requests.
func TestEachMessageOfABatchIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // in which no time passes
		limit := "limits: [{for: anonymous, daily: 10}, {for: \"key:team\", daily: 3, concurrent: 4}]\n"
		s, _ := accessServer(t, Options{}, withoutPolicies+"anonymous: [\"stones:*\"]\n"+limit, walksFiles)
		ask := func(key, body, left string) (int, string) {
			r := httptest.NewRequest(http.MethodPost, "/mcp", strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Accept", "application/json, text/event-stream")
			if key != "" {
				r.Header.Set("X-Api-Key", key)
			}
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if got := w.Result().Header["Ratelimit"]; len(got) != 1 || !strings.HasPrefix(got[0], left) {
				t.Errorf("%v is left, want %s", got, left)
			}
			return w.Code, w.Body.String()
		}
		batch := func(messages int) string {
			one := `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"stones_stats_count","arguments":{"group_by":[]}}}`
			var all []string
			for i := range messages {
				all = append(all, fmt.Sprintf(one, i))
			}
			return "[" + strings.Join(all, ",") + "]"
		}
		status, body := ask(keyTeam, batch(5), `"daily";r=0;`)
		if answered, refused := strings.Count(body, `"result"`), strings.Count(body, "3 requests were made today"); status != 200 || answered != 3 || refused != 2 {
			t.Errorf("status %d, %d answers and %d refusals: %s", status, answered, refused, body)
		}
		if status, body := ask(keyTeam, batch(1), `"daily";r=0;`); status != http.StatusTooManyRequests {
			t.Errorf("then: %d %s", status, body)
		}
		if status, body := ask("", batch(8), `"daily";r=2;`); status != 200 || strings.Count(body, `"result"`) != 8 {
			t.Errorf("within the limit: %d %s", status, body)
		}
	})
}

func TestABatchHasABound(t *testing.T) {
	s := newServer(t, &fakeStore{}, Options{})
	for messages, want := range map[int]int{maxBatch: http.StatusOK, maxBatch + 1: http.StatusRequestEntityTooLarge} {
		body := "[" + strings.TrimSuffix(strings.Repeat(`{"jsonrpc":"2.0","id":1,"method":"ping"},`, messages), ",") + "]"
		r := httptest.NewRequest(http.MethodPost, "/mcp", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != want || want != http.StatusOK && !strings.Contains(w.Body.String(), "more than 20 messages") {
			t.Errorf("%d messages: %d %s", messages, w.Code, w.Body)
		}
	}
}

// A body is parsed within the memory of one query, however many values its bytes have.
func TestABodyCountsByItsValues(t *testing.T) {
	list, space := "["+strings.Repeat("1,", 200_000)+"1]", strings.Repeat(" ", 400_000)
	for _, c := range []struct {
		path, body string
		want       int
	}{
		{"/rocks/range", `{"kind":` + list + `}`, http.StatusUnprocessableEntity},
		{"/rocks/range", `{"kind":"slate"` + space + `}`, http.StatusOK},
		{"/mcp", `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":` + list + `}}`, http.StatusUnprocessableEntity},
		{"/mcp", `{"jsonrpc":"2.0","id":1,"method":"ping"` + space + `}`, http.StatusOK},
	} {
		s := serverOf(t, &fakeStore{}, Options{}, datasets.NewSnapshot(rocks(t, "rocks")), engine.Options{Memory: memory.NewBudget(64 << 20)})
		r := httptest.NewRequest(http.MethodPost, c.path, strings.NewReader(c.body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if refused := strings.Contains(w.Body.String(), "reading the body takes more memory"); w.Code != c.want || refused != (c.want != http.StatusOK) {
			t.Errorf("%s: %d %.300s", c.path, w.Code, w.Body)
		}
		if taken := s.engine.Memory().Stats().Taken; taken != 0 {
			t.Errorf("%s: %d bytes stay taken", c.path, taken)
		}
	}
}

func TestWhatAssistantsAreToldIsPrivateWhereItDependsOnWhoAsks(t *testing.T) {
	for _, c := range []struct {
		server *Server
		want   string
	}{
		{func() *Server { s, _ := accessServer(t, Options{}, `anonymous: ["*"]`, walksFiles); return s }(), `"cacheScope":"private"`},
		{newServer(t, &fakeStore{}, Options{}), `"cacheScope":"public"`},
	} {
		for _, method := range []string{"tools/list", "resources/list"} {
			r := httptest.NewRequest(http.MethodPost, "/mcp", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"`+method+`"}`))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Accept", "application/json, text/event-stream")
			w := httptest.NewRecorder()
			c.server.ServeHTTP(w, r)
			if !strings.Contains(w.Body.String(), c.want) {
				t.Errorf("%s has not %s: %.200s", method, c.want, w.Body.String())
			}
		}
	}
}

func TestAnAddressIsToldOnlySoOftenThatItsCredentialIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // in which no time passes, and nothing is forgiven
		s, _ := accessServer(t, Options{}, accessKeys+"policies: {walks: [{for: \"scope:walks:everything\"}, {for: \"*\"}]}\n", walksFiles)
		ask := func(key, from string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(http.MethodGet, "/stones/range", nil)
			if r.RemoteAddr = from; key != "" {
				r.Header.Set("X-Api-Key", key)
			}
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			return w
		}
		for i := range refusals.Burst {
			key := []string{"hrb_wrong", keyNone}[i%2]
			if w := ask(key, "192.0.2.1:1"); w.Code != http.StatusUnauthorized {
				t.Fatalf("request %d with %q gets %d: %s", i, key, w.Code, w.Body)
			}
		}
		for _, c := range []struct {
			key, from string
			status    int
		}{
			{keyNone, "192.0.2.1:2", http.StatusTooManyRequests},
			{"", "192.0.2.1:2", http.StatusUnauthorized},
			{"hrb_wrong", "192.0.2.1:3", http.StatusTooManyRequests},
			{keyTeam, "192.0.2.1:4", http.StatusOK},
			{"hrb_wrong", "192.0.2.2:1", http.StatusUnauthorized},
		} {
			w := ask(c.key, c.from)
			if w.Code != c.status || (c.status == http.StatusTooManyRequests) != (w.Header().Get("Retry-After") != "") {
				t.Errorf("%q from %s gets %d: %v %s", c.key, c.from, w.Code, w.Header(), w.Body)
			}
		}
	})
}
