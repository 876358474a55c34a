package openapi_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"herbarium/api"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/query"
	"herbarium/loaders"
)

// wells has a field of each type, names that nest, a name that JSON has to
// escape, and rows without values.
const wells = `
dataset: wells
title: Wells & springs
data: wells.csv
fields:
  id: {type: integer, required: true}
  site.depth: {type: number, unit: m, description: Below the ground.}
  site.basin: {type: string, enum: [east, west], title: Basin}
  say "when": {type: date}
  seen: {type: date-time}
  dry: {type: boolean}
  note: {type: string, ordered: true}
stats: {group_by: [site.basin, dry]}
`

const wellsRows = `id,site.depth,site.basin,"say ""when""",seen,dry,note
1,12.5,east,2019-03-23,2019-03-23T20:21:09Z,true,<b>
9007199254740993,,,,,,
3,-0.25,west,2021-11-02,2021-11-02 01:00:00,false,x
`

// shippedAndWells returns the datasets that ship, and wells.
func shippedAndWells(t testing.TB) []*datasets.Dataset {
	t.Helper()
	shipped, err := datasets.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return append(datasetsOf(t, shipped), datasetsOf(t, folder(t, wells, wellsRows))...)
}

// datasetsOf returns a snapshot's datasets, none of which is broken.
func datasetsOf(t testing.TB, snapshot *datasets.Snapshot) []*datasets.Dataset {
	t.Helper()
	for _, b := range snapshot.Broken() {
		t.Fatal(b.Err)
	}
	var all []*datasets.Dataset
	for _, name := range snapshot.Names() {
		ds, _ := snapshot.Dataset(name)
		all = append(all, ds)
	}
	return all
}

// folder reads a folder of a descriptor and the data that it names.
func folder(t testing.TB, descriptor, rows string) *datasets.Snapshot {
	t.Helper()
	dir := t.TempDir()
	_, after, _ := strings.Cut(descriptor, "\ndata: ")
	data, _, _ := strings.Cut(after, "\n")
	for name, text := range map[string]string{"descriptor.yaml": descriptor, data: rows} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	snapshot, err := datasets.Open(dir, datasets.WithSettler(query.Settle))
	if err != nil {
		t.Fatal(err)
	}
	return snapshot
}

// loadedServer returns a server of the datasets, over a store that holds their
// data.
func loadedServer(t testing.TB, options api.Options, all ...*datasets.Dataset) http.Handler {
	t.Helper()
	store := columnar.NewStore(columnar.Options{})
	for _, ds := range all {
		if _, err := loaders.Load(t.Context(), store, ds, nil, loaders.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	eng := engine.New(store, engine.Options{})
	t.Cleanup(eng.Close)
	return api.New(datasets.NewRegistry(datasets.NewSnapshot(all...)), eng, options)
}

// rowsServer returns a server of one dataset and its rows.
func rowsServer(t testing.TB, descriptor, rows string) http.Handler {
	t.Helper()
	return loadedServer(t, api.Options{}, datasetsOf(t, folder(t, descriptor, rows))...)
}

// get returns what a GET of the path answers with, which has to be 200.
func get(t testing.TB, s http.Handler, target string) string {
	t.Helper()
	status, text := ask(t, s, httptest.NewRequest(http.MethodGet, target, nil))
	if status != http.StatusOK {
		t.Fatalf("%s: %d %s", target, status, text)
	}
	return text
}

// post returns what a POST of the query answers with.
func post(t testing.TB, s http.Handler, target, body string) (status int, text string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return ask(t, s, r)
}

// post200 returns what a POST of the query answers with, which has to be 200.
func post200(t testing.TB, s http.Handler, target, body string) string {
	t.Helper()
	status, text := post(t, s, target, body)
	if status != http.StatusOK {
		t.Fatalf("%s %s: %d %s", target, body, status, text)
	}
	return text
}

func ask(t testing.TB, s http.Handler, r *http.Request) (status int, text string) {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	b, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, string(b)
}
