package pipeline

import (
	"herbarium/engine/plan"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// PageEnd writes the pipeline that finds the end of a page of rows: the
// _id of the page's last row, and of the one that follows it. A page that is
// not full gives none.
func PageEnd(p *plan.Plan, unmanaged bool) Pipeline {
	var pl Pipeline
	if unmanaged {
		pl = unmanagedRows(p, inLoadOrder())
		readID(pl)
	} else {
		pl = append(matching(p), inLoadOrder())
	}
	pl = append(pl, windowStages(p.Skip+p.Limit-1, 2)...)
	return append(pl, bson.D{{Key: "$project", Value: bson.D{{Key: loadOrder, Value: 1}}}})
}

// readID makes the stage that reads fields keep _id.
func readID(pl Pipeline) {
	for _, stage := range pl {
		if stage[0].Key == "$project" {
			stage[0].Value.(bson.D)[0].Value = 1
		}
	}
}
