package tracing

import (
	"context"
	"net"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// CommandStarted begins the span of a command to MongoDB, unless its caller has none, as
// what the server does in the background. The key is the command's own until it ends.
func (t *Tracing) CommandStarted(ctx context.Context, key, command, database, collection, server string) {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return
	}
	name := command
	attributes := []attribute.KeyValue{
		attribute.String("db.system.name", "mongodb"),
		attribute.String("db.operation.name", command),
		attribute.String("db.namespace", database),
	}
	if collection != "" {
		name += " " + collection
		attributes = append(attributes, attribute.String("db.collection.name", collection))
	}
	if host, port, err := net.SplitHostPort(server); err == nil {
		attributes = append(attributes, attribute.String("server.address", host))
		if n, err := strconv.Atoi(port); err == nil {
			attributes = append(attributes, attribute.Int("server.port", n))
		}
	}
	_, span := t.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attributes...))
	t.commands.Store(key, span)
}

// CommandEnded ends the span of a command.
func (t *Tracing) CommandEnded(key string, err error) {
	known, ok := t.commands.LoadAndDelete(key)
	if !ok {
		return
	}
	span := known.(trace.Span)
	if err != nil {
		span.SetStatus(codes.Error, "the command failed")
	}
	span.End()
}
