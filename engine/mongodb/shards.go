package mongodb

import (
	"context"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"herbarium/datasets"
	"herbarium/engine/fault"
)

// On a sharded cluster, the collection of a load is sharded before its first row comes, so
// that all shards write at once. By load order, hashed, MongoDB itself gives each shard its
// part of the empty collection. By fields, the first rows tell where to split it.

// prepareShards finds out whether the load is to be sharded, and shards its collection
// by load order. By fields it waits for the first rows.
func (l *load) prepareShards(ctx context.Context) error {
	if l.dataset.Sharding == datasets.ShardNone {
		return nil
	}
	asking := step{"ask the store what it is", "the store to say what it is", takePatience * l.store.leaseTime, awaited}
	var server deployment
	err := l.store.do(ctx, asking, func(ctx context.Context) (err error) {
		server, err = askDeployment(ctx, l.db)
		return err
	})
	switch {
	case err != nil:
		return l.store.loadFailure(ctx, asking, err)
	case !server.isRouter():
		return nil
	}
	l.shards = &shardedLoad{beforeShards: server.MaxWireVersion < wire60}
	if l.dataset.Sharding == datasets.ShardByFields {
		l.shards.key = shardKeyOf(l.dataset)
		l.shards.waits = true
		return nil
	}
	l.shards.key = bson.D{{Key: "_id", Value: "hashed"}}
	err = l.shard(ctx)
	if hasCode(err, []int{unauthorized}) && l.dataset.Sharding == datasets.ShardByDefault {
		l.shards = nil
		l.store.options.Logger.Warn("the rows are on one shard, since the store's user may not shard collections",
			"dataset", l.dataset.Name, "right", "enableSharding on the database "+l.store.database)
		return nil
	}
	return l.shardFailure(ctx, err)
}

// shardedLoad is how the rows of a load are sharded.
type shardedLoad struct {
	key          bson.D
	beforeShards bool // a database has to be told that its collections may be sharded
	waits        bool // for the first rows
}

// shardKeyOf is the shard key of the dataset's fields. It goes on by load order, so that
// many rows with the same values need not be on one shard.
func shardKeyOf(ds *datasets.Dataset) bson.D {
	var key bson.D
	for _, name := range ds.FieldNames(ds.ShardKey) {
		key = append(key, bson.E{Key: name, Value: 1})
	}
	return append(key, bson.E{Key: "_id", Value: 1})
}

// isShardKey reports whether the index is there because the collection is sharded by it.
func (l *load) isShardKey(model mongo.IndexModel) bool {
	keys, ok := model.Keys.(bson.D)
	if !ok || l.shards == nil || len(keys) != len(l.shards.key) {
		return false
	}
	for i, e := range l.shards.key {
		if keys[i] != e {
			return false
		}
	}
	return true
}

// conflictingOperation is the code of what another change of the shards is in the way of.
const conflictingOperation = 117

// shardable is awaited for what shards do together: other changes may be in the way.
func shardable(err error) bool {
	return awaited(err) || hasCode(err, []int{conflictingOperation})
}

func (l *load) sharding() step {
	return step{"shard " + l.rows.Name(), "the shards to take the new collection", patience * l.store.leaseTime, shardable}
}

// shard shards the empty collection. The error is the driver's.
func (l *load) shard(ctx context.Context) error {
	return l.store.do(ctx, l.sharding(), func(ctx context.Context) error {
		if l.shards.beforeShards {
			if err := l.admin(ctx, bson.D{{Key: "enableSharding", Value: l.store.database}}); err != nil {
				return err
			}
		}
		return l.admin(ctx, bson.D{{Key: "shardCollection", Value: l.namespace()}, {Key: "key", Value: l.shards.key},
			{Key: "collation", Value: bson.D{{Key: "locale", Value: "simple"}}}})
	})
}

// admin runs a command on the cluster.
func (l *load) admin(ctx context.Context, command bson.D) error {
	return l.store.client.Database("admin").RunCommand(ctx, command).Err()
}

func (l *load) namespace() string { return l.store.database + "." + l.rows.Name() }

// shardFailure is loadFailure for what only a sharded cluster needs.
func (l *load) shardFailure(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case hasCode(err, []int{unauthorized}):
		rights := "enableSharding on the database " + l.store.database
		if l.dataset.Sharding == datasets.ShardByFields {
			rights = "enableSharding, splitChunk and moveChunk on the database " + l.store.database + " and listShards on the cluster"
		}
		failed := l.store.coded(fault.StoreUnavailable, "shard "+l.rows.Name(), err)
		failed.Detail = fmt.Sprintf("the store's user lacks a right that sharding needs; grant it %s, or declare shard_key: none; nothing was published", rights)
		return failed
	default:
		return l.store.loadFailure(ctx, l.sharding(), err)
	}
}

// spread shards the collection by fields, splits it where the rows of the chunk, the
// first, tell, and moves a part to each shard. That rows are not spread is no reason
// to fail: the balancer evens them out later.
func (l *load) spread(first *chunk) error {
	l.shards.waits = false
	if err := l.shard(l.life); err != nil {
		return l.shardFailure(l.life, err)
	}
	ctx, cancel := context.WithTimeout(l.life, takePatience*l.store.leaseTime)
	defer cancel()
	err := l.placeParts(ctx, first)
	switch {
	case err == nil:
		return nil
	case l.life.Err() != nil:
		return context.Cause(l.life)
	case hasCode(err, []int{unauthorized}):
		return l.shardFailure(l.life, err)
	}
	l.store.options.Logger.Warn("the rows could not be spread over the shards; the balancer does it later", "collection", l.rows.Name(),
		"error", l.store.ownFailure("spread "+l.rows.Name(), err))
	return nil
}

// placeParts splits the empty collection into as many parts as there are shards, and moves
// each part to one of them.
func (l *load) placeParts(ctx context.Context, first *chunk) error {
	shards, err := l.listShards(ctx)
	if err != nil {
		return err
	}
	points := splitPoints(first, l.shards.key, len(shards))
	if len(points) == 0 {
		return nil
	}
	for _, point := range points {
		if err := l.place(ctx, bson.D{{Key: "split", Value: l.namespace()}, {Key: "middle", Value: point}}); err != nil {
			return err
		}
	}
	ends := slices.Concat([]bson.D{allOf(l.shards.key, bson.MinKey{})}, points, []bson.D{allOf(l.shards.key, bson.MaxKey{})})
	var failed error
	for i := range ends[1:] {
		// Where one part cannot be moved, the others may be.
		err := l.place(ctx, bson.D{{Key: "moveChunk", Value: l.namespace()},
			{Key: "bounds", Value: bson.A{ends[i], ends[i+1]}}, {Key: "to", Value: shards[i]}})
		if failed == nil {
			failed = err
		}
	}
	return failed
}

// place runs a command that changes where parts are.
func (l *load) place(ctx context.Context, command bson.D) error {
	return l.store.retry(ctx, shardable, func() error { return l.admin(ctx, command) })
}

// listShards returns the names of the shards that take rows.
func (l *load) listShards(ctx context.Context) ([]string, error) {
	var listed struct {
		Shards []struct {
			ID       string `bson:"_id"`
			Draining bool   `bson:"draining"` // it is to be removed
		} `bson:"shards"`
	}
	err := l.store.retry(ctx, shardable, func() error {
		return l.store.client.Database("admin").RunCommand(ctx, bson.D{{Key: "listShards", Value: 1}}).Decode(&listed)
	})
	var names []string
	for _, shard := range listed.Shards {
		if !shard.Draining {
			names = append(names, shard.ID)
		}
	}
	return names, err
}

// allOf is a shard key of which all parts have the value.
func allOf(key bson.D, value any) bson.D {
	all := make(bson.D, len(key))
	for i := range key {
		all[i] = bson.E{Key: key[i].Key, Value: value}
	}
	return all
}
