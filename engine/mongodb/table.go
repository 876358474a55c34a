package mongodb

import (
	"context"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/pipeline"
	"herbarium/engine/plan"
)

const (
	// firstRows is how many rows the server collects before it answers at
	// all, laterRows how many before each further answer.
	firstRows = 1024
	laterRows = 8192
)

// table is one version's collection, or an unmanaged one.
type table struct {
	store      *Store
	dataset    *datasets.Dataset
	collection string   // of the rows
	replaced   bool     // by a later version, so that its time may end
	indexed    []string // see edition
	magnitudes []magnitude
	since      *bson.Timestamp // see concern
	info       engine.TableInfo
}

// Info returns what the publication said of the table.
func (t *table) Info() engine.TableInfo { return t.info }

// Run starts the plan on the server. Where the rows of the table's version
// are no longer kept, it fails with code StoreUnavailable, so that the caller
// asks for the Table again, or with Gone where it asked for that version.
func (t *table) Run(ctx context.Context, p *plan.Plan) (engine.Cursor, error) {
	if p.Groups != nil {
		return t.runGroups(ctx, p)
	}
	compile := pipeline.Compile
	if t.info.HasAnyTypes() {
		compile = pipeline.CompileUnmanaged
	}
	r, err := t.start(ctx, p, compile(p), p.Columns)
	if err != nil {
		return nil, err // not a nil *rows
	}
	if !t.info.Unmanaged {
		r.later = compile
	}
	return r, nil
}

// start starts a pipeline, whose documents have these columns.
func (t *table) start(ctx context.Context, p *plan.Plan, stages pipeline.Pipeline, columns []plan.Column) (*rows, error) {
	atOnce := answersAtOnce(p)
	cursor, err := t.aggregate(ctx, func(concern bson.D) bson.D { return t.runCommand(p, stages, concern) }, atOnce)
	if err != nil {
		return nil, err
	}
	cursor.SetBatchSize(laterRows)
	return &rows{table: t, plan: p, cursor: cursor, decoder: newDecoder(columns, p.Groups != nil)}, nil
}

// runCommand writes the aggregation of a pipeline that answers the plan.
func (t *table) runCommand(p *plan.Plan, stages pipeline.Pipeline, concern bson.D) bson.D {
	size := int64(firstRows)
	if answersAtOnce(p) && p.Limit >= 0 {
		// One more than there can be: only then does the server see that
		// there are no more, and keeps no cursor.
		size = p.Limit + 1
	}
	return t.command(p, stages, size, concern)
}

// badValueCode is the code of BadValue, with which a server refuses a hint at an index that it
// does not have.
const badValueCode = 2

// aggregate starts the aggregation that command writes on the server, which is
// told the deadline if atOnce.
func (t *table) aggregate(ctx context.Context, command func(concern bson.D) bson.D, atOnce bool) (*answer, error) {
	p, err := t.store.publications.read(ctx, t.dataset.Collection)
	if err != nil {
		return nil, err
	}
	if !t.info.Unmanaged && !p.holds(t.collection) {
		return nil, t.gone()
	}
	seen := p.sightings[t.collection]
	asked := command(t.concern(seen))
	a, err := t.begin(ctx, asked, seen, atOnce)
	if hasCode(err, []int{badValueCode}) {
		// If there is a hint, somebody has dropped or hidden its index. Without one the answer takes longer.
		if at := slices.IndexFunc(asked, func(e bson.E) bool { return e.Key == "hint" }); at >= 0 {
			a, err = t.begin(ctx, slices.Delete(asked, at, at+1), seen, atOnce)
		}
	}
	if hasCode(err, []int{unknownZoneCode}) {
		return nil, errUnknownZone
	}
	if err != nil {
		return nil, t.store.failure(ctx, "query "+t.collection, err)
	}
	return a, nil
}

// concern is the read concern of queries: the store's, or, of a collection that is watched,
// what a majority had at the time since which it is, or later.
func (t *table) concern(seen sighting) bson.D {
	if t.since == nil {
		return t.store.readConcern(seen)
	}
	return bson.D{{Key: "level", Value: "majority"}, {Key: "afterClusterTime", Value: *t.since}}
}

// gone is the failure of a query whose rows are no longer kept.
func (t *table) gone() error {
	if t.replaced {
		return fault.GoneError(t.dataset)
	}
	return &fault.Error{Code: fault.StoreUnavailable, RetryAfter: retryAfter,
		Detail: "the rows were replaced before the query began; ask again"}
}

// command writes the aggregation. It is a plain command, since the driver's
// own call does not tell the server the deadline.
func (t *table) command(p *plan.Plan, stages pipeline.Pipeline, size int64, concern bson.D) bson.D {
	command := bson.D{
		{Key: "aggregate", Value: t.collection},
		{Key: "pipeline", Value: stages},
		{Key: "cursor", Value: bson.D{{Key: "batchSize", Value: size}}},
		{Key: "allowDiskUse", Value: true},
	}
	if p.After != "" && !t.info.HasAnyTypes() {
		if index := hint(p, t.indexed); index != nil {
			command = append(command, bson.E{Key: "hint", Value: index})
		}
	}
	if t.info.Unmanaged {
		// A collection may have been made to compare text otherwise.
		command = append(command, bson.E{Key: "collation", Value: bson.D{{Key: "locale", Value: "simple"}}})
	}
	if len(concern) > 0 {
		command = append(command, bson.E{Key: "readConcern", Value: concern})
	}
	return command
}

// few returns all documents of a pipeline that gives only few.
func (t *table) few(ctx context.Context, p *plan.Plan, stages pipeline.Pipeline) ([]bson.Raw, error) {
	a, err := t.aggregate(ctx, func(concern bson.D) bson.D { return t.command(p, stages, firstRows, concern) }, true)
	if err != nil {
		return nil, err
	}
	defer a.session.EndSession(context.WithoutCancel(ctx))
	var all []bson.Raw
	if err := a.All(ctx, &all); err != nil {
		return nil, t.store.failure(ctx, "query "+t.collection, err)
	}
	if len(all) == 0 {
		return nil, t.stillKept(ctx, a.session.OperationTime())
	}
	if err := t.onAllShards(ctx, a.session.OperationTime()); err != nil {
		return nil, err
	}
	return all, nil
}

// stillKept reports why an answer without rows, which a member gave at the cluster's
// time, may not be believed: a member answers so that dropped the rows.
func (t *table) stillKept(ctx context.Context, at *bson.Timestamp) error {
	switch {
	case t.info.Unmanaged:
		return nil
	case at != nil && !t.store.onlyPrimary():
		// The publication that the query went by may be of a member that is behind.
		held, err := t.store.stillHeld(ctx, t.dataset.Collection, t.collection, at)
		if err == nil && !held {
			t.store.publications.forget(t.dataset.Collection)
			err = t.gone()
		}
		return err
	}
	return t.stillListed(ctx)
}

// onAllShards reports why an answer with rows, which ended at the cluster's time, may not be
// believed: a collection is dropped on one shard after the other, and an answer of meanwhile has
// the rows of some. What was current half a second ago is not being dropped.
func (t *table) onAllShards(ctx context.Context, at *bson.Timestamp) error {
	if t.info.Unmanaged || !t.store.members.shards.Load() {
		return nil
	}
	p, err := t.store.publications.read(ctx, t.dataset.Collection)
	switch {
	case err != nil:
		return err
	case p.Current != nil && p.Current.Collection == t.collection:
		return nil
	}
	return t.stillKept(ctx, at)
}

// stillListed reads the publication anew, and fails where it does not have the rows.
func (t *table) stillListed(ctx context.Context) error {
	t.store.publications.forget(t.dataset.Collection)
	p, err := t.store.publications.read(ctx, t.dataset.Collection)
	if err != nil {
		return err
	}
	if !p.holds(t.collection) {
		return t.gone()
	}
	return nil
}

// Count returns how many rows or groups the plan matches, on all pages.
func (t *table) Count(ctx context.Context, p *plan.Plan) (int64, error) {
	if p.Groups == nil && p.Filter.Always() && t.info.Rows >= 0 {
		return t.info.Rows, nil
	}
	whole := *p
	whole.After = ""
	if p.Groups != nil && slices.ContainsFunc(p.Groups.Keys, func(k plan.Key) bool { return k.Buckets != nil }) {
		whole.Groups, whole.Order = &plan.Groups{Keys: p.Groups.Keys}, nil
		all, err := t.collect(ctx, &whole, pipeline.Sizes{})
		if err != nil {
			return 0, err
		}
		return int64(len(all.all)), nil
	}
	all, err := t.few(ctx, &whole, pipeline.Count(&whole, t.info.HasAnyTypes()))
	if err != nil || len(all) == 0 {
		return 0, err
	}
	n, ok := all[0].Index(0).Value().AsInt64OK()
	if !ok {
		return 0, fmt.Errorf("the count of %s is %v", t.collection, all[0])
	}
	return n, nil
}

// pageEnd finds where a full page of rows ends.
func (t *table) pageEnd(ctx context.Context, p *plan.Plan) (engine.PageEnd, error) {
	end := engine.PageEnd{Total: -1}
	all, err := t.few(ctx, p, pipeline.PageEnd(p, t.info.HasAnyTypes()))
	if err != nil || len(all) < 2 {
		return end, err
	}
	id, err := all[0].LookupErr("_id")
	if err != nil {
		return end, fmt.Errorf("find the end of a page of %s: %w", t.collection, err)
	}
	end.More, end.Last = true, plan.DocumentPosition(byte(id.Type), id.Value)
	end.LastValues, err = sortValues(p, all[0])
	return end, err
}

// sortValues reads the values of the plan's order off a document of
// pipeline.PageEnd.
func sortValues(p *plan.Plan, document bson.Raw) ([]plan.Nullable, error) {
	if len(p.Order) == 0 {
		return nil, nil
	}
	columns := make([]plan.Column, len(p.Order))
	for i, key := range p.Order {
		columns[i] = plan.Column{Name: pipeline.SortName(i), Type: p.Dataset.Fields[key.By].Type}
	}
	d := newDecoder(columns, true)
	d.begin(1)
	if err := d.row(0, document); err != nil {
		return nil, fmt.Errorf("read the end of a page: %w", err)
	}
	batch := d.end(1)
	values := make([]plan.Nullable, len(columns))
	for i := range values {
		if v := &batch.Columns[i]; v.Null(0) {
			values[i].Null = true
		} else {
			values[i].Value = v.Value(0)
		}
	}
	return values, nil
}

// answersAtOnce reports whether all that takes the server long happens before
// its first answer. Then it is told the deadline (the driver adds maxTimeMS);
// otherwise it must not be, since the server counts that time over all
// answers of a cursor, and a long stream has a deadline for each alone.
func answersAtOnce(p *plan.Plan) bool {
	return p.Groups != nil || p.Limit >= 0 && p.Limit < laterRows
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
