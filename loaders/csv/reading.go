package csv

import (
	"slices"
	"strings"

	"herbarium/loaders/header"
)

// reading is a sample, read in one dialect.
type reading struct {
	syntax
	header.Rows
	lines  []int // of the rows
	broken int   // rows that break the grammar, also as loosen reads them
	loose  int   // rows that loosen read
	score  float64
}

// read reads the sample. A record that is cut off at its end does not count.
func (s *sniffer) read(in syntax) *reading {
	r := &reading{syntax: in}
	c := &scanner{syntax: in}
	c.reset(s.text, 1, false, len(s.text)+1)
	for len(r.Values) < header.MaxSniffed {
		more, err := c.next()
		if err != nil {
			if s.whole {
				r.broken += 1 + len(r.Values)/10
			}
			break
		}
		if !more {
			break
		}
		if !s.whole && len(c.text) == 0 && len(r.Values) > 0 {
			break
		}
		if c.blank {
			continue
		}
		if c.faulty {
			if c.loosen(r.Widest()) || len(r.Values) == 0 && c.loosen(0) {
				r.loose++
			} else {
				r.broken++
			}
		}
		row := make([]string, len(c.cells))
		for i := range c.cells {
			row[i] = string(c.cells[i].Text)
		}
		r.Values = append(r.Values, row)
		r.lines = append(r.lines, c.cells[0].Line)
	}
	r.Width = r.Widest()
	return r
}

// rate gives the reading its score: how alike the rows are in their number of
// values, times how much the values are like values of a type.
func (r *reading) rate() {
	alike, values, typed := 0, 0, 0.0
	for i, row := range r.Values {
		if len(row) != r.Width {
			continue
		}
		alike++
		if i == 0 {
			continue // names perhaps
		}
		for _, v := range row {
			values++
			typed += r.likeness(v)
		}
	}
	if len(r.Values) == 0 {
		return
	}
	types := 1.0
	if values > 0 {
		types = typed / float64(values)
	}
	consistency := float64(alike) / float64(len(r.Values))
	breaks := 1 - float64(r.broken)/float64(len(r.Values))
	r.score = consistency * consistency * types * max(0, breaks)
}

// likeness is how much a text is like a value: 1 where it is one of a type, less
// where it has characters that may stand between values.
func (r *reading) likeness(v string) float64 {
	switch {
	case header.KindOf(v) != header.TextKind:
		return 1
	case strings.ContainsAny(v, ";|\t\x1f"):
		return 0.3
	case strings.Count(v, `"`)%2 == 1:
		return 0.4
	case r.delimiter != ',' && strings.Contains(v, ","):
		return 0.75
	}
	return 0.9
}

// alike is the part of the rows that have the same number of values.
func (r *reading) alike() float64 {
	n := 0
	for _, row := range r.Values {
		if len(row) == r.Width {
			n++
		}
	}
	return float64(n) / float64(max(1, len(r.Values)))
}

// rowNames reports whether the header is one shorter than all rows, as in what R
// writes.
func (r *reading) rowNames() bool {
	return len(r.Values[0]) == r.Width-1 && r.Width > 2 && !slices.ContainsFunc(r.Values[1:], func(row []string) bool { return len(row) != r.Width })
}

// singleQuoted reports whether values begin and end with an apostrophe: usual says
// that most do which have one, some that one has one.
func (r *reading) singleQuoted() (usual, some bool) {
	begin, both := 0, 0
	for _, row := range r.Values {
		for _, v := range row {
			if strings.HasPrefix(v, "'") {
				begin++
				if len(v) > 1 && strings.HasSuffix(v, "'") {
					both++
				}
			}
		}
	}
	return both >= 2 && both >= len(r.Values)/2 && 2*both >= begin, begin > 0
}
