package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"herbarium/api/metrics"
	"herbarium/api/status"
	"herbarium/datasets"
	"herbarium/engine"
)

// observedServer returns a server whose runs and requests are counted.
func observedServer(t testing.TB, store *fakeStore, options Options) *Server {
	t.Helper()
	options.Metrics, options.Slowest = metrics.New(metrics.Build{Version: "v1"}), &status.Slowest{}
	return serverOf(t, store, options, datasets.NewSnapshot(rocks(t, "rocks")), engine.Options{CacheBytes: 1 << 20, Observe: func(r engine.Run) {
		options.Metrics.Ran(r)
		options.Slowest.Ran(r)
	}})
}

func TestWhateverIsAskedTheMetricsDoNotGrow(t *testing.T) {
	s := observedServer(t, &fakeStore{version: "v"}, Options{})
	series := func() int {
		return strings.Count(bodyOf(t, call(s, http.MethodGet, "/metrics", "")), "\nherbarium_http_requests_total{")
	}
	strange := func(i int) {
		call(s, fmt.Sprintf("M%d", i), "/rocks/range", "")
		call(s, http.MethodGet, fmt.Sprintf("/dataset%d/range", i), "")
		call(s, http.MethodGet, fmt.Sprintf("/rocks/operation%d", i), "")
		call(s, http.MethodGet, fmt.Sprintf("/rocks/range?field%d=%d", i, i), "")
		call(s, "QUERY", "/rocks/range", fmt.Sprintf(`{"kind":"%d"}`, i), "Content-Type: application/json", fmt.Sprintf("X-Request-Id: r%d", i))
	}
	strange(0)
	series() // which is a request itself
	before := series()
	for i := range 300 {
		strange(i)
	}
	if after := series(); after != before || before < 5 {
		t.Errorf("%d series became %d", before, after)
	}
}

func TestWithAnAdminAddressMetricsAndDetailAreThereAndOnlyThere(t *testing.T) {
	for _, admin := range []bool{false, true} {
		s := observedServer(t, &fakeStore{version: "v", rows: 2}, Options{Admin: admin})
		for path, here := range map[string]bool{"/metrics": !admin, "/status": !admin, "/debug/pprof/": false, "/debug/pprof/heap": false} {
			if r := call(s, http.MethodGet, path, ""); (r.StatusCode == 200) != here {
				t.Errorf("admin %v: %s answers %d", admin, path, r.StatusCode)
			}
		}
		for path, want := range map[string]int{"/metrics": 200, "/status": 200, "/healthz": 200, "/readyz": 200, "/debug/pprof/": 200,
			"/debug/pprof/goroutine?debug=1": 200, "/debug/pprof/cmdline": 200, "/": 303, "/rocks/range": 404, "/datasets": 404} {
			if r := call(s.AdminHandler(), http.MethodGet, path, ""); r.StatusCode != want {
				t.Errorf("the admin address: %s answers %d, want %d", path, r.StatusCode, want)
			}
		}
		want := `{"status":"ready","datasets":[{"name":"rocks","state":"ready"}]}`
		if got := bodyOf(t, call(s.AdminHandler(), http.MethodGet, "/readyz", "")); got != want {
			t.Errorf("the admin address: /readyz is %s", got)
		}
		if admin {
			want = `{"status":"ready"}`
		}
		if got := bodyOf(t, call(s, http.MethodGet, "/readyz", "")); got != want {
			t.Errorf("admin %v: /readyz is %s", admin, got)
		}
	}
	s := observedServer(t, &fakeStore{ping: io.ErrUnexpectedEOF}, Options{Admin: true})
	const want = `{"type":"urn:herbarium:problem:store_unavailable","title":"The store is unavailable","status":503,"detail":"The store is unavailable","instance":"/readyz","code":"store_unavailable"}`
	if got := bodyOf(t, call(s, http.MethodGet, "/readyz", "")); got != want {
		t.Errorf("with the store away, /readyz is %s", got)
	}
}

func TestTheAdminAddressEndsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPiped()
		stop, ended := p.serveIn(t, observedServer(t, &fakeStore{version: "v"}, Options{Admin: true}).ServeAdmin)
		profile := make(chan int, 1)
		go func() { // a request that is under way when the server is told to stop
			profile <- p.ask(t, http.MethodGet, "/debug/pprof/goroutine?seconds=2").StatusCode
		}()
		time.Sleep(300 * time.Millisecond)
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if got := <-profile; got != 200 {
			t.Errorf("the request under way got %d", got)
		}
	})
}

func TestTheStatusShowsValuesToThoseWhoRunTheServerAlone(t *testing.T) {
	s := observedServer(t, &fakeStore{version: "v", rows: 2}, Options{Version: "v1"})
	post(s, "/rocks/range", `{"kind":"slate"}`)
	var public, admin status.Report
	for report, h := range map[*status.Report]http.Handler{&public: s, &admin: s.AdminHandler()} {
		if err := json.Unmarshal([]byte(bodyOf(t, call(h, http.MethodGet, "/status", ""))), report); err != nil {
			t.Fatal(err)
		}
		if len(report.SlowPlans) != 1 || report.SlowPlans[0].Operation != "range" || report.SlowPlans[0].Rows != 2 || len(report.SlowPlans[0].Fingerprint) != 12 {
			t.Fatalf("the slowest plans are %+v", report.SlowPlans)
		}
		if report.Version != "v1" || !report.StoreUp || len(report.Caches) != 4 || report.Datasets[0].Version != "v" || *report.Datasets[0].Rows != 2 {
			t.Errorf("the status is %+v", report)
		}
	}
	if got := admin.SlowPlans[0].Plan; !strings.Contains(got, `kind in ["slate"]`) {
		t.Errorf("those who run the server see the plan %q", got)
	}
	if got := public.SlowPlans[0].Plan; got != "" {
		t.Errorf("everybody sees the plan %q", got)
	}
	for _, shown := range []bool{false, true} {
		h := http.Handler(s)
		if shown {
			h = s.AdminHandler()
		}
		r := call(h, http.MethodGet, "/status", "", "Accept: text/html")
		page := bodyOf(t, r)
		if strings.Contains(page, "kind in") != shown || !strings.Contains(page, "<h1>Status</h1>") || !strings.Contains(page, public.SlowPlans[0].Fingerprint) {
			t.Errorf("shown %v: the page is %s", shown, page)
		}
		if r.Header.Get("Content-Security-Policy") == "" {
			t.Error("the page has no policy")
		}
	}
}

// logOf returns the lines that a server logged while it was asked, as JSON.
func logOf(t *testing.T, level slog.Level, options Options, store *fakeStore, ask func(*Server)) []map[string]any {
	t.Helper()
	var log bytes.Buffer
	options.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: level}))
	ask(observedServer(t, store, options))
	var lines []map[string]any
	for line := range strings.Lines(log.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fields)
	}
	return lines
}

func TestAQueryIsSlowByItsOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			name        string
			body, store time.Duration // what each of them takes
			slow        int
		}{{"a slow body", 20 * time.Second, 0, 0}, {"a slow store", 0, 2 * time.Second, 1}} {
			store := &fakeStore{next: batches(1, func(context.Context) error {
				time.Sleep(c.store)
				return io.EOF
			})}
			lines := logOf(t, slog.LevelWarn, Options{SlowQuery: time.Second}, store, func(s *Server) {
				r := httptest.NewRequest(http.MethodPost, "/rocks/range", io.MultiReader(waitingReader(c.body), strings.NewReader(`{}`)))
				r.Header.Set("Content-Type", "application/json")
				s.ServeHTTP(httptest.NewRecorder(), r)
			})
			if len(lines) != c.slow {
				t.Errorf("%s: %v", c.name, lines)
			}
		}
	})
}

// waitingReader is a body that ends after a time.
type waitingReader time.Duration

func (w waitingReader) Read([]byte) (int, error) {
	time.Sleep(time.Duration(w))
	return 0, io.EOF
}

func TestALineSaysWhatWasAskedAndWhereTheAnswerCameFrom(t *testing.T) {
	lines := logOf(t, slog.LevelDebug, Options{}, &fakeStore{version: "v"}, func(s *Server) {
		for range 2 {
			call(s, http.MethodPost, "/rocks/range", `{"kind":"slate"}`, "Content-Type: application/json",
				"Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
		}
	})
	if len(lines) != 2 {
		t.Fatalf("%d lines", len(lines))
	}
	for i, cache := range []string{"miss", "hit"} {
		l := lines[i]
		for key, want := range map[string]any{"dataset": "rocks", "operation": "range", "cache": cache, "rows": 2.0, "status": 200.0,
			"trace_id": "0af7651916cd43dd8448eb211c80319c", "plan": lines[0]["plan"]} {
			if l[key] != want {
				t.Errorf("line %d: %s is %v, want %v", i, key, l[key], want)
			}
		}
		times, _ := l["times"].(map[string]any)
		if times["parse"] == nil || times["send"] == nil || (times["store"] == nil) != (cache == "hit") || (times["first_rows"] == nil) != (cache == "hit") {
			t.Errorf("line %d: times are %v", i, times)
		}
		if strings.Contains(fmt.Sprint(l), "slate") {
			t.Errorf("line %d has a value: %v", i, l)
		}
	}
	if plan, _ := lines[0]["plan"].(string); len(plan) != 12 {
		t.Errorf("the plan is %v", lines[0]["plan"])
	}
}

func TestAURLsParametersAreNotLogged(t *testing.T) {
	lines := logOf(t, slog.LevelDebug, Options{SlowQuery: time.Nanosecond}, &fakeStore{version: "v"}, func(s *Server) {
		call(s, http.MethodGet, "/rocks/range?api_key=topsecret", "")
		call(s, http.MethodGet, "/datasets?token=topsecret", "")
	})
	if text := fmt.Sprint(lines); len(lines) != 2 || strings.Contains(text, "topsecret") {
		t.Errorf("the log is %s", text)
	}
}

func TestASlowQueryIsLoggedWithItsPlan(t *testing.T) {
	slow := &fakeStore{version: "v", next: func(_ context.Context, n int) (*engine.Batch, error) {
		if n > 0 {
			return nil, io.EOF
		}
		time.Sleep(30 * time.Millisecond)
		return twoRows(), nil
	}}
	for limit, want := range map[time.Duration]int{0: 0, 20 * time.Millisecond: 1, time.Minute: 0} {
		lines := logOf(t, slog.LevelWarn, Options{SlowQuery: limit}, slow, func(s *Server) { post(s, "/rocks/range", `{"kind":"slate"}`) })
		if len(lines) != want {
			t.Fatalf("%v: %d lines", limit, len(lines))
		}
		if want == 1 && (lines[0]["msg"] != "slow query" || lines[0]["level"] != "WARN" ||
			lines[0]["query"] != "range of rocks\n  where kind in [\"slate\"]\n  fields kind, mass, pieces\n") {
			t.Errorf("the line is %v", lines[0])
		}
	}
}

func TestAShareOfWhatSucceedsIsLogged(t *testing.T) {
	const n = 2000
	for _, c := range []struct {
		sample      float64
		least, most int
	}{{0, 0, 0}, {0.1, n / 20, n / 5}, {1, n, n}} {
		lines := logOf(t, slog.LevelInfo, Options{LogSample: c.sample}, &fakeStore{version: "v"}, func(s *Server) {
			for range n {
				call(s, http.MethodGet, "/rocks/range", "")
			}
			call(s, http.MethodGet, "/rocks/rang", "")
		})
		if got := len(lines) - 1; got < c.least || got > c.most {
			t.Errorf("%v: %d of %d requests were logged", c.sample, got, n)
		}
		if last := lines[len(lines)-1]; last["code"] != "unknown_operation" {
			t.Errorf("%v: the fault was not logged: %v", c.sample, last)
		}
	}
}
