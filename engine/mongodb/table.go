package mongodb

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"herbarium/datasets"
	"herbarium/engine"
)

const (
	// firstRows is how many rows the server collects before it answers at
	// all, laterRows how many before each further answer.
	firstRows = 1024
	laterRows = 8192
)

// table is one version's collection, or a foreign one.
type table struct {
	store      *Store
	name       string // of the dataset's collection
	collection string // of the rows
	info       engine.TableInfo
}

// Info returns what the publication said of the table.
func (t *table) Info() engine.TableInfo { return t.info }

// Run starts the plan on the server. Where the rows of the table's version
// are no longer kept, it fails with code StoreUnavailable: the caller should
// ask for the Table again.
func (t *table) Run(ctx context.Context, plan *engine.Plan) (engine.Cursor, error) {
	p, err := t.store.publications.read(ctx, t.name)
	if err != nil {
		return nil, err
	}
	if !t.info.Foreign && !p.holds(t.collection) {
		return nil, &engine.Error{Code: engine.StoreUnavailable, RetryAfter: retryAfter,
			Detail: "the rows were replaced before the query began; ask again"}
	}
	db, err := t.store.connect(ctx)
	if err != nil {
		return nil, err
	}
	command := t.command(plan, p.seen)
	asking, done := ctx, func() {}
	if !answersAtOnce(plan) {
		asking, done = withoutDeadline(ctx)
	}
	defer done()
	preference := options.RunCmd().SetReadPreference(t.store.preference)
	cursor, err := db.RunCommandCursor(asking, command, preference)
	if err != nil && ctx.Err() == nil && passing(err) {
		// As the driver does for its own reads: a connection may have been
		// idle for longer than the server, or its primary, lived.
		cursor, err = db.RunCommandCursor(asking, command, preference)
	}
	if err != nil {
		return nil, t.store.failure(ctx, "query "+t.collection, err)
	}
	cursor.SetBatchSize(laterRows)
	return &rows{store: t.store, cursor: cursor, collection: t.collection, decoder: newDecoder(plan)}, nil
}

// command writes the aggregation. It is a plain command, since the driver's
// own call does not tell the server the deadline.
func (t *table) command(plan *engine.Plan, seen *bson.Timestamp) bson.D {
	compile := engine.Compile
	if t.info.Foreign {
		compile = engine.CompileForeign
	}
	size := int64(firstRows)
	if answersAtOnce(plan) && plan.Limit >= 0 {
		// One more than there can be: only then does the server see that
		// there are no more, and keeps no cursor.
		size = plan.Limit + 1
	}
	command := bson.D{
		{Key: "aggregate", Value: t.collection},
		{Key: "pipeline", Value: compile(plan)},
		{Key: "cursor", Value: bson.D{{Key: "batchSize", Value: size}}},
		{Key: "allowDiskUse", Value: true},
	}
	if t.info.Foreign {
		// A collection may have been made to compare text otherwise.
		command = append(command, bson.E{Key: "collation", Value: bson.D{{Key: "locale", Value: "simple"}}})
	}
	if seen != nil {
		// A secondary may not have the rows yet whose publication was seen.
		command = append(command, bson.E{Key: "readConcern", Value: bson.D{
			{Key: "level", Value: "local"}, {Key: "afterClusterTime", Value: *seen}}})
	}
	return command
}

// answersAtOnce reports whether all that takes the server long happens before
// its first answer. Then it is told the deadline (the driver adds maxTimeMS);
// otherwise it must not be, since the server counts that time over all
// answers of a cursor, and a long stream has a deadline for each alone.
func answersAtOnce(plan *engine.Plan) bool {
	return plan.Operation == datasets.Mean || plan.Limit >= 0 && plan.Limit < laterRows
}

// withoutDeadline returns a context that ends when ctx does but has no
// deadline of its own. The driver then cuts the connection at once, on which
// the server ends the operation.
func withoutDeadline(ctx context.Context) (context.Context, func()) {
	plain, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, cancel)
	return plain, func() {
		stop()
		cancel()
	}
}
