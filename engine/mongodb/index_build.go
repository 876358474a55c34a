package mongodb

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
)

// perKey is how much longer an index may take for each of its keys, several
// times what a small server needs.
const perKey = 50 * time.Microsecond

// buildIndexes builds the indexes once the rows are there, which is quicker
// than with each row.
//
// A replica set waits by default until every data-bearing voting member has
// built them (the commit quorum votingMembers), and one that is down keeps it
// waiting for ever. Every other write of a load waits for a majority, so this one
// asks for that too.
func (l *load) buildIndexes() error {
	models := indexesOf(l.dataset)
	if len(models) == 0 {
		return nil
	}
	limit := patience*l.store.leaseTime + time.Duration(l.count*int64(len(models)))*perKey
	building := step{"build the indexes of " + l.rows.Name(), "a majority of the members to build the indexes", limit, awaited}
	err := l.store.do(l.life, building, func(ctx context.Context) error {
		settings := options.CreateIndexes()
		quorum, err := takesQuorum(ctx, l.db)
		if err != nil {
			return err
		}
		if quorum {
			settings.SetCommitQuorumMajority()
		}
		_, err = l.rows.Indexes().CreateMany(ctx, models, settings)
		return err
	})
	if err != nil {
		return l.reason(l.store.loadFailure(l.life, building, err))
	}
	return nil
}

// firstWithQuorum is the wire version of MongoDB 4.4, the first that has commit
// quorums.
const firstWithQuorum = 9

// takesQuorum reports whether the server accepts a commit quorum: a standalone
// one and one before 4.4 refuse it.
func takesQuorum(ctx context.Context, db *mongo.Database) (bool, error) {
	var hello struct {
		SetName        string `bson:"setName"`
		Msg            string `bson:"msg"` // isdbgrid, where it is a router of shards
		MaxWireVersion int    `bson:"maxWireVersion"`
	}
	err := db.RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}, options.RunCmd().SetReadPreference(readpref.Primary())).Decode(&hello)
	return (hello.SetName != "" || hello.Msg == "isdbgrid") && hello.MaxWireVersion >= firstWithQuorum, err
}
