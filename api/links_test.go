package api

import (
	"net/http"
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
		location     bool
	}{
		{"all", "QUERY", 300, "first prev next last", true},
		{"all without Location", "POST", 400, "first prev next last", false},
		{"without the last", "QUERY", 410, "first prev next", true},
		{"without the first", "QUERY", 550, "prev next", true},
		{"the next alone, and Location", "QUERY", 850, "next", true},
		{"the next and the one before", "POST", 850, "prev next", false},
		{"the next alone", "QUERY", 1500, "next", false},
		{"the next alone, at its longest", "QUERY", 1890, "next", false},
		{"nothing that fits but Location", "QUERY", 1970, "", true},
		{"nothing", "QUERY", 2000, "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := call(s, test.method, "/rocks/range", longQuery(test.url), sendsJSON)
			if r.StatusCode != http.StatusOK || r.Header.Get("X-Next-After") == "" {
				t.Fatalf("status %d: %s", r.StatusCode, bodyOf(t, r))
			}
			links := linksOf(t, r)
			var got []string
			for _, rel := range []string{"first", "prev", "next", "last"} {
				if links[rel] != "" {
					got = append(got, rel)
				}
			}
			if strings.Join(got, " ") != test.want || (r.Header.Get("Location") != "") != test.location {
				t.Errorf("links %v, Location of %d bytes", got, len(r.Header.Get("Location")))
			}
		})
	}
}

func TestLocationMayBeLongWhereNoPageFollows(t *testing.T) {
	s := newServer(t, &fakeStore{version: "v", edge: &engine.PageEnd{Total: 2}}, Options{})
	r := call(s, "QUERY", "/rocks/range", longQuery(1900), sendsJSON)
	if len(r.Header.Get("Location")) < 1900 || r.Header.Get("Link") != "" {
		t.Errorf("Location of %d bytes, Link %s", len(r.Header.Get("Location")), r.Header.Get("Link"))
	}
}

// TestHeadersFitIntoTheBuffersOfProxies holds what deploy/nginx/nginx.conf
// and docs/query.md build on.
func TestHeadersFitIntoTheBuffersOfProxies(t *testing.T) {
	const origin = "https://a.long.name.of.an.origin.example.org:8443"
	store := middlePage()
	store.edge.Last = plan.Position(strings.Repeat("x", 255)) // the longest that a token takes
	s := newServer(t, store, Options{CORS: []string{origin}})
	for url := 100; url < 9000; url += 50 {
		for _, method := range []string{"QUERY", "POST"} {
			r := call(s, method, "/rocks/range?format=parquet", longQuery(url), sendsJSON, "Origin: "+origin,
				"X-Request-Id: "+strings.Repeat("x", 128), "Prefer: count=exact", "Accept-Encoding: identity;q=0, gzip")
			if r.StatusCode != http.StatusOK {
				t.Fatalf("status %d: %s", r.StatusCode, bodyOf(t, r))
			}
			var header strings.Builder
			if err := r.Header.Write(&header); err != nil {
				t.Fatal(err)
			}
			limit := 4<<10 - 256 // what net/http adds
			if url > 2300 {
				limit = 10 << 10
			}
			if header.Len() > limit {
				t.Errorf("%s of %d bytes: a header of %d bytes", method, url, header.Len())
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
