package mongodb

import (
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"herbarium/datasets"
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
	seen := map[int]bool{}
	add := func(field int, keys bson.D) {
		if !seen[field] && len(models) < maxIndexes {
			seen[field] = true
			models = append(models, mongo.IndexModel{Keys: keys})
		}
	}
	for _, s := range ds.Selectors {
		add(s.Field, bson.D{{Key: ds.Fields[s.Field].Name, Value: 1}, {Key: "_id", Value: 1}})
	}
	for _, f := range ds.Bounds {
		add(f, bson.D{{Key: ds.Fields[f].Name, Value: 1}})
	}
	return models
}
