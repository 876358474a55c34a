package datasets

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// yamlLine is a line's end as YAML 1.1 has them.
var yamlLine = regexp.MustCompile("\r\n|[\r\n\u0085\u2028\u2029]")

func FuzzParse(f *testing.F) {
	good, err := filepath.Glob("testdata/good/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(good, "iris.yaml") {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("dataset: &a d\ntitle: *a\nfields: {<<: *a}\n"))
	f.Add([]byte("a: [1, {b: \"\t\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		ds, err := Parse("d.yaml", text, testSchemas)
		if err == nil {
			if ds.Name == "" || len(ds.Fields) == 0 || ds.QuerySchema() == nil || ds.Digest == "" {
				t.Errorf("a dataset is not whole: %+v", ds)
			}
			return
		}
		var faults *DescriptorError
		if !errors.As(err, &faults) || len(faults.Faults) == 0 {
			t.Fatalf("%T without a fault", err)
		}
		lines := len(yamlLine.FindAll(text, -1)) + 1
		for i, fault := range faults.Faults {
			if fault.Line < 1 || fault.Line > lines || fault.Column < 1 || fault.Column > len(text)+1 {
				t.Errorf("%v is outside of the file's %d lines", fault, lines)
			}
			if i > 0 && fault.Line < faults.Faults[i-1].Line {
				t.Errorf("%v stands after %v", fault, faults.Faults[i-1])
			}
		}
	})
}
