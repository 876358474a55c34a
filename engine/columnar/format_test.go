package columnar

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// weather is the dataset in testdata/format1: a store's folder that commit 564422f
// wrote, in blocks of 4 rows, with two versions and the block aggregates of each. It is
// never regenerated, since it shows that files of that time stay readable.
func weather() *datasets.Dataset {
	return &datasets.Dataset{Name: "weather", Operations: datasets.Operations(), GroupBy: []int{0}, StatsFields: []int{1, 2},
		Fields: []datasets.Field{
			{Name: "station", Type: datasets.String},
			{Name: "temperature", Type: datasets.Number},
			{Name: "readings", Type: datasets.Integer},
			{Name: "manned", Type: datasets.Boolean},
			{Name: "day", Type: datasets.Date},
			{Name: "read_at", Type: datasets.DateTime},
		}}
}

// weatherRows are the rows of the newer version. The older one has the first 6.
var weatherRows = [][]string{
	{`"Kew"`, "18.5", "3", "true", `"2019-03-23"`, `"2019-03-23T06:00:00.000Z"`},
	{`"Kew"`, "null", "4", "false", `"2019-03-24"`, "null"},
	{`"Århus"`, "0.1", "-7", "null", "null", `"1969-12-31T23:59:59.999Z"`},
	{"null", "0.2", "9007199254740993", "true", `"1969-12-31"`, `"1970-01-01T00:00:00.000Z"`},
	{`""`, "0.3", "5", "false", `"2019-03-23"`, `"2019-03-24T00:00:00.500Z"`},
	{`"Århus"`, "0.2", "1", "true", `"2019-12-31"`, `"2019-12-31T23:59:59.999Z"`},
	{`"Kew"`, "21.5", "11", "true", `"2019-04-14"`, `"2019-04-14T00:00:00.000Z"`},
	{`"Kew"`, "20", "2", "null", "null", "null"},
	{`"far"`, "1e+300", "9223372036854775807", "false", `"0001-01-01"`, `"0001-01-01T00:00:00.000Z"`},
	{`"far"`, "1e-300", "9223372036854775807", "false", `"9999-12-31"`, `"9999-12-31T23:59:59.999Z"`},
	{`"far"`, "1", "9223372036854775807", "false", "null", "null"},
	{`"far"`, "-1e+300", "9223372036854775807", "false", "null", "null"},
}

func TestFilesOfFormat1StayReadable(t *testing.T) {
	ds := weather()
	store := Open(filepath.Join("testdata", "format1"), FileOptions{})
	for _, test := range []struct {
		version string
		rows    [][]string
		means   [][]string // temperature and readings, by station
		touched int        // columns that the means read
	}{
		{"2hqimjka2qbhrcmsxbacafb3iu", weatherRows[:6], [][]string{
			{"0.2", "9007199254740992", "null"},
			{"0.3", "5", `""`},
			{"18.5", "3.5", `"Kew"`},
			{"0.15000000000000002", "-3", `"Århus"`},
		}, 0},
		// The sum of 1e300, 1e-300 and 1 spills, so the aggregate of the last block is not
		// in the file, and the means read its columns.
		{"gmnz4j34gjkxcxe2fh3d7v2hxy", weatherRows, [][]string{
			{"0.2", "9007199254740992", "null"},
			{"0.3", "5", `""`},
			{"20", "5", `"Kew"`},
			{"0.25", "9223372036854776000", `"far"`},
			{"0.15000000000000002", "-3", `"Århus"`},
		}, 3},
	} {
		found, err := store.TableAt(t.Context(), ds, test.version)
		if err != nil {
			t.Fatal(err)
		}
		means := meansBy(ds, []int{1, 2}, []int{0})
		if diff := cmp.Diff(test.means, answerOf(t, found, means)); diff != "" {
			t.Errorf("means of version %s (-want +got):\n%s", test.version, diff)
		}
		if n := touched(found.(*table)); n != test.touched {
			t.Errorf("means of version %s read %d columns, want %d", test.version, n, test.touched)
		}
		if diff := cmp.Diff(test.rows, answerOf(t, found, allOf(ds))); diff != "" {
			t.Errorf("rows of version %s (-want +got):\n%s", test.version, diff)
		}
		some := allOf(ds)
		day := plan.Value{Int: 17978} // since 1970: 2019-03-23
		some.Filter.Where = []plan.Predicate{{Field: 4, Min: &day, Max: &day}}
		if diff := cmp.Diff([][]string{weatherRows[0], weatherRows[4]}, answerOf(t, found, some)); diff != "" {
			t.Errorf("rows of one day in version %s (-want +got):\n%s", test.version, diff)
		}
	}
	current, err := store.Table(t.Context(), ds)
	if err != nil {
		t.Fatal(err)
	}
	if info := current.Info(); info.Version != "gmnz4j34gjkxcxe2fh3d7v2hxy" || info.Rows != 12 {
		t.Errorf("the current version is %s, of %d rows", info.Version, info.Rows)
	}
	checked, err := store.Check(t.Context(), ds.Name)
	if err != nil || checked.Versions != 2 || checked.Total != 0 {
		t.Errorf("checked: %+v, %v", checked, err)
	}
}
