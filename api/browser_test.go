package api

import (
	"context"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

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
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
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
