package datasets

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDataIsAListOfFilesAndPatterns(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"b.csv": "b", "2026/z.csv": "z", "2026/a.csv": "a", "2026/.hidden.csv": "h", "2026/deep/c.csv": "c", "x[1].csv": "x",
		"d.yaml": "dataset: d\ndata: [b.csv, \"2026/*.csv\", \"2*/a.csv\", none.csv, \"x[1].csv\"]\nfields: {x: {type: string}}\n",
	} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	ds, ok := s.Dataset("d")
	if !ok {
		t.Fatal(s.Broken())
	}
	var got []string
	for _, f := range ds.DataFiles() {
		in, err := f.Open()
		if err != nil {
			got = append(got, f.Name+"!")
			continue
		}
		text, err := io.ReadAll(in)
		if err != nil || int64(len(text)) != f.Size {
			t.Errorf("%s: %q, size %d, %v", f.Name, text, f.Size, err)
		}
		_ = in.Close()
		got = append(got, f.Name+"="+string(text))
	}
	if want := "b.csv=b 2026/a.csv=a 2026/z.csv=z none.csv! x[1].csv=x"; strings.Join(got, " ") != want {
		t.Errorf("got %s, want %s", strings.Join(got, " "), want)
	}
}

func TestIgnorePatterns(t *testing.T) {
	ds := &Dataset{Ignore: []string{"email", "notes*", "*_tmp", "a*c*e"}}
	for name, want := range map[string]bool{"email": true, "emails": false, "notes": true, "notes 2": true, "my notes": false, "x_tmp": true, "_tmp": true, "ace": true, "abcde": true, "abcd": false, "é_tmp": true} {
		if got := ds.Ignores(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestTheKeyCSVIsChecked(t *testing.T) {
	for csv, want := range map[string]string{
		`{delimiter: "||||||"}`:         "csv.delimiter: a character belongs here",
		`{delimiter: "|a|"}`:            "csv.delimiter: a character belongs here",
		`{delimiter: a}`:                "csv.delimiter: a character belongs here",
		`{delimiter: "#|", quote: "#"}`: `csv: "#" has two meanings`,
		`{delimiter: "'", quote: "'"}`:  `csv: "'" has two meanings`,
		`{quote: "§"}`:                  "csv.quote: a quote is one ASCII character",
		`{header: -1}`:                  "csv.header: true, false, or how many lines it takes belongs here",
		`{skip: "("}`:                   "csv.skip: a regular expression belongs here",
		`{footer: "["}`:                 "csv.footer: a regular expression belongs here",
		`{ragged: fil}`:                 `csv.ragged: error or fill belongs here, not "fil" (did you mean fill?)`,
		`{encoding: latin-9000}`:        "csv.encoding: there is no encoding",
		`{delimeter: ","}`:              "there is no such key (did you mean delimiter?)",
	} {
		_, err := Parse("d.yaml", []byte("dataset: d\ncsv: "+csv+"\nfields: {x: {type: string}}\n"), nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", csv, err, want)
		}
	}
}
