package infer

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"herbarium/datasets"
	"herbarium/loaders/decode"
)

// field is a field of the descriptor and the decision that it comes from.
type field struct {
	datasets.Field
	decision *decision
	// selector is the query property that picks by it; "" where none does.
	selector string
	// declared is what a description says of the column, nil if nothing; remarks are
	// said in the place of the decision's then.
	declared *Declared
	remarks  []string
	// overruled says that the declared type is not the one that the values have.
	overruled bool
}

// fields makes a field of each column that one can read, and says of the
// others why none can.
func (t *Table) fields() (fields []*field, leftOut []string) {
	names := newNames()
	selectors := map[string]bool{}
	sources := map[string]bool{}
	within := t.within()
	for i, v := range t.decisions() {
		c := v.column
		why := c.unreadable(within)
		if why == "" && sources[c.source()] {
			why = "another column goes by the same name"
		}
		if why != "" {
			leftOut = append(leftOut, strconv.Quote(c.source())+": "+why)
			continue
		}
		if t.inList(c) || c.nested > 0 || c.passed {
			continue // its members are fields, or it is left out with its list
		}
		sources[c.source()] = true
		f := &field{decision: v}
		if v.isText() {
			f.Type = datasets.String
			f.Coerce = c.mixed || c.untyped || c.kind == decode.Number || c.kind == decode.Boolean || c.kind == decode.Instant
		} else {
			f.Type, f.Notation = v.chosen.field.Type, v.chosen.field.Notation
		}
		f.Missing, f.Enum = v.missing, v.enum
		d := t.declared[c]
		if d != nil {
			f.declare(d)
		}
		path := c.Path
		switch {
		case d != nil && t.byPlace:
			path = []string{d.Column}
		case c.name != "":
			path = []string{c.name}
		}
		if last := len(path) - 1; f.Numeric() {
			if name, unit, ok := unitOf(path[last]); ok {
				path = append(append([]string(nil), path[:last]...), name)
				f.Unit = cmp.Or(f.Unit, unit)
			}
			if f.Unit == "" && c.declared != nil {
				f.Unit = c.declared.Unit
			}
		}
		f.Name = names.name(path, i+1)
		if f.Column = c.source(); f.Column == f.Name {
			f.Column = ""
		}
		if v.few {
			f.selector = f.Name
			for !datasets.ValidSelector(f.selector) || selectors[f.selector] {
				f.selector = "by_" + f.selector
			}
			selectors[f.selector] = true
		}
		fields = append(fields, f)
	}
	return fields, leftOut
}

// within returns the columns that have others within them.
func (t *Table) within() map[string]bool {
	outer := map[string]bool{}
	for _, c := range t.columns {
		for n := range c.Path {
			outer[pathID(c.Path[:n])] = true
		}
	}
	return outer
}

// inList reports whether the column is within a list that is left out.
func (t *Table) inList(c *Column) bool {
	for n := 1; n < len(c.Path); n++ {
		if outer := t.byPath[pathID(c.Path[:n])]; outer != nil && (outer.list || outer.bare || outer.passed) {
			return true
		}
	}
	return false
}

// unreadable says why no field can read the column; "" where one can, or where
// fields read what is within it.
func (c *Column) unreadable(within map[string]bool) string {
	switch {
	case c.why != "":
		return c.why
	case c.table.inList(c):
		return ""
	case c.list:
		return "a list in " + rowsOf(c.nested)
	case c.nested > 0 && (c.nested < c.given || !within[pathID(c.Path)]):
		if c.what != "" {
			return c.what + ", in " + rowsOf(c.nested)
		}
		return "an object, a list or another value that no field reads, in " + rowsOf(c.nested)
	}
	for _, part := range c.Path {
		if part == "" {
			return "a name of no characters"
		}
		if len(c.Path) > 1 && !c.table.DottedNames && strings.Contains(part, ".") {
			return "a name with a dot within an object"
		}
	}
	return ""
}

// source is how a descriptor names the column.
func (c *Column) source() string { return strings.Join(c.Path, ".") }

// about says what was seen of the field, for a comment.
func (f *field) about() string {
	v := f.decision
	var parts []string
	if f.overruled {
		if n, exact := v.column.distinct(); n > 0 {
			parts = append(parts, distinctText(n, exact, v.column.table))
		}
	} else if !v.isText() && v.column.typed == 0 {
		parts = append(parts, "of the source's type, since no value was seen")
	} else if !v.isText() {
		parts = append(parts, v.span())
	} else if n, exact := v.column.distinct(); f.Enum == nil && n > 1 {
		parts = append(parts, distinctText(n, exact, v.column.table))
	}
	if f.declared == nil && len(v.column.Path) == 1 && unnamed(v.column.Path[0]) {
		parts = append(parts, "has no name in the source")
	}
	if v.absent > 0 {
		parts = append(parts, rowsWithout(v.absent, v.column.table.rows))
	}
	if v.chosen != nil && v.column.typed > 0 && f.Type == datasets.DateTime && f.Format == "" && !zoned(v.chosen.low.text) {
		parts = append(parts, "without an offset: read as UTC, unless timezone names another")
	}
	if f.Type == datasets.DateTime && f.Coerce {
		parts = append(parts, "what is finer than a millisecond is cut off")
	}
	if r, _ := utf8.DecodeRuneInString(f.Thousands); unicode.IsSpace(r) && r > ' ' {
		parts = append(parts, fmt.Sprintf("the mark between thousands is %U", r))
	}
	if strings.Contains(f.Format, "%y") {
		parts = append(parts, "years of two digits are 1969 to 2040")
	}
	if f.declared != nil {
		return strings.Join(append(parts, f.remarks...), "; ")
	}
	return strings.Join(append(parts, v.remarks...), "; ")
}

// span is the least and the greatest value, as the source writes them.
func (v *decision) span() string {
	c, low, high := v.column, v.chosen.low.text, v.chosen.high.text
	if v.chosen.field.Type == datasets.Date && c.kind == decode.Instant {
		low, high = strings.TrimSuffix(low, "T00:00:00"), strings.TrimSuffix(high, "T00:00:00")
	}
	if v.chosen.field.Type == datasets.Boolean {
		return distinctBooleans(c)
	}
	if low == high {
		return "always " + low + c.table.sampled()
	}
	n, exact := c.distinct()
	n -= c.valueless()
	return low + " to " + high + ", " + distinctText(n, exact, c.table)
}

func distinctBooleans(c *Column) string {
	var yes, no int64
	for text, n := range c.texts {
		if _, truth, ok := pairOf([]byte(strings.Trim(text, " \t"))); ok && truth {
			yes += n
		} else if ok {
			no += n
		}
	}
	return fmt.Sprintf("%d true, %d false", yes, no)
}

func distinctText(n int, exact bool, t *Table) string {
	if !exact {
		return fmt.Sprintf("more than %d distinct", n-1)
	}
	return fmt.Sprintf("%d distinct", n) + t.sampled()
}

// sampled is added to what may hold for the sample alone.
func (t *Table) sampled() string {
	if t.Whole {
		return ""
	}
	return " in the sample"
}

func rowsWithout(n, of int64) string {
	if n == of {
		return "missing everywhere"
	}
	return fmt.Sprintf("missing in %d", n)
}

func rowsOf(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return strconv.FormatInt(n, 10) + " rows"
}

// zoned reports whether a date-time says its offset.
func zoned(text string) bool { return len(text) > 10 && strings.ContainsAny(text[10:], "ZzUG+-") }
