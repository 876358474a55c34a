package columnar

import (
	"math"
	"slices"
	"sort"

	"herbarium/datasets"
	"herbarium/engine/columnar/internal/bitmap"
	"herbarium/engine/columnar/internal/kernels"
	"herbarium/engine/plan"
)

// pruning is what a zone map tells about a condition.
type pruning uint8

const (
	someRows pruning = iota // look at the rows
	noRow
	everyRow
)

// condition is a predicate that is compiled for the columns of one field.
type condition interface {
	// prune decides from the column's zone map alone.
	prune(c *column) pruning
	// refine clears the bits of rows that do not satisfy the condition.
	refine(c *column, selected []uint64)
}

// filter is a conjunction of conditions.
type filter struct {
	never      bool // no row of any block satisfies it
	fields     []int
	conditions []condition // on fields, one each
}

// selection is the rows of one block that satisfy a filter.
type selection struct {
	rows   int      // how many
	full   bool     // all of the block; bitmap has no meaning then
	bitmap []uint64 // of the block's rows
}

func (t *table) newSelection() *selection {
	return &selection{bitmap: make([]uint64, bitmap.Words(t.largestBlock()))}
}

// prune decides from the zone maps of a block or row group alone.
func (f *filter) prune(b *block) pruning {
	if f.never {
		return noRow
	}
	all := everyRow
	for i, c := range f.conditions {
		switch c.prune(&b.columns[f.fields[i]]) {
		case noRow:
			return noRow
		case someRows:
			all = someRows
		}
	}
	return all
}

// selectRows sets s to the rows of b that satisfy f.
func (f *filter) selectRows(b *block, s *selection) {
	s.rows, s.full = 0, true
	s.bitmap = s.bitmap[:bitmap.Words(b.rows)]
	// All zone maps come before any row, since the last of them may exclude the block.
	if f.prune(b) == noRow {
		return
	}
	for i, c := range f.conditions {
		column := &b.columns[f.fields[i]]
		if c.prune(column) == everyRow {
			continue
		}
		if s.full {
			bitmap.SetFirst(s.bitmap, b.rows)
			s.full = false
		}
		column.touch()
		c.refine(column, s.bitmap)
	}
	s.rows = b.rows
	if !s.full {
		s.rows = bitmap.Count(s.bitmap)
		s.full = s.rows == b.rows
	}
}

// filter compiles the predicates for the table.
func (t *table) filter(predicates []plan.Predicate) *filter {
	f := &filter{}
	for i := range predicates {
		p := &predicates[i]
		c := t.condition(p)
		if c == nil {
			return &filter{never: true}
		}
		f.fields = append(f.fields, p.Field)
		f.conditions = append(f.conditions, c)
	}
	return f
}

// condition returns the predicate's condition, nil where nothing satisfies it.
func (t *table) condition(p *plan.Predicate) condition {
	if p.Never {
		return nil
	}
	member := len(p.In) > 0 || p.Null
	switch t.fields[p.Field].Type {
	case datasets.Number:
		if member {
			in := make([]float64, len(p.In))
			for i, v := range p.In {
				in[i] = v.Float
			}
			return newMembers(in, p.Null, floatColumn)
		}
		return floatCondition(p)
	case datasets.String:
		if member {
			return codeMembers(t.dictionary(p.Field), p)
		}
		return codeCondition(t.dictionary(p.Field), p)
	default:
		if member {
			return intMembers(p)
		}
		return intCondition(p)
	}
}

func floatCondition(p *plan.Predicate) condition {
	r := floatRange{math.Inf(-1), math.Inf(1)}
	if p.Min != nil {
		r.min = p.Min.Float
	}
	if p.Max != nil {
		r.max = p.Max.Float
	}
	if r.min > r.max {
		return nil
	}
	return r
}

func intCondition(p *plan.Predicate) condition {
	r := intRange{math.MinInt64, math.MaxInt64}
	if p.Min != nil {
		r.min = p.Min.Int
	}
	if p.Max != nil {
		r.max = p.Max.Int
	}
	if r.min > r.max {
		return nil
	}
	return r
}

func intMembers(p *plan.Predicate) condition {
	in := make([]int64, len(p.In))
	for i, v := range p.In {
		in[i] = v.Int
	}
	// Values without a gap, such as a single one, are a range.
	if last := len(in) - 1; !p.Null && uint64(in[last])-uint64(in[0]) == uint64(last) {
		return intRange{in[0], in[last]}
	}
	return newMembers(in, p.Null, intColumn)
}

// codeCondition turns bounds on text into bounds on codes.
func codeCondition(texts []string, p *plan.Predicate) condition {
	r := codeRange{1, uint32(len(texts)) - 1}
	if p.Min != nil {
		r.min = 1 + uint32(sort.SearchStrings(texts[1:], p.Min.Str))
	}
	if p.Max != nil {
		after := sort.Search(len(texts)-1, func(i int) bool { return texts[1+i] > p.Max.Str })
		r.max = uint32(after)
	}
	if r.min > r.max {
		return nil
	}
	return r
}

// codeMembers turns a membership of text into one of codes.
func codeMembers(texts []string, p *plan.Predicate) condition {
	var codes []uint32
	if p.Null {
		codes = append(codes, 0)
	}
	for _, v := range p.In {
		if i, ok := slices.BinarySearch(texts[1:], v.Str); ok {
			codes = append(codes, uint32(i)+1)
		}
	}
	if len(codes) == 0 {
		return nil
	}
	first, last := codes[0], codes[len(codes)-1]
	if int(last-first) == len(codes)-1 {
		return codeRange{first, last}
	}
	return codeSet{span: span[uint32]{first, last}, in: kernels.NewCodeSet(len(texts), codes)}
}
