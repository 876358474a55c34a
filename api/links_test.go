package api

import (
	"net/http"
	"strings"
	"testing"

	"herbarium/datasets"
	"herbarium/engine"
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
