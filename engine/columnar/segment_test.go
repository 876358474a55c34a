package columnar

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"herbarium/engine/columnar/internal/files"
	"herbarium/engine/fault"
	"herbarium/engine/plan"
)

func TestOtherProgramsReadTheSegmentAsArrow(t *testing.T) {
	ds := everyType()
	ds.Name = "every"
	value := func(x float64, n int64, ok int64, s string, day, at int64) []cellValue {
		of := func(v plan.Value) cellValue { return cellValue{ok: true, v: v} }
		return []cellValue{of(plan.Value{Float: x}), {}, of(plan.Value{Int: n}), {}, of(plan.Value{Int: ok}), {},
			of(plan.Value{Str: s}), {}, of(plan.Value{Int: day}), {}, of(plan.Value{Int: at}), {}}
	}
	var rows [][]cellValue
	for range 50 {
		rows = append(rows, value(5.1, math.MaxInt64, 1, "setosa", 17978, 1553376069000))
	}
	for range 40 {
		rows = append(rows, value(-0.5, -1, 0, "é", -1, -1))
	}
	rows[1][0], rows[89][6] = cellValue{}, cellValue{}
	dir := t.TempDir()
	loaded(t, smallFiles(dir, 0), ds, rows, 90)
	content, err := os.ReadFile(one(t, filepath.Join(dir, "every"), segmentName))
	if err != nil {
		t.Fatal(err)
	}
	file, err := ipc.NewFileReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if file.NumRecords() != 2 {
		t.Fatalf("%d record batches", file.NumRecords())
	}
	var got [][]string
	for i := range file.NumRecords() {
		record, err := file.RecordBatchAt(i)
		if err != nil {
			t.Fatal(err)
		}
		for row := range int(record.NumRows()) {
			line := []string{}
			for _, column := range record.Columns() {
				line = append(line, column.ValueStr(row))
			}
			got = append(got, line)
		}
		if _, ok := record.Column(6).(*array.Dictionary); !ok {
			t.Errorf("text is %s", record.Column(6).DataType())
		}
	}
	if len(got) != 90 {
		t.Fatalf("%d rows", len(got))
	}
	null := array.NullValueStr
	for _, want := range []struct {
		row  int
		line []string
	}{
		{0, []string{"5.1", null, "9223372036854775807", null, "1", null, "setosa", null, "17978", null, "2019-03-23T21:21:09Z", null}},
		{1, []string{null, null, "9223372036854775807", null, "1", null, "setosa", null, "17978", null, "2019-03-23T21:21:09Z", null}},
		{50, []string{"-0.5", null, "-1", null, "0", null, "é", null, "-1", null, "1969-12-31T23:59:59.999Z", null}},
		{89, []string{"-0.5", null, "-1", null, "0", null, null, null, "-1", null, "1969-12-31T23:59:59.999Z", null}},
	} {
		for i, text := range want.line {
			if got[want.row][i] != text {
				t.Errorf("row %d: %s is %s, not %s", want.row, file.Schema().Field(i).Name, got[want.row][i], text)
			}
		}
	}
	if about, _ := file.Schema().Field(8).Metadata.GetValue("herbarium.type"); about != "date" {
		t.Errorf("a date is marked as %q", about)
	}
}

// Programs such as pandas refuse a dictionary that has a text twice.
func TestADictionaryHasEachTextOnce(t *testing.T) {
	ds := labels()
	rows := labelled(30, 1)
	rows[4][1].v.Str, rows[5][1].v.Str = "", "z"
	dir := t.TempDir()
	table := loaded(t, smallFiles(dir, 0), ds, rows, 30)
	content, err := os.ReadFile(one(t, filepath.Join(dir, ds.Name), segmentName))
	if err != nil {
		t.Fatal(err)
	}
	file, err := ipc.NewFileReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	record, err := file.RecordBatchAt(0)
	if err != nil {
		t.Fatal(err)
	}
	dict := record.Column(1).(*array.Dictionary).Dictionary()
	met := map[string]bool{}
	for i := range dict.Len() {
		if text := dict.ValueStr(i); met[text] {
			t.Errorf("%q comes twice", text)
		} else {
			met[text] = true
		}
	}
	if got := answerOf(t, table, allOf(ds)); got[4][1] != `""` || got[5][1] != `"z"` || got[0][1] != "null" {
		t.Errorf("the rows are %v", got[:6])
	}
}

func TestADatasetWithoutRowsIsAnArrowFileToo(t *testing.T) {
	dir, ds := t.TempDir(), labels()
	loaded(t, smallFiles(dir, 0), ds, nil, 1)
	content, err := os.ReadFile(one(t, filepath.Join(dir, ds.Name), segmentName))
	if err != nil {
		t.Fatal(err)
	}
	file, err := ipc.NewFileReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	record, err := file.RecordBatchAt(0)
	if err != nil || record.NumRows() != 0 || record.NumCols() != 2 {
		t.Errorf("%v, %v", record, err)
	}
}

// aligned returns the bytes as a file is mapped.
func aligned(b []byte) []byte {
	to := arrow.GetBytes(make([]uint64, len(b)/8+1))[:len(b)]
	copy(to, b)
	return to
}

// FuzzSegment opens files of which every checksum is right, as if a program
// with a fault had written them.
func FuzzSegment(f *testing.F) {
	ds := labels()
	for _, rows := range []int{0, 1, 8, 20} {
		dir := f.TempDir()
		store := openFiles(dir, newResources(8, 2, maxDense), files.Disk{})
		loaded(failer{f}, store, ds, labelled(rows, 3), 64)
		var files [2][]byte
		for i, name := range []string{zoneMapsName, segmentName} {
			all, err := filepath.Glob(filepath.Join(dir, ds.Name, "*", name))
			if err != nil || len(all) != 1 {
				f.Fatal(all, err)
			}
			if files[i], err = os.ReadFile(all[0]); err != nil {
				f.Fatal(err)
			}
		}
		f.Add(files[0], files[1])
	}
	f.Fuzz(func(t *testing.T, sums, rows []byte) {
		parsed, err := parseZoneMaps(sums, ds.Fields, int64(len(rows)))
		if err != nil {
			return
		}
		if again := parsed.append(nil); len(again) != len(sums) {
			t.Errorf("%d bytes of summaries were written anew as %d", len(sums), len(again))
		}
		segment, blocks := newSegment(ds.Name, ds.Fields, &files.Mapping{Name: "rows.arrow", Data: aligned(rows)}, parsed)
		table := newTable(ds, newResources(64, 2, maxDense), blocks, "fuzzed")
		table.segment, table.blockRows = segment, parsed.blockRows
		for i := range segment.columns {
			c := &blocks[i/2].columns[i%2]
			segment.columns[i].checksum = files.Checksum(c.bytes())
		}
		text := &parsed.dictionaries[1]
		text.checksum = files.Checksum(segment.file.Data[text.offsets:][:(int64(text.count)+1)*8], segment.file.Data[text.bytes:][:text.size])
		mean := meansBy(ds, []int{0}, []int{1})
		some := allOf(ds)
		some.Filter.Where = []plan.Predicate{{Field: 1, Null: true, In: []plan.Value{{Str: "label 3"}}}}
		some.Limit = 10
		for _, p := range []*plan.Plan{allOf(ds), some, mean} {
			var known *fault.Error
			if _, err := runAll(table, p); err != nil && !errors.As(err, &known) {
				t.Errorf("%s: %v", p, err)
			}
		}
		if err := table.inspect(t.Context(), &Inspection{}); err != nil {
			t.Error(err)
		}
	})
}

// failer is what ends a fuzz target's preparation.
type failer struct{ f *testing.F }

func (f failer) Fatalf(format string, args ...any) { f.f.Fatalf(format, args...) }
