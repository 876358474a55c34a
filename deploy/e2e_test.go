//go:build e2e

// Package deploy holds what production needs beside the binary. Its test starts
// what docker-compose.yml starts, as processes of this machine, and asks it as
// its users do.
package deploy_test

import (
	"encoding/json"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	rangeQuery = `{"species":"setosa","lower":{"sepal_length":5.0,"sepal_width":3.0},"upper":{"sepal_length":5.1}}`
	meanQuery  = `{"species":["setosa","versicolor"],"lower":{"sepal_width":3.0},"upper":{"sepal_length":6.1}}`
	meanAnswer = `[{"mean_sepal_length":5.029166666666667,"mean_sepal_width":3.4625,"mean_petal_length":1.4666666666666668,"mean_petal_width":0.24583333333333335,"label":"setosa"},` +
		`{"mean_sepal_length":5.775,"mean_sepal_width":3.075,"mean_petal_length":4.425,"mean_petal_width":1.475,"label":"versicolor"}]`
)

// TestStack goes through the life of a deployment, so its parts are in order.
func TestStack(t *testing.T) {
	s := startStack(t, deployment{servers: 2, database: testDatabase(t)})
	steps := []struct {
		name string
		do   func(*testing.T, *stack)
	}{
		{"the binary needs nothing of the system", needsNothing},
		{"before the load, servers are ready and say what to do", sayWhatToDo},
		{"loaded data is served by every server", serveWhatIsLoaded},
		{"queries are answered through the load balancer", answerQueries},
		{"a query of a long URL is answered, and stops no server", answerLongQueries},
		{"every server gives an answer the same tag", agreeOnTags},
		{"faults come through as the servers name them", nameFaults},
		{"a request keeps its name, and one without gets one", keepNames},
		{"requests are spread over the servers", spreadRequests},
		{"a second load replaces what every server serves", replaceData},
		{"when a server is killed, the other answers everything", survive},
		{"a server that is told to stop ends in order", stopInOrder},
		{"with no server left, the load balancer says so", sayNobodyIsThere},
	}
	for _, step := range steps {
		if !t.Run(step.name, func(t *testing.T) { step.do(t, s) }) {
			t.Fatal("the steps that follow build on this one")
		}
	}
}

func sayWhatToDo(t *testing.T, s *stack) {
	for _, url := range append(s.serverURLs(), s.url) {
		waitFor(t, url+"/readyz", func() bool { return s.get(t, url+"/readyz").status == http.StatusOK })
		got := s.post(t, url+"/iris/range", "{}")
		if got.status != http.StatusServiceUnavailable || got.code(t) != "not_loaded" || got.header.Get("Retry-After") == "" {
			t.Errorf("%s: %d %s, Retry-After %q", url, got.status, got.body, got.header.Get("Retry-After"))
		}
		if !strings.Contains(got.body, "herbarium load iris") {
			t.Errorf("%s: the answer does not name the command: %s", url, got.body)
		}
	}
	for _, path := range []string{"/metrics", "/status", "/debug/pprof/"} {
		if got := s.get(t, s.url+path); got.status != http.StatusNotFound {
			t.Errorf("%s is public: %d %s", path, got.status, got.body)
		}
	}
	if out, code := s.run(t, "herbarium", "health", "--ready"); code != 0 {
		t.Errorf("health ends with %d: %s", code, out)
	}
}

func serveWhatIsLoaded(t *testing.T, s *stack) {
	for _, name := range []string{"diamonds", "iris", "penguins"} {
		if out, code := s.run(t, "load-"+name); code != 0 {
			t.Fatalf("load-%s ends with %d: %s", name, code, out)
		}
		for _, url := range append(s.serverURLs(), s.url) {
			waitFor(t, url+" serves "+name, func() bool { return s.post(t, url+"/"+name+"/range", `{"per_page":1}`).status == http.StatusOK })
		}
	}
}

func answerQueries(t *testing.T, s *stack) {
	// The server that stands in for MongoDB may sum with less precision.
	nearly := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 1e-12*math.Abs(b) })
	for _, path := range []string{"/iris/stats/mean", "/iris/stats/mean/"} {
		got := s.post(t, s.url+path, meanQuery)
		if diff := cmp.Diff(answer{body: meanAnswer}.rows(t), got.rows(t), nearly); got.status != http.StatusOK || diff != "" {
			t.Errorf("%s: %d, means (-want +got):\n%s", path, got.status, diff)
		}
	}
	for _, path := range []string{"/iris/range", "/iris/range/"} {
		got := s.post(t, s.url+path, rangeQuery)
		if rows := got.rows(t); got.status != http.StatusOK || len(rows) != 16 {
			t.Errorf("%s: %d, %d rows", path, got.status, len(rows))
		}
	}
	want := map[string]any{"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2, "label": "setosa"}
	rows := s.post(t, s.url+"/iris/range", "{}").rows(t)
	if len(rows) != 150 {
		t.Fatalf("everything is %d rows", len(rows))
	}
	if diff := cmp.Diff(want, rows[0]); diff != "" {
		t.Errorf("first row (-want +got):\n%s", diff)
	}
}

func answerLongQueries(t *testing.T, s *stack) {
	zeros := func(n int) string { return "0." + strings.Repeat("0", n) }
	for _, query := range []struct{ name, method, path, body string }{
		{"as long as two links may be", http.MethodGet, "?page=2&per_page=2&lower[sepal_length]=" + zeros(800), ""},
		{"the longest next", http.MethodGet, "?page=2&per_page=2&lower[sepal_length]=" + zeros(1800), ""},
		{"the longest equal GET", "QUERY", "", `{"lower":{"sepal_length":` + zeros(1900) + `}}`},
		{"longer than any link", "QUERY", "", `{"page":2,"per_page":2,"lower":{"sepal_length":` + zeros(20000) + `}}`},
	} {
		// Both servers get one, and each another one after it.
		for range 4 {
			got := s.ask(t, query.method, s.url+"/iris/range"+query.path, query.body)
			if got.status != http.StatusOK {
				t.Fatalf("%s: %d %s", query.name, got.status, got.body)
			}
			if named := len(got.header.Get("Link")); (named < 1600) != (query.name == "longer than any link") {
				t.Errorf("%s: the answer names URLs of %d bytes", query.name, named)
			}
		}
	}
}

func agreeOnTags(t *testing.T, s *stack) {
	tag := s.post(t, s.url+"/iris/range", rangeQuery).header.Get("ETag")
	if tag == "" {
		t.Fatal("there is no ETag")
	}
	for _, url := range append(s.serverURLs(), s.url) {
		if got := s.post(t, url+"/iris/range", rangeQuery).header.Get("ETag"); got != tag {
			t.Errorf("%s: ETag %s, elsewhere %s", url, got, tag)
		}
	}
}

func nameFaults(t *testing.T, s *stack) {
	const mebibyte = 1 << 20
	tests := []struct {
		name, path, body string
		status           int
		code             string
	}{
		{"unknown dataset", "/irs/range", "{}", http.StatusNotFound, "unknown_dataset"},
		{"unknown operation", "/iris/stats/meen", "{}", http.StatusNotFound, "unknown_operation"},
		{"unknown property", "/iris/range", `{"speces":"setosa"}`, http.StatusUnprocessableEntity, "invalid_query"},
		{"too large for the server", "/iris/range", strings.Repeat(" ", 2*mebibyte), http.StatusRequestEntityTooLarge, "too_large"},
		{"too large for the load balancer", "/iris/range", strings.Repeat(" ", 9*mebibyte), http.StatusRequestEntityTooLarge, "too_large"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := s.post(t, s.url+test.path, test.body)
			if got.status != test.status || got.code(t) != test.code {
				t.Errorf("%d %s", got.status, got.body)
			}
			if kind := got.header.Get("Content-Type"); !strings.HasPrefix(kind, "application/problem+json") {
				t.Errorf("Content-Type %s", kind)
			}
		})
	}
}

func keepNames(t *testing.T, s *stack) {
	if got := s.ask(t, http.MethodPost, s.url+"/iris/range", "{}", "X-Request-Id", "mine-1").header["X-Request-Id"]; !cmp.Equal(got, []string{"mine-1"}) {
		t.Errorf("the request mine-1 was answered as %q", got)
	}
	if got := s.post(t, s.url+"/iris/range", "{}").header.Get("X-Request-Id"); len(got) < 16 {
		t.Errorf("a request without a name got %q", got)
	}
	waitFor(t, "a line of the access log", func() bool {
		for _, line := range s.accessLog(t) {
			if line["id"] == "mine-1" {
				return true
			}
		}
		return false
	})
}

func spreadRequests(t *testing.T, s *stack) {
	seen := map[string]bool{}
	for _, line := range s.accessLog(t) {
		seen[line["upstream"].(string)] = true
	}
	for _, url := range s.serverURLs() {
		if address := strings.TrimPrefix(url, "http://"); !seen[address] {
			t.Errorf("%s got no request; asked were %v", address, seen)
		}
	}
}

func replaceData(t *testing.T, s *stack) {
	before := s.post(t, s.url+"/iris/range", "{}").header.Get("ETag")
	file := filepath.Join(t.TempDir(), "two.csv")
	text := "sepal_length,sepal_width,petal_length,petal_width,species\n1,2,3,4,setosa\n3,4,5,,setosa\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, code := s.run(t, "load-iris", file, "--quiet", "--json")
	if code != 0 {
		t.Fatalf("load ends with %d: %s", code, out)
	}
	const want = `[{"mean_sepal_length":2.0,"mean_sepal_width":3.0,"mean_petal_length":4.0,"mean_petal_width":4.0,"label":"setosa"}]`
	for _, url := range append(s.serverURLs(), s.url) {
		waitFor(t, url+" serves the second load", func() bool { return s.post(t, url+"/iris/stats/mean", "{}").body == want })
		if after := s.post(t, url+"/iris/range", "{}").header.Get("ETag"); after == before {
			t.Errorf("%s: other rows under the same tag", url)
		}
	}
	var summary struct {
		Rows int `json:"rows"`
	}
	if err := json.Unmarshal([]byte(out), &summary); err != nil || summary.Rows != 2 {
		t.Errorf("load says %s (%v)", out, err)
	}
}

func survive(t *testing.T, s *stack) {
	s.servers[0].kill(t, syscall.SIGKILL)
	for range 20 {
		if got := s.post(t, s.url+"/iris/range", "{}"); got.status != http.StatusOK {
			t.Fatalf("%d %s", got.status, got.body)
		}
		if got := s.get(t, s.url+"/datasets"); got.status != http.StatusOK {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
}

func stopInOrder(t *testing.T, s *stack) {
	if code := s.servers[1].kill(t, syscall.SIGTERM); code != 0 {
		t.Errorf("the server ends with %d", code)
	}
	if out, code := s.run(t, "herbarium", "health"); code != 1 {
		t.Errorf("health ends with %d: %s", code, out)
	}
}

func sayNobodyIsThere(t *testing.T, s *stack) {
	got := s.ask(t, http.MethodPost, s.url+"/iris/range", "{}", "X-Request-Id", "mine-2")
	if got.status != http.StatusServiceUnavailable || got.code(t) != "overloaded" {
		t.Errorf("%d %s", got.status, got.body)
	}
	for name, want := range map[string]string{"Retry-After": "1", "Content-Type": "application/problem+json", "X-Request-Id": "mine-2"} {
		if got := got.header.Get(name); got != want {
			t.Errorf("%s: %q, not %q", name, got, want)
		}
	}
}
