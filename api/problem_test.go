package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
)

// faults are requests to a server of the dataset rocks, with an in-memory body
// limit of 100 bytes.
var faults = []struct {
	name, method, target, body string
	header                     []string
	status                     int
	want                       string // the problem after its instance
	also                       [2]string
}{
	{"an unknown dataset", "POST", "/rosks/range", `{}`, nil, 404,
		`"title":"There is no such dataset","status":404,"detail":"there is no dataset \"rosks\" (did you mean rocks?); available: rocks","instance":"/rosks/range","code":"unknown_dataset"}`, [2]string{}},
	{"nothing near", "GET", "/robots.txt", ``, nil, 404,
		`"title":"There is no such dataset","status":404,"detail":"there is no dataset \"robots.txt\"; available: rocks","instance":"/robots.txt","code":"unknown_dataset"}`, [2]string{}},
	{"an unknown operation", "POST", "/rocks/stats/maen", `{}`, nil, 404,
		`"title":"There is no such operation","status":404,"detail":"the dataset rocks has no operation \"stats/maen\" (did you mean stats/mean?); available: /rocks/range, /rocks/stats/mean","instance":"/rocks/stats/maen","code":"unknown_operation"}`, [2]string{}},
	{"two slashes", "POST", "/rocks/range//", `{}`, nil, 404,
		`"title":"There is no such operation","status":404,"detail":"the dataset rocks has no operation \"range/\" (did you mean range?); available: /rocks/range, /rocks/stats/mean","instance":"/rocks/range//","code":"unknown_operation"}`, [2]string{}},
	{"an escaped slash", "POST", "/rocks%2Frange", `{}`, nil, 404,
		`"title":"There is no such dataset","status":404,"detail":"there is no dataset \"rocks%2Frange\"; available: rocks","instance":"/rocks%2Frange","code":"unknown_dataset"}`, [2]string{}},
	{"a wrong method", "DELETE", "/rocks/range", ``, nil, 405,
		`"title":"The method is not allowed here","status":405,"detail":"use GET or HEAD or POST or QUERY here, not \"DELETE\"","instance":"/rocks/range","code":"method_not_allowed"}`, [2]string{"Allow", "GET, HEAD, POST, QUERY, OPTIONS"}},
	{"a wrong method of a description", "POST", "/datasets", `{}`, nil, 405,
		`"title":"The method is not allowed here","status":405,"detail":"use GET or HEAD here, not \"POST\"","instance":"/datasets","code":"method_not_allowed"}`, [2]string{"Allow", "GET, HEAD, OPTIONS"}},
	{"an unknown format", "POST", "/rocks/range?format=jsn", `{}`, nil, 406,
		`"title":"There is no such format","status":406,"detail":"there is no format \"jsn\" (did you mean json?); available: json, ndjson, csv, arrow, parquet","instance":"/rocks/range","code":"unknown_format"}`, [2]string{}},
	{"no acceptable format", "POST", "/rocks/range", `{}`, []string{"Accept: text/html"}, 406,
		`"title":"There is no such format","status":406,"detail":"Accept allows none of the available formats: application/json, application/x-ndjson, text/csv, application/vnd.apache.arrow.stream, application/vnd.apache.parquet; format=… in the URL has precedence over Accept","instance":"/rocks/range","code":"unknown_format"}`, [2]string{}},
	{"no acceptable coding", "POST", "/rocks/range", `{}`, []string{"Accept-Encoding: br, *;q=0"}, 406,
		`"title":"There is no such content coding","status":406,"detail":"Accept-Encoding allows none of the available codings: identity, zstd, gzip","instance":"/rocks/range","code":"unknown_coding"}`, [2]string{}},
	{"a long body", "POST", "/rocks/range", `{"kind":"` + strings.Repeat("x", 100) + `"}`, nil, 413,
		`"title":"The body is too large","status":413,"detail":"the body has more than 100 bytes, which is the maximum","instance":"/rocks/range","code":"too_large","errors":[{"pointer":"","code":"too_large","detail":"the body has more than 100 bytes, which is the maximum"}]}`, [2]string{"Connection", "close"}},
	{"a form", "POST", "/rocks/range", `{}`, []string{"Content-Type: application/x-www-form-urlencoded"}, 415,
		`"title":"The body's media type is not supported","status":415,"detail":"the body's Content-Type is application/x-www-form-urlencoded, which curl -d and some libraries send by themselves; send the header Content-Type: application/json with a JSON body (curl -H 'Content-Type: application/json' -d …)","instance":"/rocks/range","code":"unsupported_media_type"}`, [2]string{}},
	{"a body of no type", "POST", "/rocks/range", `{}`, []string{"Content-Type: "}, 415,
		`"title":"The body's media type is not supported","status":415,"detail":"the body has no Content-Type; send the header Content-Type: application/json with a JSON body","instance":"/rocks/range","code":"unsupported_media_type"}`, [2]string{}},
	{"another charset", "POST", "/rocks/range", `{}`, []string{"Content-Type: application/json; charset=latin1"}, 415,
		`"title":"The body's media type is not supported","status":415,"detail":"JSON is UTF-8, not latin1; send the header Content-Type: application/json with a JSON body","instance":"/rocks/range","code":"unsupported_media_type"}`, [2]string{}},
	{"another coding", "POST", "/rocks/range", `{}`, []string{"Content-Encoding: gzip"}, 415,
		`"title":"The body's media type is not supported","status":415,"detail":"the body has Content-Encoding: gzip; send it as it is, without that header","instance":"/rocks/range","code":"unsupported_media_type"}`, [2]string{}},
	{"no JSON", "POST", "/rocks/range", "{\n\"page\":", nil, 400,
		`"title":"The query is not JSON","status":400,"detail":"line 2, column 8: the text ends where a value was expected","instance":"/rocks/range","code":"not_json","errors":[{"pointer":"","code":"not_json","detail":"line 2, column 8: the text ends where a value was expected"}]}`, [2]string{}},
	{"JSON and more", "POST", "/rocks/range", `{} {}`, nil, 400,
		`"title":"There is data after the JSON value","status":400,"detail":"line 1, column 4: there is more after the end of the value; send one JSON value","instance":"/rocks/range","code":"trailing_data","errors":[{"pointer":"","code":"trailing_data","detail":"line 1, column 4: there is more after the end of the value; send one JSON value"}]}`, [2]string{}},
	{"a malformed URL", "POST", "/rocks/range?format=%zz", `{}`, nil, 400,
		`"title":"The URL is malformed","status":400,"detail":"the URL's parameters are malformed: invalid URL escape \"%zz\"","instance":"/rocks/range","code":"malformed_url"}`, [2]string{}},
	{"two faults of a query", "POST", "/rocks/range", `{"kind":"rock","lower":{"mas":1}}`, nil, 422,
		`"title":"The query is not valid","status":422,"detail":"the query has 2 faults","instance":"/rocks/range","code":"invalid_query","errors":[{"pointer":"/kind","code":"not_in_enum","detail":"\"rock\" is not one of basalt, slate"},{"pointer":"/lower/mas","code":"unknown_field","detail":"there is no field \"mas\" (did you mean mass?); fields that take bounds: mass, pieces"}]}`, [2]string{}},
	{"a query in the URL", "POST", "/rocks/range?kind=slate&explian=true&explain=1&format=json&format=json", `{}`, nil, 422,
		`"title":"The query is not valid","status":422,"detail":"the URL's parameters are not valid","instance":"/rocks/range","code":"invalid_query","errors":[` +
			`{"pointer":"/explain","code":"wrong_type","detail":"must be true or false, not \"1\""},` +
			`{"pointer":"/explian","code":"unknown_property","detail":"there is no URL parameter \"explian\" (did you mean explain?); available: format, explain, download, bom; the query goes in the body, as JSON"},` +
			`{"pointer":"/format","code":"duplicate_key","detail":"the URL parameter format is given more than once"},` +
			`{"pointer":"/kind","code":"unknown_property","detail":"there is no URL parameter \"kind\"; available: format, explain, download, bom; the query goes in the body, as JSON"}]}`, [2]string{}},
}

func TestFaultsAreProblemDetails(t *testing.T) {
	s := newServer(t, &fakeStore{}, Options{MaxBody: 100})
	for _, c := range faults {
		t.Run(c.name, func(t *testing.T) {
			header := append([]string{}, c.header...)
			if !strings.Contains(strings.Join(header, ""), "Content-Type") {
				header = append(header, "Content-Type: application/json")
			}
			r := call(s, c.method, c.target, c.body, header...)
			if r.StatusCode != c.status {
				t.Errorf("status %d, want %d", r.StatusCode, c.status)
			}
			_, got, _ := strings.Cut(bodyOf(t, r), ",")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for name, want := range map[string]string{
				"Content-Type": "application/problem+json", "Cache-Control": "no-store",
				"X-Content-Type-Options": "nosniff", c.also[0]: c.also[1]} {
				if got := r.Header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestAProblemHasAType(t *testing.T) {
	got := bodyOf(t, post(newServer(t, &fakeStore{}, Options{}), "/rocks/range", `{`))
	if want := `{"type":"urn:herbarium:problem:not_json","title":"The query is not JSON",`; !strings.HasPrefix(got, want) {
		t.Errorf("got %s", got)
	}
}

func TestEachFailureOfTheEngineHasItsStatus(t *testing.T) {
	cases := []struct {
		name       string
		err        error
		status     int
		code       string
		detail     string
		retryAfter string
	}{
		{"not loaded", &fault.Error{Code: fault.NotLoaded, Detail: "run herbarium load rocks"}, 503, "not_loaded", "run herbarium load rocks --store STORE", "1"},
		{"not loaded yet", &fault.Error{Code: fault.NotLoaded, RetryAfter: 1500 * time.Millisecond}, 503, "not_loaded", "The dataset is not loaded", "2"},
		{"too slow", &fault.Error{Code: fault.TooSlow, Detail: "narrow it"}, 504, "too_slow", "narrow it", ""},
		{"a deadline", context.DeadlineExceeded, 504, "too_slow", "the query took longer than the server allows; narrow it, or page through it", ""},
		{"overloaded", &fault.Error{Code: fault.Overloaded}, 503, "overloaded", "The server is overloaded", "1"},
		{"unavailable", &fault.Error{Code: fault.StoreUnavailable, Detail: "try later", Err: errors.New("dial 10.0.0.7")}, 503, "store_unavailable", "try later", "1"},
		{"internal", &fault.Error{Code: fault.Internal, Detail: "secret", Err: errors.New("secret")}, 500, "internal", "something went wrong inside; the server's log has it under the request id test", ""},
		{"a code without a status", &fault.Error{Code: fault.LoadRunning, Detail: "secret"}, 500, "internal", "something went wrong inside; the server's log has it under the request id test", ""},
		{"any other", errors.New("secret"), 500, "internal", "something went wrong inside; the server's log has it under the request id test", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := post(newServer(t, &fakeStore{table: c.err}, Options{}), "/rocks/range", `{}`)
			if got := r.Header.Get("Retry-After"); got != c.retryAfter || r.StatusCode != c.status {
				t.Errorf("status %d, Retry-After %q", r.StatusCode, got)
			}
			want := `"detail":"` + c.detail + `","instance":"/rocks/range","code":"` + c.code + `"}`
			if got := bodyOf(t, r); !strings.HasSuffix(got, want) || strings.Contains(got, "secret") || strings.Contains(got, "10.0.0.7") {
				t.Errorf("got %s\nwant … %s", got, want)
			}
		})
	}
}

func TestManyDatasetsMakeNoLongProblem(t *testing.T) {
	all := make([]*datasets.Dataset, 50)
	for i := range all {
		all[i] = &datasets.Dataset{Name: "d" + strings.Repeat("x", i)}
	}
	s := serverOf(t, &fakeStore{}, Options{}, datasets.NewSnapshot(all...), engine.Options{})
	got := bodyOf(t, call(s, http.MethodGet, "/"+strings.Repeat("z", 5000), ""))
	if !strings.Contains(got, `zz…\"; available: d, dx,`) || !strings.Contains(got, " and 10 more") {
		t.Errorf("got %s", got)
	}
}

// TestRowsThatSomebodyHasToMendAreNotSaidToBeOnTheirWay holds that a client is
// not told to come again in a second for data that is wrong.
func TestRowsThatSomebodyHasToMendAreNotSaidToBeOnTheirWay(t *testing.T) {
	missing := &fault.Error{Code: fault.NotLoaded, Detail: "not yet", RetryAfter: time.Second}
	snapshot := datasets.NewSnapshot(rocks(t, "rocks"), rocks(t, "stones")).
		WithBroken(datasets.Broken{Name: "rocks", File: "rocks.yaml", Err: errors.New("/secret/rocks.csv is odd")})
	s := serverOf(t, &fakeStore{table: missing}, Options{}, snapshot, engine.Options{})
	for path, want := range map[string][2]string{
		"/rocks/range":  {"60", `the data of \"rocks\" could not be loaded; /datasets says why`},
		"/stones/range": {"1", `not yet`},
	} {
		r := call(s, http.MethodGet, path, "")
		body := bodyOf(t, r)
		if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") != want[0] || !strings.Contains(body, want[1]) || strings.Contains(body, "secret") {
			t.Errorf("%s: status %d, Retry-After %s: %s", path, r.StatusCode, r.Header.Get("Retry-After"), body)
		}
	}
}
