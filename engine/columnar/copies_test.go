package columnar

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
)

// copied is a dataset of one field, with a batch of it and the version of that.
func copied(t *testing.T) (*datasets.Dataset, *engine.Batch, string) {
	t.Helper()
	ds, err := datasets.Parse("ones.yaml", []byte("dataset: ones\nfields: {n: {type: integer}, s: {type: string}}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &engine.Batch{Rows: 3, Columns: []engine.Vector{{Type: datasets.Integer, Ints: []int64{1, 2, 3}}, {Type: datasets.String, Codes: []uint32{0, 1, 0}, Dict: []string{"x", "y"}}}}
	h := engine.NewHasher(ds)
	h.Write(b)
	return ds, b, h.Version()
}

// eachPlace runs a test with copies in memory and in a folder.
func eachPlace(t *testing.T, test func(t *testing.T, dir string)) {
	t.Run("memory", func(t *testing.T) { test(t, "") })
	t.Run("folder", func(t *testing.T) { test(t, t.TempDir()) })
}

func TestACopyIsThereOnceItIsWholeAndGoesWhenItIsRemoved(t *testing.T) {
	eachPlace(t, func(t *testing.T, dir string) {
		ctx := t.Context()
		ds, batch, version := copied(t)
		c := OpenCopies(CopyOptions{Dir: dir})
		defer c.Close()
		load, err := c.Begin(ctx, ds, version)
		if err != nil {
			t.Fatal(err)
		}
		if err := load.Write(ctx, batch); err != nil {
			t.Fatal(err)
		}
		if n := load.Bytes(); n < CopyBytes(ds, 3) || load.Rows() != 3 {
			t.Errorf("%d rows take %d bytes", load.Rows(), n)
		}
		if table, err := c.Table(ctx, ds, version); table != nil || err != nil {
			t.Errorf("half of a copy is there: %v, %v", table, err)
		}
		if _, err := load.Commit(ctx); err != nil {
			t.Fatal(err)
		}
		table, err := c.Table(ctx, ds, version)
		if err != nil || table == nil || table.Info().Version != version || table.Info().Rows != 3 {
			t.Fatalf("the copy is %v, %v", table, err)
		}
		held, err := c.Held()
		if err != nil || len(held) != 1 || held[0].Dataset != "ones" || held[0].Version != version || held[0].Rows != 3 || held[0].Bytes <= 0 {
			t.Errorf("held are %+v, %v", held, err)
		}
		if err := c.Remove(ds.Name, ds.Layout, version); err != nil {
			t.Fatal(err)
		}
		if table, err := c.Table(ctx, ds, version); table != nil || err != nil {
			t.Errorf("a copy that was removed is there: %v, %v", table, err)
		}
		if held, err := c.Held(); err != nil || len(held) != 0 {
			t.Errorf("held are %+v, %v", held, err)
		}
		if dir == "" {
			return
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
			t.Errorf("there is left %v, %v", entries, err)
		}
	})
}

func TestACopyIsScrubbedWhoseVersionAnotherDatasetHadToo(t *testing.T) {
	ctx := t.Context()
	ds, batch, version := copied(t)
	twin, err := datasets.Parse("twins.yaml", []byte("dataset: twins\nfields: {n: {type: integer}, s: {type: string}}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	c := OpenCopies(CopyOptions{Dir: t.TempDir()})
	defer c.Close()
	for _, ds := range []*datasets.Dataset{ds, twin} {
		load, err := c.Begin(ctx, ds, version)
		if err != nil {
			t.Fatal(err)
		}
		if err := load.Write(ctx, batch); err != nil {
			t.Fatal(err)
		}
		if _, err := load.Commit(ctx); err != nil {
			t.Fatal(err)
		}
		if table, err := c.Table(ctx, ds, version); table == nil {
			t.Fatal(err)
		}
	}
	for open, ds := range []*datasets.Dataset{ds, twin} {
		if n := len(c.open()); n != 2-open {
			t.Fatalf("%d copies are open, and not %d", n, 2-open)
		}
		if err := c.Remove(ds.Name, ds.Layout, version); err != nil {
			t.Fatal(err)
		}
		c.Forget(version)
	}
	if len(c.stores) != 0 {
		t.Errorf("what is known of %d versions is left", len(c.stores))
	}
}

func TestRowsOfAnotherVersionAreNoCopy(t *testing.T) {
	eachPlace(t, func(t *testing.T, dir string) {
		ds, batch, version := copied(t)
		c := OpenCopies(CopyOptions{Dir: dir})
		defer c.Close()
		load, err := c.Begin(t.Context(), ds, version)
		if err != nil {
			t.Fatal(err)
		}
		batch.Columns[0].Ints[1] = 22
		if err := load.Write(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		if _, err := load.Commit(t.Context()); !errors.Is(err, ErrOtherContent) {
			t.Errorf("it ends with %v", err)
		}
		if table, err := c.Table(t.Context(), ds, version); table != nil || err != nil {
			t.Errorf("the copy is %v, %v", table, err)
		}
	})
}

// begun opens a folder twice, begins to make a copy in it, and returns the other one who has it open.
func begun(t *testing.T, ds *datasets.Dataset, version string) (dir string, load *CopyLoad, other *Copies) {
	t.Helper()
	dir = t.TempDir()
	one, other := OpenCopies(CopyOptions{Dir: dir}), OpenCopies(CopyOptions{Dir: dir})
	t.Cleanup(one.Close)
	t.Cleanup(other.Close)
	load, err := one.Begin(t.Context(), ds, version)
	if err != nil {
		t.Fatal(err)
	}
	return dir, load, other
}

func TestAFolderHasOneMakerOfACopy(t *testing.T) {
	ds, batch, version := copied(t)
	dir, load, two := begun(t, ds, version)
	// However long it takes, nobody takes it for abandoned.
	old := time.Now().Add(-2 * abandonedAfter)
	if err := os.Chtimes(filepath.Join(dir, version, ds.Name, "lock"), old, old); err != nil {
		t.Fatal(err)
	}
	if held, err := two.Held(); err != nil || len(held) != 0 {
		t.Errorf("held are %+v, %v", held, err)
	}
	if _, err := two.Begin(t.Context(), ds, version); fault.CodeOf(err) != fault.LoadRunning {
		t.Errorf("another maker gets %v", err)
	}
	if err := two.Remove(ds.Name, "", version); fault.CodeOf(err) != fault.LoadRunning {
		t.Errorf("who removes it gets %v", err)
	}
	if err := load.Write(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if _, err := load.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := two.Begin(t.Context(), ds, version); !errors.Is(err, ErrHeld) {
		t.Errorf("who comes too late gets %v", err)
	}
}

func TestAFolderIsAwayBeforeItsLockIsReleased(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no folder with an open file is renamed here")
	}
	dir := t.TempDir()
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
	if err := os.Mkdir(from, 0o755); err != nil {
		t.Fatal(err)
	}
	released := false
	err := renameLocked(from, to, func() error {
		released = true
		if _, err := os.Stat(from); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the lock is released while the folder is there: %v", err)
		}
		return nil
	})
	if _, there := os.Stat(to); err != nil || there != nil || !released {
		t.Error(err, there, released)
	}
}

func TestCopiesThatOthersMakeTakeRoom(t *testing.T) {
	ds, batch, version := copied(t)
	dir, load, two := begun(t, ds, version)
	if err := load.Write(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	written, err := filepath.Glob(filepath.Join(dir, version, ds.Name, "*", "rows.arrow"))
	if err != nil || len(written) != 1 {
		t.Fatal(written, err)
	}
	if err := os.Truncate(written[0], 5000); err != nil { // as if there were so many rows
		t.Fatal(err)
	}
	if n := two.Unfinished("others", version); n != 5000 {
		t.Errorf("a copy in the making takes %d bytes", n)
	}
	if n := two.Unfinished(ds.Name, version); n != 0 {
		t.Errorf("beside itself, a copy in the making takes %d bytes", n)
	}
	if err := load.Abort(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := two.Unfinished("others", version); n != 0 {
		t.Errorf("a copy that was given up takes %d bytes", n)
	}
}

func TestWhatADeadMakerLeftGoes(t *testing.T) {
	ds, _, version := copied(t)
	dir := t.TempDir()
	c := OpenCopies(CopyOptions{Dir: dir})
	defer c.Close()
	folder := filepath.Join(dir, version, ds.Name)
	if err := os.MkdirAll(filepath.Join(folder, "abcdefghijklmnopqrstuvwxyz"), 0o755); err != nil {
		t.Fatal(err)
	}
	lock := filepath.Join(folder, "lock")
	if err := os.WriteFile(lock, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Held(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(folder); err != nil {
		t.Fatal("what may be in the making was removed")
	}
	old := time.Now().Add(-2 * abandonedAfter)
	if err := os.Chtimes(lock, old, old); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Held(); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("there is left %v, %v", entries, err)
	}
	if _, err := c.Table(context.Background(), ds, version); err != nil {
		t.Error(err)
	}
}
