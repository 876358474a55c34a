package columnar

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"herbarium/datasets"
	"herbarium/engine/columnar/internal/files"
	"herbarium/engine/fault"
	"herbarium/engine/plan"
)

// damagedStore returns a store of the datasets labels, which is then damaged,
// and counters, which stays well.
func corruptStore(t *testing.T, harm func(t *testing.T, folder string)) (*FileStore, *datasets.Dataset) {
	t.Helper()
	dir, ds := t.TempDir(), labels()
	writer := smallFiles(dir, 0)
	loaded(t, writer, counters(), counting(300, upward), 300)
	loaded(t, writer, ds, labelled(640, 7), 640)
	harm(t, filepath.Join(dir, ds.Name))
	return smallFiles(dir, 0), ds
}

// mustFail checks that the error is told as it should be: the file to the log,
// the way out to whoever asks.
func mustFail(t *testing.T, s *FileStore, err error, file, cause string) {
	t.Helper()
	var failure *fault.Error
	if !errors.As(err, &failure) || failure.Code != fault.StoreUnavailable || failure.RetryAfter == 0 {
		t.Fatalf("got %v, want store_unavailable", err)
	}
	if strings.Contains(failure.Detail, s.dir) || !strings.Contains(failure.Detail, "herbarium load labels") {
		t.Errorf("the detail is %q", failure.Detail)
	}
	if !errors.Is(err, fault.ErrUnreadable) {
		t.Errorf("it passes for the store's failure: %v", err)
	}
	if failure.Err == nil || !strings.Contains(failure.Err.Error(), file) || !strings.Contains(failure.Err.Error(), cause) {
		t.Errorf("the cause is %v, want %s in %s", failure.Err, cause, file)
	}
	table, err := s.Table(context.Background(), counters())
	if err != nil {
		t.Fatalf("the other dataset: %v", err)
	}
	if n, err := runAll(table, allOf(counters())); err != nil || n != 300 {
		t.Errorf("the other dataset has %d rows, %v", n, err)
	}
}

func TestDamageIsRefusedAtOpen(t *testing.T) {
	cut := func(name string, left int64) func(*testing.T, string) {
		return func(t *testing.T, folder string) {
			if err := os.Truncate(one(t, folder, name), left); err != nil {
				t.Fatal(err)
			}
		}
	}
	remove := func(name string) func(*testing.T, string) {
		return func(t *testing.T, folder string) {
			if err := os.Remove(one(t, folder, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	manifest := func(old, instead string) func(*testing.T, string) {
		return func(t *testing.T, folder string) {
			name := filepath.Join(folder, files.ManifestName)
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			changed := strings.Replace(string(text), old, instead, 1)
			if changed == string(text) {
				t.Fatalf("there is no %s in\n%s", old, text)
			}
			if err := os.WriteFile(name, []byte(changed), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	tests := []struct {
		name        string
		harm        func(*testing.T, string)
		file, cause string
	}{
		{"a truncated segment", cut(segmentName, 4096), segmentName, "it has 4096 bytes, not "},
		{"an empty segment", cut(segmentName, 0), segmentName, "it has 0 bytes, not "},
		{"truncated summaries", cut(zoneMapsName, 100), zoneMapsName, "not what was written"},
		{"a missing segment", remove(segmentName), segmentName, "no such file"},
		{"missing summaries", remove(zoneMapsName), zoneMapsName, "no such file"},
		{"a flipped bit of the summaries", flip(zoneMapsName, 60), zoneMapsName, "not what was written"},
		{"truncated sums", cut(meansName, 100), meansName, "not what was written"},
		{"missing sums", remove(meansName), meansName, "no such file"},
		{"a flipped bit of the sums", flip(meansName, 60), meansName, "not what was written"},
		{"a flipped bit of Arrow's magic word", flip(segmentName, 0), segmentName, "not a whole Arrow file"},
		{"another number of rows in the manifest", manifest(`"rows": 640`, `"rows": 641`), files.ManifestName, "checksum"},
		{"half a manifest", manifest(`"files"`, "\x00"), files.ManifestName, "invalid character"},
		{"no manifest beside whole rows", func(t *testing.T, folder string) {
			if err := os.Remove(filepath.Join(folder, files.ManifestName)); err != nil {
				t.Fatal(err)
			}
		}, files.ManifestName, "not there"},
		{"an empty manifest", func(t *testing.T, folder string) {
			if err := os.Truncate(filepath.Join(folder, files.ManifestName), 0); err != nil {
				t.Fatal(err)
			}
		}, files.ManifestName, "unexpected end"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, ds := corruptStore(t, test.harm)
			_, err := s.Table(context.Background(), ds)
			mustFail(t, s, err, test.file, test.cause)
			// A load mends it.
			if n, err := runAll(loaded(t, s, ds, labelled(10, 1), 10), allOf(ds)); err != nil || n != 10 {
				t.Errorf("after a load: %d rows, %v", n, err)
			}
		})
	}
}

// flip flips a bit of the byte at that place of a file.
func flip(name string, at int64) func(t *testing.T, folder string) {
	return func(t *testing.T, folder string) { flipBit(t, one(t, folder, name), at) }
}

func flipBit(t *testing.T, name string, at int64) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1)
	if _, err := f.ReadAt(b, at); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 1 << 3
	if _, err := f.WriteAt(b, at); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// segmentOf returns the open table's segment.
func segmentOf(t *testing.T, s *FileStore, ds *datasets.Dataset) *segment {
	t.Helper()
	opened, err := s.Table(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	return opened.(*table).segment
}

func TestAFlippedBitIsFoundAtTheFirstTouchOfItsBlock(t *testing.T) {
	ctx := context.Background()
	for _, field := range []int{0, 1} {
		s, ds := corruptStore(t, func(*testing.T, string) {})
		segment := segmentOf(t, s, ds)
		// The fourth block of ten.
		flipBit(t, segment.file.Name, segment.zoneMaps.columns[3*2+field].values+5*4)
		table, err := s.Table(ctx, ds)
		if err != nil {
			t.Fatal(err)
		}
		page := allOf(ds)
		page.Limit = 3 * 64
		if n, err := runAll(table, page); err != nil || n != 3*64 {
			t.Errorf("the rows before: %d, %v", n, err)
		}
		if fault := table.Info().Fault; fault != nil {
			t.Errorf("before the damage is touched: %v", fault)
		}
		page.Skip = 4 * 64
		if n, err := runAll(table, page); err != nil || n != 3*64 {
			t.Errorf("the rows after: %d, %v", n, err)
		}
		n, err := runAll(table, allOf(ds))
		if n != 3*64 {
			t.Errorf("%d rows before the damage", n)
		}
		where := "field " + ds.Fields[field].Name + ", rows 192 to 255: the checksum differs"
		mustFail(t, s, err, segmentName, where)
		mustFail(t, s, table.Info().Fault, segmentName, where)
		// What whole blocks add is kept, and right; a part of the block is not.
		part := plan.Predicate{Field: 1, In: []plan.Value{{Str: "label 3"}, {Str: "label 5"}}}
		mean := meansBy(ds, []int{0}, []int{1})
		mean.Filter.Where = []plan.Predicate{part}
		_, err = table.Run(ctx, mean)
		mustFail(t, s, err, segmentName, where)
		// The condition reads one of them, the mean the other.
		condition := plan.Predicate{Field: 1, In: []plan.Value{{Str: "label 3"}}}
		of := meanOf(ds)
		of.Filter.Where = []plan.Predicate{condition}
		_, err = table.Count(ctx, of)
		mustFail(t, s, err, segmentName, where)
	}
}

func TestAFlippedBitOfADictionaryIsFoundAtItsFirstUse(t *testing.T) {
	s, ds := corruptStore(t, func(*testing.T, string) {})
	segment := segmentOf(t, s, ds)
	flipBit(t, segment.file.Name, segment.zoneMaps.dictionaries[1].bytes+3)
	table, err := s.Table(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := runAll(table, rangeOf(ds, 0, -1)); err != nil || n != 640 {
		t.Errorf("without the text: %d rows, %v", n, err)
	}
	_, err = table.Run(context.Background(), allOf(ds))
	mustFail(t, s, err, segmentName, "field label: the checksum of the dictionary differs")
}

func TestAFileThatIsCutWhileItIsMappedIsAnErrorAndNoCrash(t *testing.T) {
	ctx := context.Background()
	dir, ds := t.TempDir(), counters()
	s := openFiles(dir, newResources(4096, 4, maxDense), files.Disk{})
	ok, name := labels(), filepath.Join(dir, "counters")
	loaded(t, s, ok, labelled(640, 7), 640)
	opened := loaded(t, s, ds, counting(40*4096, upward), 4096)
	cursor, err := opened.Run(ctx, allOf(ds))
	if err != nil {
		t.Fatal(err)
	}
	// The first block is checked and handed out; its pages go all the same.
	batch, err := cursor.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(one(t, name, segmentName), 0); err != nil {
		t.Fatal(err)
	}
	if batch.Columns[0].Ints[4095] != 4095 {
		t.Error("a batch that was handed out has changed")
	}
	if _, err = cursor.Next(ctx); err == nil || !strings.Contains(err.Error(), "cannot be read any more") || !strings.Contains(err.Error(), segmentName) {
		t.Errorf("rows: %v", err)
	}
	// On other goroutines, and of a column that was checked before.
	if _, err := opened.Run(ctx, meanOf(ds)); fault.CodeOf(err) != fault.StoreUnavailable || !strings.Contains(err.Error(), "cannot be read any more") {
		t.Errorf("means: %v", err)
	}
	opened.(*table).segment.columns[0].sound.Store(true)
	if n, err := runAll(opened, allOf(ds)); n != 0 || fault.CodeOf(err) != fault.StoreUnavailable {
		t.Errorf("a checked block: %d rows, %v", n, err)
	}
	if n, err := runAll(loaded(t, s, ok, labelled(64, 7), 64), allOf(ok)); err != nil || n != 64 {
		t.Errorf("the other dataset: %d rows, %v", n, err)
	}
}

func TestAFileThatIsCutWhileItIsOpenedIsAnError(t *testing.T) {
	name := filepath.Join(t.TempDir(), segmentName)
	if err := os.WriteFile(name, []byte(strings.Repeat(arrowMagic, 4000)), 0o644); err != nil {
		t.Fatal(err)
	}
	file, err := files.Map(name, 24_000)
	if err != nil {
		t.Fatal(err)
	}
	look := func() error { return file.Guard(func() error { return arrowFile(file) }) }
	if err := look(); err != nil {
		t.Error(err)
	}
	if err := os.Truncate(name, 4096); err != nil {
		t.Fatal(err)
	}
	if err := look(); err == nil || !strings.Contains(err.Error(), name+": byte 239") {
		t.Errorf("got %v", err)
	}
}

func TestAPanicThatIsNoneOfTheFilesGoesOn(t *testing.T) {
	s, ds := corruptStore(t, func(*testing.T, string) {})
	opened, err := s.Table(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if met := recover(); met != "a fault of ours" {
			t.Errorf("met %v", met)
		}
	}()
	err = opened.(*table).guard(func() error { panic("a fault of ours") })
	t.Errorf("it became %v", err)
}

func TestCheckNamesEveryDamage(t *testing.T) {
	ctx := context.Background()
	s, ds := corruptStore(t, func(*testing.T, string) {})
	found, err := s.Check(ctx, ds.Name)
	size := int64(len(segmentOf(t, s, ds).file.Data))
	if err != nil || found.Total != 0 || found.Versions != 1 || found.Bytes != size {
		t.Fatalf("all is well, but %+v, %v", found, err)
	}
	segment := segmentOf(t, s, ds)
	flipBit(t, segment.file.Name, segment.zoneMaps.columns[2*2].values)
	flipBit(t, segment.file.Name, segment.zoneMaps.columns[9*2+1].valid)
	flipBit(t, segment.file.Name, segment.zoneMaps.dictionaries[1].offsets+8)
	flipBit(t, segment.file.Name, 8) // Arrow's schema
	found, err = s.Check(ctx, ds.Name)
	want := []string{
		"field n, rows 128 to 191: the checksum differs",
		"field label, rows 576 to 639: the checksum differs",
		"field label: the checksum of the dictionary differs",
		"the checksum of what Arrow keeps beside the rows differs",
	}
	if err != nil || len(found.Faults) != len(want) {
		t.Fatalf("got %q, %v", found.Faults, err)
	}
	for i, fault := range found.Faults {
		if fault != segment.file.Name+": "+want[i] {
			t.Errorf("got %q, want %q", fault, want[i])
		}
	}
}

// Every bit of the files is checked by something.
func TestCheckFindsAFlippedBitAnywhere(t *testing.T) {
	ctx := context.Background()
	s, ds := corruptStore(t, func(*testing.T, string) {})
	segment := segmentOf(t, s, ds)
	size := int64(len(segment.file.Data))
	for at := int64(0); at < size; at += 7 {
		flipBit(t, segment.file.Name, at)
		if found, err := smallFiles(s.dir, 0).Check(ctx, ds.Name); err != nil || found.Total != 1 {
			t.Fatalf("byte %d: %+v, %v", at, found, err)
		}
		flipBit(t, segment.file.Name, at)
	}
}
