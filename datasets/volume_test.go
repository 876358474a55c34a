package datasets

import (
	"context"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// volume is a folder that is filled as the kubelet fills a volume of a ConfigMap or a
// Secret (Kubernetes' pkg/volume/util/atomic_writer.go): the files are in a folder of a
// name of its own, to which the link ..data leads, and what users see are links into
// ..data.
type volume struct {
	t     *testing.T
	dir   string
	now   string          // the folder to which ..data leads
	links map[string]bool // what users see
}

// mount publishes files: a new folder, a link to it that is renamed over ..data, links
// for what is new, none for what is gone, and the former folder removed.
func (v *volume) mount(stamp string, files map[string]string) {
	v.t.Helper()
	do := func(err error) {
		v.t.Helper()
		if err != nil {
			v.t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	for name, content := range files {
		path := filepath.Join(v.dir, stamp, name)
		do(os.MkdirAll(filepath.Dir(path), 0o755))
		do(os.WriteFile(path, []byte(content), 0o644))
		first, _, _ := strings.Cut(name, "/")
		seen[first] = true
	}
	do(os.Symlink(stamp, filepath.Join(v.dir, "..data_tmp")))
	do(os.Rename(filepath.Join(v.dir, "..data_tmp"), filepath.Join(v.dir, "..data")))
	for name := range seen {
		if !v.links[name] {
			do(os.Symlink("..data/"+name, filepath.Join(v.dir, name)))
		}
	}
	for name := range v.links {
		if !seen[name] {
			do(os.Remove(filepath.Join(v.dir, name)))
		}
	}
	if v.now != "" {
		do(os.RemoveAll(filepath.Join(v.dir, v.now)))
	}
	v.now, v.links = stamp, seen
}

// rowsOf returns the data of a dataset.
func rowsOf(t *testing.T, s *Snapshot, name string) string {
	t.Helper()
	ds, ok := s.Dataset(name)
	if !ok {
		return "no dataset"
	}
	f, err := ds.OpenData()
	if err != nil {
		return err.Error()
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestAMountedConfigMapIsFollowed changes descriptors, data and query schemas, flat and
// in folders, without polling.
func TestAMountedConfigMapIsFollowed(t *testing.T) {
	v := &volume{t: t, dir: t.TempDir()}
	files := map[string]string{
		"flat.yaml":         "dataset: flat\ntitle: one\ndata: flat.csv" + oneField,
		"flat.csv":          "x\n1\n",
		"deep.yaml":         "dataset: deep\ndata: data/*.csv\nquery_schema: deep.json" + oneField,
		"data/deep.csv":     "x\n1\n",
		"schemas/deep.json": `{"title":"one"}`,
	}
	v.mount("..2026_01", files)
	w, err := NewWatcher(v.dir)
	if err != nil {
		t.Fatal(err)
	}
	w.poll = time.Hour
	s := w.Snapshot()
	if got := outcome(s); !slices.Equal(got, []string{"deep from deep.yaml", "flat from flat.yaml"}) {
		t.Fatalf("%q", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	snapshots, done := make(chan *Snapshot, 100), make(chan struct{})
	go func() {
		defer close(done)
		w.Watch(ctx, func(s *Snapshot) { snapshots <- s }, func(err error) {
			if err != nil {
				t.Error(err)
			}
		})
	}()
	defer func() {
		cancel()
		<-done
		goleak.VerifyNone(t)
	}()
	time.Sleep(2 * quietTime) // until the folder is watched
	digest := func(s *Snapshot) string {
		if ds, ok := s.Dataset("deep"); ok {
			return ds.Digest
		}
		return ""
	}
	first := digest(s)
	for _, step := range []struct {
		name    string
		change  map[string]string // "" removes
		reached func(*Snapshot) bool
	}{
		{"a descriptor", map[string]string{"flat.yaml": "dataset: flat\ntitle: two\ndata: flat.csv" + oneField}, func(s *Snapshot) bool {
			ds, ok := s.Dataset("flat")
			return ok && ds.Title == "two"
		}},
		{"data", map[string]string{"flat.csv": "x\n2\n", "data/deep.csv": "x\n3\n"}, func(s *Snapshot) bool {
			return rowsOf(t, s, "flat") == "x\n2\n" && rowsOf(t, s, "deep") == "x\n3\n"
		}},
		{"a query schema", map[string]string{"schemas/deep.json": `{"title":"two"}`}, func(s *Snapshot) bool {
			return digest(s) != first
		}},
		{"a new descriptor", map[string]string{"new.yaml": "dataset: new" + oneField}, func(s *Snapshot) bool {
			return slices.Equal(s.Names(), []string{"deep", "flat", "new"})
		}},
		{"a descriptor that is gone", map[string]string{"flat.yaml": "", "flat.csv": ""}, func(s *Snapshot) bool {
			return slices.Equal(outcome(s), []string{"deep from deep.yaml", "new from new.yaml"})
		}},
		{"a broken descriptor", map[string]string{"new.yaml": "dataset: ["}, func(s *Snapshot) bool {
			return len(s.Broken()) == 1 && slices.Equal(s.Names(), []string{"deep", "new"})
		}},
		{"data once more", map[string]string{"data/deep.csv": "x\n4\n"}, func(s *Snapshot) bool {
			return rowsOf(t, s, "deep") == "x\n4\n"
		}},
	} {
		maps.Copy(files, step.change)
		maps.DeleteFunc(files, func(_, content string) bool { return content == "" })
		started := time.Now()
		v.mount("..2026_"+strings.ReplaceAll(step.name, " ", "_"), files)
		for reached := false; !reached; {
			select {
			case s = <-snapshots:
				reached = step.reached(s)
			case <-time.After(time.Minute):
				t.Fatalf("%s is not seen; the last is %q", step.name, outcome(s))
			}
		}
		t.Logf("%s: %v", step.name, time.Since(started).Round(time.Millisecond))
	}
}
