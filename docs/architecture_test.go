package docs_test

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheArchitectureNamesEveryPackage holds the tree of ARCHITECTURE.md against the folders
// that have Go in them.
func TestTheArchitectureNamesEveryPackage(t *testing.T) {
	_, tree, _ := strings.Cut(textOf(t, "../ARCHITECTURE.md"), "## Packages\n\n```\n")
	tree, _, _ = strings.Cut(tree, "\n```")
	packages := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "bench" || strings.HasPrefix(d.Name(), ".") && path != "..") {
			return filepath.SkipDir // bench is a module that describes itself
		}
		if filepath.Ext(path) == ".go" && filepath.Base(filepath.Dir(path)) != "asm" {
			packages[filepath.Dir(path)] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for path := range packages {
		if !regexp.MustCompile(`(?m)(^|[ /])` + regexp.QuoteMeta(filepath.Base(path)) + `/ `).MatchString(tree) {
			t.Errorf("the tree of ARCHITECTURE.md has no line of %s", path)
		}
	}
	if len(packages) < 40 {
		t.Errorf("there are %d packages: %v", len(packages), packages)
	}
}

// major ends the path of a module from its second version on.
var major = regexp.MustCompile(`/v[0-9]+$`)

// TestTheArchitectureHasAReasonForEveryDependency holds its tables against the modules that
// go.mod requires.
func TestTheArchitectureHasAReasonForEveryDependency(t *testing.T) {
	_, tables, _ := strings.Cut(textOf(t, "../ARCHITECTURE.md"), "## Dependencies\n")
	for _, file := range []string{"../go.mod", "../bench/go.mod", "../deploy/kubernetes/go.mod"} {
		direct := 0
		for line := range strings.Lines(textOf(t, file)) {
			module, version, found := strings.Cut(strings.TrimSpace(line), " v")
			if !found || strings.HasSuffix(version, "// indirect") || module == "herbarium" {
				continue
			}
			direct++
			module = major.ReplaceAllString(module, "")
			_, path, _ := strings.Cut(module, "/")
			if !strings.Contains(tables, strings.TrimPrefix(module, "github.com/")) && !strings.Contains(tables, "`"+path+"`") {
				t.Errorf("%s: ARCHITECTURE.md says nothing of %s", file, module)
			}
		}
		if direct < 5 {
			t.Errorf("%s has %d direct requirements", file, direct)
		}
	}
}

// TestContributingDescribesEveryStep holds the table of CONTRIBUTING.md against .ci/run.
func TestContributingShowsAnOperationAsItIs(t *testing.T) {
	_, want, _ := strings.Cut(textOf(t, "../datasets/operation_count.go"), "\nvar Count")
	_, got, _ := strings.Cut(textOf(t, "../CONTRIBUTING.md"), "```go\nvar Count")
	got, _, _ = strings.Cut(got, "```")
	if want == "" || got != want {
		t.Errorf("CONTRIBUTING.md shows\n%s\nand datasets/operation_count.go has\n%s", got, want)
	}
}

func TestContributingDescribesEveryStep(t *testing.T) {
	steps := map[string]bool{}
	for _, list := range regexp.MustCompile(`(?m)^(?:all|more)=\(([a-z0-9 ]+)\)`).FindAllStringSubmatch(textOf(t, "../.ci/run"), -1) {
		for step := range strings.FieldsSeq(list[1]) {
			steps[step] = true
		}
	}
	if len(steps) < 20 {
		t.Fatalf("%d steps were found", len(steps))
	}
	_, table, _ := strings.Cut(textOf(t, "../CONTRIBUTING.md"), "| step | checks |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	described := map[string]bool{}
	for line := range strings.Lines(table) {
		names, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
		for _, name := range regexp.MustCompile("`([a-z0-9]+)`").FindAllStringSubmatch(names, -1) {
			described[name[1]] = true
			if !steps[name[1]] {
				t.Errorf("CONTRIBUTING.md has the step %s, and .ci/run has not", name[1])
			}
		}
	}
	for step := range steps {
		if !described[step] {
			t.Errorf("CONTRIBUTING.md says nothing of the step %s", step)
		}
	}
}
