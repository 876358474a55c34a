package loaders

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"herbarium/datasets"
)

const everyType = `
dataset: typed
fields:
  n: {type: number}
  f: {type: number}
  d: {type: number}
  i: {type: integer}
  u: {type: integer}
  b: {type: boolean}
  s: {type: string}
  e: {type: string, enum: [x, y]}
  day: {type: date}
  at: {type: date-time}
  local: {type: date-time, timezone: Europe/Berlin}
  lon: {type: number, column: geo.lon}
  x: {type: integer, column: geo.xy.0}
`

func TestTypedFilesOfOthersAreReadByTheirTypes(t *testing.T) {
	want := []string{
		`[7.5,0.1,12.5,9007199254740993,255,true,"a","x","2019-03-23","2019-03-23T20:21:09.250Z","2019-03-23T19:21:09.000Z",13.4,1]`,
		`[null,2,null,-9223372036854775808,0,false,"","y","0001-01-01","1969-12-31T23:59:59.999Z","2019-06-30T22:00:00.000Z",null,null]`,
		`[null,null,0.01,null,null,null,null,null,null,null,null,null,null]`,
		`[-0,3.5,-1,0,1,true,"é","x","9999-12-31","1970-01-01T00:00:00.000Z","1969-12-31T23:00:00.000Z",1,5]`,
	}
	for _, file := range []string{"typed.parquet", "typed.arrow", "typed.arrows"} {
		content, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		for _, coding := range []string{"", "zstd"} {
			rows, summary, err := loaded(t, everyType, string(coded(t, string(content), coding)), Options{})
			if err != nil {
				t.Fatalf("%s %s: %v", file, coding, err)
			}
			if diff := cmp.Diff(want, rows); diff != "" {
				t.Errorf("%s %s: rows (-want +got):\n%s", file, coding, diff)
			}
			if summary.Read != 4 {
				t.Errorf("%s %s: %+v", file, coding, summary)
			}
		}
		// As a file it is read in place.
		ds, err := datasets.Parse("d.yaml", []byte(everyType), nil)
		if err != nil {
			t.Fatal(err)
		}
		summary, err := Check(t.Context(), ds, []Source{File("testdata/" + file)}, Options{})
		if err != nil || summary.Bytes != int64(len(content)) || summary.Rows != 4 {
			t.Errorf("%s: %+v of %d bytes, %v", file, summary, len(content), err)
		}
	}
}

func TestTheIndexOfPandasIsNoColumn(t *testing.T) {
	content, err := os.ReadFile("testdata/pandas.parquet")
	if err != nil {
		t.Fatal(err)
	}
	rows, _, err := loaded(t, "dataset: d\nfields: {day: {type: date}, n: {type: number}}\n", string(content), Options{})
	if diff := cmp.Diff([]string{`["2019-03-23",1]`, `["2020-02-29",2]`}, rows); diff != "" || err != nil {
		t.Errorf("%v; rows (-want +got):\n%s", err, diff)
	}
}

const wrongTypes = `
dataset: d
fields:
  n: {type: number}
  i: {type: integer, required: true}
  s: {type: string}
  e: {type: string, enum: [x, y]}
  day: {type: date}
  at: {type: date-time}
`

func TestFaultsInTypedFilesNameRowAndField(t *testing.T) {
	content, err := os.ReadFile("testdata/wrong.parquet")
	if err != nil {
		t.Fatal(err)
	}
	lines := func(yaml string) []string {
		_, _, err := loaded(t, yaml, string(content), Options{})
		var wrong *DataError
		if !errors.As(err, &wrong) {
			t.Fatal(err)
		}
		return strings.Split(err.Error(), "\n")
	}
	want := []string{
		`t.json: s: the number 1 is not text; coerce: true in the descriptor takes it as text (row 1)`,
		`t.json: at: 1970-01-01T00:00:00.000001 is more precise than a millisecond; coerce: true in the descriptor cuts that off (row 1)`,
		`t.json: n: "+Inf" is not a finite number; missing: ["+Inf"] in the descriptor reads no value there (row 2)`,
		`t.json: i: "2.5" is not an integer (row 2)`,
		`t.json: s: the number 2 is not text; coerce: true in the descriptor takes it as text (row 2)`,
		`t.json: e: "z" is not allowed; allowed: x, y (row 2)`,
		`t.json: day: 2019-03-23T01:00:00 is not a date, but has a time of day (row 2)`,
		`t.json: i: the value is missing, and the field requires one (row 3)`,
		`t.json: s: the number 3 is not text; coerce: true in the descriptor takes it as text (row 3)`,
	}
	if diff := cmp.Diff(want, lines(wrongTypes)); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	want = []string{
		`t.json: no field reads the column "n"; ignore: ["n"] leaves it out, and extra: ignore all such columns`,
		`t.json: no field reads the column "s"; ignore: [s] leaves it out, and extra: ignore all such columns`,
		`t.json: m: there is no column "m"`,
		`t.json: lon: there is no column "day.lon"`,
	}
	got := lines(strings.NewReplacer("  n:", "  m:", "s: {type: string}", "lon: {type: number, column: day.lon}").Replace(wrongTypes))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("faults of columns (-want +got):\n%s", diff)
	}
	coerced := strings.Replace(wrongTypes, "s: {type: string}", "s: {type: string, coerce: true}", 1)
	rows, summary, err := loaded(t, strings.Replace(coerced, "at: {type: date-time}", "at: {type: date-time, coerce: true}", 1), string(content), Options{Skip: true})
	if err != nil || summary.Rejected != 2 || len(rows) != 1 {
		t.Errorf("%v, %+v, %v", rows, summary, err)
	}
	_, _, err = loaded(t, coerced, string(content), Options{Skip: true})
	var wrong *DataError
	if !errors.As(err, &wrong) || !strings.HasPrefix(err.Error(), "t.json: every row has faults, so that nothing is left to load\n") {
		t.Errorf("where every row is faulty: %v", err)
	}
}

func TestTypedFilesMeetEnumsToo(t *testing.T) {
	content, err := os.ReadFile("testdata/typed.parquet")
	if err != nil {
		t.Fatal(err)
	}
	yaml := strings.NewReplacer("i: {type: integer}", "i: {type: integer, enum: [9007199254740993, -9223372036854775808]}",
		"day: {type: date}", `day: {type: date, enum: ["2019-03-23", "0001-01-01"]}`, "enum: [x, y]", "enum: [x]").Replace(everyType)
	_, _, err = loaded(t, yaml, string(content), Options{})
	want := "t.json: e: \"y\" is not allowed; allowed: x (row 2)\n" +
		"t.json: i: the number 0 is not allowed; allowed: 9007199254740993, -9223372036854775808 (row 4)\n" +
		"t.json: day: 9999-12-31 is not allowed; allowed: 2019-03-23, 0001-01-01 (row 4)"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestRejectedRowsOfTypedFilesAreWrittenDown(t *testing.T) {
	content, err := os.ReadFile("testdata/wrong.parquet")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	yaml := strings.NewReplacer("s: {type: string}", "s: {type: string, coerce: true}", ", required: true", "", "at: {type: date-time}", "at: {type: string, coerce: true}").Replace(wrongTypes)
	rows, summary, err := loaded(t, yaml, string(content), Options{Skip: true, Rejects: &out})
	if err != nil || summary.Rejected != 1 {
		t.Fatalf("%+v, %v", summary, err)
	}
	if diff := cmp.Diff([]string{`[1,1,"1","x","2019-03-23","1970-01-01T00:00:00.000001"]`, `[3,null,"3","x",null,null]`}, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if line := out.String(); !strings.HasPrefix(line, `{"file":"t.json","row":2,"faults":[{"file":"t.json","row":2,"field":"n",`) || !strings.Contains(line, `"values":{"n":"+Inf","i":"2.5","s":"2","e":"z",`) {
		t.Error(line)
	}
}

func TestDamagedTypedFilesAreFaults(t *testing.T) {
	for _, file := range []string{"typed.parquet", "typed.arrow", "typed.arrows"} {
		content, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		for n := 4; n < len(content); n += 41 {
			_, _, err := loaded(t, everyType, string(content[:n]), Options{})
			var wrong *DataError
			if !errors.As(err, &wrong) {
				t.Errorf("%s: the first %d of %d bytes: %v", file, n, len(content), err)
			}
			flipped := slices.Clone(content)
			flipped[n] ^= 0xff
			if _, _, err := loaded(t, everyType, string(flipped), Options{}); err != nil && !errors.As(err, &wrong) {
				t.Errorf("%s: byte %d flipped: %v", file, n, err)
			}
		}
	}
}

func TestAStreamThatIsNotWholeIsAFault(t *testing.T) {
	content, err := os.ReadFile("testdata/typed.arrows")
	if err != nil {
		t.Fatal(err)
	}
	whole := string(content)
	zipped := string(coded(t, whole, "gzip"))
	checksum := []byte(zipped)
	checksum[len(checksum)-8] ^= 1
	packed := coded(t, whole, "zstd")
	packed[len(packed)-1] ^= 1
	const no, broken = "t.json: this is not a readable Arrow IPC file: ", "t.json: the compressed data ends or breaks here: "
	const cut, behind = "it breaks off: the marker that ends a stream is missing", "there is more data after the end of the stream"
	for name, c := range map[string]struct{ content, want string }{
		"without the mark of its end":       {whole[:len(whole)-8], no + cut},
		"without it, compressed":            {string(coded(t, whole[:len(whole)-8], "gzip")), no + cut},
		"with half of the mark":             {whole[:len(whole)-4], no + "it ends too early"},
		"with text behind it":               {whole + "x", no + behind},
		"twice":                             {whole + whole, no + behind},
		"twice, compressed":                 {zipped + zipped, no + behind},
		"with a wrong checksum of gzip":     {string(checksum), broken + "gzip: invalid checksum"},
		"without the checksum of gzip":      {zipped[:len(zipped)-8], broken + "unexpected EOF"},
		"with text behind what gzip writes": {zipped + "x", broken + "unexpected EOF"},
		"with a wrong checksum of zstd":     {string(packed), "t.json:1:1: the compressed data ends or breaks here: CRC check failed"},
	} {
		_, _, err := loaded(t, everyType, c.content, Options{})
		var wrong *DataError
		if !errors.As(err, &wrong) || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}
