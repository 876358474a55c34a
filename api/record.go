package api

import (
	"log/slog"
	"time"

	"herbarium/api/metrics"
	"herbarium/api/tracing"
	"herbarium/engine"
	"herbarium/engine/query"
)

// record is what logs, metrics and traces have of an exchange beside what was sent.
type record struct {
	dataset, operation string         // "" for a request of none
	query              *query.Query   // nil until it is parsed
	answer             *engine.Answer // closed; nil where there is none
	parse              time.Duration  // until the query was read, with the wait for its body
	sending            time.Duration  // what the client took to accept the answer
	span               tracing.Request
}

// trace begins the exchange's span, if anybody follows.
func (x *exchange) trace() {
	t := x.server.options.Tracing
	if t == nil {
		return
	}
	if e, ok := x.match.Handler.(endpoint); ok && e.always {
		return // probes and scrapes would drown all else
	}
	ctx, span := t.Request(x.request, x.template(), x.record.dataset, x.record.operation, x.id)
	x.request, x.record.span = x.request.WithContext(ctx), span
}

// template returns the path of the exchange's route, such as /{dataset}/range; "" where
// it has none.
func (x *exchange) template() string {
	if x.record.operation != "" {
		return "/{dataset}/" + x.record.operation
	}
	if x.match.Route == nil {
		return ""
	}
	path, err := x.match.Route.GetPathTemplate()
	if err != nil {
		return ""
	}
	return path
}

// begin begins the span of a step; nil if nobody follows.
func (x *exchange) begin(step engine.Step) engine.Span {
	if x.server.options.Tracing == nil {
		return nil
	}
	return x.server.options.Tracing.Start(x.request.Context(), step)
}

// parsed notes that the query was read, or could not be: it is nil then.
func (x *exchange) parsed(span engine.Span, q *query.Query) {
	x.record.query, x.record.parse = q, time.Since(x.started)
	if span != nil {
		span.End(nil)
	}
}

// report tells the log, the metrics and the trace of an exchange that has ended.
func (x *exchange) report() {
	took := time.Since(x.started)
	status, code := x.outcome()
	x.log(status, code, took)
	if x.admin {
		return
	}
	r := &x.record
	if m := x.server.options.Metrics; m != nil {
		answered := metrics.Request{Dataset: r.dataset, Operation: r.operation, Method: x.request.Method, Status: status, Took: took, Bytes: x.sent}
		if x.cut {
			answered.Cut = code
		}
		m.Answered(&answered)
	}
	if x.server.options.Tracing != nil {
		source, rows := "", int64(-1)
		if r.answer != nil {
			source, rows = string(r.answer.Source), r.answer.Rows()
		}
		r.span.End(status, code, source, rows)
	}
}

// append appends what a line of the log says of the query and its answer.
func (r *record) append(attrs []slog.Attr) []slog.Attr {
	if r.dataset == "" {
		return attrs
	}
	attrs = append(attrs, slog.String("dataset", r.dataset), slog.String("operation", r.operation))
	if r.query == nil {
		return attrs
	}
	if p, err := r.query.Plan(); err == nil {
		attrs = append(attrs, slog.String("plan", p.Fingerprint()))
	}
	if r.answer != nil {
		attrs = append(attrs, slog.String("cache", string(r.answer.Source)))
		if run, ok := r.answer.Run(); ok && run.Way != "" {
			attrs = append(attrs, slog.String("way", string(run.Way)))
		}
		if rows := r.answer.Rows(); rows >= 0 {
			attrs = append(attrs, slog.Int64("rows", rows))
		}
	}
	return append(attrs, slog.Attr{Key: "times", Value: slog.GroupValue(r.times()...)})
}

// times are the parts of the exchange's time. Those of a run are left out for an answer
// that was kept, and those of a run that another request began are as long as it took.
func (r *record) times() []slog.Attr {
	times := []slog.Attr{slog.String("parse", r.parse.String())}
	if r.answer != nil {
		if run, ok := r.answer.Run(); ok {
			times = append(times, slog.String("plan", run.Planned.String()), slog.String("first_rows", run.First.String()),
				slog.String("store", run.Store.String()), slog.String("encode", run.Encode.String()))
		}
	}
	return append(times, slog.String("send", r.sending.String()))
}
