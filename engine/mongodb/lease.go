package mongodb

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"herbarium/engine/fault"
)

// lease is a load's right to publish. It stands in the publication's document
// until it is released or, where nobody renews it, its time is over. Only the
// server's clock decides that.
type lease struct {
	store   *Store
	name    string // of the dataset's collection
	dataset string
	owner   string
	// found is what was published when the lease was taken.
	found *publication
	lost  context.CancelCauseFunc // called once another load has the lease

	end     context.CancelFunc
	renewal sync.WaitGroup
}

// now is the server's time as a number of milliseconds.
func now() bson.D { return millis("$$NOW") }

func millis(date string) bson.D { return bson.D{{Key: "$toLong", Value: date}} }

// after is the server's time once d has passed.
func after(d time.Duration) bson.D {
	return bson.D{{Key: "$add", Value: bson.A{"$$NOW", d.Milliseconds()}}}
}

// take takes the lease, if it is free, and returns the publication without
// the versions whose time is over. lost is called when another load took it.
func (s *Store) take(ctx context.Context, db *mongo.Database, l *lease) (*publication, error) {
	taking := func(field string, free, held any) bson.E {
		isHeld := bson.D{{Key: "$gt", Value: bson.A{millis("$lease.expires"), now()}}}
		return bson.E{Key: field, Value: bson.D{{Key: "$cond", Value: bson.A{isHeld, held, free}}}}
	}
	update := bson.A{bson.D{{Key: "$set", Value: bson.D{
		taking("lease", bson.D{{Key: "owner", Value: literal(l.owner)}, {Key: "expires", Value: after(s.leaseTime)}}, "$lease"),
		taking("older", endsCompared("$gt"), "$older"),
		taking("removed", noted(endsCompared("$lte")), "$removed"),
	}}}}
	p := &publication{}
	filter := bson.D{{Key: "_id", Value: l.name}}
	ask := func(ctx context.Context) error {
		return published(db, readpref.Primary()).FindOneAndUpdate(ctx, filter, update,
			options.FindOneAndUpdate().SetUpsert(true).SetReturnDocument(options.After)).Decode(p)
	}
	asking := step{"take the lease of " + l.name, "a majority of the members to note that the load begins", takePatience * s.leaseTime, retriable}
	err := s.do(ctx, asking, func(ctx context.Context) error {
		err := ask(ctx)
		if mongo.IsDuplicateKeyError(err) {
			// Two first loads at once; the document is there now.
			err = ask(ctx)
		}
		return err
	})
	if err != nil {
		return nil, s.loadFailure(ctx, asking, err)
	}
	if p.Lease == nil || p.Lease.Owner != l.owner {
		running := fault.LoadRunningError(l.dataset, s.leaseTime)
		running.Detail += fmt.Sprintf("; one that was killed ends within %v", s.leaseTime)
		return nil, running
	}
	l.found = p
	l.start(ctx, db)
	return p, nil
}

// start renews the lease until stop.
func (l *lease) start(ctx context.Context, db *mongo.Database) {
	ctx, l.end = context.WithCancel(context.WithoutCancel(ctx))
	l.renewal.Go(func() { l.renew(ctx, db) })
}

// stop ends the renewing and waits for it.
func (l *lease) stop() {
	l.end()
	l.renewal.Wait()
}

// patience is for how many lease times a load goes on without an answer to
// its renewals: ten minutes, since a small server may answer nobody while it
// builds an index. A load whose server is away fails by its own commands.
const patience = 40

// takePatience is patience for the lease, before which nothing was done that
// could be lost: a minute.
const takePatience = 4

// renew keeps the lease. It goes by the owner alone, not by the time: a lease
// that is over is still the load's, unless another one took it. So a server
// that is busy for long does not end a load.
func (l *lease) renew(ctx context.Context, db *mongo.Database) {
	every := l.store.leaseTime / 3
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for renewed := time.Now(); ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		asked := time.Now()
		held, err := l.update(ctx, db, every, bson.A{bson.D{{Key: "$set", Value: bson.D{
			{Key: "lease.expires", Value: after(l.store.leaseTime)}}}}})
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && held:
			renewed = asked
		case err == nil:
			l.lost(l.taken())
			return
		case time.Since(renewed) > patience*l.store.leaseTime:
			l.lost(err)
			return
		default:
			l.store.options.Logger.Warn("a load's lease could not be renewed; trying again", "dataset", l.dataset, "error", err)
		}
	}
}

// release gives the lease back. It reports whether the load still held it:
// from then on, no publishing of this load can take effect.
func (l *lease) release(ctx context.Context, db *mongo.Database) (held bool, err error) {
	return l.update(ctx, db, l.store.leaseTime, bson.A{bson.D{{Key: "$unset", Value: "lease"}}})
}

// update changes the publication's document if the load holds the lease, and
// reports whether it did.
func (l *lease) update(ctx context.Context, db *mongo.Database, wait time.Duration, pipeline bson.A) (held bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	var result *mongo.UpdateResult
	err = l.store.retry(ctx, retriable, func() (err error) {
		result, err = l.changed(ctx, db, pipeline)
		return err
	})
	if err != nil {
		return false, l.store.ownFailure("change the publication of "+l.name, err)
	}
	return result.MatchedCount == 1, nil
}

// changed changes the publication's document on the condition that the load
// holds the lease, and on others.
func (l *lease) changed(ctx context.Context, db *mongo.Database, pipeline bson.A, conditions ...bson.E) (*mongo.UpdateResult, error) {
	return published(db, readpref.Primary()).UpdateOne(ctx,
		append(bson.D{{Key: "_id", Value: l.name}, {Key: "lease.owner", Value: l.owner}}, conditions...), pipeline)
}

// taken is the failure of a load that another one followed.
func (l *lease) taken() error {
	return &fault.Error{Code: fault.LoadRunning, RetryAfter: l.store.leaseTime, Detail: fmt.Sprintf(
		"another load of dataset %s took over, since this one was not heard of for %v; nothing was published", l.dataset, l.store.leaseTime)}
}

// majority is what every write of a load waits for.
func majority() *options.CollectionOptionsBuilder {
	return options.Collection().SetWriteConcern(writeconcern.Majority()).SetReadPreference(readpref.Primary())
}
