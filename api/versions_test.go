package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"herbarium/api/status"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/query"
	"herbarium/loaders"
)

const millsText = `dataset: mills
title: Mills
fields:
  town: {type: string}
  sails: {type: integer}
stats: {fields: [sails], group_by: town}
operations:
  range: {}
  stats/mean: {}
  stats/distinct: {}
  by-town: {of: stats, group_by: [town], measures: {"*": [count]}}
`

func parseMills(t *testing.T, text string) *datasets.Dataset {
	t.Helper()
	ds, err := datasets.Parse("mills.yaml", []byte(text), nil, datasets.WithSettler(query.Settle))
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

// loadMills publishes the rows and returns the version's name.
func loadMills(t *testing.T, store engine.Target, ds *datasets.Dataset, csv string, options engine.LoadOptions) string {
	t.Helper()
	s, err := loaders.Load(context.Background(), store, ds, []loaders.Source{loaders.Stream("mills.csv", strings.NewReader(csv))}, loaders.Options{Version: options})
	if err != nil {
		t.Fatal(err)
	}
	return s.Version
}

// mills is a server of three versions, of which the second is not kept.
func mills(t *testing.T, options Options) (s *Server, versions [3]string) {
	t.Helper()
	store, ds := columnar.NewStore(columnar.Options{}), parseMills(t, millsText)
	versions[0] = loadMills(t, store, ds, "town,sails\nLier,4\n", engine.LoadOptions{Label: "first", Keep: engine.Keep{Forever: true}})
	versions[1] = loadMills(t, store, ds, "town,sails\nLier,4\nDamme,3\n", engine.LoadOptions{})
	versions[2] = loadMills(t, store, ds, "town,sails\nLier,5\nDamme,3\nMol,6\n", engine.LoadOptions{Keep: engine.Keep{Versions: 2}})
	return serverOf(t, store, options, datasets.NewSnapshot(ds), engine.Options{CacheBytes: 1 << 20}), versions
}

func TestVersionsAreListedWithLinksThatPinThem(t *testing.T) {
	s, versions := mills(t, Options{})
	r := call(s, http.MethodGet, "/datasets/mills/versions", "")
	text := bodyOf(t, r)
	var list status.VersionList
	if err := json.Unmarshal([]byte(text), &list); err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("status %d: %s, %v", r.StatusCode, text, err)
	}
	if len(list.Versions) != 2 || list.Dataset != "mills" || list.Links["self"] != "/datasets/mills/versions" || list.Links["dataset"] != "/datasets/mills" {
		t.Fatalf("the list is %s", text)
	}
	current, first := list.Versions[0], list.Versions[1]
	if current.Version != versions[2] || !current.Current || *current.Rows != 3 || current.Label != nil || *current.Keep != "2" || current.KeptUntil != nil || current.Published == nil {
		t.Errorf("the current version is %s", text)
	}
	if first.Version != versions[0] || first.Current || *first.Rows != 1 || *first.Label != "first" || *first.Keep != "forever" || first.KeptUntil != nil {
		t.Errorf("the first version is %s", text)
	}
	if first.Pin != versions[0]+"."+list.Fingerprint || first.Links["stats/distinct"] != "" {
		t.Errorf("the first version is pinned by %s", text)
	}
	if got := bodyOf(t, call(s, http.MethodGet, first.Links["by-town"], "")); got != `[{"count":1,"town":"Lier"}]` {
		t.Errorf("its link answers %s", got)
	}
	tag := r.Header.Get("Etag")
	if cache := r.Header.Get("Cache-Control"); tag == "" || cache != "no-cache" {
		t.Errorf("ETag %s, Cache-Control %s", tag, cache)
	}
	if r := call(s, http.MethodGet, "/datasets/mills/versions", "", "If-None-Match: "+tag); r.StatusCode != http.StatusNotModified {
		t.Errorf("with the tag: status %d", r.StatusCode)
	}
	head := call(s, http.MethodHead, "/datasets/mills/versions", "")
	if head.StatusCode != http.StatusOK || head.Header.Get("Etag") != tag || bodyOf(t, head) != "" {
		t.Errorf("HEAD: status %d, %v", head.StatusCode, head.Header)
	}
	if r := call(s, http.MethodGet, "/datasets/nonesuch/versions", ""); r.StatusCode != http.StatusNotFound || r.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("an unknown dataset: status %d", r.StatusCode)
	}
	if got := bodyOf(t, call(s, http.MethodGet, "/datasets/mills", "")); !strings.Contains(got, `"versions":"/datasets/mills/versions"`) {
		t.Errorf("the dataset has no link: %s", got)
	}
}

func TestAnAnswerThatIsPinnedIsImmutable(t *testing.T) {
	const forEver = "public, max-age=31536000, immutable"
	s, versions := mills(t, Options{})
	ds := parseMills(t, millsText)
	pin := engine.Pin(ds, versions[0])
	plain := call(s, http.MethodGet, "/mills/range?version="+versions[0], "")
	tag := plain.Header.Get("Etag")
	for _, c := range []struct {
		name, method, target, body string
		header                     []string
		status                     int
		cache                      string
	}{
		{"rows alone", http.MethodGet, "/mills/range?version=" + versions[0], "", nil, 200, "no-cache"},
		{"rows and descriptor", http.MethodGet, "/mills/range?version=" + pin, "", nil, 200, forEver},
		{"HEAD", http.MethodHead, "/mills/range?version=" + pin, "", nil, 200, forEver},
		{"an operation of its own", http.MethodGet, "/mills/by-town?version=" + pin, "", nil, 200, forEver},
		{"in JSON", http.MethodGet, `/mills/range?query={"version":"` + pin + `"}`, "", nil, 200, forEver},
		{"beside JSON", http.MethodGet, `/mills/range?query={"town":"Lier"}&version=` + pin, "", nil, 200, forEver},
		{"a file", http.MethodGet, "/mills/range?format=parquet&version=" + pin, "", nil, 200, forEver},
		{"unchanged", http.MethodGet, "/mills/range?version=" + pin, "", []string{"If-None-Match: " + tag}, 304, forEver},
		{"POST", http.MethodPost, "/mills/range", `{"version":"` + pin + `"}`, []string{"Content-Type: application/json"}, 200, "no-cache"},
		{"QUERY", methodQuery, "/mills/range", `{"version":"` + pin + `"}`, []string{"Content-Type: application/json"}, 200, "no-cache"},
		{"explained", http.MethodGet, "/mills/range?explain=true&version=" + pin, "", nil, 200, "no-store"},
		{"an error", http.MethodGet, "/mills/range?page=0&version=" + pin, "", nil, 422, "no-store"},
		{"gone", http.MethodGet, "/mills/range?version=" + engine.Pin(ds, versions[1]), "", nil, 410, "no-store"},
		{"another descriptor", http.MethodGet, "/mills/range?version=" + versions[0] + ".aaaaaaaa", "", nil, 410, "no-store"},
	} {
		t.Run(c.name, func(t *testing.T) {
			target := strings.NewReplacer(`"`, "%22", "{", "%7B", "}", "%7D").Replace(c.target)
			r := call(s, c.method, target, c.body, c.header...)
			if got := r.Header.Get("Cache-Control"); r.StatusCode != c.status || got != c.cache {
				t.Errorf("status %d, Cache-Control %s, want %d, %s: %s", r.StatusCode, got, c.status, c.cache, bodyOf(t, r))
			}
		})
	}
	if got := call(s, http.MethodGet, "/mills/range?version="+pin, "").Header.Get("Etag"); got != tag || tag == "" {
		t.Errorf("the tag is %s, and %s where the rows alone are pinned", got, tag)
	}
}

func TestAChangedDescriptorUnpinsItsAnswers(t *testing.T) {
	for name, change := range map[string][2]string{
		"default groups": {"group_by: town}", "group_by: sails}"},
		"a preset":       {`group_by: [town], measures`, `group_by: [sails], measures`},
		"a title":        {"title: Mills", "title: Windmills"}, // which Parquet has
		"a page size":    {"stats:", "page: {default: 1}\nstats:"},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := parseMills(t, millsText), parseMills(t, strings.Replace(millsText, change[0], change[1], 1))
			if before.Fingerprint() == after.Fingerprint() {
				t.Error("the fingerprint is the same")
			}
		})
	}
}

func TestAVersionThatIsGoneNamesTheNearestOne(t *testing.T) {
	s, versions := mills(t, Options{})
	for name, c := range map[string]struct{ version, nearest string }{
		"one that was":       {versions[1], ""},
		"one that never was": {strings.Repeat("a", 26), versions[2]},
	} {
		t.Run(name, func(t *testing.T) {
			r := call(s, http.MethodGet, "/mills/range?version="+c.version, "")
			var p struct{ Code, Detail, Nearest string }
			if err := json.Unmarshal([]byte(bodyOf(t, r)), &p); err != nil {
				t.Fatal(err)
			}
			if r.StatusCode != http.StatusGone || p.Code != "gone" || !strings.Contains(p.Detail, "ask for it with version="+p.Nearest) {
				t.Errorf("status %d, %+v", r.StatusCode, p)
			}
			if c.nearest != "" && p.Nearest != c.nearest || p.Nearest != versions[0] && p.Nearest != versions[2] {
				t.Errorf("the nearest is %s", p.Nearest)
			}
		})
	}
}

func TestPagesOfAVersionNameIt(t *testing.T) {
	s, versions := mills(t, Options{})
	r := call(s, http.MethodGet, "/mills/range?per_page=1&version="+versions[2], "")
	link := r.Header.Get("Link")
	if strings.Count(link, "version="+versions[2]) != strings.Count(link, "rel=") || !strings.Contains(link, `rel="next"`) {
		t.Errorf("Link is %s", link)
	}
	after := r.Header.Get("X-Next-After")
	if got := bodyOf(t, call(s, http.MethodGet, "/mills/range?per_page=1&version="+versions[2]+"&after="+after, "")); got != `[{"town":"Damme","sails":3}]` {
		t.Errorf("the next page is %s", got)
	}
	if got := bodyOf(t, call(s, http.MethodGet, "/mills/range?per_page=1&version="+versions[0]+"&after="+after, "")); !strings.Contains(got, `"bad_token"`) {
		t.Errorf("with another version, its token gets %s", got)
	}
}

func TestThePageShowsVersionsAndCitesThem(t *testing.T) {
	s, versions := mills(t, Options{})
	page := func(query string) string {
		return bodyOf(t, call(s, http.MethodGet, "/mills"+query, "", "Accept: text/html"))
	}
	first := page("?version=" + versions[0])
	for _, want := range []string{
		"Version " + versions[0] + ". http://example.com/mills?version=" + versions[0] + ".", // kept for good
		`<a class="citation" href="/mills/range?version=` + versions[0] + `">`,
		`<a href="/mills?version=` + versions[0] + `" aria-current="true">first <code>` + versions[0] + `</code></a> <small data-numbers>1 row, kept for good</small>`,
		`<a href="/mills">`, "3 rows, current", `href="/datasets/mills/versions"`,
		`href="/mills/range?format=csv&amp;download&amp;version=` + versions[0] + `"`,
		`aria-label="Remove the filter: version = ` + versions[0], `data-numbers>1 row</h2>`,
	} {
		if !strings.Contains(first, want) {
			t.Errorf("the page of a version lacks %s", want)
		}
	}
	if strings.Contains(first, "Damme") || !strings.Contains(first, "Lier") {
		t.Error("the page of a version does not show its rows")
	}
	// A version is no filter: it stays where all filters are removed, and none of its rows is left out.
	if strings.Contains(first, "Clear all filters") {
		t.Error("a version counts as a filter")
	}
	if filtered := page("?town=Lier&version=" + versions[0]); !strings.Contains(filtered, `<a class="clear" href="/mills?version=`+versions[0]+`">`) || !strings.Contains(filtered, "1 of 1 rows") {
		t.Error("the version goes with the filters")
	}
	current := page("")
	if !strings.Contains(current, "Version "+versions[2]+". http://example.com/mills.") || !strings.Contains(current, "Damme") {
		t.Error("the page is not about the current version")
	}
	if gone := page("?version=" + strings.Repeat("a", 26)); !strings.Contains(gone, "the nearest that is kept is "+versions[2]) {
		t.Error("the page of a version that is gone does not name another")
	}
}

func TestNothingIsImmutableWhereTheServerAsksWhoAsks(t *testing.T) {
	s, _ := accessServer(t, Options{}, accessKeys+accessPolicies, walksFiles)
	for _, c := range []struct{ key, path, cache string }{
		{"", "stones", "no-cache"},
		{keyAll, "stones", "private, no-cache"},
		{keyTeam, "walks", "private, no-cache"}, // a view
	} {
		header := []string{"Accept: application/json"}
		if c.key != "" {
			header = append(header, "X-API-Key: "+c.key)
		}
		var list status.VersionList
		listed := call(s, http.MethodGet, "/datasets/"+c.path+"/versions", "", header...)
		if err := json.Unmarshal([]byte(bodyOf(t, listed)), &list); err != nil || len(list.Versions) != 1 {
			t.Fatalf("status %d, %+v, %v", listed.StatusCode, list, err)
		}
		if got := listed.Header.Get("Cache-Control"); got != c.cache {
			t.Errorf("the list for %q has Cache-Control %s", c.key, got)
		}
		r := call(s, http.MethodGet, "/"+c.path+"/range?version="+list.Versions[0].Pin, "", header...)
		if got := r.Header.Get("Cache-Control"); r.StatusCode != http.StatusOK || got != c.cache {
			t.Errorf("%s for %q: status %d, Cache-Control %s", c.path, c.key, r.StatusCode, got)
		}
	}
}
