package loaders_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"herbarium/loaders"
)

func TestNastyFilesAreReadAsExpected(t *testing.T) {
	expected, err := txtar.ParseFile("testdata/nasty/expected.txtar")
	if err != nil {
		t.Fatal(err)
	}
	ds := dataset(t, "dataset: nasty\nfields: {a: {type: string}, b: {type: string}}\n", "")
	for _, file := range expected.Files {
		t.Run(file.Name, func(t *testing.T) {
			content, err := os.ReadFile("testdata/nasty/" + file.Name)
			if err != nil {
				t.Fatal(err)
			}
			target := &memory{}
			_, err = loaders.Load(t.Context(), target, ds, []loaders.Source{text("nasty.csv", string(content))}, loaders.Options{})
			got := strings.Join(target.rows, "\n")
			if err != nil {
				got = strings.Join(faultLines(t, err), "\n")
			}
			if diff := cmp.Diff(strings.TrimSuffix(string(file.Data), "\n"), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	files, err := filepath.Glob("testdata/nasty/*.csv")
	if err != nil || len(files) != len(expected.Files) {
		t.Errorf("%d files, %d are expected, %v", len(files), len(expected.Files), err)
	}
}
