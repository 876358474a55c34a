package datasets

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestADescriptorThatIsAwayForAMomentStays(t *testing.T) {
	dir := inFolder(t, map[string]string{"a.yaml": "dataset: a" + oneField})
	c := newCatalog(folderAt(dir))
	start := time.Now()
	look := func(after time.Duration, wantAgain bool, want ...string) {
		t.Helper()
		s, again, err := c.read(start.Add(after))
		if err != nil || again != wantAgain {
			t.Errorf("again %v, %v", again, err)
		}
		if diff := cmp.Diff(append([]string{}, want...), outcome(s)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	look(0, false, "a from a.yaml")
	if err := os.Remove(filepath.Join(dir, "a.yaml")); err != nil {
		t.Fatal(err)
	}
	look(1*time.Millisecond, true, "a from a.yaml")
	look(100*time.Millisecond, true, "a from a.yaml")
	look(200*time.Millisecond, false)
}

func TestADescriptorThatIsBeingWrittenIsReadLater(t *testing.T) {
	dir := inFolder(t, map[string]string{"a.yaml": "dataset: a" + oneField})
	c := newCatalog(folderAt(dir))
	if _, again, err := c.read(time.Now()); err != nil || again {
		t.Fatal(again, err)
	}
	path := filepath.Join(dir, "a.yaml")
	if err := os.WriteFile(path, []byte("data"), 0o644); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	written := info.ModTime()
	for _, after := range []time.Duration{-1, 0, settleTime - 1} { // a look may begin before the file is written to
		if s, again, err := c.read(written.Add(after)); err != nil || !again || len(s.Broken()) != 0 {
			t.Errorf("after %v: %v, again %v, %v", after, outcome(s), again, err)
		}
	}
	if s, again, err := c.read(written.Add(settleTime)); err != nil || again || len(s.Broken()) != 1 || len(s.Names()) != 1 {
		t.Errorf("then: %v, again %v, %v", outcome(s), again, err)
	}
}

func TestDataThatIsBeingWrittenIsTakenLater(t *testing.T) {
	dir := inFolder(t, map[string]string{"a.yaml": "dataset: a\ndata: a.csv" + oneField, "a.csv": "x\n"})
	c := newCatalog(folderAt(dir))
	before, _, err := c.read(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "a.csv")
	if err := os.WriteFile(path, []byte("x\n1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	later := info.ModTime().Add(time.Hour) // so that the descriptor is not young
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
	if s, again, err := c.read(later.Add(settleTime - 1)); err != nil || !again || s != before {
		t.Errorf("at once: again %v, %v", again, err)
	}
	if s, again, err := c.read(later.Add(settleTime)); err != nil || again || s == before {
		t.Errorf("then: again %v, %v", again, err)
	}
}

func TestDataThatChangesWhileItIsReadIsAnError(t *testing.T) {
	dir := inFolder(t, map[string]string{"d.yaml": "dataset: d\ndata: d.csv" + oneField, "d.csv": "x\n1\n"})
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	ds, _ := s.Dataset("d")
	data, err := ds.OpenData()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = data.Close() }()
	if _, err := data.Read(make([]byte, 2)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "d.csv"), []byte("x\n1\n2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(data); !errors.Is(err, ErrChanged) {
		t.Errorf("the error is %v", err)
	}
}

// thousand writes a folder of a thousand small datasets.
func thousand(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	for i := range 1000 {
		yaml := fmt.Sprintf("dataset: d%d\ndata: d%d.csv\nfields: {x: {type: number}, kind: {type: string, enum: [a, b]}}\n", i, i)
		for name, content := range map[string]string{"yaml": yaml, "csv": "x,kind\n1,a\n2,b\n"} {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("d%d.%s", i, name)), []byte(content), 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
	return dir
}

func BenchmarkOpenAThousand(b *testing.B) {
	dir := thousand(b)
	for b.Loop() {
		if _, err := Open(dir); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReloadOneOfAThousand is a look at a thousand datasets of which one
// changed.
func BenchmarkReloadOneOfAThousand(b *testing.B) {
	dir := thousand(b)
	c := newCatalog(folderAt(dir))
	if _, _, err := c.read(time.Now()); err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		yaml := fmt.Sprintf("dataset: d7\ntitle: %d\nfields: {x: {type: number}}\n", i)
		if err := os.WriteFile(filepath.Join(dir, "d7.yaml"), []byte(yaml), 0o644); err != nil {
			b.Fatal(err)
		}
		before := c.current
		if s, _, err := c.read(time.Now().Add(time.Second)); err != nil || s == before {
			b.Fatal(err)
		}
	}
}
