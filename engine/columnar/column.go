package columnar

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"herbarium/datasets"
	"herbarium/engine"
)

// blockRows is how many rows a block has: a multiple of 64, small enough that
// the columns of a filter stay in the cache of a core.
const blockRows = 8192

// column holds the values of one field. Only the slice of its kind is set; a
// row without a value holds a zero there. String codes index dict, which is
// sorted by bytes, so that codes compare as their texts do.
type column struct {
	kind   datasets.Type
	valid  []uint64 // nil where every row has a value
	floats []float64
	ints   []int64
	codes  []uint32
	dict   []string

	summaries []summary // one a block

	// groups numbers the values, ascending: 0 is null, then the distinct
	// values. It is set for fields that means are grouped by.
	groups *groupCodes
}

// summary is what is known of a block of a column. Without a value in it, min
// and max have no meaning.
type summary struct {
	nulls          int
	minFloat       float64
	maxFloat       float64
	minInt, maxInt int64 // of ints, or of codes
}

// groupCodes numbers the values of a column in ascending order.
type groupCodes struct {
	codes  []uint32       // by row
	values []engine.Value // by code - 1
}

func (c *column) null(row int) bool { return c.valid != nil && c.valid[row>>6]>>(row&63)&1 == 0 }

// summarize fills in the summaries.
func (c *column) summarize(rows int) {
	for b := range blocks(rows) {
		start, end := span(b, rows)
		s := summary{minFloat: math.Inf(1), maxFloat: math.Inf(-1), minInt: math.MaxInt64, maxInt: math.MinInt64}
		for row := start; row < end; row++ {
			if c.null(row) {
				s.nulls++
				continue
			}
			switch c.kind {
			case datasets.Number:
				s.minFloat, s.maxFloat = min(s.minFloat, c.floats[row]), max(s.maxFloat, c.floats[row])
			case datasets.String:
				s.minInt, s.maxInt = min(s.minInt, int64(c.codes[row])), max(s.maxInt, int64(c.codes[row]))
			default:
				s.minInt, s.maxInt = min(s.minInt, c.ints[row]), max(s.maxInt, c.ints[row])
			}
		}
		c.summaries = append(c.summaries, s)
	}
}

// group numbers the column's values.
func (c *column) group(rows int) {
	g := &groupCodes{codes: make([]uint32, rows)}
	if c.kind == datasets.String {
		for _, s := range c.dict {
			g.values = append(g.values, engine.Value{Str: s})
		}
		for row := range rows {
			if !c.null(row) {
				g.codes[row] = c.codes[row] + 1
			}
		}
		c.groups = g
		return
	}
	at := func(row int) engine.Value {
		if c.kind == datasets.Number {
			return engine.Value{Float: c.floats[row] + 0} // + 0 makes one group of both zeros
		}
		return engine.Value{Int: c.ints[row]}
	}
	numbers := map[engine.Value]uint32{}
	for row := range rows {
		if !c.null(row) {
			numbers[at(row)] = 0
		}
	}
	for v := range numbers {
		g.values = append(g.values, v)
	}
	slices.SortFunc(g.values, func(a, b engine.Value) int {
		return cmp.Or(cmp.Compare(a.Float, b.Float), cmp.Compare(a.Int, b.Int), strings.Compare(a.Str, b.Str))
	})
	for i, v := range g.values {
		numbers[v] = uint32(i + 1)
	}
	for row := range rows {
		if !c.null(row) {
			g.codes[row] = numbers[at(row)]
		}
	}
	c.groups = g
}
