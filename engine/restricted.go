package engine

import (
	"context"
	"errors"

	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/engine/pipeline"
	"herbarium/engine/plan"
	"herbarium/engine/query"
)

// A store knows nothing of views. The table of a view stands before the store's table of
// its base and is the one place where a plan of the view becomes a plan of the base: the
// fields get the base's indexes, and the condition of the rows that are shown is added.
// What comes back has the answer's columns already; the rest of what a table says is said
// for the rows and fields that are shown alone.

// tableOf returns the dataset's current content.
func (e *Engine) tableOf(ctx context.Context, ds *datasets.Dataset) (Table, error) {
	if ds.View == nil {
		return e.store.Table(ctx, ds)
	}
	base, err := e.store.Table(ctx, ds.View.Base)
	return e.restrict(ctx, ds, base, err)
}

// tableAt returns the dataset's content of that version.
func (e *Engine) tableAt(ctx context.Context, ds *datasets.Dataset, version string) (Table, error) {
	if ds.View == nil {
		return e.store.TableAt(ctx, ds, version)
	}
	opened := query.OpenVersion(ds.View, version)
	if opened == "" && version != "" {
		return nil, fault.GoneError(ds)
	}
	base, err := e.store.TableAt(ctx, ds.View.Base, opened)
	return e.restrict(ctx, ds, base, err)
}

// restrict returns the table of a view, of which base is the store's table, or err.
func (e *Engine) restrict(ctx context.Context, ds *datasets.Dataset, base Table, err error) (Table, error) {
	if errors.Is(err, fault.ErrOtherFields) && hidesFields(ds.View) {
		return nil, withoutFields(ds, err)
	}
	if err != nil || !ds.View.Sealed {
		return base, err
	}
	t := restrictedTable{view: ds.View, base: base, rows: query.ShownRows(ds.View), info: base.Info()}
	t.info.Version = query.SealVersion(ds.View, t.info.Version)
	t.info.Fault = withoutCause(t.info.Fault)
	if t.rows != nil && t.info.Rows >= 0 {
		if t.info.Rows, err = e.shown.count(ctx, ds, t); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// withoutCause returns a table's fault without what is for the log of whoever may see all
// of the table.
func withoutCause(err error) error {
	known, ok := err.(*fault.Error) //nolint:errorlint // TableInfo.Fault is one
	if !ok {
		return err
	}
	return &fault.Error{Code: known.Code, Detail: known.Detail, RetryAfter: known.RetryAfter, Err: fault.ErrUnreadable}
}

// restrictedTable is the table of a view that hides something.
type restrictedTable struct {
	view *datasets.View
	base Table
	rows *plan.Condition // that are shown, over the base; nil: all
	info TableInfo
}

// Info returns what is known of what is shown.
func (t restrictedTable) Info() TableInfo { return t.info }

// Run starts the plan, over what is shown.
func (t restrictedTable) Run(ctx context.Context, p *plan.Plan) (Cursor, error) {
	cursor, err := t.base.Run(ctx, t.rebase(p))
	if err != nil || t.rows == nil {
		return cursor, err
	}
	return newShownBatches(cursor, t, p), nil
}

// Count counts what the plan matches, of what is shown.
func (t restrictedTable) Count(ctx context.Context, p *plan.Plan) (int64, error) {
	if p.Groups == nil && p.Filter.Always() && t.info.Rows >= 0 {
		return t.info.Rows, nil
	}
	return t.base.Count(ctx, t.rebase(p))
}

func (t restrictedTable) rebase(p *plan.Plan) *plan.Plan {
	return p.Rebase(t.view.Base, t.view.Fields, t.rows)
}

// runsPipelines reports whether the store runs plans as pipelines.
func (t restrictedTable) runsPipelines() bool {
	_, runs := t.base.(explainer)
	return runs
}

// Explain returns the pipelines that the plan would run as over a table of what is shown.
// How sums are split depends on values of the table, hidden ones too, so that they are
// written for typical ones.
func (t restrictedTable) Explain(p *plan.Plan) []pipeline.Pipeline {
	return pipeline.All(p, pipeline.GroupOptions{Unmanaged: t.info.HasAnyTypes()})
}

// explained returns the plan as it is shown to whoever asked: where a view's token says
// where to go on, which row of the base that is does not show.
func explained(p *plan.Plan) *plan.Plan {
	if v := p.Dataset.View; p.After == "" || v == nil || !v.Sealed {
		return p
	}
	shown := *p
	shown.After = plan.SealedPosition
	return &shown
}

// hidesFields reports whether the view does not show all fields.
func hidesFields(v *datasets.View) bool { return len(v.Fields) < len(v.Base.Fields) }

// withoutFields is the error of rows that are not there for a view since they have other fields
// than its base: it does not say so, since it may be hidden ones that differ.
func withoutFields(ds *datasets.Dataset, err error) error {
	if fault.CodeOf(err) == fault.Gone {
		return fault.GoneError(ds)
	}
	return fault.NotLoadedError(ds)
}
