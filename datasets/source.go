package datasets

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// rows reads the pointer to the rows of a JSON document.
func (d *descriptor) rows() {
	e, ok := d.entries["rows"]
	if !ok {
		return
	}
	pointer, ok := d.text(e.value, "rows")
	if ok && !ValidRows(pointer) {
		d.fault(e.value, "rows", "a JSON pointer belongs here, such as /features, not %s", describe(e.value))
		return
	}
	d.ds.Rows = pointer
}

// sheet reads which sheet of a workbook has the rows: a name, or a place from 1.
func (d *descriptor) sheet() {
	e, ok := d.entries["sheet"]
	if !ok {
		return
	}
	if n, ok := integerOf(e.value); ok {
		if n < 1 {
			d.fault(e.value, "sheet", "sheets count from 1; a name, or a place, belongs here, not %s", describe(e.value))
			return
		}
		d.ds.Sheet = strconv.FormatInt(n, 10)
		return
	}
	if name, ok := d.text(e.value, "sheet"); ok {
		if name == "" {
			d.fault(e.value, "sheet", "the name of a sheet, or its place from 1, belongs here, not %s", describe(e.value))
		}
		d.ds.Sheet = name
	}
}

// ValidRows reports whether the text is a JSON pointer (RFC 6901) that is not
// empty. Its parts begin with a slash; within a part ~ is written ~0 and / is
// written ~1.
func ValidRows(pointer string) bool {
	if !strings.HasPrefix(pointer, "/") {
		return false
	}
	for i := range len(pointer) {
		if pointer[i] == '~' && (i+1 == len(pointer) || pointer[i+1] != '0' && pointer[i+1] != '1') {
			return false
		}
	}
	return true
}

// columns reads what becomes of columns that no field reads, and of fields that
// a source has no column for.
func (d *descriptor) columns() {
	if e, ok := d.entries["ignore"]; ok {
		for _, it := range d.texts(e.value, "ignore") {
			d.ds.Ignore = append(d.ds.Ignore, it.text)
		}
	}
	d.ds.Extra = d.choice("extra", "ignore", "error")
	d.ds.NullColumns = d.choice("missing_columns", "null", "error") == "null"
	d.ds.Loose = d.choice("shape", "loose", "strict") == "loose"
	d.ds.Rest = d.choice("rest", "ignore", "error") == "ignore"
}

// Ignores reports whether the descriptor leaves a column of the source out, by its
// name or a pattern of it, in which * stands for any characters.
func (d *Dataset) Ignores(column string) bool {
	return slices.ContainsFunc(d.Ignore, func(pattern string) bool { return matches(pattern, column) })
}

// matches reports whether a name is like a pattern, in which * stands for any
// characters.
func matches(pattern, name string) bool {
	before, after, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == name
	}
	name, ok := strings.CutPrefix(name, before)
	for ok {
		if matches(after, name) {
			return true
		}
		if name == "" {
			return false
		}
		_, size := utf8.DecodeRuneInString(name)
		name = name[size:]
	}
	return false
}
