package columnar

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar/internal/files"
	"herbarium/engine/fault"
	"herbarium/engine/plan"
)

// smallFiles returns a store in dir whose blocks have 64 rows.
func smallFiles(dir string, keep time.Duration) *FileStore {
	s := openFiles(dir, newResources(64, 2, maxDense), files.Disk{})
	s.options.Keep = keep
	return s
}

// labels is a dataset of an integer and a text.
func labels() *datasets.Dataset {
	return &datasets.Dataset{Name: "labels", Operations: datasets.Operations(), GroupBy: []int{1}, StatsFields: []int{0},
		Fields: []datasets.Field{{Name: "n", Type: datasets.Integer}, {Name: "label", Type: datasets.String}}}
}

// labelled returns n rows, all of the number value, and of ten texts.
func labelled(n int, value int64) [][]cellValue {
	rows := make([][]cellValue, n)
	for i := range rows {
		rows[i] = []cellValue{{ok: true, v: plan.Value{Int: value}}, {ok: i%11 > 0, v: plan.Value{Str: fmt.Sprint("label ", 9-i%10)}}}
	}
	return rows
}

func allOf(ds *datasets.Dataset) *plan.Plan { return plan.AllRows(ds) }

// runAll runs the plan to its end.
func runAll(table engine.Table, p *plan.Plan) (rows int, err error) {
	cursor, err := table.Run(context.Background(), p)
	if err != nil {
		return 0, err
	}
	defer func() { _ = cursor.Close() }()
	for {
		batch, err := cursor.Next(context.Background())
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows += batch.Rows
	}
}

// wholeVersion is how many files there are of a dataset of one version: its
// manifest and lock, and the version's rows, zone maps and means.
const versionFiles = 5

// filesOf returns the paths below dir.
func filesOf(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// one returns the only file of that name below dir.
func one(t *testing.T, dir, name string) string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "*", name))
	if err != nil || len(all) != 1 {
		t.Fatalf("%d files %s below %s, %v", len(all), name, dir, err)
	}
	return all[0]
}

func TestAnotherStoreServesWhatIsPublishedWithinASecond(t *testing.T) {
	ctx, dir, ds := context.Background(), t.TempDir(), counters()
	reader, writer := smallFiles(dir, time.Minute), smallFiles(dir, time.Minute)
	if _, err := reader.Table(ctx, ds); fault.CodeOf(err) != fault.NotLoaded || !strings.Contains(err.Error(), "herbarium load counters") {
		t.Errorf("before the first load: %v", err)
	}
	best := time.Hour // of several, since machines that run tests are busy
	for n := 1; n < 4 || best > time.Second && n < 20; n++ {
		loaded(t, writer, ds, counting(100*n, upward), 33)
		for start := time.Now(); ; time.Sleep(10 * time.Millisecond) {
			table, err := reader.Table(ctx, ds)
			if err == nil && table.Info().Rows == int64(100*n) {
				best = min(best, time.Since(start))
				break
			}
			if time.Since(start) > time.Minute {
				t.Fatalf("load %d is not served: %v", n, err)
			}
		}
	}
	if best > time.Second {
		t.Errorf("it took %v", best)
	}
}

func TestReadersOfAReplacedVersionFinish(t *testing.T) {
	ctx, dir, ds := context.Background(), t.TempDir(), counters()
	store := smallFiles(dir, 0)
	before := loaded(t, store, ds, counting(1000, upward), 1000)
	cursor, err := before.Run(ctx, allOf(ds))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cursor.Close() }()
	if _, err := cursor.Next(ctx); err != nil {
		t.Fatal(err)
	}
	loaded(t, store, ds, counting(10, upward), 10)
	if _, err := os.Stat(one(t, filepath.Join(dir, "counters"), segmentName)); err != nil {
		t.Errorf("the version before was not removed: %v", err)
	}
	runtime.GC() // what can be unmapped, is
	if n, err := runAll(before, allOf(ds)); err != nil || n != 1000 {
		t.Errorf("the table from before has %d rows, %v", n, err)
	}
	rows := 64
	for err = nil; err == nil; {
		var batch *engine.Batch
		if batch, err = cursor.Next(ctx); err == nil {
			rows += batch.Rows
		}
	}
	if err != io.EOF || rows != 1000 {
		t.Errorf("the cursor from before ended after %d rows with %v", rows, err)
	}
}

func TestATokensVersionIsKeptForItsTime(t *testing.T) {
	ctx, dir, ds := context.Background(), t.TempDir(), counters()
	writer, reader := smallFiles(dir, time.Minute), smallFiles(dir, 0)
	first := loaded(t, writer, ds, counting(1, upward), 1).Info().Version
	second := loaded(t, writer, ds, counting(2, upward), 2).Info().Version
	third := loaded(t, writer, ds, counting(3, upward), 3).Info().Version
	for rows, version := range map[int64]string{1: first, 2: second, 3: third} {
		for _, s := range []*FileStore{writer, reader} {
			if table, err := s.TableAt(ctx, ds, version); err != nil || table.Info().Rows != rows {
				t.Errorf("version of %d rows: %v", rows, err)
			}
		}
	}
	// A load that keeps nothing takes the version before with it, but not what
	// was promised for longer.
	fourth := loaded(t, reader, ds, counting(4, upward), 4).Info().Version
	if _, err := reader.TableAt(ctx, ds, third); fault.CodeOf(err) != fault.Gone {
		t.Errorf("a version that is not kept: %v", err)
	}
	for rows, version := range map[int64]string{1: first, 2: second, 4: fourth} {
		if table, err := writer.TableAt(ctx, ds, version); err != nil || table.Info().Rows != rows {
			t.Errorf("version of %d rows: %v", rows, err)
		}
	}
	if _, err := writer.TableAt(ctx, ds, "nonesuch"); fault.CodeOf(err) != fault.Gone {
		t.Errorf("a version that never was: %v", err)
	}
}

func TestAVersionPastItsTimeIsRemovedByTheNextLoad(t *testing.T) {
	ctx, dir, ds := context.Background(), t.TempDir(), counters()
	store := smallFiles(dir, time.Second)
	first := loaded(t, store, ds, counting(1, upward), 1).Info().Version
	loaded(t, store, ds, counting(2, upward), 2)
	if n := len(filesOf(t, dir)); n != 6 {
		t.Errorf("%d files while the version before is kept", n)
	}
	time.Sleep(1100 * time.Millisecond)
	if _, err := store.TableAt(ctx, ds, first); fault.CodeOf(err) != fault.Gone {
		t.Errorf("past its time: %v", err)
	}
	load, err := store.Begin(ctx, ds, engine.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := load.Abort(ctx); err != nil {
		t.Fatal(err)
	}
	// Counters declare no means.
	if files := filesOf(t, dir); len(files) != versionFiles-1 {
		t.Errorf("left are %v", files)
	}
}

func TestRowsOfOtherFieldsAreNotServed(t *testing.T) {
	ctx, dir, ds := context.Background(), t.TempDir(), counters()
	store := smallFiles(dir, time.Minute)
	loaded(t, store, ds, counting(3, upward), 3)
	renamed := counters()
	renamed.Fields = []datasets.Field{{Name: "m", Type: datasets.Integer}}
	if _, err := store.Table(ctx, renamed); fault.CodeOf(err) != fault.NotLoaded || !strings.Contains(err.Error(), "other fields") {
		t.Errorf("another field: %v", err)
	}
	loaded(t, store, renamed, counting(5, upward), 5)
	// A server that still has the descriptor from before goes on.
	for rows, ds := range map[int64]*datasets.Dataset{3: ds, 5: renamed} {
		if table, err := store.Table(ctx, ds); err != nil || table.Info().Rows != rows {
			t.Errorf("%d rows of field %s: %v", rows, ds.Fields[0].Name, err)
		}
	}
}

func TestWhoeverLoadsSeesWhatIsCurrent(t *testing.T) {
	ctx, dir, ds := context.Background(), t.TempDir(), counters()
	s, other := smallFiles(dir, time.Minute), smallFiles(dir, time.Minute)
	loaded(t, s, ds, counting(1, upward), 1)
	loaded(t, other, ds, counting(2, upward), 2)
	renamed := counters()
	renamed.Fields = []datasets.Field{{Name: "m", Type: datasets.Integer}}
	begin := func() func() {
		load, err := s.Begin(ctx, ds, engine.LoadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return func() { _ = load.Abort(ctx) }
	}
	end := begin()
	// Not the rows of up to half a second ago.
	if table, err := s.Table(ctx, ds); err != nil || table.Info().Rows != 2 {
		t.Errorf("what another store published: %v", err)
	}
	end()
	loaded(t, other, renamed, counting(3, upward), 3)
	end = begin()
	// Nor older ones that happen to fit.
	if _, err := s.Table(ctx, ds); fault.CodeOf(err) != fault.NotLoaded || !errors.Is(err, fault.ErrOtherFields) {
		t.Errorf("rows of other fields: %v", err)
	}
	end()
	if table, err := s.Table(ctx, ds); err != nil || table.Info().Rows != 2 {
		t.Errorf("for readers, the older rows: %v", err)
	}
}

func TestASecondLoadOfAFolderIsRefusedUntilTheFirstEnds(t *testing.T) {
	ctx, dir, ds := context.Background(), t.TempDir(), counters()
	first, err := smallFiles(dir, 0).Begin(ctx, ds, engine.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	other := smallFiles(dir, 0)
	if _, err := other.Begin(ctx, ds, engine.LoadOptions{}); fault.CodeOf(err) != fault.LoadRunning {
		t.Errorf("a second load: %v", err)
	}
	if err := first.Write(ctx, batchOf(ds, counting(100, upward))); err != nil {
		t.Fatal(err)
	}
	if err := first.Abort(ctx); err != nil {
		t.Fatal(err)
	}
	if left := filesOf(t, dir); !slices.Equal(left, []string{filepath.Join(dir, "counters", files.LockName)}) {
		t.Errorf("an aborted load leaves %v", left)
	}
	if info := loaded(t, other, ds, counting(0, upward), 1).Info(); info.Rows != 0 {
		t.Errorf("an empty load: %+v", info)
	}
}

func TestFilesOfANewerFormatAreRefused(t *testing.T) {
	ctx, dir, ds := context.Background(), t.TempDir(), counters()
	loaded(t, smallFiles(dir, 0), ds, counting(3, upward), 3)
	name := filepath.Join(dir, "counters", files.ManifestName)
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	newer := strings.Replace(string(content), `"format": 1`, `"format": 2, "more": []`, 1)
	if err := os.WriteFile(name, []byte(newer), 0o644); err != nil {
		t.Fatal(err)
	}
	store := smallFiles(dir, 0)
	_, err = store.Table(ctx, ds)
	var failure *fault.Error
	if !errors.As(err, &failure) || failure.Code != fault.StoreUnavailable || !strings.Contains(failure.Detail, "update this one") || strings.Contains(failure.Detail, dir) {
		t.Errorf("a query: %v", err)
	}
	if _, err := store.Begin(ctx, ds, engine.LoadOptions{}); err == nil || !strings.Contains(err.Error(), "update this one") {
		t.Errorf("a load: %v", err)
	}
	if after, err := os.ReadFile(name); err != nil || string(after) != newer {
		t.Errorf("the load changed the manifest: %v", err)
	}
}

func TestAStoreThatIsReadNeedsNoRightToWrite(t *testing.T) {
	ctx, dir, ds := context.Background(), t.TempDir(), labels()
	loaded(t, smallFiles(dir, 0), ds, labelled(500, 1), 500)
	before := filesOf(t, dir)
	// Permissions do not bind the administrator, as which tests may run; so
	// every write fails.
	store := openFiles(dir, newResources(64, 2, maxDense), failing{})
	table, err := store.Table(ctx, ds)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := runAll(table, allOf(ds)); err != nil || n != 500 {
		t.Errorf("%d rows, %v", n, err)
	}
	if after := filesOf(t, dir); !slices.Equal(before, after) {
		t.Errorf("reading changed %v to %v", before, after)
	}
}

// failing is a file system on which nothing can be changed.
type failing struct{ files.FileSystem }

func TestReadersSeeOneVersionOfTheFilesWhileLoadsPublish(t *testing.T) {
	dir, ds := t.TempDir(), labels()
	const rows = 64*5 + 5
	writer := smallFiles(dir, 0)
	loaded(t, writer, ds, labelled(rows, 0), rows)
	done := make(chan struct{})
	var readers sync.WaitGroup
	for i := range 3 {
		s := writer
		if i > 0 {
			s = smallFiles(dir, 0)
		}
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if err := oneVersion(s, ds, rows); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for version := range int64(15) {
		loaded(t, writer, ds, labelled(rows, version), 100)
	}
	close(done)
	readers.Wait()
}

// oneVersion queries all rows and reports whether they are of one load.
func oneVersion(s *FileStore, ds *datasets.Dataset, rows int) error {
	_, err := versionOf(s, ds, rows)
	return err
}

// versionOf returns the number that all rows have.
func versionOf(s *FileStore, ds *datasets.Dataset, rows int) (int64, error) {
	table, err := s.Table(context.Background(), ds)
	if err != nil {
		return 0, err
	}
	cursor, err := table.Run(context.Background(), allOf(ds))
	if err != nil {
		return 0, err
	}
	defer func() { _ = cursor.Close() }()
	first, n := int64(-1), 0
	for {
		batch, err := cursor.Next(context.Background())
		if err == io.EOF {
			break
		}
		if err != nil {
			return 0, err
		}
		for i := range batch.Rows {
			if v := batch.Columns[0].Ints[i]; first < 0 {
				first = v
			} else if v != first {
				return 0, fmt.Errorf("row %d is of version %d, the first of %d", n+i, v, first)
			}
			label := batch.Columns[1]
			if want := (n + i) % 11; (want == 0) != label.Null(i) {
				return 0, fmt.Errorf("row %d has a wrong null", n+i)
			}
			if !label.Null(i) && label.Value(i).Str != fmt.Sprint("label ", 9-(n+i)%10) {
				return 0, fmt.Errorf("row %d is %q", n+i, label.Value(i).Str)
			}
		}
		n += batch.Rows
	}
	if n != rows {
		return 0, fmt.Errorf("%d rows, not %d", n, rows)
	}
	return first, nil
}

func TestRowsOfFilesCostNoAllocation(t *testing.T) {
	costsNoAllocation(t, smallFiles(t.TempDir(), 0))
}
