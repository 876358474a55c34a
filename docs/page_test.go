package docs_test

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// A page's blocks of these languages are run, in order, in a folder of the
// page's own. The block right after one, of another language, is what it has to
// print.
var runs = []string{"sh", "python", "js", "r"}

// block is a fenced block of a Markdown page.
type block struct {
	language string
	line     int // of its first fence, from 1
	text     string
	// printed is the line of the block that holds what this one prints, 0 if
	// the page does not show it.
	printed int
	want    string
}

// runnable reports whether the block is to be run.
func (b *block) runnable() bool { return slices.Contains(runs, b.language) }

// readPage returns a page's lines and its fenced blocks.
func readPage(t *testing.T, file string) (lines []string, blocks []block) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines = strings.SplitAfter(string(text), "\n")
	const fence = "```"
	var open *block
	adjoins := false // to a block that is run
	for i, line := range lines {
		switch {
		case open != nil && strings.HasPrefix(line, fence):
			if !open.runnable() && adjoins {
				last := &blocks[len(blocks)-1]
				last.printed, last.want = open.line, open.text
			} else {
				blocks = append(blocks, *open)
			}
			adjoins, open = open.runnable(), nil
		case open != nil:
			open.text += line
		case strings.HasPrefix(line, fence):
			open = &block{language: strings.TrimSpace(strings.TrimPrefix(line, fence)), line: i + 1}
		case strings.TrimSpace(line) != "":
			adjoins = false
		}
	}
	if open != nil {
		t.Fatalf("%s:%d: the block has no end", file, open.line)
	}
	return lines, blocks
}
