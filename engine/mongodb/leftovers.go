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

// rowsOf names the collections that loads of the dataset have made.
func (s *Store) rowsOf(ctx context.Context, db *mongo.Database, name string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, s.leaseTime)
	defer cancel()
	return db.ListCollectionNames(ctx, bson.D{{Key: "name", Value: bson.Regex{
		Pattern: "^" + regexp.QuoteMeta(rowsPrefix+name) + `\.[a-z2-7]{26}$`}}})
}

// sweep drops those of the collections that stand in no publication: versions past their
// time, and what dead loads left. They were there before the caller took the lease with
// which it found the publication. So none of them is of a load that can still publish, and that
// holds even if another load has taken over meanwhile. What cannot be dropped waits for the
// next load.
func (s *Store) sweep(ctx context.Context, db *mongo.Database, collections []string, p *publication) {
	for _, collection := range collections {
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
