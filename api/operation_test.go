package api

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"herbarium/datasets"
	"herbarium/engine"
)

func TestAQueryIsAnsweredWithRowsAndTheirHeaders(t *testing.T) {
	s := newServer(t, &fakeStore{version: "v", rows: 2}, Options{})
	for _, path := range []string{"/rocks/range", "/rocks/range/"} {
		r := post(s, path, `{}`)
		if got := bodyOf(t, r); r.StatusCode != 200 || got != twoRowsJSON {
			t.Errorf("%s: %d %s", path, r.StatusCode, got)
		}
		tag := r.Header.Get("ETag")
		if len(tag) != 28 || tag[0] != '"' || tag[27] != '"' {
			t.Errorf("ETag %s", tag)
		}
		r.Header.Del("ETag")
		want := http.Header{
			"Accept-Query": {"application/json"}, "Content-Disposition": {`inline; filename="rocks.json"`},
			"Content-Type": {"application/json"}, "Content-Length": {"97"},
			"Cache-Control": {"no-cache"}, "Vary": {"Accept, Accept-Encoding, Prefer"},
			"X-Content-Type-Options": {"nosniff"}, "X-Request-Id": {"test"}, "X-Total-Count": {"2"},
		}
		if diff := cmp.Diff(want, r.Header); diff != "" {
			t.Errorf("%s: header (-want +got):\n%s", path, diff)
		}
	}
}

func TestTheTotalComesWhereItNeedsNoCounting(t *testing.T) {
	for _, c := range []struct {
		name, path, body string
		rows             int64
		want             []string
	}{
		{"all rows", "/rocks/range", `{}`, 7, []string{"7"}},
		{"a page of all rows", "/rocks/range", `{"page":2,"per_page":3}`, 7, []string{"7"}},
		{"no rows", "/rocks/range", `{}`, 0, []string{"0"}},
		{"some rows", "/rocks/range", `{"kind":"slate"}`, 7, nil},
		{"groups", "/rocks/stats/mean", `{}`, 7, nil},
		{"rows that nobody counted", "/rocks/range", `{}`, -1, nil},
	} {
		r := post(newServer(t, &fakeStore{version: "v", rows: c.rows, next: noRows}, Options{}), c.path, c.body)
		if diff := cmp.Diff(c.want, r.Header["X-Total-Count"]); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestWithoutAVersionAnAnswerIsNotKept(t *testing.T) {
	r := post(newServer(t, &fakeStore{}, Options{}), "/rocks/range", `{}`)
	if tag, kept := r.Header.Get("ETag"), r.Header.Get("Cache-Control"); tag != "" || kept != "no-store" {
		t.Errorf("ETag %q, Cache-Control %q", tag, kept)
	}
}

func TestNoRowsAreAnEmptyArray(t *testing.T) {
	none := func(context.Context, int) (*engine.Batch, error) { return nil, io.EOF }
	for _, cache := range []int64{0, 1 << 20} {
		s := serverOf(t, &fakeStore{version: "v", next: none}, Options{}, datasets.NewSnapshot(rocks(t, "rocks")), engine.Options{CacheBytes: cache})
		for range 2 {
			if got := bodyOf(t, post(s, "/rocks/range", ``)); got != `[]` {
				t.Errorf("got %s", got)
			}
		}
	}
}

func TestAnEmptyBodyNeedsNoContentType(t *testing.T) {
	s := newServer(t, &fakeStore{}, Options{})
	if got := bodyOf(t, call(s, http.MethodPost, "/rocks/range", "")); got != twoRowsJSON {
		t.Errorf("got %s", got)
	}
}

func TestADatasetMayBeCalledLikeAnOperation(t *testing.T) {
	s := serverOf(t, &fakeStore{rows: 2}, Options{}, datasets.NewSnapshot(rocks(t, "range"), rocks(t, "schema")), engine.Options{})
	if got := bodyOf(t, post(s, "/range/range", `{}`)); got != twoRowsJSON {
		t.Errorf("got %s", got)
	}
	for path, want := range map[string]string{"/datasets/range": "application/json", "/datasets/schema/schema": "application/schema+json"} {
		r := call(s, http.MethodGet, path, "")
		if got := r.Header.Get("Content-Type"); r.StatusCode != 200 || got != want {
			t.Errorf("%s: %d %s", path, r.StatusCode, got)
		}
	}
}

func TestExplainShowsThePlanAndRunsNothing(t *testing.T) {
	never := func(context.Context, int) (*engine.Batch, error) { panic("the query ran") }
	s := newServer(t, &fakeStore{next: never}, Options{})
	r := post(s, "/rocks/range?explain=true", `{"kind":"slate","lower":{"mass":1},"page":2,"per_page":5}`)
	want := `{"plan":"range of rocks\n  where kind in [\"slate\"]\n  where 1 <= mass\n  fields kind, mass, pieces\n  skip 5\n  limit 5\n",` +
		`"pipeline":[{"$match":{"kind":{"$eq":"slate"},"mass":{"$gte":1.0}}},{"$sort":{"_id":1}},{"$skip":5},{"$limit":5},` +
		`{"$project":{"_id":0,"kind":1,"mass":1,"pieces":1}}],"store":"fake store","place":"fake table"}`
	if diff := cmp.Diff(want, bodyOf(t, r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := r.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %s", got)
	}
	if got := r.Header.Get("Content-Type"); got != "application/vnd.herbarium.explanation+json" {
		t.Errorf("Content-Type %s", got)
	}
}

func TestTheFormatIsNegotiated(t *testing.T) {
	s := newServer(t, &fakeStore{}, Options{})
	cases := []struct {
		name, target string
		accept       []string
		status       int
	}{
		{"nothing", "/rocks/range", nil, 200},
		{"anything", "/rocks/range", []string{"*/*"}, 200},
		{"the type", "/rocks/range", []string{"application/json"}, 200},
		{"the type in capitals", "/rocks/range", []string{"Application/JSON"}, 200},
		{"the major type", "/rocks/range", []string{"text/html, application/*;q=0.1"}, 200},
		{"a browser", "/rocks/range", []string{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, 200},
		{"two lines", "/rocks/range", []string{"text/html", "application/json"}, 200},
		{"an empty line", "/rocks/range", []string{""}, 200},
		{"another type", "/rocks/range", []string{"text/html"}, 406},
		{"all but the types", "/rocks/range", []string{"application/*;q=0, text/*;q=0, */*"}, 406},
		{"weight zero", "/rocks/range", []string{"application/json; Q=0.000"}, 406},
		{"the URL over Accept", "/rocks/range?format=json", []string{"text/csv"}, 200},
		{"an unknown name", "/rocks/range?format=jsn", nil, 406},
		{"no name", "/rocks/range?format=", nil, 406},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			header := []string{"Content-Type: application/json"}
			for _, a := range c.accept {
				header = append(header, "Accept: "+a)
			}
			if r := call(s, http.MethodPost, c.target, `{}`, header...); r.StatusCode != c.status {
				t.Errorf("status %d, want %d", r.StatusCode, c.status)
			}
		})
	}
}

func TestTheFormatIsWhatTheClientLikesBest(t *testing.T) {
	s := newServer(t, &fakeStore{}, Options{})
	const asJSON, asLines, asCSV = "application/json", "application/x-ndjson", "text/csv; charset=utf-8"
	cases := []struct{ name, target, accept, want string }{
		{"the default", "/rocks/range", "*/*", asJSON},
		{"by name", "/rocks/range?format=ndjson", "text/csv", asLines},
		{"by type", "/rocks/range", "text/csv", asCSV},
		{"a range of types", "/rocks/range", "text/*", asCSV},
		{"the heavier", "/rocks/range", "application/json;q=0.5, text/csv;q=0.8", asCSV},
		{"equally heavy", "/rocks/range", "text/csv, application/x-ndjson", asLines},
		{"all but the default", "/rocks/range", "application/json;q=0, */*;q=0.1", asLines},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := call(s, http.MethodPost, c.target, `{}`, "Content-Type: application/json", "Accept: "+c.accept)
			if got := r.Header.Get("Content-Type"); r.StatusCode != 200 || got != c.want {
				t.Errorf("%d %s, want %s", r.StatusCode, got, c.want)
			}
		})
	}
}
