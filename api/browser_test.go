package api

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/loaders"
)

// browser returns a context of a new tab in a headless browser with an empty
// profile, or skips where there is none.
func browser(t *testing.T) context.Context {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("there is no Chromium to look at the page with")
	}
	// The test's own context ends too early for the browser to end in order.
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute) // axe-core looks at 45 states
	ctx, _ = chromedp.NewExecAllocator(ctx, chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-dev-shm-usage", true))
	ctx, _ = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Logf("the browser ended with %v", err)
		}
		cancel()
	})
	return ctx
}

func TestTryItOutRunsTheExampleInABrowser(t *testing.T) {
	r := serve(t, irisServer(t, Options{BasePath: "/api/v1"}))
	ctx := browser(t)
	const operation = `.opblock-post:has([data-path="/iris/range"]) `
	must(ctx, t, chromedp.Navigate("http://"+r.addr+"/api/v1/docs"))
	if title := must(ctx, t, chromedp.Text(".info .title")); !strings.HasPrefix(title, "Herbarium") {
		t.Errorf("the title is %q", title)
	}
	must(ctx, t, chromedp.Click(operation+".opblock-summary-control"))
	must(ctx, t, chromedp.Click(operation+".try-out__btn"))
	sent := must(ctx, t, chromedp.Value(operation+"textarea.body-param__text"))
	must(ctx, t, chromedp.Click(operation+".execute"))
	status := must(ctx, t, chromedp.Text(operation+".live-responses-table .response .response-col_status"))
	answer := must(ctx, t, chromedp.Text(operation+".live-responses-table .response .response-col_description .microlight"))
	var rows []map[string]any
	if err := json.Unmarshal([]byte(answer), &rows); err != nil || len(rows) != 10 || rows[0]["label"] != "setosa" || !strings.HasPrefix(status, "200") {
		t.Errorf("status %s, %d rows, %v: sent %s, read %s", status, len(rows), err, sent, answer)
	}
	// By GET, the form is filled with a page size alone.
	const get = `.opblock-get:has([data-path="/iris/range"]) `
	must(ctx, t, chromedp.Click(get+".opblock-summary-control"))
	must(ctx, t, chromedp.Click(get+".try-out__btn"))
	must(ctx, t, chromedp.Click(get+".execute"))
	status = must(ctx, t, chromedp.Text(get+".live-responses-table .response .response-col_status"))
	answer = must(ctx, t, chromedp.Text(get+".live-responses-table .response .response-col_description .microlight"))
	if err := json.Unmarshal([]byte(answer), &rows); err != nil || len(rows) != 10 || !strings.HasPrefix(status, "200") {
		t.Errorf("by GET: status %s, %d rows, %v: read %s", status, len(rows), err, answer)
	}
	asked := must(ctx, t, chromedp.Evaluate[[]string](`performance.getEntriesByType("resource").map(entry => entry.name)`))
	for _, url := range asked {
		if !strings.HasPrefix(url, "http://"+r.addr+"/api/v1/") && !strings.HasPrefix(url, "data:") {
			t.Errorf("the page asked for %s", url)
		}
	}
	if !slices.Contains(asked, "http://"+r.addr+"/api/v1/iris/range") || !slices.Contains(asked, "http://"+r.addr+"/api/v1/iris/range?per_page=10") {
		t.Errorf("the page asked for %v", asked)
	}
}

// TestThePageOfAThousandDatasetsLetsOneChoose looks at the page as people do, for a
// fraction of the minutes of work that a document of all of them would be.
func TestThePageOfAThousandDatasetsLetsOneChoose(t *testing.T) {
	list := make([]*datasets.Dataset, 1000)
	one := rocks(t, "rocks") // parsed once: a thousand times would take longer than the rest
	for i := range list {
		named := *one
		named.Name = fmt.Sprintf("rocks%d", i)
		list[i] = &named
	}
	r := serve(t, serverOf(t, &fakeStore{}, Options{}, datasets.NewSnapshot(list...), engine.Options{}))
	ctx := browser(t)
	must(ctx, t, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, performance.Enable, performance.EnableParams{TimeDomain: "threadTicks"})
		return err
	}))
	must(ctx, t, chromedp.Navigate("http://"+r.addr+"/docs"))
	must(ctx, t, chromedp.Text(`[data-path="/datasets"]`))
	// CPU time, since other work on the machine says nothing of the page. Swagger UI alone
	// takes 0.6 s.
	if took := worked(ctx, t); took > 3 {
		t.Errorf("usable after %.1f s of work", took)
	}
	if n := must(ctx, t, chromedp.Evaluate[int](`document.querySelectorAll("#select option").length`)); n != 1001 {
		t.Errorf("%d documents to choose from", n)
	}
	must(ctx, t, chromedp.Evaluate[bool](`(() => {
		const select = document.querySelector("#select");
		Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, "value").set.call(select, "/openapi/rocks7.json");
		return select.dispatchEvent(new Event("change", {bubbles: true}));
	})()`))
	must(ctx, t, chromedp.Text(`.opblock-post [data-path="/rocks7/range"]`))
}

// worked returns the CPU time that the page's main thread has worked, in seconds, where the
// performance domain was enabled in thread ticks.
func worked(ctx context.Context, t *testing.T) float64 {
	t.Helper()
	got := must(ctx, t, chromedp.Action[performance.GetMetricsResult](func(ctx context.Context, target *chromedp.Target) (performance.GetMetricsResult, error) {
		return cdp.Call(ctx, target, performance.GetMetrics, struct{}{})
	}))
	for _, m := range got.Metrics {
		if m.Name == "TaskDuration" && m.Value > 0 {
			return m.Value
		}
	}
	t.Fatalf("the browser does not tell of its work: %v", got.Metrics)
	return 0
}

func TestThePageShowsLongIntegersAsTheyAre(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"d.yaml": "dataset: d\nfields:\n  id: {type: integer}\n  note: {type: string}\ndata: d.csv\n",
		"d.csv":  "id,note\n9007199254740993,\"a \"\"{b}\"\", c\"\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	snapshot, err := datasets.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	ds, _ := snapshot.Dataset("d")
	store := columnar.NewStore(columnar.Options{})
	if _, err := loaders.Load(t.Context(), store, ds, nil, loaders.Options{}); err != nil {
		t.Fatal(err)
	}
	r := serve(t, serverOf(t, store, Options{}, snapshot, engine.Options{}))
	ctx := browser(t)
	const get = `.opblock-get:has([data-path="/d/range"]) `
	must(ctx, t, chromedp.Navigate("http://"+r.addr+"/docs"))
	must(ctx, t, chromedp.Click(get+".opblock-summary-control"))
	must(ctx, t, chromedp.Click(get+".try-out__btn"))
	must(ctx, t, chromedp.Click(get+".execute"))
	got := must(ctx, t, chromedp.Text(get+".live-responses-table .response .response-col_description .microlight"))
	if want := "[\n  {\n    \"id\": 9007199254740993,\n    \"note\": \"a \\\"{b}\\\", c\"\n  }\n]"; strings.TrimSpace(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// must runs what a person does or sees.
func must[T any](ctx context.Context, t *testing.T, action chromedp.Action[T]) T {
	t.Helper()
	value, err := chromedp.Run(ctx, action)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// irisServer returns a server of the dataset iris and its rows.
func irisServer(t *testing.T, options Options) *Server {
	t.Helper()
	shipped, err := datasets.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	iris, _ := shipped.Dataset("iris")
	store := columnar.NewStore(columnar.Options{})
	if _, err := loaders.Load(t.Context(), store, iris, nil, loaders.Options{}); err != nil {
		t.Fatal(err)
	}
	return serverOf(t, store, options, datasets.NewSnapshot(iris), engine.Options{})
}
