package mongodb

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"

	"herbarium/engine"
	"herbarium/engine/fault"
)

// A change stream (https://www.mongodb.com/docs/manual/changeStreams/) tells what a majority
// of the members has written. It is opened at a time of the cluster that was asked for
// before, and the rows are read as a majority has them at that time or later. So every write
// is either in what was read, or the stream tells of it, whichever members answer; some are
// both. The first event says all that is asked for: that something has changed. Events are
// therefore stripped to their kind, and none is read after the first.

const (
	// awaitTime is how long the server waits for a change before it says that there was none.
	awaitTime = time.Second
	// streamTime is how long one question to the server may take. A server that is cut off
	// may otherwise be waited for until the system gives the connection up.
	streamTime = 20 * time.Second
)

// changes watches a collection.
type changes struct {
	rows    table // as a majority has them at start or later
	start   bson.Timestamp
	began   time.Time
	session *mongo.Session
	stream  *mongo.ChangeStream // nil while there is none
	cursor  int64               // of the stream, once it has given what it was opened with
	token   bson.Raw            // where the next stream goes on; nil: at start
}

// Watch begins to watch the collection, which has to be an unmanaged one. The error says
// what to do where a server or a collection has no change streams, or the right is missing.
func (t *table) Watch(ctx context.Context) (engine.Changes, error) {
	db, err := t.store.connect(ctx)
	if err != nil {
		return nil, err
	}
	session, err := t.store.client.StartSession(options.Session().SetCausalConsistency(false))
	if err != nil {
		return nil, t.watchFailure(ctx, err)
	}
	c := &changes{rows: *t, session: session, began: time.Now()}
	asking, done := bounded(ctx)
	defer done()
	err = db.RunCommand(mongo.NewSessionContext(asking, session), bson.D{{Key: "ping", Value: 1}}, options.RunCmd().SetReadPreference(t.store.preference)).Err()
	if err == nil && session.OperationTime() == nil {
		err = errNoChanges // as of a standalone server, which has no such time
	}
	if err == nil {
		c.start = *session.OperationTime()
		c.rows.since = &c.start
		// A member that lags answers as of an earlier time.
		c.began = c.began.Add(-lag(c.start, c.newest()))
		err = c.open(asking)
	}
	if err != nil {
		c.Close()
		return nil, t.watchFailure(ctx, err)
	}
	return c, nil
}

// Began returns when it was the cluster's time at which the stream begins, or earlier.
func (c *changes) Began() time.Time { return c.began }

// ReadRows reads all rows, in the order of _id.
func (c *changes) ReadRows(ctx context.Context, readers int, write func(*engine.Batch) error) error {
	return c.rows.ReadRows(ctx, readers, write)
}

// Close lets go of the stream.
func (c *changes) Close() {
	c.letGo()
	c.session.EndSession(context.Background())
}

// open opens a stream, behind what the last one had looked through.
func (c *changes) open(ctx context.Context) error {
	db, err := c.rows.store.connect(ctx)
	if err != nil {
		return err
	}
	o := options.ChangeStream().SetMaxAwaitTime(awaitTime).SetBatchSize(1)
	if c.token != nil {
		o.SetResumeAfter(c.token)
	} else {
		o.SetStartAtOperationTime(&c.start)
	}
	collection := db.Collection(c.rows.collection, options.Collection().SetReadPreference(c.rows.store.preference).SetReadConcern(readconcern.Majority()))
	kind := mongo.Pipeline{{{Key: "$project", Value: bson.D{{Key: "operationType", Value: 1}}}}}
	stream, err := collection.Watch(mongo.NewSessionContext(ctx, c.session), kind, o)
	if err != nil {
		return err // and no stream, which might not be nil
	}
	c.stream, c.cursor = stream, 0
	return nil
}

// letGo lets go of the stream. An error is of no use: the server drops a cursor that nobody
// asks for by itself.
func (c *changes) letGo() {
	if c.stream == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeWait)
	defer cancel()
	_ = c.stream.Close(ctx)
	c.stream = nil
}

// Next waits for a change. A stream that is lost goes on, on another member if need be,
// where it was; what was not asked meanwhile is not lost as long as the members' oplogs have
// it.
func (c *changes) Next(ctx context.Context) (until time.Time, changed bool, err error) {
	err = c.rows.store.retry(ctx, goesOn, func() error {
		until, changed, err = c.next(ctx)
		return err
	})
	if err != nil {
		return time.Time{}, false, c.rows.watchFailure(ctx, err)
	}
	return until, changed, nil
}

// errSilent says that a server did not answer.
var errSilent = errors.New("the server did not answer in time")

// goesOn reports whether a stream that failed may go on. A server says so itself, beside
// what passes for other questions.
func goesOn(err error) bool {
	var labeled mongo.LabeledError
	return errors.Is(err, errSilent) || awaited(err) || errors.As(err, &labeled) && labeled.HasErrorLabel("ResumableChangeStreamError")
}

// next asks the stream, and opens it before where there is none.
func (c *changes) next(ctx context.Context) (until time.Time, changed bool, err error) {
	asking, done := bounded(ctx)
	defer done()
	if c.stream == nil {
		if err := c.open(asking); err != nil {
			return time.Time{}, false, silence(ctx, asking, err)
		}
	}
	for {
		asked := time.Now()
		changed := c.stream.TryNext(asking)
		if token := c.stream.ResumeToken(); token != nil {
			c.token = token
		}
		if err := c.stream.Err(); err != nil {
			c.letGo()
			return time.Time{}, false, silence(ctx, asking, err)
		}
		cursor := c.stream.ID()
		if changed || cursor == 0 { // the server ends it, as where the collection was dropped
			return time.Time{}, true, nil
		}
		if cursor == c.cursor {
			return asked.Add(-c.behind()), false, nil
		}
		// What the server sent when the cursor was opened, here or by the driver that resumes a
		// stream, is no answer to what was just asked.
		c.cursor = cursor
	}
}

// bounded returns a context that ends when ctx does, or when one question has taken too
// long. It has no deadline: the driver would tell it to the server, which counts the time over
// all answers of a cursor.
func bounded(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	timer := time.AfterFunc(streamTime, cancel)
	return ctx, func() {
		timer.Stop()
		cancel()
	}
}

// silence returns err, or errSilent where bounded's time has ended what failed.
func silence(ctx, asking context.Context, err error) error {
	if asking.Err() != nil && ctx.Err() == nil {
		return errSilent
	}
	return err
}

// behind returns how far behind the newest time that the server knows of it has looked for
// changes. On a sharded cluster that may be some seconds: a shard without writes tells what
// time it is each ten seconds (periodicNoopIntervalSecs).
func (c *changes) behind() time.Duration {
	looked, ok := tokenTime(c.stream.ResumeToken())
	if !ok {
		return 0
	}
	return lag(looked, c.newest())
}

// lag returns how far a time of the cluster is behind another one, in seconds that were begun; 0
// if it is not.
func lag(at, newest bson.Timestamp) time.Duration {
	if !newest.After(at) {
		return 0
	}
	return time.Duration(newest.T-at.T+1) * time.Second
}

// newest returns the newest time of the cluster that the server has told.
func (c *changes) newest() (newest bson.Timestamp) {
	if at := c.session.OperationTime(); at != nil {
		newest = *at
	}
	if t, i, ok := c.session.ClusterTime().Lookup("$clusterTime", "clusterTime").TimestampOK(); ok {
		if at := (bson.Timestamp{T: t, I: i}); at.After(newest) {
			newest = at
		}
	}
	return newest
}

// tokenTime returns the time of the cluster that a resume token stands for: MongoDB's tokens
// are hexadecimal digits, first those of the type of a timestamp (0x82) and then those of one.
// It is not known of a token of another form.
func tokenTime(token bson.Raw) (at bson.Timestamp, ok bool) {
	data, ok := token.Lookup("_data").StringValueOK()
	if !ok || len(data) < 18 {
		return at, false
	}
	b, err := hex.DecodeString(data[:18])
	if err != nil || b[0] != 0x82 {
		return at, false
	}
	return bson.Timestamp{T: binary.BigEndian.Uint32(b[1:]), I: binary.BigEndian.Uint32(b[5:])}, true
}

// Codes of servers that cannot watch a collection.
const (
	onlyReplicaSets = 40573 // $changeStream on a standalone server
	noSuchStage     = 40324 // $changeStream on a server that does not have it
	notOnView       = 166   // CommandNotSupportedOnView
	noMajorityReads = 148   // ReadConcernMajorityNotEnabled
)

var errNoChanges = errors.New("the server has no change streams")

// watchFailure is the failure of watching a collection, which says what to do about it.
func (t *table) watchFailure(ctx context.Context, err error) error {
	operation, advice := "watch "+t.collection+" for changes", ""
	switch {
	case errors.Is(err, errNoChanges) || hasCode(err, []int{onlyReplicaSets, noSuchStage}):
		advice = "refresh: changes needs a replica set or a sharded cluster; use refresh: 60s on a standalone server"
	case hasCode(err, []int{notOnView}):
		advice = "a view has no changes; use refresh: 60s for it"
	case hasCode(err, []int{unauthorized}):
		advice = "refresh: changes needs the rights find and changeStream on the collection, which the role read has"
	case hasCode(err, []int{noMajorityReads}):
		advice = "refresh: changes needs read concern majority, which is disabled on the server; use refresh: 60s"
	}
	failed := t.store.failure(ctx, operation, err)
	var coded *fault.Error
	if advice != "" && errors.As(failed, &coded) {
		coded.Err = errors.New(coded.Err.Error() + "; " + advice)
	}
	return failed
}
