package plan

// Reshape says how the rows of an answer are made of groups, where a group is not a
// row itself. A store knows nothing of it: it runs the plan of the groups (see
// Plan.Inner), and the engine makes, orders and cuts the rows.
type Reshape interface {
	// columns returns the columns that come before those of the groups' keys.
	columns() []Column
	// String describes the reshaping for people.
	String() string
}

// reshaped returns the plan of groups p with its rows made by r: the columns of r, then
// the first keys of the groups.
func (p *Plan) reshaped(r Reshape, keys int) *Plan {
	all := *p
	all.Reshape = r
	first := len(p.Groups.Measures)
	all.Columns = append(r.columns(), p.Columns[first:first+keys]...)
	return &all
}

// Inner returns the plan that a store runs: p itself, or, where p reshapes groups, the plan
// of all of these groups, in ascending order of their keys. Of a plan that is not Settled
// it is the first one to run.
func (p *Plan) Inner() *Plan {
	if p.Reshape == nil {
		return p
	}
	inner := ByGroup(p.Dataset, p.Operation, p.Groups.Keys, p.Groups.Measures)
	if h := p.unsettled(); h != nil {
		inner = p.extremes(h.Field)
	}
	inner.Filter = p.Filter
	return inner
}
