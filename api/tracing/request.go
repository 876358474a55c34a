package tracing

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Attributes follow OpenTelemetry's semantic conventions for HTTP servers, with two
// differences: QUERY is a method of its own (RFC 10008) and not _OTHER, and url.query is
// left out, since it has the values of a query.

// Request is the span of a request.
type Request struct{ span trace.Span }

// Request begins the span of a request, and returns a context with it. The route is that
// of the path, such as /{dataset}/range; dataset and operation are "" for a path of
// none. If the request has a traceparent, the span belongs to that.
func (t *Tracing) Request(r *http.Request, route, dataset, operation, id string) (context.Context, Request) {
	method, name := r.Method, r.Method
	if !known(method) {
		method, name = "_OTHER", "HTTP"
	}
	if route != "" {
		name += " " + route
	}
	attributes := []attribute.KeyValue{
		attribute.String("http.request.method", method),
		attribute.String("url.path", r.URL.Path),
		attribute.String("herbarium.request_id", id),
	}
	for key, value := range map[string]string{"http.route": route, "herbarium.dataset": dataset, "herbarium.operation": operation} {
		if value != "" {
			attributes = append(attributes, attribute.String(key, value))
		}
	}
	ctx, span := t.tracer.Start(sent(r), name, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(attributes...))
	return ctx, Request{span}
}

// known reports whether a method is one of HTTP.
func known(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, "QUERY", http.MethodOptions,
		http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodConnect, http.MethodTrace:
		return true
	}
	return false
}

// End ends the span of a request with its status; code is that of its problem, or ""; the
// source of the answer and the number of its rows are left out where they are "" and
// negative.
func (r Request) End(status int, code, source string, rows int64) {
	if r.span == nil {
		return
	}
	r.span.SetAttributes(attribute.Int("http.response.status_code", status))
	if source != "" {
		r.span.SetAttributes(attribute.String("herbarium.cache", source))
		if rows >= 0 {
			r.span.SetAttributes(attribute.Int64("herbarium.rows", rows))
		}
	}
	if code != "" {
		r.span.SetAttributes(attribute.String("error.type", code))
	}
	if status >= http.StatusInternalServerError {
		r.span.SetStatus(codes.Error, code)
	}
	r.span.End()
}
