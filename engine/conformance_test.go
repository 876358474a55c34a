package engine_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"herbarium/api"
	"herbarium/api/format"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/fault"
	"herbarium/engine/pipeline"
	"herbarium/engine/query"
	"herbarium/loaders"
	"herbarium/schemas"
)

var update = flag.Bool("update", false, "rewrite the pipelines in the conformance scripts")

func TestConformanceOfPipelines(t *testing.T) {
	for _, s := range readScripts(t) {
		t.Run(filepath.Base(s.path), func(t *testing.T) {
			for i := range s.cases {
				if c := &s.cases[i]; c.pipeline != nil {
					t.Run(c.name, func(t *testing.T) { checkPipeline(t, s, c) })
				}
			}
			if *update && !t.Failed() {
				if err := os.WriteFile(s.path, txtar.Format(s.archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestConformanceOfFaults(t *testing.T) {
	for _, s := range readScripts(t) {
		t.Run(filepath.Base(s.path), func(t *testing.T) {
			for _, c := range s.cases {
				if c.faults != nil {
					t.Run(c.name, func(t *testing.T) { checkFaults(t, s, c) })
				}
			}
		})
	}
}

func TestConformanceOfColumnar(t *testing.T) {
	conform(t, columnar.NewStore(columnar.Options{}), equalBytes)
}

func TestConformanceOfFiles(t *testing.T) {
	conform(t, openFiles(t), equalBytes)
}

// openFiles opens a store in a folder of the test's own.
func openFiles(t *testing.T) *columnar.FileStore {
	t.Helper()
	store := columnar.Open(t.TempDir(), columnar.FileOptions{})
	t.Cleanup(func() { _ = store.Close(context.Background()) })
	return store
}

// comparison reports whether an answer is the one a script expects.
type comparison func(t *testing.T, op *datasets.Operation, got, want string)

func equalBytes(t *testing.T, _ *datasets.Operation, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("answer\n got %s\nwant %s", got, want)
	}
}

// conform loads every script's rows into the store and asks its cases of the
// engine, with and without a cache, and through HTTP. It leaves out the
// scripts named in skip.
func conform(t *testing.T, store engine.Target, same comparison, skip ...string) {
	cached := engine.New(store, engine.Options{CacheBytes: 1 << 20})
	t.Cleanup(cached.Close)
	plain := engine.New(store, engine.Options{})
	t.Cleanup(plain.Close)
	for _, s := range readScripts(t) {
		if slices.Contains(skip, filepath.Base(s.path)) {
			continue
		}
		t.Run(filepath.Base(s.path), func(t *testing.T) {
			ctx := context.Background()
			if s.earlier != "" {
				options := loaders.Options{Version: engine.LoadOptions{Keep: engine.Keep{Forever: true}}}
				if _, err := loaders.Load(ctx, store, s.dataset, []loaders.Source{loaders.File(s.earlier)}, options); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := loaders.Load(ctx, store, s.dataset, nil, loaders.Options{}); err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(api.New(serving(t, s), cached, api.Options{}))
			defer server.Close()
			for _, c := range s.cases {
				if c.faults != nil {
					continue
				}
				t.Run(c.name, func(t *testing.T) {
					first := ask(t, plain, s, c)
					same(t, c.operation, first, c.answer)
					for range 2 {
						equalBytes(t, c.operation, ask(t, cached, s, c), first)
					}
					for _, method := range []string{http.MethodPost, "QUERY", http.MethodGet} {
						equalBytes(t, c.operation, request(t, method, server.URL, s, c), first)
					}
				})
			}
		})
	}
}

// serving returns a registry of the script's dataset.
func serving(t *testing.T, s *script) *datasets.Registry {
	t.Helper()
	return datasets.NewRegistry(datasets.NewSnapshot(s.dataset))
}

func ask(t testing.TB, e *engine.Engine, s *script, c scriptCase) string {
	t.Helper()
	return askEngine(t, e, s.dataset, c.operation, c.query)
}

// fataler is a test, of package testing or of rapid.
type fataler interface{ Fatal(args ...any) }

func askEngine(t fataler, e *engine.Engine, ds *datasets.Dataset, op *datasets.Operation, query string) string {
	ctx := context.Background()
	q, err := e.Parse(ds, op, []byte(query))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := e.Answer(ctx, q, format.JSON)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Close() }()
	var b bytes.Buffer
	for {
		chunk, err := answer.Next(ctx)
		if err == io.EOF {
			return b.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		b.Write(chunk)
	}
}

// request asks a server, by GET with the query in the URL.
func request(t *testing.T, method, url string, s *script, c scriptCase) string {
	t.Helper()
	url += "/" + s.dataset.Name + "/" + c.operation.Path
	body := c.query
	if method == http.MethodGet {
		url, body = url+"?"+query.Flatten([]byte(c.query)), ""
	}
	if method == "QUERY" && body == "" {
		body = "{}" // a QUERY without a body is refused
	}
	status, _, answer := send(t, method, url, body, http.Header{"Content-Type": {"application/json"}})
	if status != http.StatusOK {
		t.Fatalf("%s: status %d: %s", method, status, answer)
	}
	return string(answer)
}

func checkPipeline(t *testing.T, s *script, c *scriptCase) {
	q, err := query.Parse(s.dataset, c.operation, []byte(c.query))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := q.Plan()
	if err != nil {
		t.Fatal(err)
	}
	got := pipeline.Compile(plan).String()
	if *update {
		c.pipeline.Data = []byte(got + "\n")
		return
	}
	if diff := cmp.Diff(strings.TrimSpace(string(c.pipeline.Data)), got); diff != "" {
		t.Errorf("pipeline (-want +got; -update rewrites it):\n%s", diff)
	}
}

// checkFaults compares a query's faults with the script's lines: a code, a
// pointer and a part of the detail.
func checkFaults(t *testing.T, s *script, c scriptCase) {
	_, err := query.Parse(s.dataset, c.operation, []byte(c.query))
	var failure *fault.Error
	if !errors.As(err, &failure) {
		t.Fatalf("got %v, want faults", err)
	}
	var got, want [][2]string
	for _, v := range failure.Violations {
		got = append(got, [2]string{string(v.Code), v.Pointer})
	}
	for i, line := range c.faults {
		code, rest, _ := strings.Cut(line, " ")
		pointer, detail, _ := strings.Cut(rest, " ")
		want = append(want, [2]string{code, pointer})
		if i < len(failure.Violations) && !strings.Contains(failure.Violations[i].Detail, detail) {
			t.Errorf("fault %d says %q, not %q", i, failure.Violations[i].Detail, detail)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	malformed := failure.Violations[0].Code == schemas.NotJSON || failure.Violations[0].Code == schemas.TrailingData
	if want := map[bool]fault.Code{true: fault.MalformedQuery, false: fault.InvalidQuery}[malformed]; failure.Code != want {
		t.Errorf("code %s, want %s", failure.Code, want)
	}
}
