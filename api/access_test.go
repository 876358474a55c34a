package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"herbarium/api/auth"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/query"
	"herbarium/loaders"
)

// The keys of the bytes 0 to 31, 32 to 63, 64 to 95, 128 to 159 and 96 to 127, with the digests of
// these, as Python's base64, zlib and hashlib make them.
const (
	keyTeam  = "hb1_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8Fyqk6Q"
	keyAll   = "hb1_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8nLrvyg"
	keyRange = "hb1_QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8BqPbMg"
	keyIdle  = "hb1_gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp8ZxrvAA"
	keyNone  = "hb1_YGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn8v6rZBw"

	sumTeam  = "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"
	sumAll   = "72dbb7336c76780023f83da4c355f2eeea85733b13d3477697917790c1229084"
	sumIdle  = "82d86408530b765e46ebf47807095027e807bc08674b0de77ee5ef2fae7d0492"
	sumRange = "ca2a4fe727faaecf16ecd130a86e0885c5540c05375340445071c0657555fd42"
)

// walksFiles is a dataset of which a policy hides a field, with its enum, its title and
// an operation that needs it, and rows with values that no other row has. vault is
// hidden as a whole, and torn is a broken descriptor.
var walksFiles = map[string]string{
	"walks.yaml": `dataset: walks
title: Walks
data: walks.csv
fields:
  island: {type: string}
  length: {type: number, unit: km}
  wagecode: {type: string, enum: [vermilion, chartreuse], title: Remuneration, unit: dubloons}
  steps: {type: integer}
selectors: {island: island, wagecode: wagecode}
stats: {group_by: island}
operations:
  range: {}
  stats: {}
  stats/mean: {}
  stats/count: {}
  stats/distinct: {}
  stats/histogram: {}
  stats/summary: {}
  by-wages: {of: stats, group_by: [wagecode], measures: {"*": [count]}}
  by-island: {of: stats, group_by: [island], measures: {"*": [count], length: [mean]}}
`,
	"walks.csv": "island,length,wagecode,steps\nBiscoe,1.5,vermilion,10\nUtopia,77.25,chartreuse,7777\nBiscoe,2.5,chartreuse,20\nUtopia,-66.125,vermilion,6666\nDream,4,vermilion,30\n",
	"vault.yaml": `dataset: vault
title: Strongbox
data: vault.csv
fields:
  ingot: {type: number}
`,
	"vault.csv":   "ingot\n1\n",
	"stones.yaml": "dataset: stones\ndata: stones.csv\nfields:\n  kind: {type: string, enum: [basalt, slate]}\n  mass: {type: number}\n",
	"stones.csv":  "kind,mass\nslate,1.5\nbasalt,2\n",
	"torn.yaml":   "dataset: torn\nfields:\n  doubloon: {type: nonsense}\n",
}

// walksShown is what is left for whom the policy is.
var walksShown = map[string]string{
	"walks.yaml": `dataset: walks
title: Walks
data: walks.csv
fields:
  island: {type: string}
  length: {type: number, unit: km}
  steps: {type: integer}
selectors: {island: island}
stats: {group_by: island}
operations:
  range: {}
  stats: {}
  stats/mean: {}
  stats/count: {}
  stats/distinct: {}
  stats/histogram: {}
  stats/summary: {}
  by-island: {of: stats, group_by: [island], measures: {"*": [count], length: [mean]}}
`,
	"walks.csv":   "island,length,steps\nBiscoe,1.5,10\nBiscoe,2.5,20\nDream,4,30\n",
	"stones.yaml": walksFiles["stones.yaml"],
	"stones.csv":  walksFiles["stones.csv"],
}

const accessKeys = `secret: gYopzmAt44O6q0psOl6FX3qy2PCVECBOICneHleU13E=
keys:
  - {name: team, sha256: ` + sumTeam + `, scopes: ["walks:*", "stones:*"]}
  - {name: all, sha256: ` + sumAll + `, scopes: ["*", "walks:everything"]}
  - {name: idle, sha256: ` + sumIdle + `, scopes: []}
  - {name: ranger, sha256: ` + sumRange + `, scopes: ["*:range"]}
`

// withoutPolicies are the keys without the scope that a policy is for.
var withoutPolicies = strings.Replace(accessKeys, `, "walks:everything"`, "", 1)

const accessPolicies = `anonymous: ["stones:range"]
policies:
  walks:
    - {for: "key:team", rows: {not: {island: [Utopia]}}, hide: [wagecode]}
    - {for: "scope:walks:everything"}
`

// accessServer returns a server of the datasets with a guard, and its log.
func accessServer(t testing.TB, options Options, access string, files map[string]string) (*Server, *bytes.Buffer) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	snapshot, err := datasets.Open(dir, datasets.WithSettler(query.Settle))
	if err != nil {
		t.Fatal(err)
	}
	store := columnar.NewStore(columnar.Options{})
	for _, name := range snapshot.Names() {
		ds, _ := snapshot.Dataset(name)
		if _, err := loaders.Load(t.Context(), store, ds, nil, loaders.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "auth.yaml")
	if err := os.WriteFile(path, []byte(access), 0o600); err != nil {
		t.Fatal(err)
	}
	log := &bytes.Buffer{}
	options.Logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	options.Auth = auth.Open(path, snapshot, options.Logger)
	t.Cleanup(options.Auth.Close)
	return serverOf(t, store, options, snapshot, engine.Options{CacheBytes: 16 << 20}), log
}

func TestWhoMayAskForWhat(t *testing.T) {
	s, _ := accessServer(t, Options{}, accessKeys+accessPolicies, walksFiles)
	const (
		bearer = `Bearer realm="herbarium"`
		stones = `[{"kind":"slate","mass":1.5},{"kind":"basalt","mass":2.0}]`
		shown  = `[{"island":"Biscoe","length":1.5,"steps":10},{"island":"Biscoe","length":2.5,"steps":20},{"island":"Dream","length":4.0,"steps":30}]`
		every  = `[{"island":"Biscoe","length":1.5,"wagecode":"vermilion","steps":10},{"island":"Utopia","length":77.25,"wagecode":"chartreuse","steps":7777},{"island":"Biscoe","length":2.5,"wagecode":"chartreuse","steps":20},{"island":"Utopia","length":-66.125,"wagecode":"vermilion","steps":6666},{"island":"Dream","length":4.0,"wagecode":"vermilion","steps":30}]`
	)
	none := func(name string) string { return `there is no dataset "` + name + `"` }
	for _, c := range []struct {
		key, path string
		status    int
		want      string // within the body
		challenge string
	}{
		{"", "/stones/range", 200, stones, ""},
		{"", "/stones/stats", 401, "the operation stats of stones needs a key or a token with the scope stones:stats", bearer},
		{"", "/stones/nothing", 404, `the dataset stones has no operation "nothing"; available: /stones/range`, ""},
		{"", "/datasets/stones/schema?operation=stats", 401, "needs a key or a token with the scope stones:stats", bearer},
		{"", "/walks/range", 404, none("walks") + "; available: stones", ""},
		{"", "/wlaks/range", 404, none("wlaks") + "; available: stones", ""},
		{"", "/vault/range", 404, none("vault") + "; available: stones", ""},
		{"", "/torn/range", 404, none("torn") + "; available: stones", ""},
		{"", "/datasets/walks", 404, none("walks") + "; available: stones", ""},
		{"", "/openapi/walks.json", 404, none("walks") + "; available: stones", ""},
		{"", "/walks/chart.svg", 404, none("walks") + "; available: stones", ""},
		{"", "/walks", 404, none("walks") + "; available: stones", ""},
		{keyTeam, "/walks/range", 200, shown, ""},
		{keyTeam, "/walks/stats/mean", 200, `[{"mean_length":2.0,"mean_steps":15.0,"island":"Biscoe"},{"mean_length":4.0,"mean_steps":30.0,"island":"Dream"}]`, ""},
		{keyTeam, "/walks/stats/count?group_by=", 200, `[{"count":3}]`, ""},
		{keyTeam, "/walks/by-island", 200, `[{"count":2,"mean_length":2.0,"island":"Biscoe"},{"count":1,"mean_length":4.0,"island":"Dream"}]`, ""},
		{keyTeam, "/walks/by-wages", 404, `the dataset walks has no operation "by-wages"`, ""},
		{keyTeam, "/walks/range?wagecode=vermilion", 422, `"code":"unknown_property"`, ""},
		{keyTeam, "/walks/range?fields=wagecode", 422, `"code":"unknown_field"`, ""},
		{keyTeam, "/walks/range?island=Utopia", 200, "[]", ""},
		{keyTeam, "/vault/range", 404, none("vault") + "; available: stones, walks", ""},
		{keyAll, "/walks/range", 200, every, ""},
		{keyAll, "/vault/range", 200, `[{"ingot":1.0}]`, ""},
		{keyAll, "/torn/range", 404, `the descriptor of \"torn\" is wrong; /datasets says how`, ""},
		{keyRange, "/stones/range", 200, stones, ""},
		{keyRange, "/vault/range", 200, `[{"ingot":1.0}]`, ""},
		{keyRange, "/stones/stats", 403, "the operation stats of stones needs the scope stones:stats", `Bearer realm="herbarium", error="insufficient_scope", scope="stones:stats"`},
		{keyRange, "/walks/range", 404, none("walks"), ""},
		{keyIdle, "/stones/range", 403, "none of the scopes that it was granted is one of this server", `Bearer realm="herbarium", error="insufficient_scope"`},
		{keyIdle, "/nothing", 403, "none of the scopes", ""},
		{keyNone, "/stones/range", 401, "the key is not known; it may have been revoked", `Bearer realm="herbarium", error="invalid_token", error_description="the key is not known; it may have been revoked"`},
		{keyNone, "/nothing", 401, "the key is not known", ""},
		{keyNone, "/healthz", 200, `{"status":"ok"}`, ""},
		{keyNone, "/readyz", 200, `"datasets":[]`, ""},
		{"", "/readyz", 200, `"datasets":[{"name":"stones","state":"ready"}]`, ""},
		{keyAll, "/readyz", 200, `{"name":"torn","state":"broken","error":"torn.yaml:`, ""},
		{keyTeam, "/readyz", 200, `"datasets":[{"name":"stones","state":"ready"},{"name":"walks","state":"ready"}]`, ""},
		{"", "/page.js", 200, "", ""},
	} {
		for _, method := range []string{http.MethodGet, methodQuery, http.MethodHead} {
			var header []string
			if method == methodQuery {
				if strings.Contains(c.path, "?") {
					continue // its query goes in the body
				}
				header = append(header, "Content-Type: application/json")
			}
			if c.key != "" {
				header = append(header, "Authorization: Bearer "+c.key)
			}
			body := ""
			if method == methodQuery {
				body = "{}"
			}
			r := call(s, method, c.path, body, header...)
			text := bodyOf(t, r)
			if method == methodQuery && r.StatusCode == http.StatusMethodNotAllowed {
				continue
			}
			text = strings.ReplaceAll(text, `\"`, `"`)
			if r.StatusCode != c.status || method != http.MethodHead && !strings.Contains(text, strings.ReplaceAll(c.want, `\"`, `"`)) {
				t.Errorf("%.8s %s %s: %d %s", c.key, method, c.path, r.StatusCode, text)
			}
			if got := r.Header.Get("WWW-Authenticate"); !strings.HasPrefix(got, c.challenge) || c.status < 400 && got != "" || c.status == 401 && got == "" {
				t.Errorf("%.8s %s %s: %s", c.key, method, c.path, got)
			}
			// One line: of several, nginx heeds one.
			if vary := r.Header.Values("Vary"); len(vary) != 1 || !strings.Contains(vary[0], "Authorization, X-API-Key") {
				t.Errorf("%.8s %s %s varies by %q", c.key, method, c.path, vary)
			}
		}
	}
}

// crawled are the paths that a GET can ask for, of datasets that the caller sees and
// of others.
func crawled() []string {
	paths := []string{"/", "/datasets", "/readyz", "/openapi.json", "/openapi.json?version=3.2", "/openapi.json?all=true", "/docs", "/docs/", "/sitemap.xml", "/nothing"}
	for _, name := range []string{"walks", "stones", "vault", "torn"} {
		paths = append(paths, "/datasets/"+name, "/datasets/"+name+"/schema", "/openapi/"+name+".json", "/"+name+"/nothing")
		for _, below := range []string{"", "/explore", "/explore?view[part]=filters", "/explore?view[part]=chart", "/explore?view[part]=take", "/chart.svg", "/chart.svg?chart[kind]=sketch&chart[of]=length",
			"/croissant.json", "/datapackage.json", "/range", "/range?page=1&per_page=2", "/range?format=csv", "/range?format=ndjson", "/range?format=arrow", "/range?format=parquet", "/range?explain=true", "/range?lower[nothing]=1", "/range?wage=1", "/range?sort=wagecod",
			"/stats", "/stats?explain=true", "/stats?measures[*]=count", "/stats/mean", "/stats/mean?explain=true", "/stats/mean?group_by=nothing", "/stats/count", "/stats/distinct?field=island", "/stats/distinct?field=nothing", "/stats/histogram?field=length", "/stats/summary", "/by-island", "/by-island?explain=true", "/by-wage"} {
			paths = append(paths, "/"+name+below)
		}
		for _, op := range []string{"range", "stats", "by-island", "by-wages"} {
			paths = append(paths, "/datasets/"+name+"/schema?operation="+op)
		}
	}
	return paths
}

// hiddenWords are in what the team does not see, and nowhere else.
var hiddenWords = []string{"wagecode", "vermilion", "chartreuse", "remuneration", "dubloons", "by-wages", "bywages", "utopia", "77.25", "66.125", "7777", "6666", "strongbox", "ingot", "doubloon"}

func TestNoAnswerHasAWordOfWhatIsHidden(t *testing.T) {
	s, _ := accessServer(t, Options{}, accessKeys+accessPolicies, walksFiles)
	for _, path := range crawled() {
		for _, accept := range []string{"*/*", browserAccept[len("Accept: "):]} {
			r := call(s, http.MethodGet, path, "", "X-API-Key: "+keyTeam, "Accept: "+accept)
			var header bytes.Buffer
			r.Header.Del("X-Request-Id") // which is made up
			_ = r.Header.Write(&header)
			text := strings.ToLower(bodyOf(t, r) + header.String())
			for _, word := range hiddenWords {
				if strings.Contains(text, word) && !strings.Contains(path, word) {
					t.Errorf("%s has %s: %.2000s", path, word, text)
				}
			}
			// The names of what is hidden are only where the path had them.
			if strings.Contains(path, "vault") || strings.Contains(path, "torn") {
				if r.StatusCode != http.StatusNotFound {
					t.Errorf("%s: %d", path, r.StatusCode)
				}
			} else if strings.Contains(text, "vault") || strings.Contains(text, "torn") {
				t.Errorf("%s names a hidden dataset: %.2000s", path, text)
			}
		}
	}
	// The words are there for whom nothing is hidden.
	all := ""
	for _, path := range crawled() {
		all += strings.ToLower(bodyOf(t, call(s, http.MethodGet, path, "", "X-API-Key: "+keyAll)))
	}
	for _, word := range hiddenWords {
		if !strings.Contains(all, word) && word != "bywages" {
			t.Errorf("nowhere is %s", word)
		}
	}
}

// changing matches what names the content of an answer: versions, tokens and tags.
var changing = regexp.MustCompile(`\b[a-z2-7]{26}\b|after=[A-Za-z0-9_-]+|"X-Next-After"[^,]*|W?/?"[0-9a-z-]{16,}"`)

// TestAnswersAreThoseOfAServerThatHasOnlyWhatIsShown compares a restricted caller's
// answers with those of a server whose files have nothing that is hidden.
func TestAnswersAreThoseOfAServerThatHasOnlyWhatIsShown(t *testing.T) {
	restricted, _ := accessServer(t, Options{}, accessKeys+accessPolicies, walksFiles)
	shown, _ := accessServer(t, Options{}, withoutPolicies+"anonymous: [\"stones:range\"]\n", walksShown)
	for _, path := range crawled() {
		if strings.Contains(path, "explain") || strings.Contains(path, "parquet") || strings.Contains(path, "arrow") {
			continue // a plan shows where it runs; files have versions in binary
		}
		for _, accept := range []string{"*/*", browserAccept[len("Accept: "):]} {
			ask := func(s *Server) string {
				r := call(s, http.MethodGet, path, "", "X-API-Key: "+keyTeam, "X-Request-Id: test", "Accept: "+accept)
				text := bodyOf(t, r)
				for _, name := range []string{"Etag", "X-Next-After", "Content-Length", "Date"} {
					r.Header.Del(name)
				}
				var header bytes.Buffer
				_ = r.Header.Write(&header)
				published := regexp.MustCompile(`"published":"[^"]*"|<time[^>]*>[^<]*</time>`)
				return r.Status + "\n" + changing.ReplaceAllString(header.String()+published.ReplaceAllString(text, ""), "…")
			}
			if got, want := ask(restricted), ask(shown); got != want {
				at := 0
				for at < min(len(got), len(want)) && got[at] == want[at] {
					at++
				}
				from := max(0, at-200)
				t.Errorf("%s differs:\n%s\nfrom:\n%s", path, got[from:min(len(got), at+200)], want[from:min(len(want), at+200)])
			}
		}
	}
}

func TestADatasetThatOneMayNotSeeIsLikeOneThatThereIsNot(t *testing.T) {
	s, _ := accessServer(t, Options{}, accessKeys+accessPolicies, walksFiles)
	tag := call(s, http.MethodGet, "/vault/range", "", "X-API-Key: "+keyAll).Header.Get("ETag")
	if tag == "" {
		t.Fatal("there is no tag")
	}
	for _, below := range []string{"", "/", "/range", "/range/", "/explore", "/chart.svg", "/nothing", "/a/b/c"} {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, methodQuery, http.MethodOptions, http.MethodDelete} {
			for _, key := range []string{"", keyTeam} {
				ask := func(name string) string {
					header := []string{"X-Request-Id: test", "If-None-Match: " + tag + ", *", "If-Match: " + tag}
					if key != "" {
						header = append(header, "X-API-Key: "+key)
					}
					r := call(s, method, "/"+name+below, "", header...)
					var all bytes.Buffer
					_ = r.Header.Write(&all)
					return r.Status + "\n" + all.String() + strings.ReplaceAll(bodyOf(t, r), name, "NAME")
				}
				// Names of one length, which nothing is near to.
				if got, want := ask("vault"), ask("qqzzq"); got != want {
					t.Errorf("%s %s: %s\nfor one that there is not:\n%s", method, below, got, want)
				}
			}
		}
	}
}

func TestWhoMayNotSeeIsToldSoBeforeAnyCondition(t *testing.T) {
	s, _ := accessServer(t, Options{}, accessKeys+accessPolicies, walksFiles)
	r := call(s, http.MethodGet, "/walks/range", "", "X-API-Key: "+keyTeam)
	tag := r.Header.Get("ETag")
	if r.Header.Get("Cache-Control") != "private, no-cache" || tag == "" {
		t.Error(r.Header)
	}
	if r := call(s, http.MethodGet, "/walks/range", "", "X-API-Key: "+keyTeam, "If-None-Match: "+tag); r.StatusCode != http.StatusNotModified || r.Header.Get("Cache-Control") != "private, no-cache" || !strings.Contains(r.Header.Get("Vary"), "Authorization") {
		t.Error(r.StatusCode, r.Header)
	}
	for key, want := range map[string]int{"": 404, keyRange: 404, keyNone: 401, keyAll: 200} {
		header := []string{"If-None-Match: " + tag}
		if key != "" {
			header = append(header, "X-API-Key: "+key)
		}
		if r := call(s, http.MethodGet, "/walks/range", "", header...); r.StatusCode != want {
			t.Errorf("%.8s: %d", key, r.StatusCode)
		}
	}
	if r := call(s, http.MethodGet, "/stones/range", ""); r.Header.Get("Cache-Control") != "no-cache" {
		t.Error("an anonymous answer is", r.Header.Get("Cache-Control"))
	}
}

func TestWithoutAnythingForAnonymousEveryPathAsksForCredentials(t *testing.T) {
	s, _ := accessServer(t, Options{CORS: CORS{Origins: []string{"https://example.org"}}}, withoutPolicies, walksFiles)
	for _, path := range crawled() {
		r := call(s, http.MethodGet, path, "")
		if path == "/readyz" {
			if r.StatusCode != http.StatusOK || !strings.Contains(bodyOf(t, r), `"datasets":[]`) {
				t.Errorf("%s: %d", path, r.StatusCode)
			}
			continue
		}
		if r.StatusCode != http.StatusUnauthorized || r.Header.Get("WWW-Authenticate") != `Bearer realm="herbarium"` {
			t.Errorf("%s: %d %s", path, r.StatusCode, r.Header.Get("WWW-Authenticate"))
		}
	}
	r := call(s, http.MethodOptions, "/walks/range", "", "Origin: https://example.org", "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization,x-api-key")
	if r.StatusCode != http.StatusNoContent || !strings.Contains(r.Header.Get("Access-Control-Allow-Headers"), "Authorization, X-API-Key") {
		t.Error(r.StatusCode, r.Header)
	}
	for _, name := range []string{"Link", "ETag", "X-Next-After", "X-Total-Count", "WWW-Authenticate"} {
		if !slices.Contains(strings.Split(r.Header.Get("Access-Control-Expose-Headers"), ", "), name) {
			t.Errorf("%s is not exposed", name)
		}
	}
}

func TestACredentialInAURLIsRefusedAndNotLogged(t *testing.T) {
	s, log := accessServer(t, Options{}, accessKeys+accessPolicies, walksFiles)
	const token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ"
	for _, target := range []string{
		"/stones/range?key=" + keyAll, "/stones/range?access_token=" + keyAll, "/stones/range?api_key=anything", "/stones/range?API_KEY=" + keyAll,
		"/stones/range?x=%68b1_" + keyAll[4:], "/stones/range?%61pi_key=secret-of-mine", "/stones/range?" + keyAll, "/stones/range?x=a" + token, "/" + keyAll + "/range", "/stones/range/" + keyAll[:40],
		"/stones/range?query=%7B%22kind%22%3A%22" + keyAll + "%22%7D", "/readyz/" + keyAll,
	} {
		for _, header := range [][]string{nil, {"X-API-Key: " + keyAll}} {
			r := call(s, http.MethodGet, target, "", header...)
			text := bodyOf(t, r)
			if r.StatusCode != http.StatusBadRequest || !strings.Contains(text, "credential_in_url") || !strings.Contains(text, "Authorization: Bearer") {
				t.Errorf("%s: %d %s", target, r.StatusCode, text)
			}
			if strings.Contains(text, keyAll[:20]) {
				t.Errorf("the answer has the key: %s", text)
			}
		}
	}
	for _, secret := range []string{keyAll[4:30], token[:30], "secret-of-mine"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log has %s:\n%s", secret, log)
		}
	}
	for _, target := range []string{"/stones/range?kind=slate", "/stones/range?query=%7B%22kind%22%3A%22slate%22%7D"} {
		if r := call(s, http.MethodGet, target, ""); r.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s", target, r.StatusCode, bodyOf(t, r))
		}
	}
}

func TestTheLogNamesCallersAndNoKeys(t *testing.T) {
	s, log := accessServer(t, Options{}, accessKeys+accessPolicies, walksFiles)
	call(s, http.MethodGet, "/stones/range", "")
	call(s, http.MethodGet, "/walks/range", "", "Authorization: Bearer "+keyTeam)
	call(s, http.MethodGet, "/stones/range", "", "X-API-Key: "+keyNone)
	for _, want := range []string{"path=/stones/range status=200", "caller=anonymous", "caller=key:team key=team", "status=401", "code=unauthenticated"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %s:\n%s", want, log)
		}
	}
	for _, key := range []string{keyTeam, keyNone} {
		if strings.Contains(log.String(), key[4:30]) {
			t.Errorf("the log has a key:\n%s", log)
		}
	}
}

func TestACredentialInAnotherPlaceIsNotLogged(t *testing.T) {
	s, log := accessServer(t, Options{SlowQuery: 1}, accessKeys+accessPolicies, walksFiles)
	r := call(s, http.MethodGet, "/stones/range", "", "X-Request-Id: "+keyAll)
	if id := r.Header.Get("X-Request-Id"); id == "" || id == keyAll {
		t.Errorf("the id is %q", id)
	}
	call(s, "GET"+keyAll, "/stones/range", "")
	call(s, http.MethodPost, "/stones/range", `{"kind":"`+keyAll+`"}`, "Content-Type: application/json")
	call(s, http.MethodPost, "/stones/range", `{"`+keyAll+`":1}`, "Content-Type: application/json")
	if text := log.String(); strings.Contains(text, keyAll[4:30]) || strings.Count(text, "[redacted]") < 2 || !strings.Contains(text, "slow query") {
		t.Errorf("the log is\n%s", text)
	}
}

func TestWhileNobodyGetsInOnlyHealthAnswers(t *testing.T) {
	s, _ := accessServer(t, Options{}, "anonymous: [\"nothing:range\"]\n", walksFiles)
	for _, path := range append(crawled(), "/healthz", "/walks/range") {
		r := call(s, http.MethodGet, path, "", "X-API-Key: "+keyAll)
		text := bodyOf(t, r)
		if path == "/healthz" {
			if r.StatusCode != http.StatusOK {
				t.Errorf("%s: %d", path, r.StatusCode)
			}
			continue
		}
		if r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(text, "auth_unavailable") || r.Header.Get("Retry-After") != "60" || strings.Contains(text, "nothing:range") {
			t.Errorf("%s: %d %s", path, r.StatusCode, text)
		}
	}
}

func TestDocumentsTellHowToSendCredentials(t *testing.T) {
	s, _ := accessServer(t, Options{}, accessKeys+accessPolicies, walksFiles)
	var document struct {
		Security   []map[string][]string
		Components struct{ SecuritySchemes map[string]map[string]string }
		Paths      map[string]map[string]struct {
			Responses map[string]any
			Security  *[]any
		}
	}
	if err := json.Unmarshal([]byte(bodyOf(t, call(s, http.MethodGet, "/openapi.json", "", "X-API-Key: "+keyTeam))), &document); err != nil {
		t.Fatal(err)
	}
	if document.Components.SecuritySchemes["bearer"]["scheme"] != "bearer" || document.Components.SecuritySchemes["apiKey"]["name"] != "X-API-Key" || len(document.Security) != 3 {
		t.Errorf("%+v", document.Components)
	}
	for path, methods := range document.Paths {
		for method, described := range methods {
			open := path == "/healthz" || path == "/readyz"
			_, others := described.Responses["default"]
			if (described.Responses["401"] == nil) != (open || others) || (described.Security != nil) != open {
				t.Errorf("%s %s: %v", method, path, described.Responses)
			}
		}
	}
	plain := pagesServer(t, Options{}, "", walksShown)
	if text := bodyOf(t, call(plain, http.MethodGet, "/openapi.json", "")); strings.Contains(text, "securitySchemes") || strings.Contains(text, "unauthenticated") || strings.Contains(text, `"401"`) {
		t.Error("a server that asks nobody describes credentials")
	}
}

// bearing sends a key with each request.
type bearing string

func (b bearing) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if b != "" {
		r.Header.Set("Authorization", "Bearer "+string(b))
	}
	return http.DefaultTransport.RoundTrip(r)
}

func TestAssistantsGetTheToolsOfWhatTheirCallerSees(t *testing.T) {
	s, _ := accessServer(t, Options{}, accessKeys+accessPolicies, walksFiles)
	h := httptest.NewServer(s)
	defer h.Close()
	for key, want := range map[string][]string{
		"":       {"stones_range"},
		keyTeam:  {"stones_range", "walks_by-island", "walks_range"},
		keyRange: {"stones_range", "vault_range"},
	} {
		client := sdk.NewClient(&sdk.Implementation{Name: "test"}, nil)
		session, err := client.Connect(t.Context(), &sdk.StreamableClientTransport{Endpoint: h.URL + "/mcp", HTTPClient: &http.Client{Transport: bearing(key)}, DisableStandaloneSSE: true}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		all := ""
		for tool, err := range session.Tools(context.Background(), nil) {
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, tool.Name)
			text, _ := json.Marshal(tool)
			all += string(text)
		}
		for _, name := range want {
			if !slices.Contains(names, name) {
				t.Errorf("%.8s has no %s: %v", key, name, names)
			}
		}
		if key != keyTeam && !slices.Equal(names, want) {
			t.Errorf("%.8s: %v", key, names)
		}
		for _, uri := range []string{"herbarium://datasets", "herbarium://datasets/walks", "herbarium://datasets/walks/schema", "herbarium://datasets/vault"} {
			if read, err := session.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: uri}); err == nil {
				text, _ := json.Marshal(read)
				all += string(text)
			}
		}
		if result, err := session.CallTool(t.Context(), &sdk.CallToolParams{Name: "walks_range", Arguments: map[string]any{}}); err == nil {
			text, _ := json.Marshal(result)
			all += string(text)
		} else if key == keyTeam {
			t.Error(err)
		}
		if key != keyRange {
			for _, word := range hiddenWords {
				if strings.Contains(strings.ToLower(all), word) {
					t.Errorf("%.8s is told of %s", key, word)
				}
			}
		}
		if err := session.Close(); err != nil && err != io.EOF {
			t.Error(err)
		}
	}
}
