package format

import (
	"regexp"
	"strings"

	"herbarium/engine"
	"herbarium/engine/plan"
)

// Markdown writes answers as a table of GitHub Flavored Markdown: a row a line,
// with numbers to the right. A null is null. What Markdown or HTML would read as
// markup is escaped.
var Markdown = engine.Format{
	Name:       "md",
	MediaType:  "text/markdown",
	Parameters: "; charset=utf-8",
	New: func(p *plan.Plan) engine.Encoder {
		style := gridStyle{before: "| ", between: " | ", after: " |", escape: plainMarkdown, rule: alignment}
		return newGrid(p, style, names(p, plainMarkdown))
	},
}

// alignment is the cell below a column's name, which says to which side it aligns.
// It has at least three characters, as some readers demand.
func alignment(width int, right bool) string {
	if right {
		return strings.Repeat("-", max(width-1, 2)) + ":"
	}
	return strings.Repeat("-", max(width, 3))
}

// plainMarkdown escapes text so that it shows as it is.
func plainMarkdown(text string) string {
	return boundary.ReplaceAllString(markdownEscapes.Replace(Visible(text)), `\$0`)
}

// boundary matches a _ that no letter or digit stands before, or after. Elsewhere it
// is no markup.
var boundary = regexp.MustCompile(`\b_|_\b`)

var markdownEscapes = strings.NewReplacer(`\`, `\\`, "|", `\|`, "`", "\\`", "*", `\*`, "~", `\~`,
	"[", `\[`, "]", `\]`, "<", "&lt;", ">", "&gt;", "&", "&amp;")
