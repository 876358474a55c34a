package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	fenced  = regexp.MustCompile("(?ms)^ *```.*?^ *```")
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	noSlug  = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
)

// TestLinksLeadSomewhere looks at the links of every page in the repository: the file is
// there, and so is the heading.
func TestLinksLeadSomewhere(t *testing.T) {
	pages := map[string]string{} // without what is in fences
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if err == nil && filepath.Ext(path) == ".md" {
			pages[path] = fenced.ReplaceAllString(textOf(t, path), "")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	links := 0
	for page, text := range pages {
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			target, anchor, _ := strings.Cut(match[1], "#")
			if strings.Contains(target, ":") {
				continue // of another site
			}
			links++
			file := page
			if target != "" {
				file = filepath.Join(filepath.Dir(page), target)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: %s: there is no such file", page, match[1])
				continue
			}
			if other, ok := pages[file]; ok && anchor != "" && !hasHeading(other, anchor) {
				t.Errorf("%s: %s: there is no such heading", page, match[1])
			}
		}
	}
	if links < 100 {
		t.Errorf("%d pages have %d links", len(pages), links)
	}
}

// TestEveryPageIsInItsIndex looks for the pages of docs and of docs/design in their README.md.
func TestEveryPageIsInItsIndex(t *testing.T) {
	for _, folder := range []string{".", "design"} {
		index := textOf(t, filepath.Join(folder, "README.md"))
		pages, err := filepath.Glob(filepath.Join(folder, "*.md"))
		if err != nil || len(pages) < 20 {
			t.Fatalf("%s has the pages %v: %v", folder, pages, err)
		}
		for _, page := range pages {
			if name := filepath.Base(page); name != "README.md" && !strings.Contains(index, "("+name+")") {
				t.Errorf("%s is not in the index", page)
			}
		}
	}
}

// hasHeading reports whether a page has a heading to which the anchor leads, as GitHub
// makes anchors of headings.
func hasHeading(page, anchor string) bool {
	for _, match := range heading.FindAllStringSubmatch(page, -1) {
		if strings.ReplaceAll(noSlug.ReplaceAllString(strings.ToLower(match[1]), ""), " ", "-") == anchor {
			return true
		}
	}
	return false
}
