package mongodb

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"herbarium/engine/fault"
)

// loadFailure is failure for a step of a load: it says what to do about it.
func (s *Store) loadFailure(ctx context.Context, st step, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("%s: %w", st.operation, context.Canceled)
	}
	detail := s.remedy(st, err)
	if detail == "" {
		return s.failure(ctx, st.operation, firstOf(err))
	}
	e := s.coded(fault.StoreUnavailable, st.operation, firstOf(err))
	e.Detail = detail + "; nothing was published"
	return e
}

// remedy says what is wrong and what to do, or nothing where that is not known.
func (s *Store) remedy(st step, err error) string {
	text := strings.ToLower(err.Error())
	full := strings.Contains(text, "no space left") || strings.Contains(text, "space quota")
	var write mongo.WriteException
	var bulk mongo.BulkWriteException
	switch {
	case hasCode(err, []int{outOfDiskSpace}) || full:
		return "the disk of the store is full; free or add space there and try again"
	case hasCode(err, []int{unauthorized}):
		return fmt.Sprintf("the store's user lacks a right that loads need; grant it the role readWrite on the database %s", s.database)
	case hasCode(err, refusalCodes()):
		return "the store refuses the user or the password of its address"
	case hasCode(err, []int{duplicateKey}):
		return "something else writes into the collection of this load; stop that and try again"
	case errors.As(err, &write) && write.WriteConcernError != nil, errors.As(err, &bulk) && bulk.WriteConcernError != nil:
		return "no majority of the store's members confirmed a write; try again once they are up and in step"
	case errors.Is(err, errWaited):
		return fmt.Sprintf("the store did not answer in time: the load waited %v for %s; try again once all members are up and less busy", st.limit, st.waits)
	case selecting(err), passing(err), shardAway(err):
		return "the store has no primary, or the connection to it broke, and trying again did not help; try again once it answers"
	case mongo.IsTimeout(err), hasCode(err, slowCodes()):
		return "the store did not answer in time: the load waited for " + st.waits + "; try again once all members are up and less busy"
	}
	return ""
}

// The codes of a full disk and of a user without a right.
const (
	outOfDiskSpace = 14031
	unauthorized   = 13
)

// firstOf shortens a failure of many documents, all of which usually fail for
// one reason.
func firstOf(err error) error {
	var bulk mongo.BulkWriteException
	if errors.As(err, &bulk) && len(bulk.WriteErrors) > 1 {
		return fmt.Errorf("%s (the first of %d documents that failed)", bulk.WriteErrors[0].Message, len(bulk.WriteErrors))
	}
	return err
}
