package loaders

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"herbarium/loaders/source"
)

// Programs of databases draw tables for people: with lines around them, or with
// spaces that put values below each other. Such text is no CSV, though each line of
// it could be a row. It is recognised by the line below the names, or by places at
// which all lines have a space.

var (
	plusLine     = regexp.MustCompile(`^\+[-=+]+\+$`)
	psqlLine     = regexp.MustCompile(`^ ?-+(\+-+)+ ?$`)
	markdownLine = regexp.MustCompile(`^\|?[ :]*-{2,}[-: ]*(\|[ :]*-{2,}[-: ]*)+\|?$|^\|[ :]*-{2,}[-: ]*\|$`)
	barLine      = regexp.MustCompile(`^[-|+]{5,}$`)
	dashesLine   = regexp.MustCompile(`^-{2,}( +-{2,})+ *$`)
)

const asCSV = "; write it as CSV instead: "

// drawnTable says that a source which begins like this is a table drawn for people,
// and how to get one for programs; "" where it is none.
func drawnTable(head []byte) string {
	lines := linesOf(head, 20)
	for i, line := range lines[:min(len(lines), 4)] {
		text := strings.TrimRight(line, " ")
		switch r, _ := utf8.DecodeRuneInString(text); {
		case plusLine.MatchString(text):
			return "this is a table drawn with lines, as mysql writes it" + asCSV + "mysql --batch writes tabs between values, and psql has --csv"
		case strings.ContainsRune("┌╭╔┏", r):
			return "this is a table drawn with lines, as DuckDB and Polars print it" + asCSV + "duckdb -csv, or write_csv in Polars"
		case i == 1 && psqlLine.MatchString(text):
			return "this is a table as psql prints it" + asCSV + `psql --csv -c 'SELECT …', or \copy (SELECT …) TO 'FILE.csv' CSV HEADER`
		case i == 1 && markdownLine.MatchString(text) && strings.Contains(lines[0], "|"):
			return "this is a table of Markdown" + asCSV + "a line for each row, with commas between values"
		case i == 1 && dashesLine.MatchString(text) && !strings.ContainsAny(lines[0], ",;\t|"):
			return "this is a table with values below each other, as sqlite3 and sqlcmd print it" + asCSV + "sqlite3 -header -csv, or sqlcmd -W -s ','"
		}
	}
	for i := 1; i+1 < len(lines); i++ {
		if barLine.MatchString(lines[i]) && betweenBars(lines[i-1]) && betweenBars(lines[i+1]) {
			return "this is a list as SAP draws it" + asCSV + "save the list as a spreadsheet, or as text with tabs, rather than unconverted"
		}
	}
	if fixedWidths(lines) {
		return "this is a table of columns with fixed widths, without a character between values" + asCSV + "pandas.read_fwf('FILE').to_csv('FILE.csv', index=False)"
	}
	return ""
}

// betweenBars reports whether a line begins and ends with a bar, and has one between.
func betweenBars(line string) bool {
	line = strings.TrimRight(line, " ")
	return strings.HasPrefix(line, "|") && strings.HasSuffix(line, "|") && strings.Count(line, "|") > 2
}

// linesOf returns the first lines of a text that are not blank, without one that is
// cut off.
func linesOf(head []byte, most int) (lines []string) {
	text := bytes.TrimPrefix(head, source.ByteOrderMark)
	for len(text) > 0 && len(lines) < most {
		line, rest, ended := bytes.Cut(text, []byte{'\n'})
		if !ended && len(head) == source.PeekBytes {
			break
		}
		text = rest
		if line = bytes.TrimRight(line, "\r"); len(bytes.TrimSpace(line)) > 0 {
			lines = append(lines, string(line))
		}
	}
	return lines
}

// fixedWidths reports whether all lines have a space at the same places, of which
// the first line has two side by side, and no character that stands between values.
func fixedWidths(lines []string) bool {
	if len(lines) < 3 {
		return false
	}
	shortest := len(lines[0])
	for _, line := range lines {
		if strings.ContainsAny(line, ",;\t|\"") || strings.HasPrefix(line, "#") {
			return false
		}
		shortest = min(shortest, len(strings.TrimRight(line, " ")))
	}
	gaps := 0
	for at := 1; at < shortest; at++ {
		if lines[0][at-1] != ' ' && lines[0][at] == ' ' {
			if end := gapFrom(lines, at, shortest); end < shortest && strings.Contains(lines[0], "  ") {
				gaps++
			}
		}
	}
	return gaps > 0
}

// gapFrom returns the first place behind another at which all lines have a space,
// before the names go on; shortest where there is none.
func gapFrom(lines []string, from, shortest int) int {
	for at := from; at < shortest && lines[0][at] == ' '; at++ {
		all := true
		for _, line := range lines {
			all = all && line[at] == ' ' && strings.TrimSpace(line[:at]) != ""
		}
		if all {
			return at
		}
	}
	return shortest
}
