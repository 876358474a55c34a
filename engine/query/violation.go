package query

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

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

// A body of a megabyte has room for a hundred thousand faults. maxTold are
// told, the first of maxKept that are found.
const (
	maxTold = 100
	maxKept = 1000
	// maxPointer is the length at which the pointer of an absurd key is cut.
	maxPointer = 1024
)

// faults counts what is wrong with a query, in a sentence.
func faults(n int) string {
	switch {
	case n == 1:
		return "the query has 1 fault"
	case n > maxTold:
		return fmt.Sprintf("the query has %d faults; these are %d of them", n, maxTold)
	}
	return fmt.Sprintf("the query has %d faults", n)
}

// fault keeps what is wrong with a value. format and args are the detail, which is written only
// if it is told: args that cost time, such as suggestions, are fmt.Stringers.
func (p *parser) fault(offset int, pointer string, code schemas.Code, format string, args ...any) {
	if len(p.violations) == maxKept {
		p.untold++
		return
	}
	if p.isOwn(pointer) {
		own, _, _ := strings.Cut(pointer[1:], "/")
		offset, pointer, format = 0, p.besideOwn(), "does not fit the operation's own "+own+": "+format
	}
	if len(pointer) > maxPointer {
		pointer = strings.ToValidUTF8(pointer[:maxPointer], "") + "…"
	}
	p.violations = append(p.violations, violation{offset, pointer, code, format, args})
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

// choices names what there is.
type choices []string

func (l choices) String() string { return schemas.List(l) }
