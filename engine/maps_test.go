package engine_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The files of large packages are listed in doc.go, in the order in which they are read.
func TestMapsOfPackagesNameTheirFiles(t *testing.T) {
	docs, err := filepath.Glob("*/doc.go")
	if err != nil {
		t.Fatal(err)
	}
	name, maps := regexp.MustCompile(`[a-z0-9_]+\.go`), 0
	for _, doc := range docs {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		_, listed, ok := strings.Cut(string(text), "\n// # Map\n")
		if !ok {
			continue
		}
		maps++
		named := append(name.FindAllString(listed, -1), "doc.go")
		entries, err := os.ReadDir(filepath.Dir(doc))
		if err != nil {
			t.Fatal(err)
		}
		var files []string
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go") {
				files = append(files, e.Name())
			}
		}
		slices.Sort(named)
		slices.Sort(files)
		if named = slices.Compact(named); !slices.Equal(named, files) {
			t.Errorf("%s names %q, and there are %q", doc, named, files)
		}
	}
	if maps < 2 {
		t.Errorf("%d packages have a map", maps)
	}
}
