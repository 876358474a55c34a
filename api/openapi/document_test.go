package openapi_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xeipuuv/gojsonschema"

	"herbarium/api"
	"herbarium/api/openapi"
	"herbarium/datasets"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// document is what the tests read of a document.
type document struct {
	Paths      map[string]map[string]operation
	Components json.RawMessage
}

type operation struct {
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

func documentOf(t testing.TB, s http.Handler, target string) document {
	t.Helper()
	var doc document
	if err := json.Unmarshal([]byte(get(t, s, target)), &doc); err != nil {
		t.Fatalf("%s: %v", target, err)
	}
	return doc
}

// fits holds a body against a schema of the document.
func (doc document) fits(t testing.TB, schema json.RawMessage, body string) {
	t.Helper()
	for _, e := range doc.faults(t, schema, body) {
		t.Errorf("%s: %s", body, e)
	}
}

func (doc document) faults(t testing.TB, schema json.RawMessage, body string) []gojsonschema.ResultError {
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

// listed returns the texts that a list in a URL can have.
func (doc document) listed(t testing.TB, schema json.RawMessage) []string {
	t.Helper()
	type alternative struct {
		Ref  string `json:"$ref"`
		Type string
	}
	var list struct {
		Items struct {
			alternative
			AnyOf []alternative
		}
	}
	var components struct {
		Schemas map[string]struct{ Enum []string }
	}
	if err := errors.Join(json.Unmarshal(schema, &list), json.Unmarshal(doc.Components, &components)); err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, a := range append(list.Items.AnyOf, list.Items.alternative) {
		if a.Type == "null" {
			texts = append(texts, "null")
		}
		texts = append(texts, components.Schemas[path.Base(a.Ref)].Enum...)
	}
	return texts
}

func component200(o operation) json.RawMessage {
	return o.Responses["200"].Content["application/json"].Schema
}

func TestTheDocumentOfADataset(t *testing.T) {
	shipped, err := datasets.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	iris, _ := shipped.Dataset("iris")
	golden := filepath.Join("testdata", "iris.json")
	var got bytes.Buffer
	text, err := openapi.DatasetDocument(iris, openapi.Options{Version: openapi.V31})
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Indent(&got, text, "", "  "); err != nil {
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
	s := loadedServer(t, api.Options{}, shippedAndWells(t)...)
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
		if !needsField(path) {
			doc.fits(t, component200(post), post200(t, s, path, `{}`))
		}
	}
	want := map[string]int{
		"/diamonds/range query_1": 10, "/diamonds/range first_page": 10,
		"/diamonds/stats query_1": 1, "/diamonds/stats first_page": 5,
		"/diamonds/stats/distinct first_page": 5,
		"/diamonds/stats/mean query_1":        1, "/diamonds/stats/mean first_page": 5,
		"/penguins/range query_1": 10, "/penguins/range first_page": 10,
		"/penguins/stats query_1": 3, "/penguins/stats first_page": 8,
		"/penguins/stats/distinct first_page": 3,
		"/penguins/stats/mean query_1":        3, "/penguins/stats/mean first_page": 8,
		"/iris/range query_1": 10, "/iris/range query_2": 10, "/iris/range first_page": 10,
		"/iris/stats query_1": 1, "/iris/stats query_2": 2, "/iris/stats first_page": 3,
		"/iris/stats/distinct first_page": 3,
		"/iris/stats/mean query_1":        1, "/iris/stats/mean query_2": 2, "/iris/stats/mean first_page": 3,
		"/wells/range query_1": 1, "/wells/range first_page": 3,
		"/wells/stats query_1": 1, "/wells/stats first_page": 3,
		"/wells/stats/distinct first_page": 3,
		"/wells/stats/mean query_1":        1, "/wells/stats/mean first_page": 3,
		"/diamonds/stats/summary query_1": 10, "/diamonds/stats/summary first_page": 10,
		"/penguins/stats/summary query_1": 10, "/penguins/stats/summary first_page": 10,
		"/iris/stats/summary query_1": 5, "/iris/stats/summary query_2": 10, "/iris/stats/summary first_page": 10,
		"/wells/stats/summary query_1": 7, "/wells/stats/summary first_page": 10,
		"/diamonds/stats/correlation query_1": 10, "/diamonds/stats/correlation first_page": 10,
		"/penguins/stats/correlation query_1": 10, "/penguins/stats/correlation first_page": 10,
		"/iris/stats/correlation query_1": 6, "/iris/stats/correlation query_2": 10, "/iris/stats/correlation first_page": 10,
		"/wells/stats/correlation query_1": 1, "/wells/stats/correlation first_page": 3,
		"/diamonds/stats/histogram first_page": 10, "/penguins/stats/histogram first_page": 10,
		"/iris/stats/histogram first_page": 10, "/wells/stats/histogram first_page": 10,
		"/diamonds/stats/count query_1": 1, "/diamonds/stats/count first_page": 5,
		"/penguins/stats/count query_1": 3, "/penguins/stats/count first_page": 8,
		"/iris/stats/count query_1": 1, "/iris/stats/count query_2": 2, "/iris/stats/count first_page": 3,
		"/wells/stats/count query_1": 1, "/wells/stats/count first_page": 3,
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("entries by example (-want +got):\n%s", diff)
	}
}

func TestTheQuerySchemaOfAnOperationHasItsOwnFields(t *testing.T) {
	doc := documentOf(t, loadedServer(t, api.Options{}, shippedAndWells(t)...), "/openapi.json")
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
	text := get(t, s, "/openapi.json")
	for _, want := range []string{
		`"cylinders":{"title":"cylinders","anyOf":[{"$ref":"#/components/schemas/CarsCylindersValue"},{"type":"null"}]}`,
		`"items":{"anyOf":[{"$ref":"#/components/schemas/CarsCylindersValue"},{"type":"null"}]}`,
		`"CarsCylindersValue":{"type":"integer","format":"int64","enum":[4,9007199254740993]}`,
		`"CarsTestedValue":{"type":"string","enum":["2019-03-23"]}`,
		`"CarsSoldValue":{"type":"boolean","enum":[true]}`,
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
	about := get(t, s, "/datasets/cars")
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
		for _, text := range doc.listed(t, p.Schema) {
			target := "/words/range?page=1&per_page=1&" + p.Name + "=" + url.QueryEscape(text)
			got = append(got, get(t, s, target))
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

// needsField reports whether the operation of a path answers no query without a field.
func needsField(path string) bool {
	return strings.HasSuffix(path, "/distinct") || strings.HasSuffix(path, "/histogram")
}

func TestWhatTheServiceSaysFitsThePublishedSchemas(t *testing.T) {
	s := loadedServer(t, api.Options{}, shippedAndWells(t)...)
	doc := documentOf(t, s, "/openapi.json")
	for path, methods := range doc.Paths {
		method, ok := methods["get"]
		if !ok || strings.HasSuffix(path, "/schema") {
			continue
		}
		for _, name := range []string{"iris", "wells"} {
			target := strings.ReplaceAll(path, "{dataset}", name)
			if needsField(path) {
				continue
			}
			answer := get(t, s, target)
			doc.fits(t, component200(method), answer)
		}
	}
}

func TestProblemsFitThePublishedSchemaAndStatuses(t *testing.T) {
	s := loadedServer(t, api.Options{MaxBody: 100}, shippedAndWells(t)...)
	doc := documentOf(t, s, "/openapi/wells.json")
	for body, status := range map[string]int{
		`{`: 400, `{} {}`: 400, `{"lower":{"site.depht":1},"nothing":2}`: 422, strings.Repeat(" ", 101): 413,
	} {
		got, text := post(t, s, "/wells/range", body)
		doc.fits(t, json.RawMessage(`{"$ref":"#/components/schemas/Problem"}`), text)
		if _, there := doc.Paths["/wells/range"]["post"].Responses[strconv.Itoa(got)]; got != status || !there {
			t.Errorf("%s: %d %s", body, got, text)
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
	write := func(text []byte, err error) {
		file := filepath.Join(dir, strconv.Itoa(len(files))+".json")
		if err = errors.Join(err, os.WriteFile(file, text, 0o644)); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	all := shippedAndWells(t)
	for _, version := range []openapi.Version{openapi.V31, openapi.V32} {
		write(openapi.Document(nil, openapi.Options{Version: version, BasePath: "/api/v1"}))
		write(openapi.Document(all, openapi.Options{Version: version}))
	}
	for _, ds := range all {
		write(openapi.DatasetDocument(ds, openapi.Options{Version: openapi.V31}))
	}
	if out, err := exec.CommandContext(t.Context(), validator, files...).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
