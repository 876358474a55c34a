package csv

import (
	"slices"
	"strings"

	"herbarium/datasets"
	"herbarium/loaders/infer"
)

// A header of several lines is one whose lines below the first have texts, or
// nothing, in all columns that have numbers, dates or booleans further down. pandas
// writes such headers for columns of several levels, and one more line that names
// the index; spreadsheets have groups above names, and units below them. A line of
// texts that are all the same is more likely a row.

// maxHeaderLines is how many lines of a header are looked for.
const maxHeaderLines = 5

// headerLines finds out how many lines the header has.
func (s *sniffer) headerLines(r *reading, known datasets.CSV) {
	if known.Header != 0 || s.Header != 0 || r.width < 2 || len(r.rows[0]) != r.width {
		return
	}
	for lines := min(maxHeaderLines, len(r.rows)-1); lines > 1; lines-- {
		if r.headed(lines) {
			s.Header = lines
			s.note("The header has %d lines: those below the first have no values like the rows.", lines)
			return
		}
	}
}

// headed reports whether the first lines are a header.
func (r *reading) headed(lines int) bool {
	below := *r
	below.rows = r.rows[lines-1:] // columnKind leaves out the first
	var typed []int
	for column := range r.width {
		if below.columnKind(column) > kindText {
			typed = append(typed, column)
		}
	}
	if len(typed) == 0 {
		return false
	}
	grouped := r.grouped()
	for i := 1; i < lines; i++ {
		row := r.rows[i]
		if len(row) != r.width || !r.belowNames(i, typed, grouped) && (i != lines-1 || i == 1 || !namesIndex(row, typed)) {
			return false
		}
	}
	return len(r.rows[lines]) == r.width && slices.ContainsFunc(typed, func(c int) bool { return kindOf(r.rows[lines][c]) > kindText })
}

// grouped reports whether the first line has a name twice, or none above a column
// other than the first: the names of groups.
func (r *reading) grouped() bool {
	first := r.rows[0]
	for i, name := range first {
		if i > 0 && (strings.TrimSpace(name) == "" || slices.Contains(first[:i], name)) {
			return filled(first) > 0
		}
	}
	return false
}

// belowNames reports whether a line stands below names: it has texts for at least two
// columns that differ or are units, or, below groups, for one; or years below groups.
func (r *reading) belowNames(line int, typed []int, grouped bool) bool {
	row := r.rows[line]
	var texts []string
	units, years := true, 0
	for _, column := range typed {
		v := strings.TrimSpace(row[column])
		switch k := kindOf(v); {
		case k == kindText:
			texts = append(texts, v)
			units = units && infer.IsUnit(strings.Trim(v, "()[]"))
		case k == kindNumber && grouped && isYear(v):
			years++
		case k != kindEmpty || v != "":
			return false
		}
	}
	if grouped {
		return len(texts)+years > 0 && filled(row) >= filled(r.rows[0])
	}
	slices.Sort(texts)
	return len(texts) > 1 && (units || len(slices.Compact(texts)) > 1)
}

// namesIndex reports whether a line has names, and nothing for the columns that have
// values further down.
func namesIndex(row []string, typed []int) bool {
	for _, column := range typed {
		if strings.TrimSpace(row[column]) != "" {
			return false
		}
	}
	return kindOf(row[0]) == kindText
}

// isYear reports whether a text is a year.
func isYear(v string) bool { return len(v) == 4 && v >= "1500" && v <= "2200" }
