//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"herbarium/internal/porttest"
)

// receiver is an OTLP receiver over HTTP, which keeps the spans that it is sent.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	spans    []*trace.Span
	resource map[string]string
	raw      bytes.Buffer // all that was sent
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(r.take))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) take(w http.ResponseWriter, sent *http.Request) {
	body, err := io.ReadAll(sent.Body)
	var request collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(body, &request)
	}
	if err != nil || sent.URL.Path != "/v1/traces" || sent.Header.Get("Content-Type") != "application/x-protobuf" {
		http.Error(w, fmt.Sprint(err), http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.raw.Write(body)
	for _, about := range request.ResourceSpans {
		r.resource = attributesOf(about.Resource.Attributes)
		for _, scope := range about.ScopeSpans {
			r.spans = append(r.spans, scope.Spans...)
		}
	}
}

// attributesOf returns attributes as text, by name.
func attributesOf(all []*common.KeyValue) map[string]string {
	texts := map[string]string{}
	for _, a := range all {
		switch v := a.Value.Value.(type) {
		case *common.AnyValue_StringValue:
			texts[a.Key] = v.StringValue
		case *common.AnyValue_IntValue:
			texts[a.Key] = fmt.Sprint(v.IntValue)
		default:
			texts[a.Key] = a.Value.String()
		}
	}
	return texts
}

// tree writes the spans of a trace below one of them, indented.
func (r *receiver) tree(traceID, parent, indent string) []string {
	var children []*trace.Span
	for _, s := range r.spans {
		if fmt.Sprintf("%x", s.TraceId) == traceID && fmt.Sprintf("%x", s.ParentSpanId) == parent {
			children = append(children, s)
		}
	}
	slices.SortFunc(children, func(a, b *trace.Span) int { return int(int64(a.StartTimeUnixNano) - int64(b.StartTimeUnixNano)) })
	var lines []string
	for _, s := range children {
		lines = append(lines, indent+s.Name)
		lines = append(lines, r.tree(traceID, fmt.Sprintf("%x", s.SpanId), indent+"  ")...)
	}
	return lines
}

// serving starts the command as a process, with these variables, and returns its URL and
// a function that ends it.
func serving(t *testing.T, variables []string, args ...string) (url string, stop func() string) {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	addr := porttest.Address(t)
	var log bytes.Buffer
	server := &exec.Cmd{Path: binary, Args: append([]string{"herbarium", "serve", "--addr", addr}, args...), Stderr: &log, Env: append(os.Environ(), variables...)}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill() })
	await(t, http.MethodGet, "http://"+addr+"/readyz", "", 200)
	return "http://" + addr, func() string {
		if err := server.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := server.Wait(); err != nil {
			t.Errorf("the server ended with %v:\n%s", err, log.String())
		}
		return log.String()
	}
}

const sentTrace, sentSpan = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"

// traced asks a server for the means of one species, as a part of sentTrace.
func traced(t *testing.T, url string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "QUERY", url+"/iris/stats/mean", strings.NewReader(`{"species":"setosa"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Traceparent", "00-"+sentTrace+"-"+sentSpan+"-01")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if text, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != 200 || !strings.Contains(string(text), `"label":"setosa"`) {
		t.Fatalf("%d %s %v", answer.StatusCode, text, err)
	}
}

func TestAQueryIsATreeOfSpans(t *testing.T) {
	to := newReceiver(t)
	url, stop := serving(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + to.URL, "OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=test"}, "--datasets", "../../datasets")
	traced(t, url)
	traced(t, url) // from the cache
	stop()         // which sends what is left
	to.mu.Lock()
	defer to.mu.Unlock()
	want := []string{
		"QUERY /{dataset}/stats/mean", "  parse", "  plan", "  store", "  encode",
		"QUERY /{dataset}/stats/mean", "  parse",
	}
	if got := to.tree(sentTrace, sentSpan, ""); !slices.Equal(got, want) {
		t.Errorf("the spans are\n%s", strings.Join(got, "\n"))
	}
	if to.resource["service.name"] != "herbarium" || to.resource["deployment.environment.name"] != "test" {
		t.Errorf("the resource is %v", to.resource)
	}
	for _, s := range to.spans {
		if s.Name != "QUERY /{dataset}/stats/mean" {
			continue
		}
		got := attributesOf(s.Attributes)
		for key, want := range map[string]string{"http.request.method": "QUERY", "http.route": "/{dataset}/stats/mean", "url.path": "/iris/stats/mean",
			"http.response.status_code": "200", "herbarium.dataset": "iris", "herbarium.operation": "stats/mean", "herbarium.rows": "1"} {
			if got[key] != want {
				t.Errorf("%s is %q, want %q", key, got[key], want)
			}
		}
		if s.Kind != trace.Span_SPAN_KIND_SERVER {
			t.Errorf("the kind is %v", s.Kind)
		}
	}
	if bytes.Contains(to.raw.Bytes(), []byte("setosa")) {
		t.Error("a value of the query is in the spans")
	}
}

func TestCommandsToMongoDBAreSpansWithoutValues(t *testing.T) {
	uri := os.Getenv("HERBARIUM_TEST_MONGODB")
	if uri == "" {
		t.Skip("HERBARIUM_TEST_MONGODB names no server")
	}
	name := fmt.Sprintf("herbarium_traces_%d_%d", os.Getpid(), time.Now().UnixNano())
	t.Cleanup(func() { dropDatabase(uri, name) })
	store := strings.TrimRight(uri, "/") + "/" + name
	if code := quietProgram().run(t.Context(), []string{"load", "iris", "--store", store, "--datasets", "../../datasets"}); code != 0 {
		t.Fatalf("load ended with %d", code)
	}
	to := newReceiver(t)
	url, stop := serving(t, []string{"OTEL_TRACES_EXPORTER=otlp", "OTEL_EXPORTER_OTLP_ENDPOINT=" + to.URL}, "--datasets", "../../datasets", "--store", store)
	traced(t, url)
	_, metrics, err := send(http.MethodGet, url+"/metrics", "")
	if err != nil {
		t.Fatal(err)
	}
	stop()
	to.mu.Lock()
	defer to.mu.Unlock()
	got := strings.Join(to.tree(sentTrace, sentSpan, ""), "\n")
	if !strings.HasPrefix(got, "QUERY /{dataset}/stats/mean\n  parse\n") || !strings.Contains(got, "\n  store\n    aggregate herbarium_rows.iris.") {
		t.Errorf("the spans are\n%s", got)
	}
	found := false
	for _, s := range to.spans {
		a := attributesOf(s.Attributes)
		if a["db.operation.name"] != "aggregate" {
			continue
		}
		found = true
		if a["db.system.name"] != "mongodb" || !strings.HasPrefix(a["db.collection.name"], "herbarium_rows.iris.") || a["server.port"] == "" || s.Kind != trace.Span_SPAN_KIND_CLIENT {
			t.Errorf("the command's span has %v", a)
		}
	}
	if !found || bytes.Contains(to.raw.Bytes(), []byte("setosa")) {
		t.Errorf("a command was found: %v; or a value of the query is in the spans", found)
	}
	for _, part := range []string{`herbarium_mongodb_command_duration_seconds_count{command="aggregate"}`, "\nherbarium_mongodb_connections ", "\nherbarium_mongodb_connections_in_use "} {
		if !strings.Contains(metrics, part) {
			t.Errorf("/metrics has no %q: %s", part, metrics)
		}
	}
}

func TestWithoutVariablesNothingIsTraced(t *testing.T) {
	to := newReceiver(t)
	url, stop := serving(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + to.URL, "OTEL_TRACES_EXPORTER=none"}, "--datasets", "../../datasets")
	traced(t, url)
	stop()
	to.mu.Lock()
	defer to.mu.Unlock()
	if len(to.spans) > 0 {
		t.Errorf("%d spans came", len(to.spans))
	}
}
