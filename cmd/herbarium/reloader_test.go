//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"herbarium/datasets"
	"herbarium/engine/columnar"
	"herbarium/internal/porttest"
)

// served is a server of a folder, in this process.
type served struct {
	t        *testing.T
	dir, url string
	words    *lines
}

// serveFolder serves a folder of these files until the test ends.
func serveFolder(t *testing.T, files map[string]string) *served {
	t.Helper()
	ignored := goleak.IgnoreCurrent()
	addr := porttest.Address(t)
	s := &served{t, t.TempDir(), "http://" + addr, &lines{}}
	for name, content := range files {
		s.write(name, content)
	}
	p := &program{in: strings.NewReader(""), out: io.Discard, err: s.words, lookup: func(string) (string, bool) { return "", false }}
	ctx, cancel := context.WithCancel(context.Background())
	code := make(chan int, 1)
	go func() { code <- p.run(ctx, []string{"serve", "--addr", addr, "--datasets", s.dir}) }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		cancel()
		if got := <-code; got != 0 {
			t.Errorf("exit code %d:\n%s", got, s.words.String())
		}
		goleak.VerifyNone(t, ignored)
	})
	await(t, http.MethodGet, s.url+"/readyz", "", 200)
	return s
}

// write saves a file as editors do: a new one, renamed.
func (s *served) write(name, content string) {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path+".tmp", []byte(content), 0o644); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		s.t.Fatal(err)
	}
}

// answers waits until the query of everything has this answer, and
// fails where it was neither this nor the one before in the meantime.
func (s *served) answers(path, before, want string) {
	s.t.Helper()
	var last string
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		status, text, err := send(http.MethodPost, s.url+path, "{}")
		if err != nil {
			s.t.Fatal(err)
		}
		if last = text; text == want {
			return
		}
		if before != "" && text != before {
			s.t.Fatalf("%s answers %d %s, neither %s nor %s", path, status, text, before, want)
		}
	}
	s.t.Fatalf("%s answers %s in the end, not %s", path, last, want)
}

// says waits until a page contains all of the parts.
func (s *served) says(page string, parts ...string) {
	s.t.Helper()
	var text string
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		_, text, _ = send(http.MethodGet, s.url+page, "")
		missing := false
		for _, part := range parts {
			missing = missing || !strings.Contains(text, part)
		}
		if !missing {
			return
		}
	}
	s.t.Fatalf("%s says %s, without one of %q", page, text, parts)
}

const tides = "dataset: tides\ndata: tides.csv\nfields: {x: {type: integer}}\n"

func TestWhatIsDroppedInIsServed(t *testing.T) {
	s := serveFolder(t, map[string]string{"tides.yaml": tides, "tides.csv": "x\n1\n"})
	s.answers("/tides/range", "", `[{"x":1}]`)

	s.write("tides.csv", "x\n1\n2\n")
	s.answers("/tides/range", `[{"x":1}]`, `[{"x":1},{"x":2}]`)

	// Under another layout, the old rows answer until the new are there.
	s.write("tides.yaml", strings.Replace(tides, "x: {type: integer}", "height: {type: number, column: x}", 1))
	s.answers("/tides/range", `[{"x":1},{"x":2}]`, `[{"height":1.0},{"height":2.0}]`)

	// The data may come after its descriptor.
	s.write("wells.yaml", "dataset: wells\ndata: wells.csv\nfields: {y: {type: string}}\n")
	s.says("/readyz", `{"name":"wells","state":"not_loaded","error":"wells.yaml:2:7: data: wells.csv: no such file or directory"}`)
	if err := os.WriteFile(filepath.Join(s.dir, "..", "secret"), []byte("y\nsecret\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../secret", filepath.Join(s.dir, "wells.csv")); err != nil {
		t.Fatal(err)
	}
	s.says("/datasets", `"error":"wells.yaml:2:7: data: wells.csv: it is, or lies behind, a symbolic link`)
	s.answers("/tides/range", "", `[{"height":1.0},{"height":2.0}]`)
	s.write("wells.csv", "y\na\n")
	s.answers("/wells/range", "", `[{"y":"a"}]`)
	s.write("wells.yaml", "dataset: springs\ndata: wells.csv\nfields: {y: {type: string}}\n")
	s.answers("/springs/range", "", `[{"y":"a"}]`)
	s.says("/wells/range", "there is no dataset")
	if err := os.Remove(filepath.Join(s.dir, "wells.yaml")); err != nil {
		t.Fatal(err)
	}
	s.says("/springs/range", "there is no dataset")
	s.answers("/tides/range", "", `[{"height":1.0},{"height":2.0}]`)
}

func TestWhatIsWrongStopsNothing(t *testing.T) {
	s := serveFolder(t, map[string]string{"tides.yaml": tides, "tides.csv": "x\n1\n",
		"wells.yaml": "dataset: wells\ndata: wells.csv\nfields: {y: {type: string}}\n", "wells.csv": "y\na\n"})
	const rows = `[{"x":1}]`
	s.write("tides.yaml", "dataset: tides\nfields: {x: {type: intger}}\n")
	const fault = `"error":"tides.yaml:2:20: fields.x.type: there is no type \"intger\" (did you mean integer?)`
	s.says("/datasets", fault, `"rows":1`)
	s.says("/readyz", `{"name":"tides","state":"ready",`+fault)
	s.answers("/tides/range", rows, rows)

	s.write("tides.yaml", tides+"title: Tides\n")
	s.write("tides.csv", "x\none\n")
	s.says("/datasets", `"title":"Tides"`, `"error":"tides.csv:2:1: x: \"one\" is not an integer`, `"rows":1`)
	s.answers("/tides/range", rows, rows)

	if err := os.Remove(filepath.Join(s.dir, "tides.csv")); err != nil {
		t.Fatal(err)
	}
	s.says("/readyz", `"error":"tides.yaml:2:7: data: tides.csv: no such file or directory"`, `{"name":"wells","state":"ready"}`)
	s.answers("/tides/range", rows, rows)
	s.answers("/wells/range", "", `[{"y":"a"}]`)

	s.write("tides.csv", "x\n7\n")
	s.answers("/tides/range", rows, `[{"x":7}]`)
	s.says("/readyz", `{"name":"tides","state":"ready"}`)
	for words, want := range map[string]int{"intger": 1, "is not an integer": 1, "no such file": 1, `"dataset":"wells","rows"`: 1} {
		if got := strings.Count(s.words.String(), words); got != want {
			t.Errorf("%q was logged %d times:\n%s", words, got, s.words.String())
		}
	}
}

// TestNoRequestFailsWhileTheLayoutChanges asks all the time: each answer is of
// one version, rows and descriptor alike.
func TestAFolderThatDisappearsIsReportedAndStopsNothing(t *testing.T) {
	s := serveFolder(t, map[string]string{"a.yaml": "dataset: a\ndata: a.csv\nfields: {x: {type: integer}}\n", "a.csv": "x\n1\n"})
	if err := os.Rename(s.dir, s.dir+"-gone"); err != nil {
		t.Fatal(err)
	}
	const detail = `"detail":"the folder of descriptors cannot be read; the datasets stay as they were"`
	s.says("/readyz", `"status":"ready"`, detail)
	s.answers("/a/range", "", `[{"x":1}]`)
	if err := os.Rename(s.dir+"-gone", s.dir); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if status, text, _ := send(http.MethodGet, s.url+"/readyz", ""); status == 200 && !strings.Contains(text, detail) {
			break
		}
		if time.Now().After(end) {
			t.Fatal("it is reported after it came back")
		}
	}
}

func TestNoRequestFailsWhileTheLayoutChanges(t *testing.T) {
	s := serveFolder(t, map[string]string{"tides.yaml": tides, "tides.csv": "x\n1\n"})
	versions := map[string]string{
		`[{"x":1}]`:   tides,
		`[{"x":"1"}]`: strings.Replace(tides, "integer", "string", 1),
		`[{"y":1.0}]`: strings.Replace(tides, "{x: {type: integer}}", "{y: {type: number, column: x}}", 1),
	}
	ctx, cancel := context.WithCancel(t.Context())
	var asking sync.WaitGroup
	defer asking.Wait()
	defer cancel()
	asking.Go(func() {
		for ctx.Err() == nil {
			status, text, err := send(http.MethodPost, s.url+"/tides/range", "{}")
			if _, ok := versions[text]; !ok {
				t.Errorf("%d %s, %v", status, text, err)
				return
			}
		}
	})
	for range 3 {
		for want, yaml := range versions {
			s.write("tides.yaml", yaml)
			s.answers("/tides/range", "", want)
		}
	}
}

func TestAnAnswerInFlightEndsOnWhatItBeganWith(t *testing.T) {
	const n = 200_000
	s := serveFolder(t, map[string]string{"tides.yaml": tides, "tides.csv": "x\n" + strings.Repeat("1\n", n)})
	response, err := http.Post(s.url+"/tides/range", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if err := os.Remove(filepath.Join(s.dir, "tides.yaml")); err != nil {
		t.Fatal(err)
	}
	s.says("/tides/range", "there is no dataset")
	var rows []struct{ X int }
	if err := json.NewDecoder(response.Body).Decode(&rows); err != nil || len(rows) != n {
		t.Errorf("%d rows came, %v", len(rows), err)
	}
}

// settled waits until the filling has loaded all it was told of.
func settled(t testing.TB, f *memoryLoad) {
	t.Helper()
	for end := time.Now().Add(time.Minute); f.ready(t.Context()) != nil; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(f.ready(t.Context()))
		}
	}
}

func TestADatasetThatIsRemovedLeavesMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		for name, content := range map[string]string{"tides.yaml": tides, "tides.csv": "x\n1\n"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		s, err := datasets.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		ds, _ := s.Dataset("tides")
		store, registry := columnar.NewStore(columnar.Options{}), datasets.NewRegistry(s)
		ctx, cancel := context.WithCancel(t.Context())
		f := newMemoryLoad(store, registry, slog.New(slog.DiscardHandler))
		defer f.wait()
		defer cancel()
		f.start(ctx)
		settled(t, f)
		f.follow(ctx, datasets.NewSnapshot())
		time.Sleep(retainTime - time.Second)
		if _, err := store.Table(ctx, ds); err != nil {
			t.Errorf("a request that began before finds %v", err)
		}
		if len(registry.Current().Names()) != 0 {
			t.Error("the dataset is still served")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if _, err := store.Table(ctx, ds); err == nil {
			t.Error("the rows are still in memory")
		}
	})
}

// BenchmarkFillAThousand is a start with a thousand small datasets, up to
// where all of them answer.
func BenchmarkFillAThousand(b *testing.B) {
	dir := b.TempDir()
	for i := range 1000 {
		yaml := fmt.Sprintf("dataset: d%d\ndata: d%d.csv\nfields: {x: {type: number}, kind: {type: string, enum: [a, b]}}\n", i, i)
		for name, content := range map[string]string{"yaml": yaml, "csv": "x,kind\n" + strings.Repeat("1,a\n2,b\n", 50)} {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("d%d.%s", i, name)), []byte(content), 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
	for b.Loop() {
		s, err := datasets.Open(dir)
		if err != nil {
			b.Fatal(err)
		}
		f := newMemoryLoad(columnar.NewStore(columnar.Options{}), datasets.NewRegistry(s), slog.New(slog.DiscardHandler))
		f.start(b.Context())
		settled(b, f)
		f.wait()
	}
}
