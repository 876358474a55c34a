package mongodb

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
)

// Queries may be answered by any member that has the rows, since a version's rows
// never change and a majority had them before it was published. A member that does
// not have them yet is told to wait until it has (afterClusterTime), and is passed over
// if that takes it too long.

const (
	// lagWait is how long a member may at first take to answer that may have to wait
	// for the rows. It doubles with each attempt, as the work itself may take long.
	lagWait = 500 * time.Millisecond
	// settled is how long a version has been seen when every member is taken to have it.
	settled = time.Minute
	// queryAttempts is how often a query is begun, with pauses that double, while
	// members fail in a way that passes: once at a primary that is lost and once at a
	// member that is busy becoming it.
	queryAttempts = 3
)

// sighting is when this store first saw that a collection's rows are published.
type sighting struct {
	time *bson.Timestamp // of the cluster; nil where no member has to wait for it
	at   time.Time
}

// answer is a cursor with the session of its own, which knows as of when it was begun.
type answer struct {
	*mongo.Cursor
	session *mongo.Session
}

// Close lets go of the cursor and the session.
func (a *answer) Close(ctx context.Context) error {
	defer a.session.EndSession(ctx)
	return a.Cursor.Close(ctx)
}

// errLags says that a member did not answer within the time that it has for catching
// up.
var errLags = errors.New("the member did not answer in time, and may not have the rows yet")

// begin sends the aggregation, to another member where one fails or lags.
func (t *table) begin(ctx context.Context, command bson.D, seen sighting, atOnce bool) (*answer, error) {
	failures := 0
	for wait, pause := lagWait, firstPause; ; {
		patience := time.Duration(0)
		if t.store.mayLag(seen) {
			patience = wait
		}
		a, err := t.store.attempt(ctx, command, patience, atOnce)
		switch {
		case err == nil || ctx.Err() != nil:
			return a, err
		case errors.Is(err, errLags):
			wait *= 2
		case passing(err):
			if failures++; failures == queryAttempts {
				return nil, err
			}
			// As the driver does for its own reads: a connection may have been idle for
			// longer than the server, or its primary, lived.
			if failures > 1 {
				select {
				case <-ctx.Done():
					return nil, err
				case <-time.After(pause):
				}
				pause *= 2
			}
		default:
			return nil, err
		}
	}
}

// mayLag reports whether a query may be asked of a member that does not have the rows
// yet.
func (s *Store) mayLag(seen sighting) bool {
	if seen.time == nil || time.Since(seen.at) > settled {
		return false
	}
	return s.preference.Mode() != readpref.PrimaryPreferredMode || s.members.withoutPrimary()
}

// attempt sends the aggregation once. If patience is above 0, the answer has to begin within
// it. The server is told the deadline if atOnce.
func (s *Store) attempt(ctx context.Context, command bson.D, patience time.Duration, atOnce bool) (*answer, error) {
	db, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	session, err := s.client.StartSession(options.Session().SetCausalConsistency(false))
	if err != nil {
		return nil, err
	}
	asking, done := ctx, func() {}
	if !atOnce {
		asking, done = withoutDeadline(ctx)
	}
	defer done()
	// A deadline would end the cursor as well, since the server counts the time over all of its answers.
	asking, giveUp := context.WithCancel(asking)
	defer giveUp()
	var late atomic.Bool
	if patience > 0 {
		defer time.AfterFunc(patience, func() {
			late.Store(true)
			giveUp()
		}).Stop()
	}
	cursor, err := db.RunCommandCursor(mongo.NewSessionContext(asking, session), command, options.RunCmd().SetReadPreference(s.preference))
	if err != nil {
		session.EndSession(context.WithoutCancel(ctx))
		if late.Load() && ctx.Err() == nil {
			err = errLags
		}
		return nil, err
	}
	return &answer{cursor, session}, nil
}

// readConcern is that of queries: the level of the URI, and no earlier state than that
// in which the rows were seen. It is nil where the server's defaults do.
func (s *Store) readConcern(seen sighting) bson.D {
	var concern bson.D
	if level := s.address.readConcern; level != "" {
		concern = append(concern, bson.E{Key: "level", Value: level})
	} else if seen.time != nil {
		concern = append(concern, bson.E{Key: "level", Value: "local"})
	}
	if seen.time != nil {
		concern = append(concern, bson.E{Key: "afterClusterTime", Value: *seen.time})
	}
	return concern
}

// members is what the driver says of the servers.
type members struct {
	kind   atomic.Value
	shards atomic.Bool // there may be some, since a mongos was met, or what may stand before one
}

// monitor returns the driver's monitor that keeps m up to date.
func (m *members) monitor() *event.ServerMonitor {
	return &event.ServerMonitor{TopologyDescriptionChanged: func(e *event.TopologyDescriptionChangedEvent) {
		m.kind.Store(e.NewDescription.Kind)
		for _, server := range e.NewDescription.Servers {
			if server.Kind == "Mongos" || server.Kind == "LoadBalancer" {
				m.shards.Store(true)
			}
		}
	}}
}

// withoutPrimary reports whether there is a replica set of which no member is known
// to be the primary.
func (m *members) withoutPrimary() bool { return m.kind.Load() == "ReplicaSetNoPrimary" }

// onlyPrimary reports whether the URI wants everything from the primary. Then nothing
// lags, and no query is answered while there is none.
func (s *Store) onlyPrimary() bool { return s.preference.Mode() == readpref.PrimaryMode }
