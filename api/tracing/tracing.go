// Package tracing makes spans of requests, in OpenTelemetry's terms: a span for each
// request, one for each of its steps, and one for each command to MongoDB. It sends
// them where OpenTelemetry's standard variables say, and is off unless one of them is
// set. Spans carry no value of a query, no URL's parameters and no credential.
package tracing

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Tracing makes spans. It is safe for concurrent use.
type Tracing struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
	commands sync.Map // of a command's key to its trace.Span
}

// Wanted reports whether the variables ask for traces: OTEL_TRACES_EXPORTER names an
// exporter, or OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT a
// place; and OTEL_SDK_DISABLED is not true.
func Wanted(lookup func(variable string) (string, bool)) bool {
	value := func(name string) string {
		v, _ := lookup(name)
		return strings.TrimSpace(v)
	}
	if strings.EqualFold(value("OTEL_SDK_DISABLED"), "true") {
		return false
	}
	if exporter := value("OTEL_TRACES_EXPORTER"); exporter != "" {
		return exporter != "none"
	}
	return slices.ContainsFunc([]string{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"},
		func(name string) bool { return value(name) != "" })
}

// checkEndpoint returns an error if traces go to an endpoint that is no URL: the exporter
// would send them to another one.
func checkEndpoint(lookup func(variable string) (string, bool)) error {
	if exporter, _ := lookup("OTEL_TRACES_EXPORTER"); exporter != "" && exporter != "otlp" {
		return nil
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"} {
		text, _ := lookup(name)
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		u, err := url.Parse(text)
		web := err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
		if !web && (err != nil || u.Scheme != "unix") {
			return fmt.Errorf("traces: %s takes a URL such as http://localhost:4318, not %q", name, text)
		}
	}
	return nil
}

// New returns a tracing whose exporter, sampler, limits and resource are those of the
// process's OTEL_ variables. The caller ends it with Shutdown. An exporter that there
// is not is an error.
func New(ctx context.Context, version string) (*Tracing, error) {
	if err := checkEndpoint(os.LookupEnv); err != nil {
		return nil, err
	}
	exporter, err := autoexport.NewSpanExporter(ctx)
	if err != nil {
		return nil, fmt.Errorf("traces: OTEL_TRACES_EXPORTER takes otlp, console or none, and OTEL_EXPORTER_OTLP_PROTOCOL http/protobuf or grpc: %w", err)
	}
	// What the variables say goes before what we say.
	about, err := resource.New(ctx,
		resource.WithTelemetrySDK(),
		resource.WithAttributes(attribute.String("service.name", "herbarium"), attribute.String("service.version", version)),
		resource.WithFromEnv(),
	)
	if err != nil {
		return nil, fmt.Errorf("traces: OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	return of(sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(about)), version), nil
}

func of(provider *sdk.TracerProvider, version string) *Tracing {
	return &Tracing{provider: provider, tracer: provider.Tracer("herbarium", trace.WithInstrumentationVersion(version))}
}

// Shutdown sends the spans that are left, until ctx ends.
func (t *Tracing) Shutdown(ctx context.Context) error {
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("traces: %w", err)
	}
	return nil
}

// TraceID returns the id of the trace that a request belongs to, as its context or its
// header traceparent says; "" if it belongs to none.
func TraceID(r *http.Request) string {
	known := trace.SpanContextFromContext(r.Context())
	if !known.IsValid() {
		if r.Header["Traceparent"] == nil {
			return ""
		}
		known = trace.SpanContextFromContext(sent(r))
	}
	if !known.HasTraceID() {
		return ""
	}
	return known.TraceID().String()
}

// sent returns the request's context with the span that its sender names (W3C Trace
// Context).
func sent(r *http.Request) context.Context {
	return propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
}
