package columnar

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"herbarium/engine"
	"herbarium/engine/columnar/internal/files"
	"herbarium/engine/fault"
)

// faulty is a disk of which one operation fails, once.
type faulty struct {
	files.Disk
	count  int    // of operations so far
	fails  int    // the number of the one that fails
	kind   string // with "short", a write takes only half, and says no more
	failed string // what failed
	file   string // and of which file
	log    []string
}

// fault counts an operation and returns its failure.
func (f *faulty) fault(operation, name string) error {
	f.log = append(f.log, operation+" "+filepath.Base(name))
	if f.count++; f.count != f.fails {
		return nil
	}
	f.failed, f.file = operation, name
	cause := map[string]error{"full": syscall.ENOSPC, "broken": syscall.EIO, "short": syscall.EIO}[f.kind]
	return &fs.PathError{Op: operation, Path: name, Err: cause}
}

func (f *faulty) MakeFolder(name string) error {
	if err := f.fault("mkdir", name); err != nil {
		return err
	}
	return f.Disk.MakeFolder(name)
}

func (f *faulty) ReadFile(name string) ([]byte, error) {
	if err := f.fault("open", name); err != nil {
		return nil, err
	}
	return f.Disk.ReadFile(name)
}

func (f *faulty) Create(name string) (files.File, error) {
	if err := f.fault("open", name); err != nil {
		return nil, err
	}
	inner, err := f.Disk.Create(name)
	return &faultyFile{inner, name, f}, err
}

func (f *faulty) Rename(from, to string) error {
	if err := f.fault("rename", from); err != nil {
		return err
	}
	return f.Disk.Rename(from, to)
}

func (f *faulty) SyncFolder(name string) error {
	if err := f.fault("fsync of the folder", name); err != nil {
		return err
	}
	return f.Disk.SyncFolder(name)
}

func (f *faulty) Lock(name string) (func() error, bool, error) {
	if err := f.fault("open", name); err != nil {
		return nil, false, err
	}
	return f.Disk.Lock(name)
}

// faultyFile is a file on a faulty disk.
type faultyFile struct {
	files.File
	name string
	disk *faulty
}

func (f *faultyFile) Write(p []byte) (int, error) {
	if err := f.disk.fault("write", f.name); err != nil {
		if n, _ := f.File.Write(p[:len(p)/2]); f.disk.kind == "short" {
			return n, nil
		}
		return 0, err
	}
	return f.File.Write(p)
}

func (f *faultyFile) WriteAt(p []byte, at int64) (int, error) {
	if err := f.disk.fault("write", f.name); err != nil {
		if n, _ := f.File.WriteAt(p[:len(p)/2], at); f.disk.kind == "short" {
			return n, nil
		}
		return 0, err
	}
	return f.File.WriteAt(p, at)
}

func (f *faultyFile) ReadAt(p []byte, at int64) (int, error) {
	if err := f.disk.fault("read", f.name); err != nil {
		return 0, err
	}
	return f.File.ReadAt(p, at)
}

func (f *faultyFile) Sync() error {
	if err := f.disk.fault("fsync", f.name); err != nil {
		return err
	}
	return f.File.Sync()
}

func (f *faultyFile) Close() error {
	err := f.disk.fault("close", f.name)
	if closed := f.File.Close(); err == nil {
		err = closed
	}
	return err
}

// tryLoad loads labelled rows and returns what failed.
func tryLoad(s *FileStore, rows int, value int64) error {
	ctx, ds := context.Background(), labels()
	load, err := s.Begin(ctx, ds, engine.LoadOptions{})
	if err != nil {
		return err
	}
	defer func() { _ = load.Abort(ctx) }()
	if err := load.Write(ctx, batchOf(ds, labelled(rows, value))); err != nil {
		return err
	}
	_, err = load.Commit(ctx)
	return err
}

func TestEveryFailureOfTheDiskLeavesTheOldVersion(t *testing.T) {
	const rows = 64*2 + 9
	ds := labels()
	for _, kind := range []string{"full", "broken", "short"} {
		for _, first := range []bool{false, true} {
			t.Run(fmt.Sprint(kind, ", first load ", first), func(t *testing.T) {
				met := map[string]int{}
				for fails := 1; ; fails++ {
					dir := t.TempDir()
					if !first {
						if err := tryLoad(smallFiles(dir, 0), rows, 1); err != nil {
							t.Fatal(err)
						}
					}
					disk := &faulty{fails: fails, kind: kind}
					err := tryLoad(openFiles(dir, newResources(64, 2, maxDense), disk), rows, 2)
					if disk.failed == "" {
						if err != nil {
							t.Fatal(err)
						}
						break
					}
					met[disk.failed]++
					checkFailure(t, disk, err)
					reader := smallFiles(dir, 0)
					version, failure := versionOf(reader, ds, rows)
					if !first && (failure != nil || version != 1) {
						t.Fatalf("after a failed %s of %s: version %d, %v", disk.failed, disk.file, version, failure)
					}
					if first && fault.CodeOf(failure) != fault.NotLoaded {
						t.Fatalf("after a failed %s of %s: %v", disk.failed, disk.file, failure)
					}
					// The disk is well again.
					if err := tryLoad(reader, rows, 3); err != nil {
						t.Fatalf("the load after a failed %s of %s: %v", disk.failed, disk.file, err)
					}
					if version, err := versionOf(reader, ds, rows); err != nil || version != 3 {
						t.Fatalf("the load after a failed %s of %s: version %d, %v", disk.failed, disk.file, version, err)
					}
					if files := filesOf(t, dir); len(files) != versionFiles {
						t.Fatalf("after a failed %s of %s there are left %v", disk.failed, disk.file, files)
					}
				}
				for _, operation := range []string{"open", "write", "read", "fsync", "fsync of the folder", "close", "rename", "mkdir"} {
					if met[operation] == 0 {
						t.Errorf("no %s failed: %v", operation, met)
					}
				}
			})
		}
	}
}

func TestEveryFailureOfTheDiskLeavesARollbackUndone(t *testing.T) {
	const rows = 100
	ctx, ds := context.Background(), labels()
	for _, kind := range []string{"full", "broken", "short"} {
		t.Run(kind, func(t *testing.T) {
			met := map[string]int{}
			for fails := 1; ; fails++ {
				dir := t.TempDir()
				well := smallFiles(dir, time.Minute)
				for _, value := range []int64{1, 2} {
					if err := tryLoad(well, rows, value); err != nil {
						t.Fatal(err)
					}
				}
				list, err := well.Versions(ctx, ds)
				if err != nil || len(list.Kept) != 2 {
					t.Fatalf("%+v, %v", list, err)
				}
				first, second := list.Kept[1].Version, list.Kept[0].Version
				disk := &faulty{fails: fails, kind: kind}
				broken := openFiles(dir, newResources(64, 2, maxDense), disk)
				broken.options.Keep = time.Minute
				_, err = broken.Rollback(ctx, ds, first)
				if disk.failed == "" {
					if err != nil {
						t.Fatal(err)
					}
					break
				}
				met[disk.failed]++
				checkFailure(t, disk, err)
				if version, err := versionOf(smallFiles(dir, 0), ds, rows); err != nil || version != 2 {
					t.Fatalf("after a failed %s of %s: version %d, %v", disk.failed, disk.file, version, err)
				}
				// Both versions are there, and the disk is well again.
				other := smallFiles(dir, time.Minute)
				for value, name := range []string{1: first, 2: second} {
					if name == "" {
						continue
					}
					if _, err := other.Rollback(ctx, ds, name); err != nil {
						t.Fatalf("the rollback after a failed %s of %s: %v", disk.failed, disk.file, err)
					}
					if version, err := versionOf(smallFiles(dir, 0), ds, rows); err != nil || version != int64(value) {
						t.Fatalf("the rollback after a failed %s of %s: version %d, %v", disk.failed, disk.file, version, err)
					}
				}
				if files := filesOf(t, dir); len(files) != 2*(versionFiles-2)+2 {
					t.Fatalf("after a failed %s of %s there are %v", disk.failed, disk.file, files)
				}
			}
			for _, operation := range []string{"open", "write", "fsync", "fsync of the folder", "close", "rename"} {
				if met[operation] == 0 {
					t.Errorf("no %s failed: %v", operation, met)
				}
			}
		})
	}
}

// checkFailure checks that the error names the file and the cause.
func checkFailure(t *testing.T, disk *faulty, err error) {
	t.Helper()
	cause := map[string]string{"full": "no space left on device", "broken": "input/output error", "short": "input/output error"}[disk.kind]
	if disk.kind == "short" && disk.failed == "write" {
		cause = io.ErrShortWrite.Error()
	}
	if err == nil || !strings.Contains(err.Error(), cause) || !strings.Contains(err.Error(), disk.file) {
		t.Fatalf("a failed %s of %s is told as %v", disk.failed, disk.file, err)
	}
}

func TestEverythingLastsBeforeItIsPublished(t *testing.T) {
	disk := &faulty{}
	dir := t.TempDir()
	if err := tryLoad(openFiles(dir, newResources(64, 2, maxDense), disk), 100, 1); err != nil {
		t.Fatal(err)
	}
	version := filepath.Base(filepath.Dir(one(t, filepath.Join(dir, "labels"), segmentName)))
	// What a power failure may undo, it must undo with the renaming: whatever
	// is written is synced before it, and so are the folders.
	log := slices.DeleteFunc(disk.log, func(line string) bool {
		return strings.HasPrefix(line, "read ") || strings.HasPrefix(line, "close ") || strings.HasPrefix(line, "open ")
	})
	log = slices.Compact(log)
	want := []string{
		"mkdir labels", "fsync of the folder " + filepath.Base(dir),
		"mkdir " + version,
		"write rows.arrow", "fsync rows.arrow",
		"write summaries", "fsync summaries",
		"write means", "fsync means",
		"fsync of the folder " + version, "fsync of the folder labels",
		"write manifest.new", "fsync manifest.new", "rename manifest.new", "fsync of the folder labels",
	}
	if !slices.Equal(log, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(log, "\n"), strings.Join(want, "\n"))
	}
}

// unsynced is a disk that fails to make a file last for the first time, as
// systems do: the next try succeeds, though nothing was done.
type unsynced struct {
	files.Disk
	syncs atomic.Int64
}

func (u *unsynced) Create(name string) (files.File, error) {
	inner, err := u.Disk.Create(name)
	return &unsyncedFile{inner, name, u}, err
}

type unsyncedFile struct {
	files.File
	name string
	disk *unsynced
}

func (f *unsyncedFile) Sync() error {
	if f.disk.syncs.Add(1) == 1 {
		return &fs.PathError{Op: "fsync", Path: f.name, Err: syscall.EIO}
	}
	return f.File.Sync()
}

func TestAFailureToSyncWhileRowsComeIsNotMissed(t *testing.T) {
	dir, ds := t.TempDir(), labels()
	if err := tryLoad(smallFiles(dir, 0), 100, 1); err != nil {
		t.Fatal(err)
	}
	bad := &unsynced{}
	s := openFiles(dir, newResources(64, 2, maxDense), bad)
	s.syncEvery = 2000
	err := tryLoad(s, 64*100, 2)
	if err == nil || !strings.Contains(err.Error(), segmentName) || !strings.Contains(err.Error(), "input/output error") {
		t.Errorf("it is told as %v", err)
	}
	if version, err := versionOf(s, ds, 100); err != nil || version != 1 {
		t.Errorf("version %d, %v", version, err)
	}
	if err := tryLoad(s, 64*100, 3); err != nil || bad.syncs.Load() < 5 {
		t.Errorf("with a disk that is well, after %d syncs: %v", bad.syncs.Load(), err)
	}
	if version, err := versionOf(s, ds, 64*100); err != nil || version != 3 {
		t.Errorf("version %d, %v", version, err)
	}
}

func TestALoadThatIsStoppedLeavesTheOldVersion(t *testing.T) {
	dir, ds := t.TempDir(), labels()
	s := smallFiles(dir, time.Minute)
	if err := tryLoad(s, 100, 1); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	load, err := s.Begin(ctx, ds, engine.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := load.Write(ctx, batchOf(ds, labelled(1000, 2))); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := load.Commit(ctx); err == nil {
		t.Error("a cancelled commit did not fail")
	}
	if version, err := versionOf(s, ds, 100); err != nil || version != 1 {
		t.Errorf("version %d, %v", version, err)
	}
	if files := filesOf(t, dir); len(files) != versionFiles {
		t.Errorf("left are %v", files)
	}
}
