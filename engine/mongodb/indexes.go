package mongodb

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// maxIndexes bounds the indexes of one collection. MongoDB takes 64; each
// costs memory and time to load, and a query uses one of them.
const maxIndexes = 16

// indexesOf returns the indexes that the dataset's queries can use, those of
// selectors first.
//
// A selector's index goes on by _id: the rows of one value then come in load
// order, of several values merged, so a page of them is read without sorting
// the rest. A bound's index is its field alone: below a range, rows have no
// order that a second key could give, and the server sorts what the range
// leaves, or walks _id where that is most.
func indexesOf(ds *datasets.Dataset) []mongo.IndexModel {
	var models []mongo.IndexModel
	ordered := orderedIndexes(ds)
	for _, name := range ordered {
		models = append(models, mongo.IndexModel{Keys: inOrder(name)})
	}
	for _, f := range ds.Bounds {
		if name := ds.Fields[f].Name; len(models) < maxIndexes && !slices.Contains(ordered, name) {
			models = append(models, mongo.IndexModel{Keys: bson.D{{Key: name, Value: 1}}})
		}
	}
	return models
}

// orderedIndexes names the fields whose index goes on by _id: those of selectors
// that the descriptor names, else of fields with an enum.
func orderedIndexes(ds *datasets.Dataset) []string {
	var names []string
	for _, s := range ds.Selectors {
		if ds.SelectorsByDefault && len(ds.Fields[s.Field].Enum) == 0 {
			continue
		}
		if name := ds.Fields[s.Field].Name; len(names) < maxIndexes && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// inOrder is the index of a selector's field.
func inOrder(field string) bson.D {
	return bson.D{{Key: field, Value: 1}, {Key: "_id", Value: 1}}
}

// maxMerged is up to how many values of one field the server merges in load
// order: it gives up beyond 200 (internalQueryMaxScansToExplode).
const maxMerged = 100

// hint returns the index by which a plan goes on after a row, so that no page
// costs more than the first: that of a selector, which holds nothing but its
// rows, the fewest values first; else that of _id. A server that has to choose
// may sort all that a bound leaves, for every page again.
//
// In another order than that of loading, it is the index that has this order. No
// other spares the sorting, so that the choice is the server's, and the index nil.
func hint(p *plan.Plan, indexed []string) bson.D {
	if len(p.Order) > 0 {
		name := p.Dataset.Fields[p.Order[0].By].Name
		if len(p.Order) == 1 && !p.Order[0].Descending && slices.Contains(indexed, name) {
			return inOrder(name)
		}
		return nil
	}
	best, fewest := bson.D{{Key: "_id", Value: 1}}, maxMerged+1
	for i := range p.Filter.Where {
		c := &p.Filter.Where[i]
		values := len(c.In)
		if c.Null {
			values++
		}
		name := p.Dataset.Fields[c.Field].Name
		if values > 0 && values < fewest && slices.Contains(indexed, name) {
			best, fewest = inOrder(name), values
		}
	}
	return best
}
