package mongodb

import (
	"context"
	"regexp"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// rowsPrefix begins the name of every collection that a load makes.
// Descriptors cannot name collections that begin like that.
const rowsPrefix = "herbarium_rows."

func rowsName(collection, id string) string { return rowsPrefix + collection + "." + id }

// sweep drops the collections of loads of the dataset that stand in no
// publication: versions past their time, and what dead loads left. The caller
// holds the lease, so none of them is of a load that could still publish.
// What cannot be dropped waits for the next load.
func (s *Store) sweep(ctx context.Context, db *mongo.Database, name string, p *publication) {
	listing, cancel := context.WithTimeout(ctx, s.leaseTime)
	defer cancel()
	names, err := db.ListCollectionNames(listing, bson.D{{Key: "name", Value: bson.Regex{
		Pattern: "^" + regexp.QuoteMeta(rowsPrefix+name) + `\.[a-z2-7]{26}$`}}})
	if err != nil {
		s.options.Logger.Warn("leftovers of earlier loads could not be listed", "collection", name,
			"error", s.failure(ctx, "list collections", err))
		return
	}
	for _, collection := range names {
		if p.holds(collection) {
			continue
		}
		if err := s.drop(ctx, db.Collection(collection, majority())); err != nil {
			s.options.Logger.Warn("a leftover of an earlier load could not be dropped", "collection", collection,
				"error", s.failure(ctx, "drop "+collection, err))
		}
	}
}

// drop drops the collection within a lease time; that it is not there is no
// failure.
func (s *Store) drop(ctx context.Context, rows *mongo.Collection) error {
	ctx, cancel := context.WithTimeout(ctx, s.leaseTime)
	defer cancel()
	return s.retry(ctx, retriable, func() error { return rows.Drop(ctx) })
}
