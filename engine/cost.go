package engine

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/engine/plan"
	"herbarium/engine/query"
)

// Limits bound what one query of a caller may cost. Zero values set no bound.
type Limits struct {
	Scanned int64         // rows that are looked at, after blocks that no row of matches are skipped
	Rows    int64         // rows of the answer, where it is one of rows
	Groups  int64         // groups that are made, on all pages
	Bytes   int64         // of the answer, before it is compressed
	Time    time.Duration // up to the first bytes
}

type limitsKey struct{}

// WithLimits returns a context in which queries keep to the limits. They fail with code
// TooExpensive where they do not. The error of an answer whose bytes have begun to flow
// comes from Answer.Next.
func WithLimits(ctx context.Context, l Limits) context.Context {
	if l == (Limits{}) {
		return ctx
	}
	return context.WithValue(ctx, limitsKey{}, l)
}

func limitsOf(ctx context.Context) (Limits, bool) {
	l, ok := ctx.Value(limitsKey{}).(Limits)
	return l, ok
}

// scanner is a Table that knows how many rows it would look at.
type scanner interface {
	// Scans returns how many rows a run of the plan looks at, at the most.
	Scans(ctx context.Context, p *plan.Plan) (int64, error)
}

// tooExpensive says which limit a query does not keep to, and what would.
func tooExpensive(format string, values ...any) error {
	return &fault.Error{Code: fault.TooExpensive, Detail: fmt.Sprintf(format, values...)}
}

// begin returns the context of an answer, which ends when its time is up, and the check
// of its errors.
func (l Limits) begin(ctx context.Context) (context.Context, context.CancelFunc, func(error) error) {
	if l.Time <= 0 {
		return ctx, func() {}, func(err error) error { return err }
	}
	limited, cancel := context.WithTimeout(ctx, l.Time)
	return limited, cancel, func(err error) error {
		if err != nil && errors.Is(limited.Err(), context.DeadlineExceeded) && ctx.Err() == nil {
			return tooExpensive("the query took longer than %v, which is the limit here; narrow its conditions, or ask for fewer fields or groups", l.Time)
		}
		return err
	}
}

// afford reports that the answer costs more than the limits allow, as far as it is known
// before it runs.
func (a *Answer) afford(ctx context.Context, l Limits, format Format) error {
	q := a.query
	p, err := q.Plan()
	if err != nil {
		return err
	}
	if l.Scanned > 0 && a.Size < 0 { // before anything is counted, which looks at rows, too
		if err := a.affordScan(ctx, l, p); err != nil {
			return err
		}
	}
	switch {
	case l.Groups > 0 && q.Operation.Grouped():
		if err := a.Count(ctx); err != nil {
			return err
		}
		if a.Total > l.Groups {
			return tooExpensive("the query makes %s, and the limit here is %d; narrow its conditions, or group by less", plural(a.Total, "group"), l.Groups)
		}
	case l.Rows > 0 && !q.Operation.Grouped():
		if err := a.affordRows(ctx, l); err != nil {
			return err
		}
	}
	if l.Bytes > 0 && a.Size < 0 && a.outgrows(format, l.Bytes) {
		return tooExpensive("the answer has more than %d bytes, which is the limit here; ask for pages or for fewer fields", l.Bytes)
	}
	return a.affordBytes(l)
}

// affordScan checks how many rows are looked at.
func (a *Answer) affordScan(ctx context.Context, l Limits, p *plan.Plan) error {
	scanned, err := a.scans(ctx, p)
	if err != nil {
		return failure(err)
	}
	if scanned > l.Scanned {
		advice := "bounds on the fields by which the data is sorted leave rows out"
		if _, ok := a.table.(scanner); !ok {
			advice = "no condition makes them fewer"
		}
		return tooExpensive("the query looks at up to %s, and the limit here is %d; %s", plural(scanned, "row"), l.Scanned, advice)
	}
	return nil
}

// affordRows checks how many rows are answered.
func (a *Answer) affordRows(ctx context.Context, l Limits) error {
	_, rows := a.query.Window()
	if rows >= 0 && rows <= l.Rows {
		return nil
	}
	if err := a.Count(ctx); err != nil {
		return err
	}
	if rows < 0 || a.Total < rows {
		rows = a.Total
	}
	if rows > l.Rows {
		return tooExpensive("the query is answered with %s, and the limit here is %d; ask for pages: per_page=%d", plural(rows, "row"), l.Rows, l.Rows)
	}
	return nil
}

// affordBytes checks how long an answer is that is whole.
func (a *Answer) affordBytes(l Limits) error {
	if l.Bytes > 0 && a.Size > l.Bytes {
		return tooExpensive("the answer has %d bytes, and the limit here is %d; ask for pages or for fewer fields", a.Size, l.Bytes)
	}
	return nil
}

// scans returns how many rows are looked at, at the most.
func (a *Answer) scans(ctx context.Context, p *plan.Plan) (int64, error) {
	rows := a.table.Info().Rows
	if a.isFirstRows() {
		_, limit := a.query.Window()
		return limit, nil
	}
	if s, ok := a.table.(scanner); ok {
		return s.Scans(ctx, p.Inner())
	}
	return rows, nil
}

// isFirstRows reports whether the query is answered by reading some rows from a place
// on.
func (a *Answer) isFirstRows() bool {
	q := a.query
	_, limit := q.Window()
	return limit >= 0 && q.Operation == datasets.Range && q.Filter.Always() && len(q.Sort) == 0
}

// plural writes a number of things.
func plural(n int64, thing string) string {
	text := strconv.FormatInt(n, 10) + " " + thing
	if n != 1 {
		text += "s"
	}
	return text
}

// limited is ask within limits.
func (e *Engine) limited(ctx context.Context, l Limits, q *query.Query, format Format, run runner) (*Answer, error) {
	ctx, cancel, check := l.begin(ctx)
	defer cancel()
	a, err := e.find(ctx, q, format)
	if err != nil {
		return nil, check(err)
	}
	if err := a.afford(ctx, l, format); err != nil {
		_ = a.Close()
		return nil, check(err)
	}
	if a.Size < 0 {
		if a, err = run(a, ctx, format); err != nil {
			return nil, check(err)
		}
	}
	if err := a.affordBytes(l); err != nil {
		_ = a.Close()
		return nil, err
	}
	a.most = l.Bytes
	return a, nil
}
