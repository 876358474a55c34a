package api

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/loaders"
)

// odd is a dataset in whose texts is what markup would misread.
var odd = map[string]string{
	"odd.yaml": `dataset: odd
title: '<b>Odd</b> & "quoted" </script><script>document.title="run"</script>'
description: '</style><img src=x onerror=alert(1)>'
license: MIT
source: 'javascript:alert(1)'
data: odd.csv
fields:
  '<i>name</i>': {type: string, title: '<u>Name</u>'}
  size: {type: number, unit: '<m>'}
  empty: {type: number}
  deep.er: {type: integer}
`,
	"odd.csv": "<i>name</i>,size,empty,deep.er\n\"<script>alert(1)</script>\",1.5,,1\n\"it's \"\"q\"\" & <x>\",2.5,,\n,-3,,9007199254740993\n",
}

// rides is a dataset with times.
var rides = map[string]string{
	"rides.yaml": "dataset: rides\ntitle: Rides\ndata: rides.csv\nfields:\n  begun: {type: date-time, timezone: Europe/Berlin}\n  day: {type: date}\n  fare: {type: number, unit: EUR}\n  paid: {type: boolean}\n",
	"rides.csv":  "begun,day,fare,paid\n2024-01-31 23:50,2024-01-31,8.5,true\n2024-02-01 00:10,2024-02-01,12,false\n2024-10-27T00:30Z,2024-10-27,7.25,true\n2025-01-02 08:00,2025-01-02,11,\n",
}

// pagesServer returns a server of datasets that are declared in files, and of the
// shipped ones. Those whose name is in unloaded have no rows.
func pagesServer(t testing.TB, options Options, unloaded string, files ...map[string]string) *Server {
	t.Helper()
	dir := t.TempDir()
	for _, set := range files {
		for name, text := range set {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	snapshot, err := datasets.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	shipped, err := datasets.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		snapshot = shipped
	}
	store := columnar.NewStore(columnar.Options{})
	for _, name := range snapshot.Names() {
		ds, _ := snapshot.Dataset(name)
		if name == unloaded {
			continue
		}
		if _, err := loaders.Load(t.Context(), store, ds, nil, loaders.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	return serverOf(t, store, options, snapshot, engine.Options{CacheBytes: 16 << 20})
}

const browserAccept = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

// look returns a page as browsers get it.
func look(t testing.TB, s http.Handler, target string) (page string, r *http.Response) {
	t.Helper()
	r = call(s, http.MethodGet, target, "", browserAccept)
	return bodyOf(t, r), r
}

func TestADatasetsPathIsAPageForBrowsersAndADescriptionForPrograms(t *testing.T) {
	s := pagesServer(t, Options{}, "")
	for _, target := range []string{"/penguins", "/penguins/"} {
		page, r := look(t, s, target)
		if r.StatusCode != 200 || r.Header.Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(page, "<h1 id=\"title\">Palmer penguins</h1>") {
			t.Errorf("%s: %d %v", target, r.StatusCode, r.Header)
		}
		program := call(s, http.MethodGet, target, "", "Accept: */*")
		var description struct {
			Name string
			Rows int
		}
		if err := json.Unmarshal([]byte(bodyOf(t, program)), &description); err != nil || description.Name != "penguins" || description.Rows != 344 {
			t.Errorf("%s: %v, %+v", target, err, description)
		}
		for _, vary := range []*http.Response{r, program} {
			if !strings.Contains(strings.Join(vary.Header["Vary"], ", "), "Accept") {
				t.Errorf("%s: Vary %v", target, vary.Header["Vary"])
			}
		}
	}
	if r := post(s, "/penguins", "{}"); r.StatusCode != 405 || r.Header.Get("Allow") != "GET, HEAD, OPTIONS" {
		t.Errorf("POST: %d, Allow %s", r.StatusCode, r.Header.Get("Allow"))
	}
	if r := call(s, http.MethodHead, "/penguins", "", browserAccept); r.StatusCode != 200 || bodyOf(t, r) != "" {
		t.Errorf("HEAD: %d", r.StatusCode)
	}
}

// TestThePageShowsWhatTheAPIAnswers compares with figures that do not come from
// Herbarium: those of palmerpenguins' own documentation, and counts by awk.
func TestThePageShowsWhatTheAPIAnswers(t *testing.T) {
	s := pagesServer(t, Options{}, "")
	page, _ := look(t, s, "/penguins?island=Biscoe&lower[body_mass_g]=5000&sort=-body_mass_g")
	for _, want := range []string{
		"67 of 344 rows",                    // awk: island Biscoe and body mass from 5000
		`aria-sort="descending"`,            //
		`<td class="num">6300</td>`,         // the heaviest
		`Remove the filter: Island: Biscoe`, //
		`Body mass ≥ 5000`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	// The facet of a field counts as if it had no filter itself.
	filters, _ := look(t, s, "/penguins/explore?island=Biscoe&view[part]=filters")
	if !strings.Contains(filters, `value="Dream"> <span class="text">Dream</span> <span class="n">124</span>`) {
		t.Error("the facet of island does not count the other islands")
	}
}

func TestMarkupInNamesAndValuesIsShownAsText(t *testing.T) {
	s := pagesServer(t, Options{}, "", odd)
	for _, target := range []string{"/odd", "/", "/odd/explore?view[part]=rows", "/odd/explore?view[part]=filters", "/odd/explore?view[part]=chart", "/odd/explore?view[part]=take",
		"/odd?contains[%3Ci%3Ename%3C/i%3E]=%3Cscript%3Ealert(1)%3C/script%3E", "/odd?chart[kind]=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"} {
		page, r := look(t, s, target)
		if r.StatusCode != 200 {
			t.Errorf("%s: %d", target, r.StatusCode)
		}
		for _, markup := range []string{"<b>Odd", "<script>alert", "<script>document", "<img src=x", "<i>name", "<u>Name", "<m>", `href="javascript:`} {
			if strings.Contains(page, markup) {
				t.Errorf("%s has %s", target, markup)
			}
		}
		policy := r.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "script-src 'self';") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %s", target, policy)
		}
	}
	picture := call(s, http.MethodGet, "/odd/chart.svg?chart[kind]=means&chart[by]=%3Ci%3Ename%3C/i%3E", "")
	if body := bodyOf(t, picture); picture.StatusCode != 200 || strings.Contains(body, "<script>") || strings.Contains(body, "<x>") {
		t.Errorf("the picture: %d %s", picture.StatusCode, body)
	}
}

func TestWhatAFormLeftEmptyIsTakenOutOfTheURL(t *testing.T) {
	s := pagesServer(t, Options{BasePath: "/api"}, "")
	r := call(s, http.MethodGet, "/api/penguins?island=Dream&lower[body_mass_g]=&upper[body_mass_g]=4000&view[filter]=", "", browserAccept)
	if r.StatusCode != 303 || r.Header.Get("Location") != "/api/penguins?island=Dream&upper[body_mass_g]=4000" {
		t.Errorf("%d, Location %s", r.StatusCode, r.Header.Get("Location"))
	}
}

func TestEveryLinkOfAPageHasThePrefix(t *testing.T) {
	s := pagesServer(t, Options{BasePath: "/api", TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}, "")
	for _, target := range []string{"/api/", "/api/penguins?island=Dream&page=2", "/api/penguins?chart[kind]=pairs"} {
		r := call(s, http.MethodGet, target, "", browserAccept, "X-Forwarded-Prefix: /deep")
		page := bodyOf(t, r)
		links := regexp.MustCompile(`(?:href|src|action)="([^"]*)"`).FindAllStringSubmatch(page, -1)
		if len(links) < 8 {
			t.Errorf("%s: %d links", target, len(links))
		}
		for _, l := range links {
			if link := l[1]; !strings.HasPrefix(link, "/deep/api/") && !strings.HasPrefix(link, "#") && !strings.HasPrefix(link, "https://") && link != "data:," {
				t.Errorf("%s links to %s", target, link)
			}
		}
		if !strings.Contains(page, "https://allisonhorst.github.io") && strings.Contains(target, "penguins") {
			t.Errorf("%s has no source", target)
		}
	}
}

// TestTheHeadOfThePageWaitsForNoStatistics holds all plans back until the head is
// there.
func TestTheHeadOfThePageWaitsForNoStatistics(t *testing.T) {
	release := make(chan struct{})
	store := &fakeStore{version: "v", rows: 2, next: func(ctx context.Context, n int) (*engine.Batch, error) {
		select {
		case <-release:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		return nil, io.EOF
	}}
	r := serve(t, newServer(t, store, Options{}))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.addr+"/rocks", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html")
	request.Header.Set("Accept-Encoding", "identity")
	began := time.Now()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	seen := false
	for lines.Scan() {
		if strings.Contains(lines.Text(), `<h1 id="title">Rocks we found</h1>`) {
			seen = true
			close(release)
		}
	}
	if !seen || lines.Err() != nil {
		t.Errorf("the head was seen: %t; %v after %v", seen, lines.Err(), time.Since(began))
	}
	http.DefaultClient.CloseIdleConnections()
}

// TestTheRowsComeWithinFourteenKilobytes measures what the first round trip of a
// connection can bring: the head, the filters and the rows.
func TestTheRowsComeWithinFourteenKilobytes(t *testing.T) {
	s := pagesServer(t, Options{}, "")
	page, _ := look(t, s, "/diamonds")
	first, _, found := strings.Cut(page, `<section id="chart"`)
	var coded bytes.Buffer
	w, err := gzip.NewWriterLevel(&coded, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, first); err != nil || w.Close() != nil || !found || coded.Len() >= 14<<10 {
		t.Errorf("%v: %d bytes", err, coded.Len())
	}
	r := call(s, http.MethodGet, "/diamonds", "", browserAccept, "Accept-Encoding: gzip")
	if n := len(bodyOf(t, r)); n >= 14<<10 || r.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("the whole page has %d bytes, Content-Encoding %s", n, r.Header.Get("Content-Encoding"))
	}
}

func TestPartsOfAPageComeInOneAnswer(t *testing.T) {
	s := pagesServer(t, Options{}, "")
	part := regexp.MustCompile(`data-part="([a-z]*)"`)
	for query, want := range map[string]string{
		"":                                     "rows",
		"view[part]=chart":                     "chart",
		"view[part]=chart&view[part]=rows":     "chart rows",
		"view[part]=other":                     "rows",
		"view[part]=a&view[part]=take":         "take",
		"view[part]=rows&view[part]=rows":      "rows",
		"view[part]=rows&island=Dream&sort=-x": "rows", // with what is wrong
	} {
		text, r := look(t, s, "/penguins/explore?"+query)
		var got []string
		for _, m := range part.FindAllStringSubmatch(text, -1) {
			got = append(got, m[1])
		}
		if r.StatusCode != 200 || strings.Join(got, " ") != want {
			t.Errorf("%s: %d, parts %v, want %s", query, r.StatusCode, got, want)
		}
	}
	// Each is what it is alone.
	both, _ := look(t, s, "/penguins/explore?view[part]=rows&view[part]=chart&island=Dream")
	rows, _ := look(t, s, "/penguins/explore?view[part]=rows&island=Dream")
	chart, _ := look(t, s, "/penguins/explore?view[part]=chart&island=Dream")
	if both != rows+chart {
		t.Error("two parts are not the one and the other")
	}
}

// What is drawn first follows from the order of stats.fields, which changes no answer.
func TestTheTagOfAPictureHangsOnTheOrderOfStatistics(t *testing.T) {
	tags := map[string]bool{}
	for _, order := range []string{"[a, b]", "[b, a]"} {
		s := pagesServer(t, Options{}, "", map[string]string{"x.csv": "a,b\n1,2\n3,4\n",
			"x.yaml": "dataset: x\ndata: x.csv\nfields:\n  a: {type: number}\n  b: {type: number}\nstats: {fields: " + order + "}\n"})
		r := call(s, http.MethodGet, "/x/chart.svg", "")
		if first := `aria-label="Distribution of ` + order[1:2]; r.StatusCode != 200 || !strings.Contains(bodyOf(t, r), first) {
			t.Errorf("%s: %d, without %s", order, r.StatusCode, first)
		}
		tags[r.Header.Get("ETag")] = true
	}
	if len(tags) != 2 {
		t.Errorf("both have the tag %v", tags)
	}
}

func TestPicturesHaveTags(t *testing.T) {
	s := pagesServer(t, Options{}, "", rides)
	const target = "/rides/chart.svg?chart[kind]=time&chart[measure]=sum&chart[of]=fare"
	r := call(s, http.MethodGet, target, "")
	picture, tag := bodyOf(t, r), r.Header.Get("ETag")
	if r.StatusCode != 200 || r.Header.Get("Content-Type") != "image/svg+xml" || tag == "" || r.Header.Get("Cache-Control") != "no-cache" {
		t.Fatalf("%d %v", r.StatusCode, r.Header)
	}
	// By hand: 8.5 in January, 12 in February, 7.25 in October, 11 in the next January.
	if want := `aria-label="Sum of fare by month, from 2024-01 to 2025-01: least 7.25 EUR in 2024-10, greatest 12 EUR in 2024-02."`; !strings.Contains(picture, want) {
		t.Errorf("the picture does not say %s: %s", want, picture[:min(len(picture), 400)])
	}
	if again := call(s, http.MethodGet, target, "", "If-None-Match: "+tag); again.StatusCode != 304 || bodyOf(t, again) != "" {
		t.Errorf("with the tag: %d", again.StatusCode)
	}
	for _, other := range []string{target + "&paid=true", strings.Replace(target, "sum", "mean", 1)} {
		if r := call(s, http.MethodGet, other, "", "If-None-Match: "+tag); r.StatusCode != 200 || r.Header.Get("ETag") == tag {
			t.Errorf("%s: %d, ETag %s", other, r.StatusCode, r.Header.Get("ETag"))
		}
	}
	wrong := call(s, http.MethodGet, "/rides/chart.svg?chart[kind]=pie", "")
	if body := bodyOf(t, wrong); wrong.StatusCode != 422 || wrong.Header.Get("ETag") != "" || !strings.Contains(body, "no such chart") {
		t.Errorf("another kind: %d %s", wrong.StatusCode, body)
	}
	if bad := call(s, http.MethodGet, target+"&lower[fare]=x", ""); bad.StatusCode != 422 {
		t.Errorf("a bad bound: %d", bad.StatusCode)
	}
}

func TestPartsOfPagesHaveTags(t *testing.T) {
	s := pagesServer(t, Options{}, "", rides)
	const target = "/rides/explore?lower[fare]=8"
	r := call(s, http.MethodGet, target, "")
	rows, tag := bodyOf(t, r), r.Header.Get("ETag")
	if r.StatusCode != 200 || tag == "" || r.Header.Get("Cache-Control") != "no-cache" || !strings.Contains(rows, "3 of 4 rows") {
		t.Fatalf("%d %v: %s", r.StatusCode, r.Header, rows)
	}
	if again := call(s, http.MethodGet, target, "", "If-None-Match: "+tag); again.StatusCode != 304 || bodyOf(t, again) != "" || again.Header.Get("ETag") != tag {
		t.Errorf("asked again: %d %v", again.StatusCode, again.Header)
	}
	for _, other := range []string{"/rides/explore?lower[fare]=9", "/rides/explore?lower[fare]=8&view[part]=chart", "/rides/explore"} {
		if got := call(s, http.MethodGet, other, "", "If-None-Match: "+tag); got.StatusCode != 200 || got.Header.Get("ETag") == tag {
			t.Errorf("%s has the tag of %s", other, target)
		}
	}
	// Addresses in the code that one takes home begin with the host that was asked.
	const take = "/rides/explore?view[part]=take"
	here, there := call(s, http.MethodGet, take, ""), call(s, http.MethodGet, take, "", "Host: elsewhere.example")
	if strings.Contains(bodyOf(t, there), "elsewhere.example") && here.Header.Get("ETag") == there.Header.Get("ETag") {
		t.Error("the tag does not depend on the host")
	}
}

func TestAPartThatFailedHasNoTag(t *testing.T) {
	s := pagesServer(t, Options{}, "", rides)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/rides/explore?view%5Bpart%5D=chart", nil)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if tag := w.Header().Get("ETag"); tag != "" {
		t.Errorf("%d with the tag %s: %s", w.Code, tag, w.Body)
	}
}

func TestAChartOfWhatIsNotThereSaysSo(t *testing.T) {
	s := pagesServer(t, Options{}, "", rides)
	for query, want := range map[string]string{
		"chart[kind]=pie":                        "chart[kind]: “pie” is not one of ",
		"chart[kind]=distribution&chart[of]=far": "chart[of]: “far” is not one of ",
		"chart[kind]=time&chart[over]=fare":      "chart[over]: “fare” is not one of begun, day",
		"chart[kind]=time&chart[unit]=decade":    "chart[unit]: “decade” is not one of month, year, quarter, week, day, hour",
		"chart[by]=fare":                         "chart[by]: “fare” is not one of paid",
	} {
		page, _ := look(t, s, "/rides/explore?view[part]=chart&"+query)
		if !strings.Contains(page, `role="alert"`) || !strings.Contains(page, want) || strings.Contains(page, "<figure>") {
			t.Errorf("%s: no %s in %s", query, want, page)
		}
		if r := call(s, http.MethodGet, "/rides/chart.svg?"+query, ""); r.StatusCode != 422 {
			t.Errorf("the picture of %s: %d", query, r.StatusCode)
		}
		take, _ := look(t, s, "/rides/explore?view[part]=take&"+query)
		if strings.Contains(take, "chart-numbers-curl") {
			t.Errorf("%s: the numbers of another chart can be taken home", query)
		}
	}
	// The links to other kinds leave out what those cannot have.
	page, _ := look(t, s, "/rides/explore?view[part]=chart&chart[kind]=distribution&chart[of]=day")
	if !strings.Contains(page, `href="/rides?chart[kind]=means#chart"`) || strings.Contains(page, `role="alert"`) {
		t.Errorf("a distribution of days leads to the mean of days: %s", page)
	}
}

func TestTheFilesThatOneTakesHomeHaveNamesOfTheirOwn(t *testing.T) {
	page, _ := look(t, pagesServer(t, Options{}, "", rides), "/rides/explore?view[part]=take&chart[kind]=distribution&chart[of]=fare")
	for _, want := range []string{"curl -o &#39;rides.csv&#39; ", "curl -o &#39;rides-histogram.csv&#39; "} {
		if !strings.Contains(page, want) {
			t.Errorf("%s lacks %s", page, want)
		}
	}
}

func TestACountOverTimeAsksForNoField(t *testing.T) {
	s := pagesServer(t, Options{}, "", rides)
	for query, want := range map[string]bool{"": false, "&chart[measure]=mean": true} {
		page, _ := look(t, s, "/rides/explore?view[part]=chart&chart[kind]=time"+query)
		if got := strings.Contains(page, `name="chart[of]"`); got != want {
			t.Errorf("%q: %v", query, got)
		}
	}
}

func TestATableThatCannotGoOnLeadsToItsFirstPage(t *testing.T) {
	s := pagesServer(t, Options{}, "", rides)
	page, _ := look(t, s, "/rides?lower[fare]=8&after=gone&view[from]=25")
	if !strings.Contains(page, "is not a token of an earlier answer") || !strings.Contains(page, `<a href="/rides?lower[fare]=8" data-focus="first">First page</a>`) {
		t.Error("no link leads on")
	}
}

func TestAPageBehindTheLastRowLeadsBack(t *testing.T) {
	s := pagesServer(t, Options{}, "")
	for _, query := range []string{"", "species=Adelie&"} {
		page, _ := look(t, s, "/penguins?"+query+"page=99")
		last := map[string]string{"": "14", "species=Adelie&": "7"}[query] // of 344, and of 152 rows
		if !strings.Contains(page, "The rows end before this page.") || !strings.Contains(page, `<a href="/penguins?`+strings.ReplaceAll(query, "&", "&amp;")+"page="+last+`" rel="prev"`) {
			t.Errorf("%q: the page does not lead to page %s", query, last)
		}
	}
}

func TestAnEmptyTextIsSeen(t *testing.T) {
	s := pagesServer(t, Options{}, "", texts)
	page, _ := look(t, s, "/texts")
	for _, want := range []string{`name="word" value="&#34;&#34;"> <span class="text">“”</span>`, "Mean size by word: missing 5, of 1 value; “” 4, of 1 value;"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

func TestThePagesLinksToOperationsAreAnswered(t *testing.T) {
	s := pagesServer(t, Options{}, "")
	page, _ := look(t, s, "/penguins")
	links := regexp.MustCompile(`href="(/penguins/[^"]*)"><code>`).FindAllStringSubmatch(page, -1)
	if len(links) != 8 {
		t.Fatalf("there are %d links", len(links))
	}
	for _, link := range links {
		if r := call(s, http.MethodGet, html.UnescapeString(link[1]), "", browserAccept); r.StatusCode != 200 {
			t.Errorf("%s: %d", link[1], r.StatusCode)
		}
	}
}

func TestFaultsAreShownWhereTheyWereCaused(t *testing.T) {
	s := pagesServer(t, Options{}, "", rides)
	page, r := look(t, s, "/rides?lower[fare]=much&paidd=true")
	if r.StatusCode != 200 || !strings.Contains(page, "did you mean paid?") {
		t.Errorf("%d: the page does not say what is wrong", r.StatusCode)
	}
	_, facet, _ := strings.Cut(page, `id="facet-fare"`)
	facet, _, _ = strings.Cut(facet, "</details>")
	if !strings.Contains(facet, `must be a number, not &#34;much&#34;`) || strings.Contains(facet, "paid?") || !strings.Contains(facet, `value="much"`) {
		t.Errorf("the filter says %s", facet)
	}
}

func TestPagesOfDatasetsThatHaveNoRowsSaySo(t *testing.T) {
	none := map[string]string{"none.yaml": "dataset: none\ndata: none.csv\nfields:\n  a: {type: number}\n  b: {type: string}\n", "none.csv": "a,b\n"}
	broken := map[string]string{"broken.yaml": "dataset: broken\nfields:\n  a: {type: numbr}\n"}
	s := pagesServer(t, Options{}, "rides", rides, none, broken)
	for target, want := range map[string]struct {
		status int
		text   string
	}{
		"/none":   {200, "This dataset has no rows."},
		"/rides":  {200, "The rows of this dataset are not here yet."},
		"/broken": {404, "The dataset broken cannot be used</h1>"},
		"/ride":   {404, "did you mean rides?"},
	} {
		page, r := look(t, s, target)
		if r.StatusCode != want.status || !strings.Contains(page, want.text) || !strings.HasSuffix(strings.TrimSpace(page), "</html>") {
			t.Errorf("%s: %d, without %s", target, r.StatusCode, want.text)
		}
	}
	if page, _ := look(t, s, "/broken"); !strings.Contains(page, "did you mean number?") {
		t.Error("the page of a broken dataset does not say why")
	}
	// Nothing leads to what is not there.
	if page, _ := look(t, s, "/rides"); strings.Contains(page, `href="#chart"`) || strings.Contains(page, "format=csv&amp;download") {
		t.Error("the page without rows leads to charts or downloads")
	}
	if page, _ := look(t, s, "/none"); !strings.Contains(page, "There are no values to show.") || !strings.Contains(page, "format=csv&amp;download") {
		t.Error("the page of no rows has an empty chart, or no downloads")
	}
	list, _ := look(t, s, "/")
	if n := strings.Count(list, "<dt>Age</dt>"); n != 1 { // of the one that is loaded
		t.Errorf("the list has %d ages", n)
	}
	for _, want := range []string{"Not loaded", "Cannot be used", "did you mean number?"} {
		if !strings.Contains(list, want) {
			t.Errorf("the list lacks %s", want)
		}
	}
	if found, _ := look(t, s, "/?q=RIDE+fare"); !strings.Contains(found, "1 of 3 datasets") || strings.Contains(found, `href="/none"`) {
		t.Error("the search does not find one of three")
	}
}

// wideFiles declare a dataset of many columns.
func wideFiles(columns int) map[string]string {
	var fields, head, row strings.Builder
	for i := range columns {
		fmt.Fprintf(&fields, "  c%03d: {type: number}\n", i)
		fmt.Fprintf(&head, ",c%03d", i)
		fmt.Fprintf(&row, ",%d.5", i)
	}
	return map[string]string{"wide.yaml": "dataset: wide\ndata: wide.csv\nfields:\n" + fields.String(), "wide.csv": head.String()[1:] + "\n" + row.String()[1:] + "\n"}
}

func TestAPageOfManyColumnsShowsSome(t *testing.T) {
	s := pagesServer(t, Options{}, "", wideFiles(500))
	page, r := look(t, s, "/wide")
	if r.StatusCode != 200 || !strings.Contains(page, "Columns (12 of 500)") || strings.Count(page, "<img") > 60 {
		t.Errorf("%d, %d pictures, %d bytes", r.StatusCode, strings.Count(page, "<img"), len(page))
	}
	shown, _ := look(t, s, "/wide?fields=c499&lower[c498]=1")
	if !strings.Contains(shown, `<td class="num">499.5</td>`) || !strings.Contains(shown, `name="lower[c498]"`) {
		t.Error("a later column and its filter are not shown")
	}
}

func TestAFilterOfManyValuesIsSearched(t *testing.T) {
	var rows strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&rows, "w%06d\n", i)
	}
	s := pagesServer(t, Options{}, "", map[string]string{"words.yaml": "dataset: words\ndata: words.csv\nfields:\n  word: {type: string}\n", "words.csv": "word\n" + rows.String()})
	page, _ := look(t, s, "/words")
	if n := strings.Count(page, `name="word"`); n != 10 || !strings.Contains(page, "More values exist") {
		t.Errorf("%d values are listed", n)
	}
	found, _ := look(t, s, "/words/explore?view[part]=filters&find[word]=99999&word=w000001")
	if n := strings.Count(found, `name="word"`); n != 2 || !strings.Contains(found, `value="w099999"`) || !strings.Contains(found, `value="w000001" checked`) {
		t.Errorf("%d values are found", n)
	}
}

func TestDescriptionsForOtherProgramsSayWhatTheDescriptorSays(t *testing.T) {
	s := pagesServer(t, Options{}, "", odd)
	page, _ := look(t, s, "/odd")
	linked := regexp.MustCompile(`<script type="application/ld\+json">([^<]*)</script>`).FindStringSubmatch(page)
	if linked == nil {
		t.Fatal("the page has no JSON-LD, or < is in it")
	}
	bodies := map[string]string{
		"JSON-LD":   linked[1],
		"croissant": bodyOf(t, call(s, http.MethodGet, "/odd/croissant.json", "")),
		"package":   bodyOf(t, call(s, http.MethodGet, "/odd/datapackage.json", "")),
	}
	for name, path := range map[string][]any{
		"JSON-LD":   {"variableMeasured", 1, "unitText"},
		"croissant": {"recordSet", 0, "field", 1, "description"},
		"package":   {"resources", 0, "schema", "fields", 1, "unit"},
	} {
		var at any
		if err := json.Unmarshal([]byte(bodies[name]), &at); err != nil {
			t.Errorf("%s: %v: %s", name, err, bodies[name])
			continue
		}
		for _, step := range path {
			switch step := step.(type) {
			case string:
				at = at.(map[string]any)[step]
			case int:
				at = at.([]any)[step]
			}
		}
		if text, _ := at.(string); !strings.Contains(text, "<m>") {
			t.Errorf("%s: the unit is %v", name, at)
		}
	}
	sitemap := bodyOf(t, call(s, http.MethodGet, "/sitemap.xml", ""))
	if !strings.Contains(sitemap, "<loc>http://example.com/odd</loc>") {
		t.Errorf("the sitemap is %s", sitemap)
	}
}

func TestPagesNeverOutliveTheirClients(t *testing.T) {
	gone, leave := context.WithCancel(t.Context())
	store := &fakeStore{version: "v", rows: 2, next: func(ctx context.Context, _ int) (*engine.Batch, error) {
		leave()
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	s := newServer(t, store, Options{})
	r := httptest.NewRequest(http.MethodGet, "/rocks", nil).WithContext(gone)
	r.Header.Set("Accept", "text/html")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer func() { _ = recover() }() // the connection is cut
		s.ServeHTTP(httptest.NewRecorder(), r)
	}()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Fatal("the page goes on for nobody")
	}
}

// TestTheNumbersOfChartsAreTheAPIs compares the table of each chart with the answer
// to the request that the page names beside it.
func TestTheNumbersOfChartsAreTheAPIs(t *testing.T) {
	s := pagesServer(t, Options{}, "", rides)
	cells := regexp.MustCompile(`<td[^>]*>(.*?)</td>`)
	tags := regexp.MustCompile(`<[^>]*>`)
	for _, state := range []string{
		"chart[kind]=means&chart[by]=paid", "chart[kind]=time&chart[unit]=year&chart[over]=day", "chart[kind]=time&chart[measure]=mean&lower[fare]=8",
		"chart[kind]=distribution&chart[of]=paid", "chart[kind]=distribution&chart[of]=fare&chart[by]=-",
	} {
		page, r := look(t, s, "/rides/explore?view[part]=chart&"+state)
		_, numbers, _ := strings.Cut(page, `<details class="numbers"`)
		request := regexp.MustCompile(`href="([^"]*)&amp;format=csv"`).FindStringSubmatch(numbers)
		if r.StatusCode != 200 || request == nil {
			t.Errorf("%s: %d, no numbers", state, r.StatusCode)
			continue
		}
		_, body, _ := strings.Cut(numbers, "<tbody>")
		body, _, _ = strings.Cut(body, "</tbody>")
		shown := map[string]bool{}
		for _, row := range strings.Split(strings.TrimSpace(body), "\n") {
			var values []string
			for _, c := range cells.FindAllStringSubmatch(row, -1) {
				value := tags.ReplaceAllString(c[1], "")
				if value == "missing" || value == "null" {
					value = ""
				}
				values = append(values, value)
			}
			slices.Sort(values)
			shown[strings.Join(values, "|")] = true
		}
		answer := call(s, http.MethodGet, html.UnescapeString(request[1])+"&format=csv", "")
		records, err := csv.NewReader(answer.Body).ReadAll()
		if err != nil || answer.StatusCode != 200 || len(records) != len(shown)+1 || len(shown) == 0 {
			t.Errorf("%s: %d, %v: %d records, %d rows", state, answer.StatusCode, err, len(records), len(shown))
			continue
		}
		for _, record := range records[1:] {
			slices.Sort(record)
			if !shown[strings.Join(record, "|")] {
				t.Errorf("%s: %v is not among %v", state, record, shown)
			}
		}
	}
}

// TestChartsFollowTheOrderOfTheEnum looks at the numbers of a distribution by group and of
// one of texts. Counts by awk.
func TestAChartWithoutValuesSaysSo(t *testing.T) {
	s := pagesServer(t, Options{}, "", map[string]string{
		"nulls.yaml": "dataset: nulls\ndata: nulls.csv\nfields:\n  a: {type: number}\n  b: {type: number}\n  day: {type: date}\n", "nulls.csv": "a,b,day\n,,\n,,\n"})
	for _, kind := range []string{"distribution", "time", "pairs"} {
		page, _ := look(t, s, "/nulls/explore?view[part]=chart&chart[kind]="+kind)
		if !strings.Contains(page, "There are no values to show.") || strings.Contains(page, "<svg class=\"chart") {
			t.Errorf("%s: %s", kind, page)
		}
	}
}

// TestNumbersOfAnySizeHaveAChart is of numbers whose range, or the width of whose cells, is at
// the edge of what a float64 holds.
func TestNumbersOfAnySizeHaveAChart(t *testing.T) {
	s := pagesServer(t, Options{}, "", map[string]string{
		"sizes.yaml": "dataset: sizes\ndata: sizes.csv\nfields:\n  huge: {type: number}\n  tiny: {type: number}\n", "sizes.csv": "huge,tiny\n1e308,3e-300\n-1e308,1e-310\n5,5e-324\n"})
	for _, chart := range []string{"pairs", "pairs&chart[of]=tiny&chart[with]=huge", "distribution&chart[of]=huge", "distribution&chart[of]=tiny"} {
		page, _ := look(t, s, "/sizes/explore?view[part]=chart&chart[kind]="+chart)
		if strings.Contains(page, `class="error"`) || strings.Count(page, "<rect") < 4 || strings.Contains(page, "NaN") || strings.Contains(page, "Inf") {
			t.Errorf("%s: %s", chart, page)
		}
	}
}

// TestAnEnumHasNoLeastValue is of values from worst to best, of which the first and the last
// by letters say nothing.
func TestAnEnumHasNoLeastValue(t *testing.T) {
	page, _ := look(t, pagesServer(t, Options{}, ""), "/diamonds")
	if strings.Contains(page, "Fair – Very Good") || !strings.Contains(page, `<data class="num" value="326">`) {
		t.Error("the least and greatest values are not those of numbers alone")
	}
}

func TestChartsFollowTheOrderOfTheEnum(t *testing.T) {
	s := pagesServer(t, Options{}, "")
	heads := regexp.MustCompile(`<th scope="col"[^>]*>([^<]*)</th>`)
	legend := regexp.MustCompile(`</svg><span[^>]*>([^<]*)</span></li>`)
	cuts := []string{"Fair", "Good", "Very Good", "Premium", "Ideal"}
	all := func(m [][]string) (texts []string) {
		for _, one := range m {
			texts = append(texts, one[1])
		}
		return texts
	}
	page, _ := look(t, s, "/diamonds/explore?view[part]=chart&chart[kind]=distribution&chart[of]=carat&chart[by]=cut&lower[carat]=3")
	_, numbers, _ := strings.Cut(page, `<details class="numbers"`)
	if got, want := all(heads.FindAllStringSubmatch(numbers, -1)), append([]string{"From", "To"}, cuts...); !slices.Equal(got, want) {
		t.Errorf("the numbers have %q, want %q", got, want)
	}
	if got := all(legend.FindAllStringSubmatch(page, -1)); !slices.Equal(got, cuts) {
		t.Errorf("the legend is %q, want %q", got, cuts)
	}
	page, _ = look(t, s, "/diamonds/explore?view[part]=chart&chart[kind]=distribution&chart[of]=cut")
	_, numbers, _ = strings.Cut(page, `<details class="numbers"`)
	counts := all(regexp.MustCompile(`<td class="num">([0-9]*)</td>`).FindAllStringSubmatch(numbers, -1))
	if want := []string{"1610", "4906", "12082", "13791", "21551"}; !slices.Equal(counts, want) {
		t.Errorf("the frequencies are %q, want %q", counts, want)
	}
}

func TestAddressesHaveTheSchemeThatATrustedProxyNames(t *testing.T) {
	s := pagesServer(t, Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}, "", rides)
	for peer, want := range map[string]string{"192.0.2.1:4": "https://example.com/rides/range", "198.51.100.1:4": "http://example.com/rides/range"} {
		r := httptest.NewRequest(http.MethodGet, "/rides/datapackage.json", nil)
		r.RemoteAddr = peer
		r.Header.Set("X-Forwarded-Proto", "https")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if !strings.Contains(w.Body.String(), `"`+want) {
			t.Errorf("%s: no %s in %s", peer, want, w.Body)
		}
	}
}

func TestAPageOfFewOperationsLeavesOutWhatTheyCannotTell(t *testing.T) {
	page, r := look(t, newServer(t, &fakeStore{version: "v", rows: 2}, Options{}), "/rocks")
	for _, left := range []string{`href="#chart"`, "does not offer", "chart.svg", "stats/distinct"} {
		if strings.Contains(page, left) {
			t.Errorf("the page has %s", left)
		}
	}
	for _, there := range []string{`name="kind" value="basalt"`, `name="lower[mass]"`, "<td>slate</td>", `href="/rocks/stats/mean"`} {
		if r.StatusCode != 200 || !strings.Contains(page, there) {
			t.Errorf("%d: the page lacks %s", r.StatusCode, there)
		}
	}
}

// TestAPageWithoutRowsSaysSo is of a dataset that offers charts, and of one that offers
// nothing that filters could change.
func TestAPageWithoutRowsSaysSo(t *testing.T) {
	const fields = "data: some.csv\nfields:\n  kind: {type: string}\n  mass: {type: number}\n"
	s := pagesServer(t, Options{}, "", map[string]string{
		"some.yaml": "dataset: some\noperations: [stats, stats/distinct]\n" + fields,
		"few.yaml":  "dataset: few\noperations: [stats/mean, stats/summary]\n" + fields,
		"some.csv":  "kind,mass\na,1\nb,2\n",
	})
	page, r := look(t, s, "/some?kind=a")
	for _, want := range []string{"statistics of its rows, not the rows themselves", "kind: a <span", `name="lower[mass]"`, "Mean mass by kind: a 1, of 1 value.", "/some/stats?kind=a&amp;group_by=kind"} {
		if r.StatusCode != 200 || !strings.Contains(page, want) {
			t.Errorf("%d: the page lacks %s", r.StatusCode, want)
		}
	}
	few, r := look(t, s, "/few")
	if r.StatusCode != 200 || !strings.Contains(few, `<td>a – b</td>`) {
		t.Errorf("%d: the page of few operations lacks its fields", r.StatusCode)
	}
	for _, target := range []string{"/some/croissant.json", "/some/datapackage.json"} {
		if r := call(s, http.MethodGet, target, ""); r.StatusCode != 404 {
			t.Errorf("%s, of a file that there is not: %d", target, r.StatusCode)
		}
	}
	for _, left := range []string{"does not offer", "/range", "croissant.json", "datapackage.json"} {
		if strings.Contains(page+few, left) {
			t.Errorf("a page has %s", left)
		}
	}
	for _, left := range []string{`href="#explore"`, `href="#take"`, `href="#rows"`, `name="kind"`} {
		if strings.Contains(few, left) {
			t.Errorf("the page of few operations has %s", left)
		}
	}
}

// Counts by awk.
func TestNestedConditionsAndFormsGoTogether(t *testing.T) {
	s := pagesServer(t, Options{}, "")
	const nested = `{"any":[{"species":"Adelie","lower":{"body_mass_g":4500}},{"species":"Gentoo","lower":{"body_mass_g":6000}}]}`
	query := "query=" + url.QueryEscape(nested)
	page, _ := look(t, s, "/penguins?"+query+"&island=Biscoe")
	for _, want := range []string{
		`<h2 id="rows-title" data-numbers>7 of 344 rows</h2>`,
		`aria-label="Remove the filter: (Species: Adelie and Body mass ≥ 4500) or (Species: Gentoo and Body mass ≥ 6000)"`,
		`aria-label="Remove the filter: Island: Biscoe"`,
		`<input type="hidden" name="query" value="` + html.EscapeString(nested) + `">`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(page, `<div class="error"`) {
		t.Error("the page shows an error")
	}
	// What the form would send, and what links to the API ask, selects the same.
	for _, m := range regexp.MustCompile(`href="(/penguins/stats[^"]*format=csv|/penguins/chart.svg[^"]*)"`).FindAllStringSubmatch(page, -1) {
		if r := call(s, http.MethodGet, html.UnescapeString(m[1]), ""); r.StatusCode != 200 {
			t.Errorf("%s answers %d: %s", m[1], r.StatusCode, bodyOf(t, r))
		}
	}
	link := regexp.MustCompile(`(?s)id="snippet-link".*?<code>http://[^/]*([^<]*)</code>`).FindStringSubmatch(page)
	if link == nil {
		t.Fatal("there is no link")
	}
	r := call(s, http.MethodGet, html.UnescapeString(link[1]), "")
	var rows []map[string]any
	if err := json.Unmarshal([]byte(bodyOf(t, r)), &rows); err != nil || len(rows) != 7 {
		t.Errorf("%s: %v: %d rows", link[1], err, len(rows))
	}
	// What has a flat form moves to the filters.
	_, r = look(t, s, "/penguins?query="+url.QueryEscape(`{"island":["Biscoe"],`+nested[1:]))
	if got, want := r.Header.Get("Location"), "/penguins?island=Biscoe&"+strings.NewReplacer("%5B", "[", "%5D", "]", "%3A", ":", "%2C", ",").Replace(query); r.StatusCode != 303 || got != want {
		t.Errorf("%d: %s, want %s", r.StatusCode, got, want)
	}
}

func TestARefusedPictureHasNoTag(t *testing.T) {
	s := pagesServer(t, Options{}, "", odd)
	const path = "/odd/chart.svg?chart[kind]=means&chart[by]=%3Ci%3Ename%3C/i%3E"
	if r := call(s, http.MethodGet, path, ""); r.StatusCode != 200 || r.Header.Get("ETag") == "" {
		t.Fatalf("status %d, header %v", r.StatusCode, r.Header)
	}
	if r := call(s, http.MethodGet, path, "", "Accept-Encoding: identity;q=0"); r.StatusCode != 406 || r.Header.Get("ETag") != "" {
		t.Errorf("status %d, header %v", r.StatusCode, r.Header)
	}
}
