package columnar

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"herbarium/engine/columnar/internal/files"
	"herbarium/engine/internal/retention"
)

func TestVersionsInMemoryAreKeptAsPromised(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { retention.Check(t, newStore(64, 1, maxDense), counters(), 20) })
}

func TestVersionsInFilesAreKeptAsPromised(t *testing.T) {
	all := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(all, "")
		if err != nil {
			t.Fatal(err)
		}
		ds := counters()
		kept := retention.Check(t, smallFiles(dir, 0), ds, 12)
		entries, err := os.ReadDir(filepath.Join(dir, ds.Name))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		folders := 0
		for _, e := range entries {
			if files.IsVersionFolder(e.Name()) {
				folders++
			}
		}
		if folders != kept {
			t.Fatalf("%d folders of %d versions are left", folders, kept)
		}
		// Another process sees the same.
		if kept > 0 {
			list, err := smallFiles(dir, 0).Versions(context.Background(), ds)
			if err != nil || len(list.Kept) != kept {
				t.Fatalf("another store sees %d versions, %v", len(list.Kept), err)
			}
		}
	})
}
