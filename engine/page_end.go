package engine

import "herbarium/engine/plan"

// PageEnd is where a page ends.
type PageEnd struct {
	// More says that rows or groups follow the page. A store that could only
	// tell by looking for groups anew says so of every full page of them.
	More bool
	// Last is the place of the page's last row, where More rows follow it; ""
	// for groups.
	Last plan.Position
	// LastValues are that row's values of the fields of the plan's Order.
	LastValues []plan.Nullable
	// Total counts what the query matches, on all pages; negative where the
	// count is not known without counting.
	Total int64
}

// noPageEnd is that of an answer that is no page.
var noPageEnd = PageEnd{Total: -1}
