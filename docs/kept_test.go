package docs_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// readWhatIsKept loads datasets into a folder and has other programs read the
// files there.
func readWhatIsKept(t *testing.T, binary string) {
	python := os.Getenv("HERBARIUM_TEST_PYTHON")
	if python == "" {
		t.Skip("HERBARIUM_TEST_PYTHON names no interpreter with pyarrow, polars and duckdb")
	}
	for _, kept := range []struct{ dataset, folder, rows string }{
		{"penguins", "../datasets", "344"}, {"every", "testdata", "8"}, {"numbers", numbersFolder(t), "20000"},
	} {
		t.Run(kept.dataset, func(t *testing.T) {
			dir := t.TempDir()
			args := []string{kept.dataset, "--datasets", kept.folder, "--store", "file:" + dir}
			if out, err := exec.Command(binary, append([]string{"load"}, args...)...).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			files, err := filepath.Glob(filepath.Join(dir, kept.dataset, "*", "rows.arrow"))
			if err != nil || len(files) != 1 {
				t.Fatal(files, err)
			}
			answer, err := exec.Command(binary, append([]string{"query", "--format", "arrow"}, args...)...).Output()
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, "answer.arrow")
			if err := os.WriteFile(file, answer, 0o644); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(python, "kept.py", files[0], file).CombinedOutput()
			if err != nil || strings.TrimSpace(string(out)) != kept.rows {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// numbersFolder returns a folder with a dataset of several blocks.
func numbersFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	var rows strings.Builder
	rows.WriteString("n,label\n")
	for i := range 20_000 {
		fmt.Fprintf(&rows, "%d,label %d\n", i, (20_000-i)/300)
	}
	for name, text := range map[string]string{
		"numbers.yaml": "dataset: numbers\ndata: numbers.csv\nfields: {n: {type: integer}, label: {type: string}}\n",
		"numbers.csv":  rows.String(),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
