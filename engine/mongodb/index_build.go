package mongodb

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo/options"
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
	models := slices.DeleteFunc(indexesOf(l.dataset), l.isShardKey)
	if len(models) == 0 {
		return nil
	}
	limit := patience*l.store.leaseTime + time.Duration(l.count*int64(len(models)))*perKey
	building := step{"build the indexes of " + l.rows.Name(), "a majority of the members to build the indexes", limit, awaited}
	err := l.store.do(l.life, building, func(ctx context.Context) error {
		settings := options.CreateIndexes()
		server, err := askDeployment(ctx, l.db)
		if err != nil {
			return err
		}
		if server.takesQuorum() {
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
