package tracing

import (
	"net/http"
	"strings"
	"testing"
)

func TestTracesAreWantedIfAVariableAsksForThem(t *testing.T) {
	for _, c := range []struct {
		name      string
		variables map[string]string
		want      bool
	}{
		{"nothing", nil, false},
		{"an endpoint", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"}, true},
		{"an endpoint of traces", map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://localhost:4318/v1/traces"}, true},
		{"one of metrics alone", map[string]string{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://localhost:4318"}, false},
		{"an exporter", map[string]string{"OTEL_TRACES_EXPORTER": "console"}, true},
		{"none, whatever the endpoint", map[string]string{"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "x"}, false},
		{"off altogether", map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "TRUE"}, false},
		{"empty, as Compose files pass it", map[string]string{"OTEL_TRACES_EXPORTER": "", "OTEL_EXPORTER_OTLP_ENDPOINT": " "}, false},
	} {
		got := Wanted(func(name string) (string, bool) {
			value, ok := c.variables[name]
			return value, ok
		})
		if got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestTheTraceOfARequestIsThatOfItsHeader(t *testing.T) {
	const id = "0af7651916cd43dd8448eb211c80319c"
	for header, want := range map[string]string{
		"00-" + id + "-b7ad6b7169203331-01": id,
		"00-" + id + "-b7ad6b7169203331-00": id,
		"":                                  "",
		"00-00000000000000000000000000000000-b7ad6b7169203331-01": "",
		"00-" + id + "-b7ad6b7169203331":                          "",
		id:                                                        "",
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if header != "" {
			r.Header.Set("Traceparent", header)
		}
		if got := TraceID(r); got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
}

func TestAnEndpointIsAURL(t *testing.T) {
	for _, c := range []struct {
		variables map[string]string
		want      string // in the error; "" if it is right
	}{
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": " https://collector.example.org:4318/x "}, ""},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "unix:///run/collector.sock"}, ""},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, ""},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "localhost:4318"}, `OTEL_EXPORTER_OTLP_ENDPOINT takes a URL such as http://localhost:4318, not "localhost:4318"`},
		{map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "ht!tp:/%zz"}, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT takes a URL"},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://"}, "takes a URL"},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "localhost", "OTEL_TRACES_EXPORTER": "console"}, ""},
	} {
		err := checkEndpoint(func(name string) (string, bool) {
			v, ok := c.variables[name]
			return v, ok
		})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v", c.variables, err)
		}
	}
}
