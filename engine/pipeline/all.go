package pipeline

import (
	"slices"

	"herbarium/engine/plan"
)

// All returns the pipelines that the plan runs as: the first gives the answer, or the
// groups; each further one gives the values of a field by group, or the rows of which
// pairs of fields are measured. A plan of groups is windowed where it can be.
func All(p *plan.Plan, o GroupOptions) []Pipeline {
	switch {
	case p.Groups == nil && o.Unmanaged:
		return []Pipeline{CompileUnmanaged(p)}
	case p.Groups == nil:
		return []Pipeline{Compile(p)}
	}
	o.Windowed = Streams(p)
	g := Group(p, o)
	if o.Windowed && g.Unsummed() {
		o.Windowed = false
		g = Group(p, o)
	}
	all := []Pipeline{g.Pipeline}
	for _, f := range g.Fields {
		if f.Unsummed {
			all = append(all, Values(p, f.Field, o).Pipeline)
		}
	}
	for _, f := range g.Fields {
		if NeedsValues(p, f.Field) {
			all = append(all, Values(p, f.Field, o).Pipeline)
		}
	}
	if len(p.Groups.Pairs()) > 0 {
		all = append(all, PairRows(p, o).Pipeline)
	}
	return all
}

// Unsummed reports whether there is a field whose sum takes too many parts.
func (g *Grouping) Unsummed() bool {
	return slices.ContainsFunc(g.Fields, func(f FieldColumns) bool { return f.Unsummed })
}
