package tracing

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"herbarium/engine"
	"herbarium/engine/fault"
)

// StepParse is the step of a request before its run: reading the query.
const StepParse engine.Step = "parse"

var _ engine.Tracer = (*Tracing)(nil)

// Start begins the span of a step, within that of the context.
func (t *Tracing) Start(ctx context.Context, step engine.Step) engine.Span {
	_, span := t.tracer.Start(ctx, string(step))
	return stepSpan{span, step}
}

// stepSpan is the span of a step.
type stepSpan struct {
	span trace.Span
	step engine.Step
}

func (s stepSpan) Context(ctx context.Context) context.Context {
	return trace.ContextWithSpan(ctx, s.span)
}

// End ends the step with what is known of its run, which is nil for one of none.
func (s stepSpan) End(r *engine.Run) {
	defer s.span.End()
	if r == nil || !s.span.IsRecording() {
		return
	}
	switch s.step {
	case engine.StepPlan:
		if r.Plan != nil {
			s.span.SetAttributes(attribute.String("herbarium.plan.shape", r.Plan.Shape()), attribute.String("herbarium.plan.fingerprint", r.Plan.Fingerprint()))
		}
	case engine.StepEncode:
		s.span.SetAttributes(attribute.Int64("herbarium.rows", r.Rows), attribute.Int64("herbarium.bytes", r.Bytes),
			attribute.Float64("herbarium.encode_seconds", r.Encode.Seconds()))
	}
	if r.Err != nil {
		// The code alone: the text may quote what was looked for.
		code := string(fault.CodeOf(r.Err))
		s.span.SetAttributes(attribute.String("error.type", code))
		s.span.SetStatus(codes.Error, code)
	}
}
