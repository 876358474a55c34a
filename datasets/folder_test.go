package datasets

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// inFolder writes files below a new folder and returns it. A content that
// begins with -> is a link to the rest.
func inFolder(t *testing.T, files map[string]string) string {
	t.Helper()
	top := t.TempDir()
	for name, content := range files {
		path := filepath.Join(top, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, ok := strings.CutPrefix(content, "->"); ok {
			err = os.Symlink(target, path)
		} else {
			err = os.WriteFile(path, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return top
}

// outcome tells the datasets of a snapshot and what is broken, one line each.
func outcome(s *Snapshot) []string {
	lines := []string{}
	for _, name := range s.Names() {
		ds, _ := s.Dataset(name)
		lines = append(lines, name+" from "+ds.File)
	}
	for _, b := range s.Broken() {
		lines = append(lines, fmt.Sprintf("broken %s in %s: %v", b.Name, b.File, b.Err))
	}
	return lines
}

func TestOpenServesWhatIsWholeAndTellsWhatIsBroken(t *testing.T) {
	const fields = "\nfields: {x: {type: number}}\n"
	tests := []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"an empty folder", nil, []string{}},
		{"two endings", map[string]string{"b.yaml": "dataset: b" + fields, "a.yml": "dataset: a" + fields},
			[]string{"a from a.yml", "b from b.yaml"}},
		{"what editors leave", map[string]string{"a.yaml": "dataset: a" + fields, ".#a.yaml": "x", ".a.yaml.swp": "x", "a.yaml~": "x",
			"#a.yaml#": "x", ".hidden.yaml": "x", "4913": "x", "a.yaml.tmp": "x", "#b.yaml": "x"}, []string{"a from a.yaml"}},
		{"other files and folders", map[string]string{"README.md": "x", "data/b.yaml": "x", "c.yaml/d.yaml": "x", "A.YAML": "x"}, []string{}},
		{"a broken one beside a whole one", map[string]string{"a.yaml": "dataset: a" + fields, "b.yaml": "dataset: bees\nfields: {}\n", "c.yaml": "dataset: 5" + fields},
			[]string{"a from a.yaml",
				"broken bees in b.yaml: b.yaml:2:9: fields: the dataset needs at least one field",
				"broken c in c.yaml: c.yaml:1:10: dataset: a string belongs here, not the number 5; put it in quotes"}},
		{"one name thrice", map[string]string{"a.yaml": "dataset: d" + fields, "b.yaml": "dataset: d" + fields, "c.yml": "dataset: d" + fields, "e.yaml": "dataset: e" + fields},
			[]string{"e from e.yaml",
				"broken d in a.yaml: a.yaml:1:1: dataset: the dataset d is declared in b.yaml, c.yml too; keep one of them",
				"broken d in b.yaml: b.yaml:1:1: dataset: the dataset d is declared in a.yaml, c.yml too; keep one of them",
				"broken d in c.yml: c.yml:1:1: dataset: the dataset d is declared in a.yaml, b.yaml too; keep one of them"}},
		{"a link within the folder", map[string]string{"a.yaml": "->real/a", "real/a": "dataset: a" + fields}, []string{"a from a.yaml"}},
		{"a link out of the folder", map[string]string{"a.yaml": "->../secret.yaml", "../secret.yaml": "dataset: a" + fields},
			[]string{"broken a in a.yaml: a.yaml:1:1: the file cannot be read: it is, or lies behind, a symbolic link that is absolute or leads out of the folder; put the file itself into the folder, or link to one within by a relative path"}},
		{"a link to nothing", map[string]string{"a.yaml": "->nothing"},
			[]string{"broken a in a.yaml: a.yaml:1:1: the file cannot be read: no such file or directory"}},
		{"a link to a folder", map[string]string{"a.yaml": "->b", "b/c": "x"},
			[]string{"broken a in a.yaml: a.yaml:1:1: the file cannot be read: not a regular file"}},
		{"over a mebibyte", map[string]string{"a.yaml": "dataset: a" + fields + strings.Repeat("#\n", 1<<19)},
			[]string{"broken a in a.yaml: a.yaml:1:1: the file is larger than 1048576 bytes, the maximum size of a descriptor"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			below := map[string]string{"datasets/.keep": ""}
			for name, content := range test.files {
				below["datasets/"+name] = content
			}
			s, err := Open(filepath.Join(inFolder(t, below), "datasets"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, outcome(s)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestOpenNeedsAFolder(t *testing.T) {
	dir := inFolder(t, map[string]string{"file": "x"})
	for _, name := range []string{"nothing", "file"} {
		if _, err := Open(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s opens as a folder", name)
		} else if !strings.HasPrefix(err.Error(), "read datasets: ") {
			t.Errorf("the error does not say what failed: %v", err)
		}
	}
}

func TestQuerySchemasAreLookedForNearFirst(t *testing.T) {
	const descriptor = "dataset: d\nfields: {x: {type: number}}\nquery_schema: iris.query.schema.json\n"
	schema := func(title string) string { return `{"title":"` + title + `"}` }
	tests := []struct {
		name  string
		files map[string]string
		want  string // part of the schema, or of the error
	}{
		{"inside", map[string]string{"datasets/schemas/iris.query.schema.json": schema("inside"), "schemas/iris.query.schema.json": schema("beside")}, "inside"},
		{"beside", map[string]string{"schemas/iris.query.schema.json": schema("beside")}, "beside"},
		{"shipped", nil, "A query of Iris flower measurements"},
		{"no JSON stops the search", map[string]string{"datasets/schemas/iris.query.schema.json": "{", "schemas/iris.query.schema.json": schema("beside")},
			"d.yaml:3:15: query_schema: read schema: line 1, column 2"},
		{"a link out of the folder", map[string]string{"datasets/schemas/iris.query.schema.json": "->../../secret", "secret": "{}"},
			"d.yaml:3:15: query_schema: the schema iris.query.schema.json: it is, or lies behind, a symbolic link that is absolute or leads out of the folder; put the file itself into the folder, or link to one within by a relative path"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			files := map[string]string{"datasets/d.yaml": descriptor}
			for name, content := range test.files {
				files[name] = content
			}
			s, err := Open(filepath.Join(inFolder(t, files), "datasets"))
			if err != nil {
				t.Fatal(err)
			}
			var got string
			if ds, ok := s.Dataset("d"); ok {
				got = string(ds.QuerySchema().JSON())
			} else {
				got = s.Broken()[0].Err.Error()
			}
			if !strings.Contains(got, test.want) {
				t.Errorf("got %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestOpenDataStaysInsideTheFolder(t *testing.T) {
	const descriptor = "dataset: d\nfields: {x: {type: number}}\ndata: data/rows.csv\n"
	tests := []struct {
		name  string
		files map[string]string
		want  string // of the data, or of the error
	}{
		{"a file", map[string]string{"datasets/data/rows.csv": "x\n1\n"}, "x\n1\n"},
		{"a link inside", map[string]string{"datasets/data/rows.csv": "->../more/rows", "datasets/more/rows": "x\n2\n"}, "x\n2\n"},
		{"no file", nil, "no such file or directory"},
		{"a link out of the folder", map[string]string{"datasets/data/rows.csv": "->../../rows", "rows": "secret"}, "it is, or lies behind, a symbolic link that is absolute or leads out of the folder; put the file itself into the folder, or link to one within by a relative path"},
		{"an absolute link", map[string]string{"datasets/data/rows.csv": "->/etc/hostname"}, "it is, or lies behind, a symbolic link that is absolute or leads out of the folder; put the file itself into the folder, or link to one within by a relative path"},
		{"a folder that is a link out", map[string]string{"datasets/data": "->../rows", "rows/rows.csv": "secret"}, "it is, or lies behind, a symbolic link that is absolute or leads out of the folder; put the file itself into the folder, or link to one within by a relative path"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			files := map[string]string{"datasets/d.yaml": descriptor}
			for name, content := range test.files {
				files[name] = content
			}
			s, err := Open(filepath.Join(inFolder(t, files), "datasets"))
			if err != nil {
				t.Fatal(err)
			}
			ds, ok := s.Dataset("d")
			if !ok {
				t.Fatal(outcome(s))
			}
			data, err := ds.OpenData()
			if err != nil {
				if !strings.HasSuffix(err.Error(), test.want) {
					t.Errorf("got the error %v, want %s", err, test.want)
				}
				return
			}
			defer func() { _ = data.Close() }()
			if got, err := io.ReadAll(data); err != nil || string(got) != test.want {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

func TestOpenDataWithoutDataIsAnError(t *testing.T) {
	if _, err := parsed(t, "dataset: d\nfields: {x: {type: number}}\n").OpenData(); err == nil {
		t.Error("there is data to open")
	}
}

func TestEveryShippedDatasetIsWhole(t *testing.T) {
	s, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"diamonds from diamonds.yaml", "iris from iris.yaml", "penguins from penguins.yaml"}
	if diff := cmp.Diff(want, outcome(s)); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	for name, rows := range map[string]int{"diamonds": 53940, "iris": 150, "penguins": 344} {
		ds, _ := s.Dataset(name)
		lines, err := csv.NewReader(bytes.NewReader(dataText(t, ds))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var columns []string
		for _, f := range ds.Fields {
			columns = append(columns, f.Column)
		}
		if diff := cmp.Diff(lines[0], columns); diff != "" {
			t.Errorf("%s: columns of the file and of the fields (-file +fields):\n%s", name, diff)
		}
		if len(lines)-1 != rows {
			t.Errorf("%s: %d rows, want %d", name, len(lines)-1, rows)
		}
	}
}

// dataText returns the text of the dataset's own data.
func dataText(t *testing.T, ds *Dataset) []byte {
	t.Helper()
	data, err := ds.OpenData()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = data.Close() }()
	text := io.Reader(data)
	if strings.HasSuffix(ds.Data, ".gz") {
		if text, err = gzip.NewReader(data); err != nil {
			t.Fatal(err)
		}
	}
	b, err := io.ReadAll(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestShippedDescriptorsOpenFromTheSourceToo(t *testing.T) {
	embedded, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	opened, err := Open(".")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(outcome(embedded), outcome(opened)); diff != "" {
		t.Errorf("(-embedded +opened):\n%s", diff)
	}
	for _, name := range embedded.Names() {
		a, _ := embedded.Dataset(name)
		b, _ := opened.Dataset(name)
		if a.Digest != b.Digest {
			t.Errorf("%s has two digests", name)
		}
	}
}
