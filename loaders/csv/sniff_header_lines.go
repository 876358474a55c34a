package csv

import (
	"slices"
	"strings"

	"herbarium/datasets"
	"herbarium/loaders/header"
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
	if known.Header != 0 || s.Header != 0 || r.Width < 2 || len(r.Values[0]) != r.Width {
		return
	}
	for lines := min(maxHeaderLines, len(r.Values)-1); lines > 1; lines-- {
		if r.headed(lines) {
			s.Header = lines
			s.Note("The header has %d lines: those below the first have no values like the rows.", lines)
			return
		}
	}
}

// headed reports whether the first lines are a header.
func (r *reading) headed(lines int) bool {
	below := *r
	below.Values = r.Values[lines-1:] // ColumnKind leaves out the first
	var typed []int
	for column := range r.Width {
		if below.ColumnKind(column) > header.TextKind {
			typed = append(typed, column)
		}
	}
	if len(typed) == 0 {
		return false
	}
	grouped := r.grouped()
	for i := 1; i < lines; i++ {
		row := r.Values[i]
		if len(row) != r.Width || !r.belowNames(i, typed, grouped) && (i != lines-1 || i == 1 || !namesIndex(row, typed)) {
			return false
		}
	}
	return len(r.Values[lines]) == r.Width && slices.ContainsFunc(typed, func(c int) bool { return header.KindOf(r.Values[lines][c]) > header.TextKind })
}

// grouped reports whether the first line has a name twice, or none above a column
// other than the first: the names of groups.
func (r *reading) grouped() bool {
	first := r.Values[0]
	for i, name := range first {
		if i > 0 && (strings.TrimSpace(name) == "" || slices.Contains(first[:i], name)) {
			return header.Filled(first) > 0
		}
	}
	return false
}

// belowNames reports whether a line stands below names: it has texts for at least two
// columns that differ or are units, or, below groups, for one; or years below groups.
func (r *reading) belowNames(line int, typed []int, grouped bool) bool {
	row := r.Values[line]
	var texts []string
	units, years := true, 0
	for _, column := range typed {
		v := strings.TrimSpace(row[column])
		switch k := header.KindOf(v); {
		case k == header.TextKind:
			texts = append(texts, v)
			units = units && infer.IsUnit(strings.Trim(v, "()[]"))
		case k == header.NumberKind && grouped && isYear(v):
			years++
		case k != header.EmptyKind || v != "":
			return false
		}
	}
	if grouped {
		return len(texts)+years > 0 && header.Filled(row) >= header.Filled(r.Values[0])
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
	return header.KindOf(row[0]) == header.TextKind
}

// isYear reports whether a text is a year.
func isYear(v string) bool { return len(v) == 4 && v >= "1500" && v <= "2200" }
