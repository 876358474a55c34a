package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xeipuuv/gojsonschema"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/loaders"
)

var update = flag.Bool("update", false, "rewrite the golden files")

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

// filled returns a server of the datasets that ship and of wells, over a store
// that holds their data.
func filled(t testing.TB, options Options) *Server {
	t.Helper()
	shipped, err := datasets.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return serveAll(t, options, shipped, folder(t, wells, wellsRows))
}

// rowsServer returns a server of one dataset and its rows.
func rowsServer(t testing.TB, descriptor, rows string) *Server {
	t.Helper()
	return serveAll(t, Options{}, folder(t, descriptor, rows))
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
	snapshot, err := datasets.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return snapshot
}

// serveAll returns a server of the snapshots' datasets, over a store that
// holds their data.
func serveAll(t testing.TB, options Options, snapshots ...*datasets.Snapshot) *Server {
	t.Helper()
	var all []*datasets.Dataset
	for _, snapshot := range snapshots {
		for _, b := range snapshot.Broken() {
			t.Fatal(b.Err)
		}
		for _, name := range snapshot.Names() {
			ds, _ := snapshot.Dataset(name)
			all = append(all, ds)
		}
	}
	store := columnar.NewStore(columnar.Options{})
	for _, ds := range all {
		if _, err := loaders.Load(t.Context(), store, ds, nil, loaders.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	eng := engine.New(store, engine.Options{})
	t.Cleanup(eng.Close)
	return New(datasets.NewRegistry(datasets.NewSnapshot(all...)), eng, options)
}

// openapi is what the tests read of a document.
type openapi struct {
	OpenAPI    string
	Servers    []struct{ URL string }
	Paths      map[string]map[string]openapiOperation
	Components json.RawMessage
}

type openapiOperation struct {
	Parameters []struct {
		Name   string
		Schema json.RawMessage
	}
	RequestBody struct {
		Content map[string]struct {
			Schema   json.RawMessage
			Examples map[string]struct{ Value json.RawMessage }
		}
	}
	Responses map[string]struct {
		Ref     string `json:"$ref"`
		Content map[string]struct{ Schema json.RawMessage }
	}
}

func documentOf(t testing.TB, s http.Handler, target string) openapi {
	t.Helper()
	r := call(s, http.MethodGet, target, "")
	var doc openapi
	if err := json.Unmarshal([]byte(bodyOf(t, r)), &doc); err != nil || r.StatusCode != 200 {
		t.Fatalf("%s: %d, %v", target, r.StatusCode, err)
	}
	return doc
}

// fits holds a body against a schema of the document.
func (doc openapi) fits(t testing.TB, schema json.RawMessage, body string) {
	t.Helper()
	for _, e := range doc.faults(t, schema, body) {
		t.Errorf("%s: %s", body, e)
	}
}

func (doc openapi) faults(t testing.TB, schema json.RawMessage, body string) []gojsonschema.ResultError {
	t.Helper()
	if schema == nil {
		t.Fatalf("the document has no schema for %s", body)
	}
	whole := `{"allOf":[` + string(schema) + `],"components":` + string(doc.Components) + `}`
	result, err := gojsonschema.Validate(gojsonschema.NewStringLoader(whole), gojsonschema.NewStringLoader(body))
	if err != nil {
		t.Fatalf("%s against %s: %v", body, schema, err)
	}
	return result.Errors()
}

func component200(o openapiOperation) json.RawMessage {
	return o.Responses["200"].Content["application/json"].Schema
}

func TestTheDocumentOfADataset(t *testing.T) {
	golden := filepath.Join("testdata", "iris.openapi.json")
	var got bytes.Buffer
	if err := json.Indent(&got, []byte(bodyOf(t, call(filled(t, Options{}), http.MethodGet, "/openapi/iris.json", ""))), "", "  "); err != nil {
		t.Fatal(err)
	}
	got.WriteByte('\n')
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("(-want +got; -update rewrites it):\n%s", diff)
	}
}

func TestEveryExampleRunsAndItsAnswerFitsThePublishedSchema(t *testing.T) {
	s := filled(t, Options{})
	doc := documentOf(t, s, "/openapi.json")
	rows := map[string]int{}
	for path, methods := range doc.Paths {
		post, ok := methods["post"]
		if !ok {
			continue
		}
		for name, example := range post.RequestBody.Content["application/json"].Examples {
			doc.fits(t, post.RequestBody.Content["application/json"].Schema, string(example.Value))
			r := post200(t, s, path, string(example.Value))
			doc.fits(t, component200(post), r)
			rows[path+" "+name] = strings.Count(r, "},{") + 1
		}
		doc.fits(t, component200(post), post200(t, s, path, `{}`))
	}
	want := map[string]int{
		"/diamonds/range query_1": 10, "/diamonds/range first_page": 10,
		"/diamonds/stats/mean query_1": 1, "/diamonds/stats/mean first_page": 5,
		"/penguins/range query_1": 10, "/penguins/range first_page": 10,
		"/penguins/stats/mean query_1": 3, "/penguins/stats/mean first_page": 8,
		"/iris/range query_1": 16, "/iris/range query_2": 56, "/iris/range first_page": 10,
		"/iris/stats/mean query_1": 1, "/iris/stats/mean query_2": 2, "/iris/stats/mean first_page": 3,
		"/wells/range query_1": 1, "/wells/range first_page": 3,
		"/wells/stats/mean query_1": 1, "/wells/stats/mean first_page": 3,
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("entries by example (-want +got):\n%s", diff)
	}
}

func TestTheQuerySchemaOfAnOperationHasItsOwnFields(t *testing.T) {
	doc := documentOf(t, filled(t, Options{}), "/openapi.json")
	for _, c := range []struct {
		path, query string
		taken       bool
	}{
		{"/iris/range", `{"fields":["label"]}`, true},
		{"/iris/stats/mean", `{"fields":["label"]}`, false},
		{"/iris/stats/mean", `{"fields":["petal_width"]}`, true},
		{"/iris/stats/mean", `{"fields":[]}`, false},
		{"/iris/stats/mean", `{"species":["setosa",null]}`, true},
		{"/iris/stats/mean", `{"species":"rose"}`, false},
		{"/wells/stats/mean", `{"fields":["site.depth","id"]}`, true},
		{"/wells/stats/mean", `{"fields":["note"]}`, false},
	} {
		schema := doc.Paths[c.path]["post"].RequestBody.Content["application/json"].Schema
		if faults := doc.faults(t, schema, c.query); (faults == nil) != c.taken {
			t.Errorf("%s %s: %v", c.path, c.query, faults)
		}
	}
}

// TestADatasetWithoutNumbersIsDescribedAsItAnswers: its means are of no field,
// and by none there is one empty answer.
func TestADatasetWithoutNumbersIsDescribedAsItAnswers(t *testing.T) {
	s := rowsServer(t, "dataset: words\nfields:\n  word: {type: string}\ndata: words.csv\n", "word\nx\n\n")
	doc := documentOf(t, s, "/openapi.json")
	post := doc.Paths["/words/stats/mean"]["post"]
	answer := post200(t, s, "/words/stats/mean", "{}")
	if answer != "[{}]" {
		t.Errorf("answer %s", answer)
	}
	doc.fits(t, component200(post), answer)
	for query, taken := range map[string]bool{`{"fields":null}`: true, `{"fields":["word"]}`: false, `{"fields":[]}`: false} {
		if faults := doc.faults(t, post.RequestBody.Content["application/json"].Schema, query); (faults == nil) != taken {
			t.Errorf("%s: %v", query, faults)
		}
	}
	for _, p := range doc.Paths["/words/stats/mean"]["get"].Parameters {
		if p.Name == "fields" {
			t.Errorf("GET has a parameter fields: %s", p.Schema)
		}
	}
}

func TestEnumsOfEveryTypeAreDescribedByTheirType(t *testing.T) {
	s := rowsServer(t, `
dataset: cars
fields:
  cylinders: {type: integer, enum: [4, 9007199254740993]}
  tested: {type: date, enum: ["2019-03-23"]}
  sold: {type: boolean, enum: [true]}
data: cars.csv
`, "cylinders,tested,sold\n4,2019-03-23,true\n,,\n9007199254740993,,\n")
	text := bodyOf(t, call(s, http.MethodGet, "/openapi.json", ""))
	for _, want := range []string{
		`"cylinders":{"title":"cylinders","type":["integer","null"],"format":"int64","enum":[4,9007199254740993,null]}`,
		`"items":{"type":["integer","null"],"enum":[4,9007199254740993,null]}`,
		`"items":{"type":["string","null"],"enum":["2019-03-23",null]}`,
		`"items":{"type":["boolean","null"],"enum":[true,null]}`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the document lacks %s", want)
		}
	}
	doc := documentOf(t, s, "/openapi.json")
	post := doc.Paths["/cars/range"]["post"]
	for _, example := range post.RequestBody.Content["application/json"].Examples {
		doc.fits(t, post.RequestBody.Content["application/json"].Schema, string(example.Value))
		doc.fits(t, component200(post), post200(t, s, "/cars/range", string(example.Value)))
	}
	doc.fits(t, component200(doc.Paths["/cars/stats/mean"]["post"]), post200(t, s, "/cars/stats/mean", `{"cylinders":[4,9007199254740993]}`))
	about := bodyOf(t, call(s, http.MethodGet, "/datasets/cars", ""))
	doc.fits(t, component200(doc.Paths["/datasets/{dataset}"]["get"]), about)
	if want := `"fields":[{"name":"cylinders","type":"integer","enum":[4,9007199254740993]},` +
		`{"name":"tested","type":"date","enum":["2019-03-23"]},{"name":"sold","type":"boolean","enum":[true]}]`; !strings.Contains(about, want) {
		t.Errorf("%s lacks %s", about, want)
	}
}

// TestValuesInAURLAreDescribedAsTheyAreWritten sends each value that the
// document lists for a selector, and null.
func TestValuesInAURLAreDescribedAsTheyAreWritten(t *testing.T) {
	s := rowsServer(t, `
dataset: words
fields:
  word: {type: string, enum: ["null", '"', '"x"', "a b&c"]}
  "null": {type: boolean}
data: words.csv
`, "word,null\nnull,\n\"\"\"\",\n\"\"\"x\"\"\",\na b&c,\n,true\n")
	doc := documentOf(t, s, "/openapi.json")
	var got []string
	for _, p := range doc.Paths["/words/range"]["get"].Parameters {
		if p.Name != "word" && p.Name != "fields" {
			continue
		}
		var listed struct{ Items struct{ Enum []*string } }
		if err := json.Unmarshal(p.Schema, &listed); err != nil {
			t.Fatal(err)
		}
		for _, value := range listed.Items.Enum {
			text := "null"
			if value != nil {
				text = *value
			}
			target := "/words/range?page=1&per_page=1&" + p.Name + "=" + url.QueryEscape(text)
			got = append(got, bodyOf(t, call(s, http.MethodGet, target, "")))
		}
	}
	want := []string{
		`[{"word":"null","null":null}]`, `[{"word":"\"","null":null}]`, `[{"word":"\"x\"","null":null}]`, `[{"word":"a b&c","null":null}]`,
		`[{"word":null,"null":true}]`, `[{"word":"null"}]`, `[{"null":null}]`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func post200(t testing.TB, s http.Handler, path, body string) string {
	t.Helper()
	r := post(s, path, body)
	text := bodyOf(t, r)
	if r.StatusCode != 200 {
		t.Fatalf("%s %s: %d %s", path, body, r.StatusCode, text)
	}
	return text
}

func TestWhatTheServiceSaysFitsThePublishedSchemas(t *testing.T) {
	s := filled(t, Options{})
	doc := documentOf(t, s, "/openapi.json")
	for path, methods := range doc.Paths {
		get, ok := methods["get"]
		if !ok || strings.HasSuffix(path, "/schema") {
			continue
		}
		for _, name := range []string{"iris", "wells"} {
			r := call(s, http.MethodGet, strings.ReplaceAll(path, "{dataset}", name), "")
			doc.fits(t, component200(get), bodyOf(t, r))
		}
	}
}

func TestProblemsFitThePublishedSchemaAndStatuses(t *testing.T) {
	s := filled(t, Options{MaxBody: 100})
	doc := documentOf(t, s, "/openapi/wells.json")
	for body, status := range map[string]int{
		`{`: 400, `{} {}`: 400, `{"lower":{"site.depht":1},"nothing":2}`: 422, strings.Repeat(" ", 101): 413,
	} {
		r := post(s, "/wells/range", body)
		text := bodyOf(t, r)
		doc.fits(t, json.RawMessage(`{"$ref":"#/components/schemas/Problem"}`), text)
		if _, there := doc.Paths["/wells/range"]["post"].Responses[strconv.Itoa(r.StatusCode)]; r.StatusCode != status || !there {
			t.Errorf("%s: %d %s", body, r.StatusCode, text)
		}
	}
}

// An independent validator has the last word on whether a document is one.
func TestAnIndependentValidatorTakesEveryDocument(t *testing.T) {
	validator := os.Getenv("HERBARIUM_TEST_OPENAPI_VALIDATOR")
	if validator == "" {
		t.Skip("HERBARIUM_TEST_OPENAPI_VALIDATOR names no openapi-spec-validator")
	}
	dir := t.TempDir()
	var files []string
	for base, s := range map[string]http.Handler{"": filled(t, Options{}), "/api/v1": filled(t, Options{BasePath: "/api/v1"}), "/none": serverOf(t, &fakeStore{}, Options{BasePath: "/none"}, datasets.NewSnapshot(), engine.Options{})} {
		for _, target := range []string{"/openapi.json", "/openapi.json?version=3.2", "/openapi/iris.json", "/openapi/wells.json?version=3.2"} {
			r := call(s, http.MethodGet, base+target, "")
			if base == "/none" && r.StatusCode == 404 {
				continue
			}
			file := filepath.Join(dir, strconv.Itoa(len(files))+".json")
			if err := os.WriteFile(file, []byte(bodyOf(t, r)), 0o644); err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
	}
	if len(files) != 10 {
		t.Fatalf("%d documents", len(files))
	}
	if out, err := exec.CommandContext(t.Context(), validator, files...).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
