package api

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
)

const (
	rocksSummary = `{"name":"rocks","title":"Rocks we found","operations":["range","stats/mean"],"rows":2,"version":"v",` +
		`"links":{"range":"/rocks/range","schema":"/datasets/rocks/schema","self":"/datasets/rocks","stats/mean":"/rocks/stats/mean","versions":"/datasets/rocks/versions"}}`
	rocksUnknown = `{"name":"rocks","title":"Rocks we found","operations":["range","stats/mean"],"rows":null,"version":null,` +
		`"links":{"range":"/rocks/range","schema":"/datasets/rocks/schema","self":"/datasets/rocks","stats/mean":"/rocks/stats/mean","versions":"/datasets/rocks/versions"}}`
)

func TestDescriptions(t *testing.T) {
	const numeric = `["count","missing","sum","mean","min","max","stddev","stddev_pop","variance","variance_pop","median","distinct","mode"]`
	loaded := &fakeStore{version: "v", rows: 2}
	cases := []struct {
		name, path string
		store      *fakeStore
		want       string
	}{
		{"the index", "/", loaded, `{"name":"herbarium","links":{"datasets":"/datasets","health":"/healthz","ready":"/readyz"}}`},
		{"all datasets", "/datasets", loaded, `{"datasets":[` + rocksSummary + `]}`},
		{"all datasets, slashed", "/datasets/", loaded, `{"datasets":[` + rocksSummary + `]}`},
		{"a content of unknown size", "/datasets", &fakeStore{rows: -1}, `{"datasets":[` + rocksUnknown + `]}`},
		{"nothing loaded", "/datasets", &fakeStore{table: &fault.Error{Code: fault.NotLoaded}}, `{"datasets":[` + rocksUnknown + `]}`},
		{"a store that is away", "/datasets", &fakeStore{table: errors.New("dial 10.0.0.7")}, `{"datasets":[` + rocksUnknown + `]}`},
		{"one dataset", "/datasets/rocks", loaded, `{"name":"rocks","title":"Rocks we found","description":"Found on walks.","license":"CC0-1.0","source":"https://example.org/rocks",` +
			`"fields":[{"name":"kind","type":"string","title":"Kind of rock","enum":["basalt","slate"]},{"name":"mass","type":"number","unit":"kg"},{"name":"pieces","type":"integer"}],` +
			`"selectors":{"kind":"kind","pieces":"pieces"},"bounds":["mass","pieces"],"stats":{"fields":["mass"],"group_by":["kind"],"measures":{"integer":` + numeric + `,"number":` + numeric + `,"string":["count","missing","min","max","distinct","mode"]}},"key":[],"page":{"default":null,"max":null},` +
			`"operations":["range","stats/mean"],"rows":2,"version":"v",` +
			`"links":{"range":"/rocks/range","schema":"/datasets/rocks/schema","self":"/datasets/rocks","stats/mean":"/rocks/stats/mean","versions":"/datasets/rocks/versions"}}`},
		{"alive", "/healthz", &fakeStore{ping: errors.New("down")}, `{"status":"ok"}`},
		{"ready", "/readyz", loaded, `{"status":"ready","datasets":[{"name":"rocks","state":"ready"}]}`},
		{"ready without rows", "/readyz", &fakeStore{table: &fault.Error{Code: fault.NotLoaded}}, `{"status":"ready","datasets":[{"name":"rocks","state":"not_loaded"}]}`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t, c.store, Options{})
			r := call(s, http.MethodGet, c.path, "")
			if diff := cmp.Diff(c.want, bodyOf(t, r)); diff != "" || r.StatusCode != 200 {
				t.Errorf("status %d (-want +got):\n%s", r.StatusCode, diff)
			}
			head := call(s, http.MethodHead, c.path, "")
			if got := bodyOf(t, head); got != "" || head.StatusCode != 200 || head.Header.Get("Content-Length") != r.Header.Get("Content-Length") {
				t.Errorf("HEAD: %d, %q, %v", head.StatusCode, got, head.Header)
			}
		})
	}
}

func TestTheSchemaIsTheDatasetsOwn(t *testing.T) {
	ds := rocks(t, "rocks")
	s := newServer(t, &fakeStore{}, Options{})
	r := call(s, http.MethodGet, "/datasets/rocks/schema/", "")
	if got := bodyOf(t, r); got != string(ds.QuerySchema().JSON()) || r.Header.Get("Content-Type") != "application/schema+json" {
		t.Errorf("%v: %s", r.Header, got)
	}
}

func TestAnUnknownDatasetHasNoDescription(t *testing.T) {
	s := newServer(t, &fakeStore{}, Options{})
	for _, path := range []string{"/datasets/rosks", "/datasets/rosks/schema"} {
		want := `{"type":"urn:herbarium:problem:unknown_dataset","title":"There is no such dataset","status":404,` +
			`"detail":"there is no dataset \"rosks\" (did you mean rocks?); available: rocks","instance":"` + path + `","code":"unknown_dataset"}`
		if diff := cmp.Diff(want, bodyOf(t, call(s, http.MethodGet, path, ""))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestABrokenDescriptorIsListedWithItsFaultAndStopsNoOther(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("good.yaml", "dataset: good\ndata: good.csv\noperations: [range, stats/mean]\nfields: {x: {type: number}}\n")
	write("bad.yaml", "dataset: bad\ndata: bad.csv\nfields: {x: {type: nmber}}\n")
	snapshot, err := datasets.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := serverOf(t, &fakeStore{rows: 1}, Options{}, snapshot, engine.Options{})
	want := `{"datasets":[{"name":"bad","error":"bad.yaml:3:20: fields.x.type: there is no type \"nmber\" (did you mean number?); allowed: number, integer, boolean, string, date, date-time"},` +
		`{"name":"good","operations":["range","stats/mean"],"rows":1,"version":null,"links":{"range":"/good/range","schema":"/datasets/good/schema","self":"/datasets/good","stats/mean":"/good/stats/mean","versions":"/datasets/good/versions"}}]}`
	if diff := cmp.Diff(want, bodyOf(t, call(s, http.MethodGet, "/datasets", ""))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	r := call(s, http.MethodGet, "/readyz", "")
	if got := bodyOf(t, r); got != `{"status":"ready","datasets":[{"name":"bad","state":"broken","error":"bad.yaml:3:20: fields.x.type: there is no type \"nmber\" (did you mean number?); allowed: number, integer, boolean, string, date, date-time"},{"name":"good","state":"ready"}]}` {
		t.Errorf("%d %s", r.StatusCode, got)
	}
	want = `"detail":"the descriptor of \"bad\" is wrong; /datasets says how","instance":"/bad/range","code":"unknown_dataset"}`
	if got := bodyOf(t, post(s, "/bad/range", "{}")); got[len(got)-len(want):] != want {
		t.Errorf("got %s", got)
	}
}

func TestWhatIsWrongWithANewerVersionStandsBesideTheOneThatGoesOn(t *testing.T) {
	wrong := func(detail string) datasets.Broken {
		return datasets.Broken{Name: "rocks", File: "rocks.yaml",
			Err: &datasets.DescriptorError{File: "rocks.yaml", Faults: []datasets.Fault{{Line: 2, Column: 1, Detail: detail}}}}
	}
	snapshot := datasets.NewSnapshot(rocks(t, "rocks")).WithBroken(wrong("one"), wrong("two"))
	s := serverOf(t, &fakeStore{rows: 1}, Options{}, snapshot, engine.Options{})
	for path, want := range map[string]string{
		"/datasets": `"versions":"/datasets/rocks/versions"},"error":"rocks.yaml:2:1: one\nrocks.yaml:2:1: two"}]}`,
		"/readyz":   `"datasets":[{"name":"rocks","state":"ready","error":"rocks.yaml:2:1: one\nrocks.yaml:2:1: two"}]}`,
	} {
		if got := bodyOf(t, call(s, http.MethodGet, path, "")); !strings.Contains(got, want) {
			t.Errorf("%s says %s, without %s", path, got, want)
		}
	}
}
