package main

import (
	"fmt"
	"regexp"
	"strings"

	"herbarium/loaders"
)

// faultGroup is the faults of one kind in a field: those that say the same of
// different values.
type faultGroup struct {
	kind   string
	faults []loaders.Fault
}

// listedOfKind is how many faults of one kind are listed.
const listedOfKind = 3

// variable matches what differs between faults of one kind: values and numbers.
var variable = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|\d+`)

// groupFaults groups faults by field and kind, each group where its first fault
// is.
func groupFaults(faults []loaders.Fault) (groups []faultGroup) {
	byKind := map[string]int{}
	for _, f := range faults {
		kind := f.Field + "\x00" + variable.ReplaceAllString(f.Detail, "…")
		if f.Row == 0 {
			kind = f.String() // of the descriptor, or of the whole file
		}
		i, ok := byKind[kind]
		if !ok {
			i = len(groups)
			byKind[kind] = i
			groups = append(groups, faultGroup{kind: kind})
		}
		groups[i].faults = append(groups[i].faults, f)
	}
	return groups
}

// write writes the first faults, and how many more there are.
func (g *faultGroup) write(b *strings.Builder) {
	for i, f := range g.faults {
		if more := len(g.faults) - i; i == listedOfKind && more > 1 {
			of := "the row"
			if f.Field != "" {
				of = f.Field
			}
			fmt.Fprintf(b, "%s: %s: %d more of this kind, up to row %d\n", f.File, strings.ReplaceAll(of, "\n", " "), more, g.faults[len(g.faults)-1].Row)
			return
		}
		fmt.Fprintln(b, f)
	}
}
