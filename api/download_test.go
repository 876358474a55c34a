package api

import (
	"net/http"
	"strings"
	"testing"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
)

func TestAnAnswerHasTheNameOfAFile(t *testing.T) {
	s := newServer(t, &fakeStore{version: "v"}, Options{})
	for _, c := range []struct{ method, target, want string }{
		{"GET", "/rocks/range", `inline; filename="rocks.json"`},
		{"HEAD", "/rocks/range?format=csv", `inline; filename="rocks.csv"`},
		{"POST", "/rocks/range?format=ndjson", `inline; filename="rocks.ndjson"`},
		{"QUERY", "/rocks/range?format=arrow", `inline; filename="rocks.arrows"`},
		{"GET", "/rocks/range?format=parquet&download", `attachment; filename="rocks.parquet"`},
		{"GET", "/rocks/range?download=true", `attachment; filename="rocks.json"`},
		{"GET", "/rocks/range?download=True", `attachment; filename="rocks.json"`},
		{"GET", "/rocks/range?download=FALSE", `inline; filename="rocks.json"`},
		{"GET", "/rocks/range?download=false", `inline; filename="rocks.json"`},
		{"POST", "/rocks/range?download", `attachment; filename="rocks.json"`},
		{"GET", "/rocks/range?download=perhaps", ""},
		{"GET", "/rocks/range?explain=true", ""},
		{"GET", "/rocks/range?explain=True", ""},
	} {
		body := ""
		if c.method == "POST" || c.method == "QUERY" {
			body = "{}"
		}
		r := call(s, c.method, c.target, body, sendsJSON)
		if got := r.Header.Get("Content-Disposition"); got != c.want {
			t.Errorf("%s %s: %d %s, want %s", c.method, c.target, r.StatusCode, got, c.want)
		}
	}
	r := call(newServer(t, &fakeStore{version: "v", next: noRows}, Options{}), "GET", "/rocks/stats/mean?format=csv&download", "")
	if got := r.Header.Get("Content-Disposition"); got != `attachment; filename="rocks-mean.csv"` {
		t.Errorf("the means are %s", got)
	}
}

func TestCSVForExcelBeginsWithAByteOrderMark(t *testing.T) {
	s := newServer(t, &fakeStore{version: "v"}, Options{})
	plain, marked := call(s, "GET", "/rocks/range?format=csv", ""), call(s, "GET", "/rocks/range?format=csv&bom=true", "")
	if plain.Header.Get("ETag") == marked.Header.Get("ETag") || marked.Header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("header %v", marked.Header)
	}
	if got := bodyOf(t, marked); got != "\xef\xbb\xbf"+bodyOf(t, plain) {
		t.Errorf("got %q", got)
	}
	if got := bodyOf(t, call(s, "GET", "/rocks/range?bom=TRUE", "", "Accept: text/csv")); !strings.HasPrefix(got, "\xef\xbb\xbf") {
		t.Errorf("by Accept: %q", got)
	}
	if r := call(s, "GET", "/rocks/range?format=parquet&bom=true", ""); r.StatusCode != 422 {
		t.Errorf("Parquet with a mark: %d", r.StatusCode)
	}
}

func TestFilesAreWholeWhateverPageTheDescriptorGives(t *testing.T) {
	store, ds := columnar.NewStore(columnar.Options{}), parseMills(t, strings.Replace(millsText, "stats:", "page: {default: 1}\nstats:", 1))
	loadMills(t, store, ds, "town,sails\nLier,4\nDamme,3\n", engine.LoadOptions{})
	s := serverOf(t, store, Options{}, datasets.NewSnapshot(ds), engine.Options{})
	for target, want := range map[string]string{
		"/mills/range":                     `[{"town":"Lier","sails":4}]`,
		"/mills/range?format=csv":          "town,sails\r\nLier,4\r\nDamme,3\r\n",
		"/mills/range?format=csv&bom=true": "\xef\xbb\xbftown,sails\r\nLier,4\r\nDamme,3\r\n",
	} {
		if got := bodyOf(t, call(s, http.MethodGet, target, "")); got != want {
			t.Errorf("%s: %q", target, got)
		}
	}
}

func TestFormatsHaveOtherMediaTypesInUse(t *testing.T) {
	s := newServer(t, &fakeStore{version: "v"}, Options{})
	for accept, want := range map[string]string{
		"application/x-parquet":                        "application/vnd.apache.parquet",
		"application/ndjson":                           "application/x-ndjson",
		"application/jsonl, text/plain":                "application/x-ndjson",
		"Application/X-Parquet;q=0.5, text/csv;q=0.4":  "application/vnd.apache.parquet",
		"application/x-ndjson;q=0, application/ndjson": "",
	} {
		r := call(s, "GET", "/rocks/range", "", "Accept: "+accept)
		if got := r.Header.Get("Content-Type"); want != "" && got != want || want == "" && r.StatusCode != 406 {
			t.Errorf("%s: %d %s", accept, r.StatusCode, got)
		}
	}
}
