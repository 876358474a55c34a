package pipeline

import (
	"herbarium/engine/plan"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// countName is the field in which Count's one document has the count.
const countName = "n"

// Count writes the pipeline that counts the rows or groups that the
// plan, which goes on after no row, matches on all pages, in the field "n" of
// one document; of none there is no document. A count needs no order.
func Count(p *plan.Plan, unmanaged bool) Pipeline {
	all := *p
	all.Fields, all.Order = nil, nil // groups and rows are counted without them
	if p.Groups != nil {
		all.Groups = &plan.Groups{Keys: p.Groups.Keys}
	}
	pl, keyed := matching(&all), &all
	if unmanaged {
		pl, keyed = unmanagedRows(&all, false, false), withReadNames(&all)
	}
	if p.Groups != nil {
		pl = append(pl, bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: groupKeys(keyed)}}}})
	}
	return append(pl, bson.D{{Key: "$count", Value: countName}})
}
