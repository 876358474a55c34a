package mongodb

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"
)

const (
	// defaultRetryTime is for how long a load asks again after a failure that
	// passes: an election takes some ten seconds.
	defaultRetryTime = 30 * time.Second
	// firstPause and longestPause are between two attempts; pauses double.
	firstPause   = 50 * time.Millisecond
	longestPause = 2 * time.Second
)

// retry makes attempts until one succeeds or fails in a way that again does not
// hold of, for retryTime after the first failure and not beyond ctx. It returns
// the last failure. The driver itself retries a write once, and on a standalone
// server never.
func (s *Store) retry(ctx context.Context, again func(error) bool, attempt func() error) error {
	var deadline time.Time
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		err := attempt()
		if err == nil || ctx.Err() != nil || !again(err) {
			return err
		}
		if deadline.IsZero() {
			deadline = time.Now().Add(s.retryTime)
		}
		if time.Now().Add(pause).After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// retriable reports whether a write that failed may succeed when it is sent
// again.
func retriable(err error) bool {
	var labeled mongo.LabeledError
	return passing(err) || shardAway(err) || hasCode(err, passingWriteCodes()) ||
		errors.As(err, &labeled) && labeled.HasErrorLabel("RetryableWriteError")
}

// awaited is retriable for a load that has begun: it also waits for a server
// that can be written to, as there is none during an election, and for a connection
// to it.
func awaited(err error) bool {
	return retriable(err) || selecting(err) || errors.As(err, new(topology.WaitQueueTimeoutError))
}

// notYetMajority is the code of ReadConcernMajorityNotAvailableYet.
const notYetMajority = 134

// passingWriteCodes are those of LockBusy, WriteConcernTimeout, WriteConflict and
// ExceededTimeLimit.
func passingWriteCodes() []int { return []int{46, 64, 112, 262} }

// duplicateKey is the code of a document whose _id is there already.
const duplicateKey = 11000

// withoutDuplicates takes out of the failure of an insert that was sent again
// what the attempts before had inserted: nobody else knows the collection's
// name, so a document that is there with a row's _id is that row.
func withoutDuplicates(err error) error {
	var bulk mongo.BulkWriteException
	if !errors.As(err, &bulk) {
		return err
	}
	bulk.WriteErrors = slices.DeleteFunc(slices.Clone(bulk.WriteErrors), func(e mongo.BulkWriteError) bool { return e.Code == duplicateKey })
	if len(bulk.WriteErrors) == 0 && bulk.WriteConcernError == nil {
		return nil
	}
	return bulk
}
