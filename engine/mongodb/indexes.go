package mongodb

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// indexesOf returns the indexes that the dataset's queries can use, those of
// selectors first, then those that the descriptor asks for.
//
// A selector's index goes on by _id: the rows of one value then come in load
// order, of several values merged, so a page of them is read without sorting
// the rest. So do those that the descriptor asks for, which spares the sorting
// where a query sorts by their fields. A bound's index is its field alone: below a
// range, rows have no order that a second key could give, and the server sorts what
// the range leaves, or walks _id where that is most.
func indexesOf(ds *datasets.Dataset) []mongo.IndexModel {
	var models []mongo.IndexModel
	ordered := orderedIndexes(ds)
	for _, name := range ordered {
		models = append(models, mongo.IndexModel{Keys: inOrder(name)})
	}
	for _, fields := range ds.Indexes {
		if len(fields) > 1 {
			models = append(models, named(mongo.IndexModel{Keys: inOrder(ds.FieldNames(fields)...)}))
		}
	}
	_, bounded := ds.IndexedFields()
	for _, f := range bounded {
		if name := ds.Fields[f].Name; !slices.Contains(ordered, name) {
			models = append(models, mongo.IndexModel{Keys: bson.D{{Key: name, Value: 1}}})
		}
	}
	return models
}

// orderedIndexes names the fields whose index goes on by _id, and has no other:
// those of selectors, and those that the descriptor asks for.
func orderedIndexes(ds *datasets.Dataset) []string {
	selected, _ := ds.IndexedFields()
	names := ds.FieldNames(selected)
	for _, fields := range ds.Indexes {
		if name := ds.Fields[fields[0]].Name; len(fields) == 1 && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// inOrder is the index of these fields, then of the load order, as far as MongoDB
// takes so many.
func inOrder(fields ...string) bson.D {
	var keys bson.D
	for _, field := range fields {
		keys = append(keys, bson.E{Key: field, Value: 1})
	}
	if len(keys) < datasets.MaxIndexFields {
		keys = append(keys, bson.E{Key: "_id", Value: 1})
	}
	return keys
}

// maxIndexName is the length of the name, made of its fields', up to which an
// index has it.
const maxIndexName = 100

// named gives an index of many or long fields a short name. Servers before 4.2 took
// 127 bytes, with the collection's name.
func named(model mongo.IndexModel) mongo.IndexModel {
	text, length := sha256.New(), 0
	for _, key := range model.Keys.(bson.D) {
		_, _ = text.Write(append([]byte(key.Key), 0)) // a hash takes all
		length += len(key.Key) + len("_1_")
	}
	if length > maxIndexName {
		model.Options = options.Index().SetName("fields_" + hex.EncodeToString(text.Sum(nil)[:8]))
	}
	return model
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
