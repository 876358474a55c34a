package pipeline

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/engine/plan"
)

// countName is the field in which Count's one document has the count.
const countName = "n"

// Count writes the pipeline that counts the rows or groups that the
// plan, which goes on after no row, matches on all pages, in the field "n" of
// one document; of none there is no document. A count needs no order. Groups are
// counted by their raw keys, so that keys with buckets have to be counted by
// whoever names these.
func Count(p *plan.Plan, unmanaged bool) Pipeline {
	all := *p
	all.Fields, all.Order = nil, nil // rows are counted without them
	o := GroupOptions{Unmanaged: unmanaged}
	if p.Groups != nil {
		all.Groups = &plan.Groups{Keys: p.Groups.Keys} // and groups without measures
	}
	pl, from := o.matching(&all)
	if p.Groups != nil {
		pl = append(pl, bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: new(Grouping).keys(from, o)}}}})
	}
	return append(pl, bson.D{{Key: "$count", Value: countName}})
}
