package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"gopkg.in/yaml.v3"

	"herbarium/api"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/fault"
	"herbarium/engine/mirror"
	"herbarium/engine/pipeline"
	"herbarium/engine/plan"
	"herbarium/engine/query"
	"herbarium/loaders"
)

// watched is a server at work: iris is loaded into a store, asked well and badly, and
// MongoDB's driver has told of a command. It returns the text of its /metrics.
func watched(t *testing.T) string {
	t.Helper()
	snapshot, err := datasets.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	iris, _ := snapshot.Dataset("iris")
	source := columnar.Open(t.TempDir(), columnar.FileOptions{})
	if _, err := loaders.Load(t.Context(), source, iris, nil, loaders.Options{}); err != nil {
		t.Fatal(err)
	}
	store := mirror.New(readable{source}, mirror.Options{Mode: mirror.All, Budget: 1 << 20, Logger: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() { _ = store.Close(context.Background()) })
	if err := store.Copy(t.Context(), iris); err != nil {
		t.Fatal(err)
	}
	seen := (&observeFlags{}).observer()
	eng := engine.New(store, seen.engine(engine.Options{CacheBytes: 1 << 20}))
	t.Cleanup(eng.Close)
	server := api.New(datasets.NewRegistry(datasets.NewSnapshot(iris)), eng, seen.api(api.Options{}))
	driver := seen.mongodb()
	driver.ConnectionsChanged(1, 1)
	driver.CheckedOut(time.Millisecond, "")
	driver.CheckedOut(time.Second, "timeout")
	driver.CommandStarted(t.Context(), "1", "aggregate", "db", "rows", "localhost:27017")
	driver.CommandEnded("1", "aggregate", time.Millisecond, context.DeadlineExceeded)

	sendTo(server, "QUERY", "/iris/stats/mean", `{"species":"setosa"}`)
	sendTo(server, "QUERY", "/iris/stats/mean", `{"species":"setosa"}`)
	sendTo(server, http.MethodPost, "/iris/range", `{"colour":1}`)
	sendTo(server, "BREW", "/iris/range", `{}`)
	sendTo(server, http.MethodGet, "/no/such/path", "")
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	sendWithin(gone, server, http.MethodPost, "/iris/range", `{"per_page":3}`)
	q, err := query.Parse(iris, datasets.Range, []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	seen.metrics.Ran(engine.Run{Query: q, Kind: "file", Err: &fault.Error{Code: fault.TooSlow}})
	w := sendTo(server, http.MethodGet, "/metrics", "")
	if w.Code != 200 {
		t.Fatalf("/metrics answers %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// readable is a store whose tables can be read as a whole, as MongoDB's can.
type readable struct{ engine.Store }

func (s readable) Table(ctx context.Context, ds *datasets.Dataset) (engine.Table, error) {
	t, err := s.Store.Table(ctx, ds)
	return readableTable{t, ds}, err
}

func (s readable) TableAt(ctx context.Context, ds *datasets.Dataset, version string) (engine.Table, error) {
	t, err := s.Store.TableAt(ctx, ds, version)
	return readableTable{t, ds}, err
}

type readableTable struct {
	engine.Table
	ds *datasets.Dataset
}

func (t readableTable) Explain(p *plan.Plan) []pipeline.Pipeline {
	return []pipeline.Pipeline{pipeline.Compile(p)}
}

func (t readableTable) ReadRows(ctx context.Context, _ int, write func(*engine.Batch) error) error {
	q, err := query.Parse(t.ds, datasets.Range, nil)
	if err != nil {
		return err
	}
	p, err := q.Plan()
	if err != nil {
		return err
	}
	cursor, err := t.Run(ctx, p)
	if err != nil {
		return err
	}
	for {
		b, err := cursor.Next(ctx)
		if err == io.EOF {
			return cursor.Close()
		}
		if err == nil {
			err = write(b)
		}
		if err != nil {
			return errors.Join(err, cursor.Close())
		}
	}
}

func sendTo(h http.Handler, method, target, body string) *httptest.ResponseRecorder {
	return sendWithin(context.Background(), h, method, target, body)
}

func sendWithin(ctx context.Context, h http.Handler, method, target, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	defer func() { _ = recover() }() // a connection that is cut
	h.ServeHTTP(w, r)
	return w
}

// familiesOf reads what /metrics wrote.
func familiesOf(t *testing.T, text string) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return families
}

func TestMetricsKeepToTheConventions(t *testing.T) {
	text := watched(t)
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	for _, line := range []string{
		`herbarium_http_requests_total{code="200",dataset="iris",method="QUERY",operation="stats/mean"} 2`,
		`herbarium_http_requests_total{code="422",dataset="iris",method="POST",operation="range"} 1`,
		`herbarium_http_requests_total{code="405",dataset="iris",method="other",operation="range"} 1`,
		`herbarium_http_requests_total{code="404",dataset="",method="GET",operation=""} 1`,
		`herbarium_http_requests_total{code="499",dataset="iris",method="POST",operation="range"} 1`,
		`herbarium_http_answers_cut_total{reason="client_gone"} 1`,
		`herbarium_cache_hits_total{cache="answers"} 1`,
		`herbarium_store_rows_total{dataset="iris",operation="stats/mean",store="mirror"} 1`,
		`herbarium_store_rows_scanned_total{dataset="iris",operation="stats/mean",store="mirror"} 150`,
		`herbarium_store_run_failures_total{code="too_slow",dataset="iris",operation="range",store="file"} 1`,
		`herbarium_dataset_rows{dataset="iris"} 150`,
		`herbarium_mirror_copies{dataset="iris",state="whole"} 1`,
		`herbarium_mirror_fills_total{dataset="iris"} 1`,
		`herbarium_mirror_filled_rows_total{dataset="iris"} 150`,
		`herbarium_mirror_budget_bytes 1.048576e+06`,
		`herbarium_dataset_state{dataset="iris",state="ready"} 1`,
		`herbarium_store_up 1`,
		`herbarium_mongodb_command_failures_total{command="aggregate"} 1`,
		`herbarium_mongodb_checkout_failures_total{reason="timeout"} 1`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("there is no line %s", line)
		}
	}
	// The request of the client that left may have begun a run, too.
	if runs := familiesOf(t, text)["herbarium_mirror_runs_total"]; len(runs.GetMetric()) != 1 || runs.Metric[0].GetCounter().GetValue() < 1 {
		t.Errorf("runs by way: %v", runs)
	}
	age := time.Since(time.UnixMilli(int64(familiesOf(t, text)["herbarium_dataset_published_timestamp_seconds"].Metric[0].Gauge.GetValue() * 1000)))
	if age < 0 || age > time.Minute {
		t.Errorf("iris was published %v ago", age)
	}
}

func TestDashboardsAndAlertsNameMetricsThatThereAre(t *testing.T) {
	known := map[string]map[string]bool{} // labels by metric
	for name, family := range familiesOf(t, watched(t)) {
		labels := map[string]bool{"instance": true, "job": true}
		for _, m := range family.Metric {
			for _, l := range m.Label {
				labels[l.GetName()] = true
			}
		}
		known[name] = labels
		if family.GetType() == dto.MetricType_HISTOGRAM {
			known[name+"_bucket"], known[name+"_sum"], known[name+"_count"] = labels, labels, labels
			labels["le"] = true
		}
	}
	rules, dashboard := rulesOf(t, known), expressionsOfDashboard(t)
	if len(rules) < 10 || len(dashboard) < 30 {
		t.Fatalf("%d expressions of rules and %d of the dashboard were found", len(rules), len(dashboard))
	}
	used := map[string]bool{}
	for _, expression := range slices.Concat(rules, dashboard) {
		for _, fault := range wrongIn(expression, known, used) {
			t.Errorf("%s: %s", expression, fault)
		}
	}
	for name := range known {
		base, ok := strings.CutPrefix(name, "herbarium_")
		if ok && base != "http_response_bytes_total" && base != "cache_entries" && base != "runs_held_bytes" &&
			!used[name] && !used[name+"_bucket"] && !strings.HasSuffix(name, "_bucket") && !strings.HasSuffix(name, "_sum") && !strings.HasSuffix(name, "_count") {
			t.Errorf("%s is in no dashboard and no rule", name)
		}
	}
}

// rulesOf returns the expressions of the rules; what they record is known from then on.
func rulesOf(t *testing.T, known map[string]map[string]bool) []string {
	t.Helper()
	text, err := os.ReadFile("../../deploy/prometheus/herbarium.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Rules []struct {
				Record, Alert, Expr, For string
				Labels, Annotations      map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, r := range file.Groups[0].Rules {
		all = append(all, r.Expr)
		switch {
		case r.Record != "":
			labels := map[string]bool{}
			for _, label := range groupedBy.FindStringSubmatch(r.Expr)[1:] {
				for _, name := range strings.Split(label, ",") {
					labels[strings.TrimSpace(name)] = true
				}
			}
			known[r.Record] = labels
		case r.Alert == "" || r.For == "" || r.Labels["severity"] == "" || r.Annotations["summary"] == "" || r.Annotations["description"] == "":
			t.Errorf("the alert %q lacks a name, a time, a severity or words", r.Alert)
		}
		for _, text := range r.Annotations {
			for _, label := range regexp.MustCompile(`\$labels\.(\w+)`).FindAllStringSubmatch(text, -1) {
				if name := label[1]; !strings.Contains(r.Expr, name) && !anyHas(known, r.Expr, name) {
					t.Errorf("the alert %s shows the label %s, which its expression has not", r.Alert, name)
				}
			}
		}
	}
	return all
}

func anyHas(known map[string]map[string]bool, expression, label string) bool {
	for _, name := range metricName.FindAllString(expression, -1) {
		if known[name][label] {
			return true
		}
	}
	return false
}

// expressionsOfDashboard returns every "expr" of the dashboard, and the queries of its
// variables as selectors.
func expressionsOfDashboard(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../deploy/grafana/herbarium.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard any
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	var all []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				walk(item)
			}
		case map[string]any:
			for key, item := range v {
				text, ok := item.(string)
				switch {
				case ok && key == "expr":
					all = append(all, text)
				case ok && key == "query" && strings.HasPrefix(text, "label_values("):
					metric, label, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(text, "label_values("), ")"), ", ")
					all = append(all, "sum by ("+label+") ("+metric+"{})")
				default:
					walk(item)
				}
			}
		}
	}
	walk(dashboard)
	return all
}

var (
	metricName = regexp.MustCompile(`\b(?:[a-z_]+:)?(?:herbarium|go|process)_[a-z0-9_]+(?::\w+)?`)
	selector   = regexp.MustCompile(`((?:[a-z_]+:)?(?:herbarium|go|process)_[a-z0-9_]+(?::\w+)?)\{([^}]*)\}`)
	matcher    = regexp.MustCompile(`^(\w+)(=|!=|=~|!~)"[^"]*"$`)
	groupedBy  = regexp.MustCompile(`by \(([^)]*)\)`)
)

// wrongIn returns which metrics and labels of an expression are not known, and notes
// the metrics that it uses.
func wrongIn(expression string, known map[string]map[string]bool, used map[string]bool) []string {
	var faults []string
	labels := map[string]bool{}
	for _, name := range metricName.FindAllString(expression, -1) {
		used[name] = true
		if known[name] == nil {
			faults = append(faults, "there is no metric "+name)
		}
		for label := range known[name] {
			labels[label] = true
		}
	}
	if len(metricName.FindAllString(expression, -1)) == 0 {
		faults = append(faults, "it has no metric")
	}
	for _, s := range selector.FindAllStringSubmatch(expression, -1) {
		for _, part := range strings.Split(s[2], ",") {
			if part == "" {
				continue
			}
			m := matcher.FindStringSubmatch(part)
			if m == nil {
				faults = append(faults, "the matcher "+part+" is malformed")
			} else if !known[s[1]][m[1]] {
				faults = append(faults, s[1]+" has no label "+m[1])
			}
		}
	}
	for _, by := range groupedBy.FindAllStringSubmatch(expression, -1) {
		for _, label := range strings.Split(by[1], ",") {
			if label = strings.TrimSpace(label); label != "" && !labels[label] {
				faults = append(faults, "there is no label "+label)
			}
		}
	}
	if strings.Count(expression, "(") != strings.Count(expression, ")") || strings.Count(expression, "{") != strings.Count(expression, "}") {
		faults = append(faults, "its brackets do not match")
	}
	return faults
}

func TestTheTableOfMetricsIsWhatThereIs(t *testing.T) {
	families := familiesOf(t, watched(t))
	var table strings.Builder
	table.WriteString("| metric | type | labels | what |\n|---|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(families)) {
		if !strings.HasPrefix(name, "herbarium_") {
			continue
		}
		var labels []string
		for _, l := range families[name].Metric[0].Label {
			labels = append(labels, "`"+l.GetName()+"`")
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", name, strings.ToLower(families[name].GetType().String()), strings.Join(labels, " "), families[name].GetHelp())
	}
	page, err := os.ReadFile("../../docs/observe.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "<!-- metrics -->\n"+table.String()+"<!-- /metrics -->\n") {
		t.Errorf("docs/observe.md does not have this table between <!-- metrics --> and <!-- /metrics -->:\n%s", table.String())
	}
}
