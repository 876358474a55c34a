package columnar

import (
	"context"
	"math"
	"slices"
	"sort"

	"herbarium/datasets"
	"herbarium/engine/columnar/internal/kernels"
	"herbarium/engine/plan"
)

// condition returns the predicate's condition, nil where nothing satisfies it.
func (t *table) condition(ctx context.Context, p *plan.Predicate) (condition, error) {
	if p.Never {
		return nil, nil
	}
	kind, member := t.fields[p.Field].Type, len(p.In) > 0 || p.Null
	switch {
	case p.Text != nil:
		return t.textCondition(ctx, p)
	case kind == datasets.String && member:
		return codeMembers(t.dictionary(p.Field), p), nil
	case kind == datasets.String:
		return codeCondition(t.dictionary(p.Field), p), nil
	case p.IsPresent():
		return present{}, nil
	case member && len(p.In) == 0:
		return missing{}, nil
	case kind == datasets.Number && member:
		return floatMembers(p), nil
	case kind == datasets.Number:
		return floatCondition(p), nil
	case member:
		return intMembers(p), nil
	default:
		return intCondition(p), nil
	}
}

func floatMembers(p *plan.Predicate) condition {
	in := make([]float64, len(p.In))
	for i, v := range p.In {
		in[i] = v.Float
	}
	return newMembers(in, p.Null, floatColumn)
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
	// textsBelow counts the texts below the bound, and it as well where it is inclusive.
	textsBelow := func(bound string, inclusive bool) uint32 {
		return uint32(sort.Search(len(texts)-1, func(i int) bool {
			return texts[1+i] > bound || !inclusive && texts[1+i] == bound
		}))
	}
	if p.Min != nil {
		r.min = 1 + textsBelow(p.Min.Str, p.MinOpen)
	}
	if p.Max != nil {
		r.max = textsBelow(p.Max.Str, !p.MaxOpen)
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
	return codesCondition(len(texts), codes)
}

// codesCondition returns the condition of some codes, which ascend; end is above every
// code. It is nil where there is no code.
func codesCondition(end int, codes []uint32) condition {
	if len(codes) == 0 {
		return nil
	}
	first, last := codes[0], codes[len(codes)-1]
	if int(last-first) == len(codes)-1 {
		return codeRange{first, last}
	}
	return codeSet{span: span[uint32]{first, last}, in: kernels.NewCodeSet(end, codes)}
}
