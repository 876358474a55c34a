package mongodb

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Bytes returns what the collection and its indexes take on the servers' disks, on all
// shards together. Each member of a replica set has as much.
func (t *table) Bytes(ctx context.Context) (int64, error) {
	db, err := t.store.connect(ctx)
	if err != nil {
		return -1, err
	}
	var stats struct {
		Storage float64 `bson:"storageSize"`
		Indexes float64 `bson:"totalIndexSize"`
	}
	// The command is deprecated since 6.2, for a stage that has no sum over shards.
	measured := db.RunCommand(ctx, bson.D{{Key: "collStats", Value: t.collection}}, options.RunCmd().SetReadPreference(t.store.preference))
	if err := measured.Decode(&stats); err != nil {
		return -1, t.store.failure(ctx, "measure "+t.collection, err)
	}
	return int64(stats.Storage + stats.Indexes), nil
}
