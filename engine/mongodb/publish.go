package mongodb

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"

	"herbarium/engine/fault"
)

// errUnsettled marks a publishing of which it could not be learned whether it
// took effect.
var errUnsettled = errors.New("the answer to the publishing was lost")

// publish makes the update of the publication's document that publishes, if the load
// still holds the lease, which ends thereby. It may be sent more than once: it takes effect
// once, since its condition then no longer holds. done reports whether a publication is
// one in which it has; conditions are further ones.
func (l *lease) publish(ctx context.Context, db *mongo.Database, what string, update bson.A, done func(*publication) bool, conditions ...bson.E) error {
	var result *mongo.UpdateResult
	publishing := step{"publish " + what, "a majority of the members to confirm the new version", patience * l.store.leaseTime, awaited}
	err := l.store.do(ctx, publishing, func(ctx context.Context) (err error) {
		result, err = l.changed(ctx, db, update, conditions...)
		return err
	})
	switch {
	case err != nil:
		return l.settle(ctx, db, done, l.store.loadFailure(ctx, publishing, err))
	case result.MatchedCount == 1:
		return nil
	}
	// Either another load took over, or an attempt took effect whose answer
	// was lost.
	return l.settle(ctx, db, done, l.taken())
}

// settle finds out whether a publishing took effect, and returns failed if
// not. It releases the lease first: if that was still held, the publishing did
// not happen and never will, since its condition no longer holds.
func (l *lease) settle(ctx context.Context, db *mongo.Database, done func(*publication) bool, failed error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.store.leaseTime)
	defer cancel()
	held, err := l.release(ctx, db)
	if err != nil {
		return l.unsettled(failed)
	}
	if held {
		return failed
	}
	var p publication
	err = published(db, readpref.Primary()).FindOne(ctx, bson.D{{Key: "_id", Value: l.name}}).Decode(&p)
	switch {
	case err != nil:
		return l.unsettled(failed)
	case done(&p):
		return nil
	default:
		return failed
	}
}

// unsettled is the failure of a load that may have been published. What made it
// fail is told in words alone, so that nobody takes it for a load that was not.
func (l *lease) unsettled(failed error) error {
	return &fault.Error{
		Code: fault.StoreUnavailable, RetryAfter: retryAfter,
		Detail: fmt.Sprintf("the store did not say whether the new version of dataset %s was published; "+
			"readers see the one before or the new one, whole; try again once the store answers", l.dataset),
		Err: fmt.Errorf("%w: %s", errUnsettled, failed.Error()),
	}
}
