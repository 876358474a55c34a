package loaders

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"herbarium/datasets"
	"herbarium/loaders/source"
)

// inferText infers a descriptor from all of a file's bytes.
func inferText(name, text string) (Inference, error) {
	return Infer(context.Background(), []Source{Stream(name, strings.NewReader(text))}, InferOptions{Data: []string{name}})
}

// mustLoad checks that a load takes the bytes by the descriptor.
func mustLoad(t *testing.T, name string, text []byte, descriptor []byte) Summary {
	t.Helper()
	ds, err := datasets.Parse(name, descriptor, nil)
	if err != nil {
		t.Fatalf("%v in\n%s", err, descriptor)
	}
	summary, err := Check(context.Background(), ds, []Source{Stream(name, bytes.NewReader(text))}, Options{})
	if err != nil {
		t.Fatalf("%v by\n%s", err, descriptor)
	}
	return summary
}

var update = flag.Bool("update", false, "write the descriptors that are inferred into testdata/infer; read them then")

// TestInferredDescriptors infers from the files of testdata/infer and compares
// with the descriptors, or the faults, behind them. In the files \r and \xff
// stand for these bytes.
func TestInferredDescriptors(t *testing.T) {
	files, err := filepath.Glob("testdata/infer/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("there is no file: %v", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+1 < len(archive.Files); i += 2 {
			in, want := archive.Files[i], &archive.Files[i+1]
			t.Run(in.Name, func(t *testing.T) {
				text := strings.NewReplacer(`\r`, "\r", `\xff`, "\xff").Replace(string(in.Data))
				got := describe(t, in.Name, text)
				if *update {
					want.Data = []byte(got)
				}
				if diff := cmp.Diff(string(want.Data), got); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			})
		}
		if *update {
			if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// describe returns the descriptor of a file, which has been seen to load it, or
// what is wrong with the file.
func describe(t *testing.T, name, text string) string {
	t.Helper()
	inferred, err := inferText(name, text)
	if err != nil {
		return err.Error() + "\n"
	}
	if s := mustLoad(t, name, []byte(text), inferred.Descriptor); s.Rows != inferred.Rows {
		t.Errorf("%d rows are loaded, %d were inferred from", s.Rows, inferred.Rows)
	}
	return string(inferred.Descriptor)
}

// declaration finds the declaration of the only column.
var declaration = regexp.MustCompile(`(?m)^  (?:x|"x"): (\{.*?\})(?:  +# .*)?$`)

func TestInferredTypes(t *testing.T) {
	for _, c := range []struct{ name, cells, want string }{
		{"integers", "1 -2 30", "{type: integer}"},
		{"integers at the ends of int64", "9223372036854775807 -9223372036854775808", "{type: integer}"},
		{"integers beyond int64", "9223372036854775808 1", "{type: string}"},
		{"long integers among fractions", "9007199254740993 0.5", "{type: string}"},
		{"long integers that a float64 keeps", "9007199254740992 0.5", "{type: number}"},
		{"fractions", "1 2.5 -.5 1e-3", "{type: number}"},
		{"integers through a float", "1.0 2.0", "{type: number}"},
		{"an exponent", "1e3 2e3", "{type: number}"},
		{"beyond float64", "1e999 1", "{type: string}"},
		{"hexadecimal", "0x10 0x20", "{type: string}"},
		{"codes with zeros in front", "00501 10001", "{type: string}"},
		{"zero itself", "0 0.5 -0", "{type: number}"},
		{"telephone numbers", "+4930123 +4940456", "{type: string}"},
		{"differences", "+3 -4", "{type: integer}"},
		{"infinity", "1 inf", "{type: number, missing: [inf]}"},
		{"spaces around", " 1 |2 | 3", "{type: integer}"},
		{"missing numbers", "1|NA|3|", "{type: integer}"},
		{"words for missing", "1 - n/a 3 unknown", `{type: integer, missing: ['-', n/a, unknown]}`},
		{"only words for missing", "NA - NA", "{type: string}"},
		{"some other word", "1 2 many", "{type: string}"},
		{"nothing at all", "||", "{type: string}"},

		{"decimal commas", "1,5 2 0,25", `{type: number, decimal: ','}`},
		{"decimal commas and points between thousands", "1.234,5 2", `{type: number, decimal: ',', thousands: .}`},
		{"commas between thousands", "1,234,567 12 1,000", `{type: integer, thousands: ','}`},
		{"commas between thousands, and fractions", "1,234.5 12", `{type: number, thousands: ','}`},
		{"either", "1,234 5,678", "{type: string}"},
		{"three decimals", "1.234 5.678", "{type: number}"},
		{"points between thousands", "1.234.567 12", `{type: integer, decimal: ',', thousands: .}`},
		{"apostrophes between thousands", "1'234'567 12", `{type: integer, thousands: ''''}`},
		{"groups of other sizes", "1,23,456 12", "{type: string}"},
		{"marks now and then", "1,234,567 12345", "{type: string}"},
		{"no-break spaces between thousands", "1\u00a0234|12", "{type: integer, thousands: \"\u00a0\"}"},
		{"numbers with spaces between thousands", "1 234|12", `{type: integer, thousands: ' '}`},
		{"telephone numbers with spaces", "555 123|555 124", "{type: string}"},

		{"true and false", "true FALSE true", "{type: boolean}"},
		{"only true", "true true", "{type: boolean}"},
		{"yes and no", "yes no Yes", "{type: boolean}"},
		{"only no, which may be Norway", "no no", "{type: string}"},
		{"initials", "t f t", "{type: boolean}"},
		{"one and zero are numbers", "1 0 1", "{type: integer}"},
		{"two pairs", "true no", "{type: string}"},
		{"a third word", "yes no maybe", "{type: string}"},

		{"dates", "2019-03-23 2020-02-29", "{type: date}"},
		{"a day that is none", "2019-03-23 2019-02-29", "{type: string}"},
		{"dates and missing ones", "2019-03-23 unknown NA", "{type: date, missing: [unknown]}"},
		{"instants", "2019-03-23T20:21:09Z 2019-03-23T20:21:09.5+01:00", "{type: date-time}"},
		{"instants with a space", "2019-03-23 20:21|2019-03-24 08:00:01", "{type: date-time}"},
		{"microseconds", "2019-03-23T20:21:09.123456Z 2019-03-24T20:21:09Z", "{type: date-time, coerce: true}"},
		{"days and instants", "2019-03-23 2019-03-23T20:21:09Z", "{type: string}"},
		{"the day first", "23/03/2019 1/4/2019", "{type: date, format: '%d/%m/%Y'}"},
		{"the month first", "3/23/2019 4/1/2019", "{type: date, format: '%m/%d/%Y'}"},
		{"day or month first", "01/02/2019 03/04/2019", "{type: string}"},
		{"points", "23.03.2019 24.12.2020", "{type: date, format: '%d.%m.%Y'}"},
		{"years of two digits", "12/31/98 1/15/03", "{type: date, format: '%m/%d/%y'}"},
		{"years of two digits, of either century", "4/8/63 28/10/64", "{type: string}"},
		{"years of two digits that may be days", "10/11/12 01/02/03", "{type: string}"},
		{"names of months", "23 Mar 2019|1 May 2020", "{type: date, format: '%d %b %Y'}"},
		{"a clock of twelve hours", "3/23/2019 8:21 PM|4/1/2019 11:00 AM", "{type: date-time, format: '%m/%d/%Y %I:%M %p'}"},
		{"as web servers log", "23/Mar/2019:20:21:09 +0100|24/Mar/2019:01:02:03 -0500", "{type: date-time, format: '%d/%b/%Y:%H:%M:%S %z'}"},
		{"days in digits alone", "20190323 20190324", "{type: integer}"},
		{"years", "1998 2003", "{type: integer}"},
		{"the 31st of February", "31/02/2019 1/3/2019", "{type: string}"},

		{"text", "a b", "{type: string}"},
		{"a list of few", strings.Repeat("b a ", 50), "{type: string, enum: [a, b]}"},
		{"a list of few and a missing one", strings.Repeat("b|a||", 50), "{type: string, enum: [a, b]}"},
		{"a list of too few rows", strings.Repeat("b a ", 49), "{type: string}"},
		{"a list of many rows, but few of each", strings.Repeat("a b c d e f g h i j ", 10), "{type: string}"},
		{"values that look like other types in YAML", strings.Repeat("yes null 1e3 maybe # ", 20), `{type: string, enum: ['#', "1e3", maybe, "null", "yes"]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			cells := strings.Fields(c.cells)
			if strings.Contains(c.cells, "|") {
				cells = strings.Split(c.cells, "|")
			}
			text := "x\ty\n"
			for _, cell := range cells {
				text += cell + "\tz\n"
			}
			inferred, err := inferText("f.tsv", text)
			if err != nil {
				t.Fatal(err)
			}
			found := declaration.FindStringSubmatch(string(inferred.Descriptor))
			if found == nil || found[1] != c.want {
				t.Errorf("want %s\n%s", c.want, inferred.Descriptor)
			}
			mustLoad(t, "f.tsv", []byte(text), inferred.Descriptor)
		})
	}
}

func TestLimitsOfLongIntegersAreExact(t *testing.T) {
	// Neighbours, of which a float64 holds every other one.
	d, err := inferText("t.csv", "n\n9007199254740995\n9007199254740994\n9007199254740993\n9007199254740996\n9007199254740997\n-9007199254740996\n-9007199254740997\n")
	if err != nil {
		t.Fatal(err)
	}
	if want := "-9007199254740997 to 9007199254740997"; !strings.Contains(string(d.Descriptor), want) {
		t.Errorf("%s lacks %s", d.Descriptor, want)
	}
}

func TestASampleIsSpreadOverALargeFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "trips.csv")
	var text strings.Builder
	text.WriteString("id,note,late,n\n")
	const rows = 20_000
	for i := range rows {
		late := "7"
		if i == rows-1 {
			late = "seven"
		}
		fmt.Fprintf(&text, "%d,\"line one\nline, \"\"two\"\"\",%s,%d\n", i, late, i%5)
	}
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	options := InferOptions{Sample: 128 << 10, limits: source.Limits{Record: 1 << 16, Chunk: 4 << 10, Inflated: 1 << 20, Ratio: 200}}
	inferred, err := Infer(context.Background(), []Source{File(file)}, options)
	if err != nil {
		t.Fatal(err)
	}
	if inferred.Whole || inferred.Rows < 2000 || inferred.Rows > 6000 {
		t.Errorf("%d rows were seen, all: %v", inferred.Rows, inferred.Whole)
	}
	for _, want := range []string{
		"rows, in 64 places spread evenly over its 688909 bytes",
		"id: {type: integer}", "# 0 to 199", // the end
		"late: {type: string}",
		"n\": {type: integer}",
		"A row that was not seen may break a type",
	} {
		if !strings.Contains(string(inferred.Descriptor), want) {
			t.Errorf("no %q in\n%s", want, inferred.Descriptor)
		}
	}
	mustLoad(t, file, []byte(text.String()), inferred.Descriptor)
}

func TestASampleMakesNoListOfTexts(t *testing.T) {
	text := "s\n" + strings.Repeat("a\nb\n", 40_000) + "c\n"
	inferred, err := Infer(context.Background(), []Source{Stream("s.csv", strings.NewReader(text))}, InferOptions{Sample: 1000, limits: source.Limits{Record: 1 << 16, Chunk: 1 << 12, Inflated: 1 << 20, Ratio: 200}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a sample, its first ", `s: {type: string}`, `in the sample one of "a", "b"`, "selectors: {s: s}"} {
		if !strings.Contains(string(inferred.Descriptor), want) {
			t.Errorf("no %q in\n%s", want, inferred.Descriptor)
		}
	}
	mustLoad(t, "s.csv", []byte(text), inferred.Descriptor)
}

func TestTypedFilesAreDescribedByTheirTypes(t *testing.T) {
	want, err := os.ReadFile("testdata/infer/typed.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"typed.parquet", "typed.arrow", "typed.arrows"} {
		content, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		inferred, err := inferText("typed", string(content))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if diff := cmp.Diff(string(want), string(inferred.Descriptor)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", file, diff)
		}
		mustLoad(t, file, content, inferred.Descriptor)
	}
}

// TestWhatIsNoRowCannotBeDescribed holds that inference refuses the rows that a
// load does.
func TestWhatIsNoRowCannotBeDescribed(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"two objects on a line":        {"{\"n\": 1}\n{\"n\": 2} {\"n\": 3}\n", "t:2:1: there is more data after the row's object (row 2)"},
		"a space that is none in JSON": {"{\"n\": 1}\n{\"n\": 2}\v\n", "t:2:1: there is more data after the row's object (row 2)"},
		"a row that is no object":      {`[{"n": 1}, 2]`, "t:1:12: a row is an object, {…}, not a number (row 2)"},
		"an object that breaks off":    {"{\"n\": 1}\n{\"n\": \n", "t:2:1: this is not JSON: it ends within a value (row 2)"},
	} {
		if _, err := inferText("t", c.text); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}
