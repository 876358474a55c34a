package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/plan"
)

// linksOf returns the targets of Link by relation.
func linksOf(t *testing.T, r *http.Response) map[string]string {
	t.Helper()
	targets := map[string]string{}
	for part := range strings.SplitSeq(r.Header.Get("Link"), ", ") {
		target, rel, ok := strings.Cut(part, `>; rel="`)
		if part == "" {
			continue
		}
		if !ok || !strings.HasPrefix(target, "<") {
			t.Fatalf("Link %q", r.Header.Get("Link"))
		}
		targets[strings.TrimSuffix(rel, `"`)] = target[1:]
	}
	return targets
}

func TestLinksOfAPostCanBeFollowedAsTheyStand(t *testing.T) {
	s := serverOf(t, &fakeStore{version: "v", rows: 7}, Options{BasePath: "/api"}, datasets.NewSnapshot(rocks(t, "rocks")), engine.Options{})
	r := post(s, "/api/rocks/range?format=json", `{"fields":["kind"],"per_page":2,"page":3,"lower":{"mass":-1.5}}`)
	_ = bodyOf(t, r)
	const start = "/api/rocks/range?fields=kind&lower%5Bmass%5D=-1.5&format=json&per_page=2&"
	links := linksOf(t, r)
	if len(links) != 2 || links["first"] != start+"page=1" || links["prev"] != start+"page=2" {
		t.Errorf("links %v", links)
	}
	for rel, target := range links {
		if r := call(s, http.MethodGet, target, ""); r.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d: %s", rel, r.StatusCode, bodyOf(t, r))
		}
	}
}

func TestALinkThatWouldBeTooLongIsLeftOut(t *testing.T) {
	long := "/" + strings.Repeat("x", 9000)
	s := newServer(t, &fakeStore{version: "v"}, Options{BasePath: long})
	r := post(s, long+"/rocks/range", `{"per_page":2}`)
	if r.StatusCode != http.StatusOK || r.Header.Get("Link") != "" {
		t.Errorf("status %d, Link of %d bytes", r.StatusCode, len(r.Header.Get("Link")))
	}
}

// longQuery is a query of the page in the middle of three whose URL, without
// the parameters of the page, has about so many bytes.
func longQuery(url int) string {
	return `{"page":2,"per_page":1,"lower":{"mass":-0.` + strings.Repeat("0", max(0, url-len("/rocks/range?lower%5Bmass%5D=-0."))) + `}}`
}

// middlePage is a store's answer that others come before and after.
func middlePage() *fakeStore {
	return &fakeStore{version: "v", edge: &engine.PageEnd{More: true, Last: plan.RowPosition(1), Total: 3}}
}

func TestTheLinksOfALongQueryAreThoseThatMatterMost(t *testing.T) {
	s := newServer(t, middlePage(), Options{})
	for _, test := range []struct {
		name, method string
		url          int
		want         string
	}{
		{"all", "QUERY", 300, "alternate first prev next last"},
		{"all", "POST", 400, "first prev next last"},
		{"without the last", "QUERY", 450, "alternate first prev next"},
		{"without the first", "QUERY", 600, "alternate prev next"},
		{"the next alone, and the equal GET", "QUERY", 900, "alternate next"},
		{"the next and the one before", "POST", 900, "prev next"},
		{"the next alone", "QUERY", 1200, "next"},
		{"the next alone, at its longest", "POST", 1900, "next"},
		{"what is shorter than the next", "POST", 1960, "prev"},
		{"nothing", "QUERY", 2000, ""},
		{"nothing", "POST", 7900, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := call(s, test.method, "/rocks/range", longQuery(test.url), sendsJSON)
			if r.StatusCode != http.StatusOK || r.Header.Get("X-Next-After") == "" {
				t.Fatalf("status %d: %s", r.StatusCode, bodyOf(t, r))
			}
			links := linksOf(t, r)
			var got []string
			for _, rel := range []string{"alternate", "first", "prev", "next", "last"} {
				if links[rel] != "" {
					got = append(got, rel)
				}
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("links %v", got)
			}
		})
	}
}

func TestTheEqualGetMayBeLongWhereNoPageFollows(t *testing.T) {
	s := newServer(t, &fakeStore{version: "v"}, Options{})
	body := strings.Replace(longQuery(1900), `"page":2,"per_page":1,`, "", 1)
	r := call(s, "QUERY", "/rocks/range", body, sendsJSON)
	if got := linksOf(t, r)["alternate"]; len(got) < 1800 {
		t.Errorf("an equal GET of %d bytes", len(got))
	}
}

// TestHeadersFitIntoTheBuffersOfProxies holds what docs/proxies.md builds on: 3 KiB
// in all, of a query of whatever length.
func TestHeadersFitIntoTheBuffersOfProxies(t *testing.T) {
	const origin = "https://a.long.name.of.an.origin.example.org:8443"
	store := middlePage()
	store.edge.Last = plan.Position(strings.Repeat("x", 255)) // the longest that a token takes
	server := httptest.NewServer(newServer(t, store, Options{CORS: CORS{Origins: []string{origin}}}))
	defer server.Close()
	var lengths []int
	for url := 100; url < 2200; url += 50 {
		lengths = append(lengths, url)
	}
	for url := 3 << 10; url <= 20<<10; url += 1 << 10 {
		lengths = append(lengths, url)
	}
	for _, url := range lengths {
		for _, method := range []string{"QUERY", "POST"} {
			r, err := http.NewRequest(method, server.URL+"/rocks/range?format=parquet", strings.NewReader(longQuery(url)))
			if err != nil {
				t.Fatal(err)
			}
			r.Header = http.Header{"Content-Type": {"application/json"}, "Origin": {origin}, "X-Request-Id": {strings.Repeat("x", 128)},
				"Prefer": {"count=exact"}, "Accept-Encoding": {"identity;q=0, gzip"}}
			answer, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				t.Fatalf("%s of %d bytes: status %d", method, url, answer.StatusCode)
			}
			var header strings.Builder
			if err := answer.Header.Write(&header); err != nil {
				t.Fatal(err)
			}
			// The transport takes these out of the header.
			const apart = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n"
			if n := header.Len() + len(apart); n > 3<<10 {
				t.Errorf("%s of %d bytes: a header of %d bytes", method, url, n)
			}
		}
	}
}

func TestAnExactCountIsGivenWhereItIsAskedFor(t *testing.T) {
	s := newServer(t, &fakeStore{version: "v", rows: 7}, Options{})
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		r := call(s, method, "/rocks/range?kind=slate", "", "Prefer: count=exact")
		if r.Header.Get("X-Total-Count") != "2" || r.Header.Get("Preference-Applied") != "count=exact" {
			t.Errorf("%s: %v", method, r.Header)
		}
	}
	r := call(s, http.MethodGet, "/rocks/range?kind=slate", "")
	if r.Header.Get("X-Total-Count") != "" || r.Header.Get("Preference-Applied") != "" {
		t.Errorf("without the preference: %v", r.Header)
	}
}
