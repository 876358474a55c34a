package docs_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// column is what a column of an answer has to be.
type column struct {
	name, typ string
	metadata  map[string]string
}

// answer is what is asked and the columns that have to come.
type answer struct {
	path    string
	query   string
	rows    int
	columns []column
	about   map[string]string // the schema's metadata, less dataset and operation
}

// sees is what a reader saw of an answer.
type sees struct {
	Reader   string
	Types    []string
	Metadata map[string]string
	Columns  map[string]map[string]string
	Rows     [][]any
}

// nameIn is how pyarrow, to which nanoarrow hands its columns, and polars call the types.
var nameIn = map[string][2]string{
	"number":    {"double", "Float64"},
	"integer":   {"int64", "Int64"},
	"boolean":   {"bool", "Boolean"},
	"string":    {"dictionary<values=string, indices=int32, ordered=0>", "Categorical"},
	"date":      {"date32[day]", "Date"},
	"date-time": {"timestamp[ms, tz=UTC]", "Datetime(time_unit='ms', time_zone='UTC')"},
}

// readWhatJSONSays has each reader read the answers, and compares every value
// with the JSON of the same.
func readWhatJSONSays(t *testing.T, binary string) {
	python := os.Getenv("HERBARIUM_TEST_PYTHON")
	if python == "" {
		t.Skip("HERBARIUM_TEST_PYTHON names no interpreter with pyarrow, polars and nanoarrow")
	}
	shipped := exec.Command(binary, "serve")
	shipped.Dir = t.TempDir() // no ./datasets there
	made := exec.Command(binary, "serve", "--datasets", makeDatasets(t))
	for _, group := range []struct {
		address string
		answers []answer
	}{{serve(t, shipped), shippedAnswers()}, {serve(t, made), madeAnswers()}} {
		var urls []string
		for _, a := range group.answers {
			urls = append(urls, "http://"+group.address+"/"+a.path+"?"+a.query)
		}
		seen := readBack(t, python, urls)
		for i, a := range group.answers {
			t.Run(a.path+"?"+a.query, func(t *testing.T) { a.holds(t, get(t, urls[i]), seen[i*readers:(i+1)*readers]) })
		}
	}
}

// serveAsWritten has the JSON that the readers are held against start from
// values written by hand.
func serveAsWritten(t *testing.T, binary string) {
	made := exec.Command(binary, "serve", "--datasets", "testdata")
	got := get(t, "http://"+serve(t, made)+"/every/range?format=ndjson")
	want, err := os.ReadFile("testdata/every.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// readers is how many readers read each answer.
const readers = 5

// readBack returns what each reader saw of each answer.
func readBack(t *testing.T, python string, urls []string) []sees {
	t.Helper()
	cmd := exec.Command(python, append([]string{"readback.py"}, urls...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var seen []sees
	for line := range bytes.Lines(out) {
		var s sees
		decode(t, line, &s)
		seen = append(seen, s)
	}
	if len(seen) != readers*len(urls) {
		t.Fatalf("%d readings of %d answers", len(seen), len(urls))
	}
	return seen
}

// holds compares what readers saw with the answer as JSON.
func (a answer) holds(t *testing.T, text []byte, seen []sees) {
	want := a.flatRows(t, text)
	if len(want) != a.rows {
		t.Fatalf("%d rows, not %d", len(want), a.rows)
	}
	for i := range seen {
		s := &seen[i]
		if diff := cmp.Diff(a.typesFor(s.Reader), s.Types); diff != "" {
			t.Errorf("%s: types (-want +got):\n%s", s.Reader, diff)
		}
		if !strings.HasPrefix(s.Reader, "polars") {
			a.described(t, s)
		}
		a.compare(t, s.Reader, want, s.Rows)
	}
}

func (a answer) typesFor(reader string) []string {
	var types []string
	for _, c := range a.columns {
		if strings.HasPrefix(reader, "polars") {
			types = append(types, nameIn[c.typ][1])
		} else {
			types = append(types, nameIn[c.typ][0])
		}
	}
	return types
}

// described compares what the descriptor's prose became.
func (a answer) described(t *testing.T, s *sees) {
	dataset, operation, _ := strings.Cut(a.path, "/")
	want := maps.Clone(a.about)
	want["dataset"], want["operation"] = dataset, operation
	if diff := cmp.Diff(want, s.Metadata); diff != "" {
		t.Errorf("%s: metadata (-want +got):\n%s", s.Reader, diff)
	}
	columns := map[string]map[string]string{}
	for _, c := range a.columns {
		columns[c.name] = map[string]string{}
		maps.Copy(columns[c.name], c.metadata)
	}
	if diff := cmp.Diff(columns, s.Columns); diff != "" {
		t.Errorf("%s: columns' metadata (-want +got):\n%s", s.Reader, diff)
	}
}

// compare compares every value, and tells the first that differs.
func (a answer) compare(t *testing.T, reader string, want, got [][]any) {
	if len(got) != len(want) {
		t.Errorf("%s: %d rows, JSON has %d", reader, len(got), len(want))
		return
	}
	for i := range want {
		if len(got[i]) != len(a.columns) {
			t.Errorf("%s: row %d has %d values", reader, i, len(got[i]))
			return
		}
		for j, c := range a.columns {
			if w, g := c.text(t, want[i][j]), c.text(t, got[i][j]); w != g {
				t.Errorf("%s: row %d: %s is %s, in JSON %s", reader, i, c.name, g, w)
				return
			}
		}
	}
}

// text writes a decoded value so that equal values are equal texts: a number by
// the bits of its float64, an integer by its digits.
func (c column) text(t *testing.T, value any) string {
	number, ok := value.(json.Number)
	switch {
	case ok != (value != nil && (c.typ == "number" || c.typ == "integer")):
		t.Fatalf("%s: %v does not fit", c.name, value)
	case c.typ == "number" && ok:
		f, err := number.Float64()
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		return strconv.FormatFloat(f, 'x', -1, 64)
	}
	return fmt.Sprintf("%T %v", value, value)
}

// flatRows reads a JSON answer into rows of the columns, and demands that it
// has these and no other.
func (a answer) flatRows(t *testing.T, text []byte) [][]any {
	var objects []map[string]any
	decode(t, text, &objects)
	rows := make([][]any, len(objects))
	for i, o := range objects {
		flat := map[string]any{}
		flatten(flat, "", o)
		for _, c := range a.columns {
			value, ok := flat[c.name]
			if !ok {
				t.Fatalf("row %d has no %s: %v", i, c.name, o)
			}
			rows[i] = append(rows[i], value)
		}
		if len(flat) != len(a.columns) {
			t.Fatalf("row %d has other columns: %v", i, slices.Sorted(maps.Keys(flat)))
		}
	}
	return rows
}

func flatten(flat map[string]any, prefix string, object map[string]any) {
	for key, value := range object {
		if inner, ok := value.(map[string]any); ok {
			flatten(flat, prefix+key+".", inner)
		} else {
			flat[prefix+key] = value
		}
	}
}

func decode(t *testing.T, text []byte, v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		t.Fatal(err)
	}
}

// manyRows is more than a Parquet row group has, and more batches than one.
const manyRows = 70_000

// makeDatasets makes a folder with the dataset every, of rows written by hand,
// and many, which has the same fields and rows that are drawn.
func makeDatasets(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, text []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"every.yaml", "every.csv"} {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		write(name, text)
		if name == "every.yaml" {
			text = bytes.Replace(text, []byte("dataset: every"), []byte("dataset: many"), 1)
			write("many.yaml", bytes.Replace(text, []byte("every.csv"), []byte("many.csv"), 1))
		}
	}
	write("many.csv", drawMany())
	return dir
}

// drawMany writes rows of many as CSV. A tenth of the values is missing; notes
// are so many that no batch can have all of them in its dictionary, cities
// change from batch to batch, and kinds never do.
func drawMany() []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"id", "mass", "pieces", "checked", "kind", "note", "site.day", "site.city.name", "seen", "never"})
	for i := range manyRows {
		row := []string{
			strconv.Itoa(i),
			strconv.FormatFloat(r.NormFloat64()*1e3, 'g', -1, 64),
			strconv.FormatInt(int64(r.Uint64()), 10),
			strconv.FormatBool(r.IntN(2) == 0),
			[]string{"elm", "fir, white", "oak"}[r.IntN(3)],
			fmt.Sprintf("note %d é", r.IntN(50_000)),
			fmt.Sprintf("%04d-%02d-%02d", 1+r.IntN(9999), 1+r.IntN(12), 1+r.IntN(28)),
			fmt.Sprintf("city %d", i/5000+r.IntN(3)),
			fmt.Sprintf("%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", 1+r.IntN(9999), 1+r.IntN(12), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1000)),
			"",
		}
		for j := range row[1:] {
			if r.IntN(10) == 0 {
				row[1+j] = ""
			}
		}
		_ = w.Write(row)
	}
	w.Flush()
	return b.Bytes()
}
