package mongodb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"herbarium/engine/fault"
)

// retryAfter is when to ask a store again that could not be reached: about
// what an election takes at its quickest.
const retryAfter = 2 * time.Second

// failure gives an error of the driver its code and takes the credentials out
// of its text. The driver's own error is not in the chain, since its text may
// hold them.
func (s *Store) failure(ctx context.Context, operation string, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("%s: %w", operation, context.Canceled)
	}
	return s.coded(codeOf(ctx, err), operation, err)
}

// ownFailure is failure for what no query or caller bounds in time: a server
// that does not answer within our own patience cannot be reached.
func (s *Store) ownFailure(operation string, err error) error {
	code := codeOf(context.Background(), err)
	if code == fault.TooSlow {
		code = fault.StoreUnavailable
	}
	return s.coded(code, operation, err)
}

func (s *Store) coded(code fault.Code, operation string, err error) *fault.Error {
	e := &fault.Error{Code: code, Err: errors.New(operation + ": " + s.address.redact(err.Error()))}
	switch code {
	case fault.TooSlow:
		return fault.TooSlowError(e.Err)
	case fault.Overloaded:
		e.Detail, e.RetryAfter = "all connections to the store are busy", retryAfter
	case fault.StoreUnavailable:
		e.Detail, e.RetryAfter = "the store cannot be reached", retryAfter
		switch {
		case hasCode(err, refusalCodes()):
			e.Detail = "the store refuses access"
		case hasCode(err, []int{noMajorityReads}):
			e.Detail = "the store does not tell what a majority of its members has; start MongoDB without enableMajorityReadConcern: false"
		}
	}
	return e
}

func codeOf(ctx context.Context, err error) fault.Code {
	// That no server was found says more than the deadline that ended the
	// search.
	if selecting(err) {
		return fault.StoreUnavailable
	}
	if errors.As(err, new(topology.WaitQueueTimeoutError)) {
		return fault.Overloaded
	}
	_, bounded := ctx.Deadline()
	if ctx.Err() != nil || bounded && mongo.IsTimeout(err) || hasCode(err, slowCodes()) {
		return fault.TooSlow
	}
	var server mongo.ServerError
	if !errors.As(err, &server) || passing(err) || shardAway(err) || hasCode(err, refusalCodes()) || hasCode(err, []int{noMajorityReads}) {
		return fault.StoreUnavailable
	}
	return fault.Internal
}

// selecting reports whether no server was found that could be asked.
func selecting(err error) bool { return errors.As(err, new(topology.ServerSelectionError)) }

// passing reports whether the failure is one of a connection or of a server's
// state, so that another try may succeed.
func passing(err error) bool {
	// What the driver says where another operation's failure made it drop all
	// connections; it has no name for the type.
	var cleared interface{ Retryable() bool }
	return mongo.IsNetworkError(err) || transient(err) || errors.As(err, &cleared) && cleared.Retryable()
}

// transient reports whether the server's answer is one that passes: the
// driver's specification of retryable reads lists these codes.
func transient(err error) bool { return hasCode(err, transientCodes()) }

func transientCodes() []int {
	return []int{
		6, 7, 89, 9001, // hosts and sockets
		91, 189, 10107, 11600, 11602, 13435, 13436, // shutdowns and elections
		notYetMajority, // after a start or an election
		43, 175, 237,   // a cursor that the server ended
		150, 249, 13388, // a mongos whose picture of the shards is stale, as while a collection is dropped
	}
}

// shardAway reports whether a mongos found no member of a shard that it may ask, or not the
// shard of a row while parts move, for which it has tried again itself:
// FailedToSatisfyReadPreference, NetworkInterfaceExceededTimeLimit and NoProgressMade.
func shardAway(err error) bool { return hasCode(err, []int{133, 202, 82}) }

// slowCodes are those of MaxTimeMSExpired and ExceededTimeLimit.
func slowCodes() []int { return []int{50, 262} }

// refusalCodes are those of Unauthorized and AuthenticationFailed, the second
// also as Atlas says it.
func refusalCodes() []int { return []int{unauthorized, 18, 8000} }

func hasCode(err error, codes []int) bool {
	var server mongo.ServerError
	return errors.As(err, &server) && slices.ContainsFunc(codes, server.HasErrorCode)
}
