package engine_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"herbarium/api"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
)

// TestEveryStoreAnswersAsTheReferenceDoes draws descriptors, rows and queries,
// and asks every store by every method of HTTP for the reference's bytes. It
// asks a mirror of MongoDB, too, whose copies are whole, and one whose copies become whole
// in between. It asks the columnar stores alone where HERBARIUM_TEST_MONGODB names no server.
func TestEveryStoreAnswersAsTheReferenceDoes(t *testing.T) {
	stores := []*served{serveStore(t, columnar.NewStore(columnar.Options{})), serveStore(t, openFiles(t))}
	oneText := false
	if os.Getenv("HERBARIUM_TEST_MONGODB") != "" {
		oneText = !findsPatternsByIndex(t)
		stores = append(stores, serveStore(t, openMongoDB(t)))
		source := openMongoDB(t)
		stores = append(stores, serveStore(t, mirroredTarget{openMirror(t, source, t.TempDir(), 1<<30), source, true}))
		filling := &slowSource{Target: openMongoDB(t)}
		stores = append(stores, serveStore(t, mirroredTarget{openMirror(t, filling, "", 1<<30), filling, false}))
	}
	rapid.Check(t, func(t *rapid.T) {
		made := drawDataset(t)
		made.oneText = oneText
		ds, err := datasets.Parse(made.name+".yaml", []byte(made.text), nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, made.text)
		}
		r := &reference{made, drawRows(t, made)}
		var versions []string
		for _, s := range stores {
			versions = append(versions, s.load(t, ds, r.rows))
		}
		if len(slices.Compact(versions)) != 1 {
			t.Fatalf("one content has the versions %v", versions)
		}
		for range 6 {
			op := rapid.SampledFrom(made.operations).Draw(t, "operation")
			q := drawQuery(t, made, op)
			for _, s := range stores {
				s.agrees(t, r, op, q)
			}
		}
	})
}

// served is a store behind HTTP.
type served struct {
	store    engine.Target
	registry *datasets.Registry
	url      string
}

func serveStore(t *testing.T, store engine.Target) *served {
	s := &served{store: store, registry: datasets.NewRegistry(datasets.NewSnapshot())}
	eng := engine.New(store, engine.Options{CacheBytes: 1 << 20})
	server := httptest.NewServer(api.New(s.registry, eng, api.Options{}))
	t.Cleanup(eng.Close)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// load publishes the rows, serves them, and returns their version.
func (s *served) load(t *rapid.T, ds *datasets.Dataset, rows [][]cell) string {
	ctx := context.Background()
	load, err := s.store.Begin(ctx, ds, engine.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) > 0 {
		if err := load.Write(ctx, batchOf(ds, rows)); err != nil {
			t.Fatal(err)
		}
	}
	info, err := load.Commit(ctx)
	if err != nil {
		t.Fatal(err)
	}
	s.registry.Swap(datasets.NewSnapshot(ds))
	return info.Version
}

// agrees asks by every method, and compares with the reference.
func (s *served) agrees(t *rapid.T, r *reference, op string, q *madeQuery) {
	path := "/" + r.name + "/" + cmp.Or(q.path, op)
	s.allowed(t, r.name, cmp.Or(q.path, op), q.body)
	want := reply{status: http.StatusOK}
	entries := r.answer(q, op)
	crossed := r.crossed(q.madeCondition)
	if crossed == nil {
		want.body = "[" + strings.Join(r.window(q, entries), ",") + "]"
		want.total = strconv.Itoa(len(entries))
	} else {
		want.status = http.StatusUnprocessableEntity
		slices.Sort(crossed)
		for _, pointer := range crossed {
			want.body += "lower_above_upper " + pointer + "\n"
		}
	}
	var location, tag string
	for _, request := range []struct{ method, target, body string }{
		{http.MethodPost, path, q.body},
		{"QUERY", path, cmp.Or(q.body, "{}")}, // which is refused without a body
		{http.MethodGet, path + "?" + q.flat, ""},
		{http.MethodGet, path + "?query=" + url.QueryEscape(cmp.Or(q.body, "{}")), ""},
		{http.MethodGet, "", ""}, // where QUERY said
		{http.MethodHead, "", ""},
	} {
		if request.target == "" {
			if request.target = location; location == "" {
				continue
			}
		}
		got := s.ask(t, request.method, request.target, request.body)
		if request.method == "QUERY" {
			location = got.location
		}
		if crossed != nil {
			faults := strings.SplitAfter(got.body, "\n")
			slices.Sort(faults) // they come in the order of the properties
			got.body = strings.Join(faults, "")
		}
		expected := want
		if request.method == http.MethodHead {
			expected.body = ""
		}
		if tag == "" {
			tag = got.tag
		}
		if got.status != expected.status || got.total != expected.total || got.body != expected.body || got.tag != tag || (got.tag == "") != (crossed != nil) {
			t.Fatalf("%s: %s %s %s\n got %s\nwant %s, tagged %s\nof\n%s",
				s.store.Describe(), request.method, request.target, request.body, got, expected, tag, r.text)
		}
	}
	if location != "" && crossed != nil || location == "" && crossed == nil && len(q.flat) < longURL {
		t.Fatalf("QUERY %s %s names %q as the equal GET", path, q.body, location)
	}
	if crossed == nil && op == "range" && rapid.IntRange(0, 3).Draw(t, "walk") == 0 {
		s.walk(t, r, q, entries)
	}
}

// longURL is the length of a query from which on there may be no room for all links.
const longURL = 700

// walk follows the pages of rows from the first to the last: by links, or by tokens
// in the body where the draw says so or the query is too long for a link.
func (s *served) walk(t *rapid.T, r *reference, q *madeQuery, entries []string) {
	size := rapid.IntRange(1, 20).Draw(t, "page size")
	if r.pageMax > 0 {
		size = min(size, r.pageMax)
	}
	path := "/" + r.name + "/" + cmp.Or(q.path, "range")
	method, target, body := http.MethodGet, fmt.Sprintf("%s?%s&per_page=%d", path, q.flatAll, size), ""
	byToken := func(after string) {
		members := append([]string{fmt.Sprintf(`"per_page":%d`, size)}, strings.TrimSuffix(strings.TrimPrefix(q.whole, "{"), "}"))
		if after != "" {
			members = append(members, `"after":`+asJSON(after))
		}
		members = slices.DeleteFunc(members, func(m string) bool { return m == "" })
		method, target, body = http.MethodPost, path, "{"+strings.Join(members, ",")+"}"
	}
	if len(q.flatAll) >= longURL || rapid.Bool().Draw(t, "by token") {
		byToken("")
	}
	for {
		page := entries[:min(size, len(entries))]
		got := s.ask(t, method, target, body)
		if want := "[" + strings.Join(page, ",") + "]"; got.status != http.StatusOK || got.body != want {
			t.Fatalf("%s: %s %s %s\n got %s\nwant %s\nof\n%s", s.store.Describe(), method, target, body, got, want, r.text)
		}
		if entries = entries[len(page):]; len(entries) == 0 {
			if got.next != "" || got.after != "" {
				t.Fatalf("%s: %s %s %s is the last page, and yet names the next one: %q, %q", s.store.Describe(), method, target, body, got.next, got.after)
			}
			return
		}
		switch {
		case got.after == "" || method == http.MethodGet && got.next == "":
			t.Fatalf("%s: %s %s %s has %d rows after it, and no next page", s.store.Describe(), method, target, body, len(entries))
		case method == http.MethodGet:
			target = got.next
		default:
			byToken(got.after)
		}
	}
}

// reply is what is compared of an answer.
type reply struct {
	status   int
	body     string // of problems: code and pointer of each fault, a line each
	total    string // X-Total-Count
	tag      string // ETag
	location string
	next     string // the target of the link to the next page
	after    string // the token of that page
}

func (r reply) String() string {
	return fmt.Sprintf("%d, tagged %s, %s in all: %s", r.status, r.tag, r.total, r.body)
}

func (s *served) ask(t *rapid.T, method, target, body string) reply {
	// Without a wish net/http asks for gzip, but not by HEAD.
	header := http.Header{"Prefer": {"count=exact"}, "Accept-Encoding": {"identity"}}
	if method != http.MethodGet {
		header.Set("Content-Type", "application/json")
	}
	status, answered, text := send(t, method, s.url+target, body, header)
	got := reply{
		status: status, body: string(text), total: answered.Get("X-Total-Count"),
		tag: answered.Get("ETag"), location: linkTo(answered, "alternate"), next: linkTo(answered, "next"), after: answered.Get("X-Next-After"),
	}
	if status == http.StatusUnprocessableEntity {
		var problem struct {
			Errors []struct{ Code, Pointer string }
		}
		if err := json.Unmarshal(text, &problem); err != nil {
			t.Fatal(err)
		}
		got.body = ""
		for _, e := range problem.Errors {
			got.body += e.Code + " " + e.Pointer + "\n"
		}
	}
	return got
}
