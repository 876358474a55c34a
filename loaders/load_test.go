package loaders_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/loaders"
)

const trips = `
dataset: trips
data: trips.csv
fields:
  fare:  {type: number}
  seats: {type: integer}
  paid:  {type: boolean}
  kind:  {type: string, enum: [taxi, bus], column: Kind of ride}
  day:   {type: date}
  start: {type: date-time, timezone: Europe/Berlin}
  note:  {type: string}
`

const tripsHeader = "fare,seats,paid,Kind of ride,day,start,note\n"

func TestRowsAreReadByTheirFields(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"values of every type", tripsHeader + "7.5,2,true,taxi,2019-03-23,2019-03-23T20:21:09Z,fine\n",
			`[7.5,2,true,"taxi","2019-03-23","2019-03-23T20:21:09.000Z","fine"]`},
		{"no row", tripsHeader, ``},
		{"a header without a line end", strings.TrimSpace(tripsHeader), ``},
		{"missing values", tripsHeader + ",,,,,,\nNA,NaN,null,,NA,null,\n",
			"[null,null,null,null,null,null,null]\n[null,null,null,null,null,null,null]"},
		{"words for missing are text in a string", tripsHeader + ",,,,,,NA\n,,,,,, \n",
			"[null,null,null,null,null,null,\"NA\"]\n[null,null,null,null,null,null,\" \"]"},
		{"spaces around values", tripsHeader + " 7.5 ,\t2, TRUE,bus, 2019-03-23 , 2019-03-23 20:21 , two words \n",
			`[7.5,2,true,"bus","2019-03-23","2019-03-23T19:21:00.000Z"," two words "]`},
		{"numbers as programs write them", tripsHeader + "+5,5.0,,,,,\n.5,1e2,,,,,\n5.,+7,,,,,\n1E-2,-0,,,,,\n-0,9007199254740993.0,,,,,\n",
			"[5,5,null,null,null,null,null]\n[0.5,100,null,null,null,null,null]\n[5,7,null,null,null,null,null]\n" +
				"[0.01,0,null,null,null,null,null]\n[-0,9007199254740993,null,null,null,null,null]"},
		{"the ends of the ranges", tripsHeader + "1.7976931348623157e308,9223372036854775807,,,,,\n5e-324,-9223372036854775808,,,,,\n1e-400,,,,,,\n",
			"[1.7976931348623157e+308,9223372036854775807,null,null,null,null,null]\n" +
				"[5e-324,-9223372036854775808,null,null,null,null,null]\n[0,null,null,null,null,null,null]"},
		{"a byte order mark, CRLF and no end of the last line", "\ufeff" + strings.ReplaceAll(tripsHeader, "\n", "\r\n") + "1,,,,,,a\r\n2,,,,,,b",
			"[1,null,null,null,null,null,\"a\"]\n[2,null,null,null,null,null,\"b\"]"},
		{"empty lines between rows", "\n\r\n" + tripsHeader + "\n1,,,,,,\n\n\n2,,,,,,\n\n",
			"[1,null,null,null,null,null,null]\n[2,null,null,null,null,null,null]"},
		{"quotes, commas and line ends in quotes", tripsHeader + "\"1\",,,\"bus\",,,\"a \"\"b\"\",\nc\r\nd\"\n2,,,,,,\"\"\n",
			"[1,null,null,\"bus\",null,null,\"a \\\"b\\\",\\nc\\r\\nd\"]\n[2,null,null,null,null,null,null]"},
		{"columns in any order", "note,start,day,Kind of ride,paid,seats,fare\nx,,,,,3,1\n",
			`[1,3,null,null,null,null,"x"]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			target := &memory{}
			ds := dataset(t, trips, "")
			summary, err := loaders.Load(t.Context(), target, ds, []loaders.Source{text("t.csv", c.text)}, loaders.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, strings.Join(target.rows, "\n")); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if !target.committed || summary.Rows != int64(len(target.rows)) || summary.Bytes != int64(len(c.text)) {
				t.Errorf("committed %v, summary %+v", target.committed, summary)
			}
		})
	}
}

func TestAnEmptyLineIsARowOfAOneColumnFile(t *testing.T) {
	target := &memory{}
	ds := dataset(t, "dataset: one\nfields: {x: {type: integer}}\n", "")
	if _, err := loaders.Load(t.Context(), target, ds, []loaders.Source{text("t.csv", "x\n1\n\n3\n")}, loaders.Options{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"[1]", "[null]", "[3]"}, target.rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestFaultsNameFileLineColumnAndRow(t *testing.T) {
	row := func(line string) string { return tripsHeader + ",,,,,,\n" + line + "\n" }
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"a decimal comma", row(`"12,50",,,,,,`), []string{`t.csv:3:1: fare: "12,50" is not a number (row 2)`}},
		{"hexadecimal", row(`0x10,,,,,,`), []string{`t.csv:3:1: fare: "0x10" is not a number (row 2)`}},
		{"underscores", row(`1_000,1_000,,,,,`), []string{
			`t.csv:3:1: fare: "1_000" is not a number (row 2)`, `t.csv:3:7: seats: "1_000" is not an integer (row 2)`}},
		{"infinity", row(`-Infinity,,,,,,`), []string{`t.csv:3:1: fare: "-Infinity" is not a finite number; missing: ["-Infinity"] in the descriptor reads no value there (row 2)`}},
		{"a number beyond float64", row(`1e400,,,,,,`), []string{`t.csv:3:1: fare: "1e400" is beyond the range of a float64 (row 2)`}},
		{"a fraction", row(`,5.5,,,,,`), []string{`t.csv:3:2: seats: "5.5" is not an integer (row 2)`}},
		{"an integer beyond int64", row(`,9223372036854775808,,,,,`), []string{`t.csv:3:2: seats: "9223372036854775808" is beyond the range of an int64 (row 2)`}},
		{"no boolean", row(`,,maybe,,,,`), []string{`t.csv:3:3: paid: "maybe" is not true or false, yes or no, t or f, 1 or 0 (row 2)`}},
		{"not in the enum", row(`,,,taxy,,,`), []string{`t.csv:3:4: kind: "taxy" is not allowed (did you mean taxi?); allowed: taxi, bus (row 2)`}},
		{"spaces belong to a string", row(`,,, bus,,,`), []string{`t.csv:3:4: kind: " bus" is not allowed (did you mean bus?); allowed: taxi, bus (row 2)`}},
		{"no date", row(`,,,,23.03.2019,,`), []string{`t.csv:3:5: day: "23.03.2019" is not a date: write 2019-03-23 (row 2)`}},
		{"no date and time", row(`,,,,,noon,`), []string{`t.csv:3:6: start: "noon" is not a date and time: write 2019-03-23T20:21:09Z; the T may be a space, seconds and their fraction may be left out, and so may the offset (row 2)`}},
		{"bytes that are no text", row(",,,,,,a\xffb"), []string{`t.csv:3:7: note: "a\xffb" is not valid UTF-8 (row 2)`}},
		{"too few values", row(`1,2`), []string{`t.csv:3:3: the row has 2 values, the header 7; csv: {ragged: fill} reads missing values at its end (row 2)`}},
		{"too many values", row(`,,,,,,,9`), []string{`t.csv:3:8: the row has 8 values, the header 7 (row 2)`}},
		{"a quote inside, and too few values", row(`,,,5" disk`), []string{`t.csv:3:4: there is a quote inside the value; put all of the value in quotes, and double those inside (row 2)`}},
		{"text behind a quote", row(`"1"2,,,,,,`), []string{`t.csv:3:1: fare: "\"1\"2" is not a number (row 2)`}},
		{"a carriage return inside", row(",,,,,,a\rb"), []string{`t.csv:3:7: note: there is a carriage return inside the value; lines end in LF or CRLF (row 2)`}},
		{"an open quote", row(",,,,,,\"a\nb\nc"), []string{`t.csv:3:7: the quote that opens here is never closed (row 2)`}},
		{"a line behind a value of two lines", row(",,,,,,\"a\nb\"\nx,,,,,,"), []string{`t.csv:5:1: fare: "x" is not a number (row 3)`}},
		{"a line behind empty lines", row("\n\r\n\n\nx,,,,,,\n\n\n\ny,,,,,,"), []string{
			`t.csv:7:1: fare: "x" is not a number (row 2)`, `t.csv:11:1: fare: "y" is not a number (row 3)`}},
		{"a header behind empty lines", "\r\n\n\n" + row(`x,,,,,,`), []string{`t.csv:6:1: fare: "x" is not a number (row 2)`}},
		{"an empty file", "", []string{`t.csv:1:1: the file is empty; its first line names the columns: fare,seats,paid,Kind of ride,day,start,note`}},
		{"a file of empty lines", "\n\n", []string{`t.csv:1:1: the file is empty; its first line names the columns: fare,seats,paid,Kind of ride,day,start,note`}},
		{"UTF-16 that is damaged", "\xff\xfe\x00\xd8a\x00", []string{"t.csv:1:1: the column's name \"\ufffda\" has bytes that are not utf-16le", `t.csv:1:1: fare: there is no column "fare"`,
			`t.csv:1:1: seats: there is no column "seats"`, `t.csv:1:1: paid: there is no column "paid"`, `t.csv:1:1: kind: there is no column "Kind of ride"`,
			`t.csv:1:1: day: there is no column "day"`, `t.csv:1:1: start: there is no column "start"`, `t.csv:1:1: note: there is no column "note"`}},
		{"a misspelled column", strings.Replace(tripsHeader, "fare", "far", 1), []string{
			`t.csv:1:1: no field reads the column "far" (did you mean fare?)`, `t.csv:1:1: fare: there is no column "fare" (did you mean far?)`}},
		{"a column by its field's name", strings.Replace(tripsHeader, "Kind of ride", "kind", 1), []string{
			`t.csv:1:17: no field reads the column "kind" (did you mean Kind of ride?)`, `t.csv:1:1: kind: there is no column "Kind of ride"`}},
		{"a column too many", "x," + tripsHeader, []string{`t.csv:1:1: no field reads the column "x"; ignore: [x] leaves it out, and extra: ignore all such columns`}},
		{"a column twice", "fare," + tripsHeader, []string{`t.csv:1:6: no field reads the column "fare#2"; ignore: ["fare#2"] leaves it out, and extra: ignore all such columns`}},
		{"a column without a name", strings.TrimSpace(tripsHeader) + ",\n", []string{`t.csv:1:45: no field reads the column "#8"; ignore: ["#8"] leaves it out, and extra: ignore all such columns`}},
		{"a damaged gzip stream", "\x1f\x8bx", []string{`t.csv:1:1: the compressed data is damaged: unexpected EOF`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			target := &memory{}
			_, err := loaders.Load(t.Context(), target, dataset(t, trips, ""), []loaders.Source{text("t.csv", c.text)}, loaders.Options{})
			if diff := cmp.Diff(c.want, faultLines(t, err)); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
			if target.committed || !target.aborted {
				t.Errorf("committed %v, aborted %v", target.committed, target.aborted)
			}
		})
	}
}

const keyed = `
dataset: keyed
fields:
  id: {type: number}
  part: {type: string}
  x: {type: integer, required: true}
key: [id, part]
`

func TestValuesBesideTheEnumAreFaults(t *testing.T) {
	ds := dataset(t, `
dataset: cars
data: cars.csv
fields:
  cylinders: {type: integer, enum: [4, 9007199254740993]}
  tested: {type: date, enum: ["2019-03-23"]}
  sold: {type: boolean, enum: [true]}
`, "")
	target := &memory{}
	const right = "cylinders,tested,sold\n4,2019-03-23,TRUE\n9007199254740993,,\n"
	if _, err := loaders.Load(t.Context(), target, ds, []loaders.Source{text("t.csv", right)}, loaders.Options{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{`[4,"2019-03-23",true]`, `[9007199254740993,null,null]`}, target.rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	_, err := loaders.Load(t.Context(), &memory{}, ds, []loaders.Source{text("t.csv", right+"9007199254740992,2019-03-24,false\n")}, loaders.Options{})
	for _, want := range []string{
		`t.csv:4:1: cylinders: "9007199254740992" is not allowed; allowed: 4, 9007199254740993 (row 3)`,
		`t.csv:4:18: tested: "2019-03-24" is not allowed; allowed: 2019-03-23 (row 3)`,
		`t.csv:4:29: sold: "false" is not allowed; allowed: true (row 3)`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nlacks %s", err, want)
		}
	}
}

func TestKeysAndRequiredFieldsAreChecked(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"distinct keys", "id,part,x\n1,a,1\n1,b,1\n11,a,1\n", nil},
		{"a key twice", "id,part,x\n1,a,1\n2,a,1\n1.0,a,1\n", []string{`t.csv:4:1: id, part: the row has the key of row 1 (row 3)`}},
		{"zeros are equal", "id,part,x\n0,a,1\n-0,a,1\n", []string{`t.csv:3:1: id, part: the row has the key of row 1 (row 2)`}},
		{"a missing part", "id,part,x\n1,,1\n", []string{`t.csv:2:3: part: the value is missing, and the field is part of the key (row 1)`}},
		{"a missing value", "id,part,x\n1,a,NA\n", []string{`t.csv:2:5: x: the value is missing, and the field requires one (row 1)`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := loaders.Check(t.Context(), dataset(t, keyed, ""), []loaders.Source{text("t.csv", c.text)}, loaders.Options{})
			if diff := cmp.Diff(c.want, faultLines(t, err)); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAColumnWithoutANameGoesByItsPlace(t *testing.T) {
	ds := dataset(t, "dataset: d\nfields:\n  row: {type: integer, column: '#1'}\n  x: {type: string}\n", "")
	target := &memory{}
	if _, err := loaders.Load(t.Context(), target, ds, []loaders.Source{text("t.csv", ",x\n0,a\n1,b\n")}, loaders.Options{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{`[0,"a"]`, `[1,"b"]`}, target.rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSeveralFilesAreOneLoad(t *testing.T) {
	ds := dataset(t, keyed, "")
	one, two := text("one.csv", "id,part,x\n1,a,1\n"), text("two.csv", "x,part,id\n2,a,2\n3,a,1\n")
	_, err := loaders.Check(t.Context(), ds, []loaders.Source{one, two}, loaders.Options{})
	want := []string{`two.csv:3:1: id, part: the row has the key of row 1 of one.csv (row 2)`}
	if diff := cmp.Diff(want, faultLines(t, err)); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	summary, err := loaders.Check(t.Context(), ds, []loaders.Source{one, text("two.csv", "x,part,id\n2,a,2\n")}, loaders.Options{})
	if err != nil || summary.Rows != 2 {
		t.Errorf("%+v, %v", summary, err)
	}
}

func TestOnlyTheFirstFaultsAreListed(t *testing.T) {
	ds := dataset(t, "dataset: one\nfields: {x: {type: integer}}\n", "")
	_, err := loaders.Check(t.Context(), ds, []loaders.Source{text("t.csv", "x\na\nb\nc\n")}, loaders.Options{MaxFaults: 1})
	want := []string{`t.csv:2:1: x: "a" is not an integer (row 1)`, "and 2 more faults"}
	if diff := cmp.Diff(want, faultLines(t, err)); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	summary, err := loaders.Check(t.Context(), ds,
		[]loaders.Source{text("t.csv", "x\n"+strings.Repeat("no\n", 30_000))}, loaders.Options{})
	if summary.Read != 30_000 || summary.Rejected != 30_000 || summary.Rows != 0 || summary.Bytes != 90_002 || summary.Version != "" {
		t.Errorf("the summary of what was read is %+v", summary)
	}
	var data *loaders.DataError
	if !errors.As(err, &data) || len(data.Faults) != 20 || data.Total != 30_000 {
		t.Fatalf("%v", err)
	}
	if text := err.Error(); !strings.HasSuffix(text, "\nt.csv:21:1: x: \"no\" is not an integer (row 20)\nand 29980 more faults") {
		t.Errorf("the error is %s", text)
	}
	if fault.CodeOf(err) != fault.InvalidData {
		t.Errorf("the code is %s", fault.CodeOf(err))
	}
}

func TestGzipIsKnownByItsContent(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, "x\n1\n2\n")
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	ds := dataset(t, "dataset: one\nfields: {x: {type: integer}}\n", "")
	target := &memory{}
	if _, err := loaders.Load(t.Context(), target, ds, []loaders.Source{text("t.csv", b.String())}, loaders.Options{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"[1]", "[2]"}, target.rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	_, err := loaders.Check(t.Context(), ds, []loaders.Source{text("t.csv", b.String()[:b.Len()-4])}, loaders.Options{})
	if diff := cmp.Diff([]string{"t.csv:4:1: the compressed data ends or breaks here: unexpected EOF (row 3)"}, faultLines(t, err)); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

func TestADatasetsOwnDataIsTheDefault(t *testing.T) {
	yaml := "dataset: one\ndata: one.csv\nfields: {x: {type: integer}}\n"
	target := &memory{}
	if _, err := loaders.Load(t.Context(), target, dataset(t, yaml, "x\n5\n"), nil, loaders.Options{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"[5]"}, target.rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if _, err := loaders.Check(t.Context(), dataset(t, yaml, ""), nil, loaders.Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without the file: %v", err)
	}
	bare := dataset(t, "dataset: one\nfields: {x: {type: integer}}\n", "")
	if _, err := loaders.Load(t.Context(), target, bare, nil, loaders.Options{}); !errors.Is(err, loaders.ErrNoData) {
		t.Errorf("without data: %v", err)
	}
}

func TestMoreRowsThanABatch(t *testing.T) {
	var b strings.Builder
	b.WriteString("x,s\n")
	for i := range 3 * engine.BatchRows {
		b.WriteString("1,")
		if i != engine.BatchRows+7 {
			b.WriteString("s" + strings.Repeat("x", i%7) + string(rune('a'+i%26)))
		}
		b.WriteString("\n")
	}
	target := &memory{}
	ds := dataset(t, "dataset: two\nfields: {x: {type: integer}, s: {type: string}}\n", "")
	if _, err := loaders.Load(t.Context(), target, ds, []loaders.Source{text("t.csv", b.String())}, loaders.Options{}); err != nil {
		t.Fatal(err)
	}
	if len(target.rows) != 3*engine.BatchRows || target.batches < 3 {
		t.Fatalf("%d rows in %d batches", len(target.rows), target.batches)
	}
	for i, want := range map[int]string{0: `[1,"sa"]`, engine.BatchRows + 7: `[1,null]`, 2 * engine.BatchRows: `[1,"sxxc"]`} {
		if target.rows[i] != want {
			t.Errorf("row %d is %s, want %s", i, target.rows[i], want)
		}
	}
}

func TestFailuresPublishNothing(t *testing.T) {
	ds := dataset(t, "dataset: one\nfields: {x: {type: integer}}\n", "")
	full := errors.New("the disk is full")
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name   string
		ctx    context.Context
		target *memory
		want   error
	}{
		{"writing fails", t.Context(), &memory{writeErr: full}, full},
		{"publishing fails", t.Context(), &memory{commitErr: full}, full},
		{"the caller left", canceled, &memory{}, context.Canceled},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := loaders.Load(c.ctx, c.target, ds, []loaders.Source{text("t.csv", "x\n1\n")}, loaders.Options{})
			if !errors.Is(err, c.want) || c.target.committed || !c.target.aborted {
				t.Errorf("%v; committed %v, aborted %v", err, c.target.committed, c.target.aborted)
			}
		})
	}
}

func TestACheckKnowsTheVersionThatALoadPublishes(t *testing.T) {
	ds := dataset(t, trips, "")
	version := func(text string) string {
		s, err := loaders.Check(t.Context(), ds, []loaders.Source{{Name: "t.csv", Open: func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(text)), nil
		}}}, loaders.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s.Version
	}
	one := version(tripsHeader + "5,1,true,,,,\n")
	if two := version("note,start,day,Kind of ride,paid,seats,fare\n,,,,TRUE,1.0,\"5.0\"\n"); one != two {
		t.Errorf("the same rows have the versions %s and %s", one, two)
	}
	if two := version(tripsHeader + "5,2,true,,,,\n"); one == two || len(one) != 26 {
		t.Errorf("other rows have the version %s too", one)
	}
}
