package format

import (
	"strings"

	"herbarium/engine"
	"herbarium/engine/plan"
)

// Table writes answers as aligned columns for a terminal: the columns' names, then
// their types and units, then a row a line, with numbers to the right. A null is
// null. Characters that would act on the terminal are written as escapes.
var Table = engine.Format{
	Name:       "table",
	MediaType:  "text/plain",
	Parameters: "; charset=utf-8",
	New: func(p *plan.Plan) engine.Encoder {
		style := gridStyle{between: "  ", escape: Visible, ragged: true,
			rule: func(width int, _ bool) string { return strings.Repeat("-", width) }}
		return newGrid(p, style, names(p, Visible), kinds(p, Visible))
	},
}
