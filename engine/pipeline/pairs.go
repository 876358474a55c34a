package pipeline

import (
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/engine/plan"
)

// PairRows writes the rows of the plan's groups: their keys, and the values of the fields
// that are measured in pairs. Whoever reads them computes the sums of each pair, since
// the server cannot add the products of deviations exactly: their last bits lie
// too far apart. Rows are streamed, in any order.
func PairRows(p *plan.Plan, o GroupOptions) *Grouping {
	g := &Grouping{Rows: NoColumn, Value: NoColumn}
	stages, from := o.matching(p)
	project := bson.D{{Key: loadOrder, Value: 0}}
	add := func(name string, field int) int {
		project = append(project, bson.E{Key: name, Value: "$" + from.Dataset.Fields[field].Name})
		return g.column(name, p.Dataset.Fields[field].Type)
	}
	for i, k := range p.Groups.Keys {
		columns := KeyColumns{Value: NoColumn, Least: NoColumn, Greatest: NoColumn}
		column := add(keyName(i), k.Field)
		if k.Buckets == nil {
			columns.Value = column
		} else {
			columns.Least, columns.Greatest = column, column // the row is a bucket's only one
		}
		g.Keys = append(g.Keys, columns)
	}
	for _, f := range p.Groups.PairedFields() {
		g.Paired = append(g.Paired, add("v"+strconv.Itoa(f), f))
	}
	stages = append(stages, bson.D{{Key: "$project", Value: project}})
	g.Pipeline = stages
	return g
}
