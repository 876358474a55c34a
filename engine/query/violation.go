package query

import (
	"cmp"
	"fmt"
	"slices"

	"herbarium/schemas"
)

// violation is what is wrong with a value of a query, whose detail is yet to be written: a
// body has room for a hundred thousand of them, and a suggestion compares a name with all
// that there are.
type violation struct {
	offset  int
	pointer string
	code    schemas.Code
	format  string
	args    []any
}

// told returns what is wrong in the order of the document, the first most of it.
func (p *parser) told(most int) []schemas.Violation {
	if p.violations == nil {
		return nil
	}
	slices.SortStableFunc(p.violations, func(a, b violation) int { return cmp.Compare(a.offset, b.offset) })
	told := make([]schemas.Violation, min(most, len(p.violations)))
	for i := range told {
		v := &p.violations[i]
		told[i] = schemas.At(v.offset, v.pointer, v.code, fmt.Sprintf(v.format, v.args...))
	}
	return told
}

// suggestion is the hint at the nearest of the names.
type suggestion struct {
	name    string
	allowed []string
}

func (s suggestion) String() string { return schemas.DidYouMean(s.name, s.allowed) }

func nearest(name string, allowed []string) fmt.Stringer { return suggestion{name, allowed} }

// property is the hint at what an unknown property means.
type property suggestion

func (p property) String() string { return meant(p.name, p.allowed) }

// choices names what there is.
type choices []string

func (l choices) String() string { return schemas.List(l) }
