package api

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"herbarium/api/openapi"
	"herbarium/datasets"
	"herbarium/engine"
)

func TestADocumentIsSentAgainOnlyIfItChanged(t *testing.T) {
	registry := datasets.NewRegistry(datasets.NewSnapshot(rocks(t, "rocks")))
	eng := engine.New(&fakeStore{}, engine.Options{})
	t.Cleanup(eng.Close)
	s := New(registry, eng, Options{})
	first := call(s, http.MethodGet, "/openapi.json", "")
	tag := first.Header.Get("ETag")
	if len(tag) != 34 || first.Header.Get("Cache-Control") != "no-cache" {
		t.Fatalf("header %v", first.Header)
	}
	for sent, status := range map[string]int{
		tag: 304, "W/" + tag: 304, "*": 304, `"x", ` + tag: 304, `"x"`: 200, tag[:20]: 200,
	} {
		r := call(s, http.MethodGet, "/openapi.json", "", "If-None-Match: "+sent)
		if body := bodyOf(t, r); r.StatusCode != status || (body == "") != (status == 304) || r.Header.Get("ETag") != tag {
			t.Errorf("If-None-Match: %s: %d, %d bytes, ETag %s", sent, r.StatusCode, len(body), r.Header.Get("ETag"))
		}
	}
	registry.Swap(datasets.NewSnapshot(rocks(t, "rocks"), rocks(t, "stones")))
	second := call(s, http.MethodGet, "/openapi.json", "", "If-None-Match: "+tag)
	if body := bodyOf(t, second); second.StatusCode != 200 || !strings.Contains(body, `"/stones/stats/mean"`) {
		t.Errorf("after the datasets changed: %d %s", second.StatusCode, body)
	}
}

func TestADocumentIsMadeOnceForASnapshot(t *testing.T) {
	s := newServer(t, &fakeStore{}, Options{})
	made := 0
	build := func() ([]byte, error) { made++; return []byte("x"), nil }
	one, other := datasets.NewSnapshot(), datasets.NewSnapshot()
	for _, snapshot := range []*datasets.Snapshot{one, one, other, other} {
		for _, version := range []openapi.Version{openapi.V31, openapi.V32} {
			if got, err := s.preparedOf(snapshot).documents.of(documentKey{version: version}, nil, build); err != nil || string(got.text) != "x" {
				t.Fatal(got, err)
			}
		}
	}
	if made != 4 {
		t.Errorf("made %d times", made)
	}
}

func TestTheDocumentSaysWhichVersionItIsAndWhereTheServerIs(t *testing.T) {
	s := newServer(t, &fakeStore{}, Options{BasePath: "/api/v1"})
	for target, want := range map[string]string{
		"/api/v1/openapi.json": "3.1.1", "/api/v1/openapi.json?version=3.1": "3.1.1",
		"/api/v1/openapi.json?version=3.2": "3.2.0", "/api/v1/openapi/rocks.json/?version=3.2": "3.2.0",
	} {
		if version, url := versionAndServer(t, s, target); version != want || url != "/api/v1" {
			t.Errorf("%s: %s, %s", target, version, url)
		}
	}
	if _, url := versionAndServer(t, newServer(t, &fakeStore{}, Options{}), "/openapi.json"); url != "/" {
		t.Errorf("at the root: %s", url)
	}
}

func versionAndServer(t *testing.T, s *Server, target string) (version, url string) {
	t.Helper()
	var doc struct {
		OpenAPI string
		Servers []struct{ URL string }
	}
	r := call(s, http.MethodGet, target, "")
	if err := json.Unmarshal([]byte(bodyOf(t, r)), &doc); err != nil || r.StatusCode != 200 || len(doc.Servers) != 1 {
		t.Fatalf("%s: %d, %v", target, r.StatusCode, err)
	}
	return doc.OpenAPI, doc.Servers[0].URL
}

func TestThereIsNoDocumentOfAnUnknownDatasetOrVersion(t *testing.T) {
	s := newServer(t, &fakeStore{}, Options{})
	for target, want := range map[string]string{
		"/openapi/rosks.json": `{"type":"urn:herbarium:problem:unknown_dataset","title":"There is no such dataset","status":404,` +
			`"detail":"there is no dataset \"rosks\" (did you mean rocks?); available: rocks","instance":"/openapi/rosks.json","code":"unknown_dataset"}`,
		"/openapi.json?version=2.0": `{"type":"urn:herbarium:problem:invalid_query","title":"The query is not valid","status":422,` +
			`"detail":"the URL's parameters are not valid","instance":"/openapi.json","code":"invalid_query",` +
			`"errors":[{"pointer":"/version","code":"not_in_enum","detail":"there is no OpenAPI \"2.0\" here; allowed: 3.1, 3.2"}]}`,
	} {
		if diff := cmp.Diff(want, bodyOf(t, call(s, http.MethodGet, target, ""))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", target, diff)
		}
	}
}

func TestADocumentIsCompressedAndKeepsItsTag(t *testing.T) {
	s := newServer(t, &fakeStore{}, Options{})
	plain := call(s, http.MethodGet, "/openapi.json", "")
	want := bodyOf(t, plain)
	coded := call(s, http.MethodGet, "/openapi.json", "", "Accept-Encoding: gzip")
	if coded.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(coded.Header.Get("Vary"), "Accept-Encoding") ||
		coded.Header.Get("ETag") != "W/"+plain.Header.Get("ETag") {
		t.Errorf("header %v", coded.Header)
	}
	r, err := gzip.NewReader(strings.NewReader(bodyOf(t, coded)))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || string(got) != want {
		t.Errorf("%v, %d bytes, want %d", err, len(got), len(want))
	}
	for _, tag := range []string{plain.Header.Get("ETag"), coded.Header.Get("ETag")} {
		if again := call(s, http.MethodGet, "/openapi.json", "", "Accept-Encoding: gzip", "If-None-Match: "+tag); again.StatusCode != http.StatusNotModified {
			t.Errorf("If-None-Match %s: %d", tag, again.StatusCode)
		}
	}
}

func TestManyDatasetsAreListedUnlessAllAreAskedFor(t *testing.T) {
	for count, listed := range map[int]bool{50: false, 51: true} {
		list := make([]*datasets.Dataset, count)
		for i := range list {
			list[i] = rocks(t, fmt.Sprintf("rocks%d", i))
		}
		eng := engine.New(&fakeStore{}, engine.Options{})
		t.Cleanup(eng.Close)
		s := New(datasets.NewRegistry(datasets.NewSnapshot(list...)), eng, Options{BasePath: "/api"})
		text := bodyOf(t, call(s, http.MethodGet, "/api/openapi.json", ""))
		if strings.Contains(text, `"/rocks7/range"`) == listed || strings.Contains(text, `"url":"/api/openapi/rocks7.json"`) != listed {
			t.Errorf("%d datasets: %.300s", count, text)
		}
		if all := bodyOf(t, call(s, http.MethodGet, "/api/openapi.json?all=true", "")); !strings.Contains(all, `"/rocks7/range"`) {
			t.Errorf("%d datasets with all=true: %.300s", count, all)
		}
	}
	r := call(newServer(t, &fakeStore{}, Options{}), http.MethodGet, "/openapi.json?all=1", "")
	if body := bodyOf(t, r); r.StatusCode != 422 || !strings.Contains(body, `all is true or false, not \"1\"`) {
		t.Errorf("all=1: %d %s", r.StatusCode, body)
	}
}
