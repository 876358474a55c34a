package engine

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/datasets"
)

// Edge is where a page ends.
type Edge struct {
	// More says that rows or groups follow the page. A store that could only
	// tell by looking for groups anew says so of every full page of them.
	More bool
	// Last is the place of the page's last row, where More rows follow it; ""
	// for groups.
	Last Position
	// Total counts what the query matches, on all pages; negative where the
	// count is not known without counting.
	Total int64
}

// noEdge is that of an answer that is no page.
var noEdge = Edge{Total: -1}

// CompileEdge writes the pipeline that finds the end of a page of rows: the
// _id of the page's last row, and of the one that follows it. A page that is
// not full gives none.
func CompileEdge(p *Plan, foreign bool) Pipeline {
	var pl Pipeline
	if foreign {
		pl = foreignRows(p, inLoadOrder())
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

// countName is the field in which CompileCount's one document has the count.
const countName = "n"

// CompileCount writes the pipeline that counts the rows or groups that the
// plan, which goes on after no row, matches on all pages, in the field "n" of
// one document; of none there is no document. A count needs no order.
func CompileCount(p *Plan, foreign bool) Pipeline {
	all := *p
	all.Fields = nil // groups and rows are counted without them
	pl, keyed := matching(&all), &all
	if foreign {
		pl, keyed = foreignRows(&all), withForeignNames(&all)
	}
	if p.Operation == datasets.Mean {
		pl = append(pl, bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: groupKeys(keyed)}}}})
	}
	return append(pl, bson.D{{Key: "$count", Value: countName}})
}
