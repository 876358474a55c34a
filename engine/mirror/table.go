package mirror

import (
	"context"
	"errors"

	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/plan"
)

// table is a version that is answered from a copy, and from the source where the copy
// cannot.
type table struct {
	store  *Store
	of     *copied
	source engine.Table
	copy   engine.Table
	info   engine.TableInfo
}

// Info returns what the source says of the version, and where the copy is.
func (t *table) Info() engine.TableInfo { return t.info }

// Run starts the plan on the copy.
func (t *table) Run(ctx context.Context, p *plan.Plan) (engine.Cursor, error) {
	t.store.use(t.of)
	engine.Took(ctx, engine.ByMirror)
	c, err := t.copy.Run(ctx, p)
	if err == nil {
		return &cursor{Cursor: c, table: t, plan: p}, nil
	}
	if !t.goesOn(ctx, err) {
		return nil, err
	}
	return t.runSource(ctx, p)
}

// runSource starts the plan on the source.
func (t *table) runSource(ctx context.Context, p *plan.Plan) (engine.Cursor, error) {
	engine.Took(ctx, engine.ByPipeline)
	return t.source.Run(ctx, p)
}

// Count counts on the copy.
func (t *table) Count(ctx context.Context, p *plan.Plan) (int64, error) {
	t.store.use(t.of)
	n, err := t.copy.Count(ctx, p)
	if err != nil && t.goesOn(ctx, err) {
		return t.source.Count(ctx, p)
	}
	return n, err
}

// goesOn reports whether the source is asked after the copy has failed. That is not so of
// a caller who has left, or whose time is up. Else the fault is the source's to find: it
// may have no limit where the copy has one, as on groups that it streams.
func (t *table) goesOn(ctx context.Context, err error) bool {
	if ctx.Err() != nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	switch code := fault.CodeOf(err); {
	case errors.Is(err, fault.ErrUnreadable):
		t.store.damaged(t.of, t.copy, err)
	case code != fault.TooManyGroups && code != fault.TooExpensive && code != fault.Overloaded:
		t.store.options.Logger.Warn("a copy in the mirror could not answer; the store does", "dataset", t.of.name, "version", t.of.version, "error", err.Error())
	}
	return true
}

// sourceTable is a version of which there is no copy.
type sourceTable struct {
	Rows
	store *Store
	of    *copied
	info  engine.TableInfo
}

// Info returns what the source says of the version.
func (t *sourceTable) Info() engine.TableInfo { return t.info }

// Run starts the plan on the source.
func (t *sourceTable) Run(ctx context.Context, p *plan.Plan) (engine.Cursor, error) {
	t.seen()
	engine.Took(ctx, engine.ByPipeline)
	return t.Rows.Run(ctx, p)
}

// Count counts on the source.
func (t *sourceTable) Count(ctx context.Context, p *plan.Plan) (int64, error) {
	t.seen()
	return t.Rows.Count(ctx, p)
}

func (t *sourceTable) seen() {
	t.store.use(t.of)
	t.store.asked(t.of)
}
