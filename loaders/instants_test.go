package loaders_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"herbarium/loaders"
)

// loadText loads a text and returns the rows, or what is wrong.
func loadText(t *testing.T, name, yaml, content string) string {
	t.Helper()
	target := &memory{}
	_, err := loaders.Load(t.Context(), target, dataset(t, "dataset: d\n"+yaml, ""), []loaders.Source{text(name, content)}, loaders.Options{})
	if err != nil {
		return strings.Join(faultLines(t, err), "\n")
	}
	return strings.Join(target.rows, " ")
}

// TestInstantsOfOtherPrograms infers date-times without a format.
func TestInstantsOfOtherPrograms(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"2024-01-05 10:11:12+00", `"2024-01-05T10:11:12.000Z"`},
		{"2024-01-05 10:11:12.5-03", `"2024-01-05T13:11:12.500Z"`},
		{"2024-01-05T10:11:12+0530", `"2024-01-05T04:41:12.000Z"`},
		{"2024-01-05 10:11:12 +0100", `"2024-01-05T09:11:12.000Z"`},
		{"2024-01-05 10:11:12 +01:00", `"2024-01-05T09:11:12.000Z"`},
		{"2024-01-05 10:11:12.1234567 +01:00", `"2024-01-05T09:11:12.123Z"`},
		{"2024-01-05 10:11:12 UTC", `"2024-01-05T10:11:12.000Z"`},
		{"2024-01-05 10:11:12.123456 UTC", `"2024-01-05T10:11:12.123Z"`},
		{"2024-01-05 10:11 GMT", `"2024-01-05T10:11:00.000Z"`},
		{"2024-01-05 10:11:12.1", `"2024-01-05T10:11:12.100Z"`},
		{"2024-01-05 10:11:12.123456789", `"2024-01-05T10:11:12.123Z"`},
		{"20240105T101112Z", `"2024-01-05T10:11:12.000Z"`},
		{"20240105T101112", `"2024-01-05T10:11:12.000Z"`},
		{"20240105T1011+0100", `"2024-01-05T09:11:00.000Z"`},
		{"20240105T101112.25-03", `"2024-01-05T13:11:12.250Z"`},
		{"20240105T101112.123456+01:00", `"2024-01-05T09:11:12.123Z"`},
		{"20240230T101112Z", `"20240230T101112Z"`},
		{"20240105T10111Z", `"20240105T10111Z"`},
		{"20240105T256112Z", `"20240105T256112Z"`},
		{"2024-01-05 10:11:12 +24:00", `"2024-01-05 10:11:12 +24:00"`},
		{"2024-01-05 10:11:12 EST", `"2024-01-05 10:11:12 EST"`},
		{"2024-01-05 10:11:12+1", `"2024-01-05 10:11:12+1"`},
	} {
		descriptor, rows := inferAndLoad(t, "t.csv", "t,v\n"+c.text+",1\n", loaders.InferOptions{})
		if got := strings.Join(rows, " "); got != "["+c.want+",1]" || strings.Contains(descriptor, "format:") {
			t.Errorf("%s: got %s by\n%s", c.text, got, descriptor)
		}
	}
}

func TestEpochFormats(t *testing.T) {
	for _, c := range []struct{ format, name, content, want string }{
		{"epoch_s", "t.csv", "t\n1704449472\n1704449472.5\n-0.25\n1.704449472e9\n", `["2024-01-05T10:11:12.000Z"] ["2024-01-05T10:11:12.500Z"] ["1969-12-31T23:59:59.750Z"] ["2024-01-05T10:11:12.000Z"]`},
		{"epoch_ms", "t.ndjson", `{"t":1704449472123}` + "\n" + `{"t":"1704449472124"}` + "\n" + `{"t":null}`, `["2024-01-05T10:11:12.123Z"] ["2024-01-05T10:11:12.124Z"] [null]`},
		{"epoch_us", "t.csv", "t\n1704449472123000\n", `["2024-01-05T10:11:12.123Z"]`},
		{"epoch_ns", "t.csv", "t\n1704449472123000000\n", `["2024-01-05T10:11:12.123Z"]`},
		{"epoch_us", "t.csv", "t\n1704449472123456\n", `t.csv:2:1: t: "1704449472123456" is more precise than a millisecond; coerce: true in the descriptor cuts that off (row 1)`},
		{"epoch_us, coerce: true", "t.csv", "t\n1704449472123456\n-1\n", `["2024-01-05T10:11:12.123Z"] ["1969-12-31T23:59:59.999Z"]`},
		{"epoch_s", "t.csv", "t\n1704449472123\n", `t.csv:2:1: t: "1704449472123" is outside the years 0000 to 9999 of UTC; the unit may be another: epoch_s, epoch_ms, epoch_us or epoch_ns (row 1)`},
		{"epoch_s", "t.csv", "t\n1e999999999\n", `t.csv:2:1: t: "1e999999999" is outside the years 0000 to 9999 of UTC (row 1)`},
		{"epoch_s", "t.csv", "t\nsoon\n", `t.csv:2:1: t: "soon" is not a number, as epoch_s says (row 1)`},
		{`["%d/%m/%Y %H:%M", rfc3339, epoch_s]`, "t.csv", "t\n05/01/2024 10:11\n2024-01-05T10:11:12Z\n1704449472\n", `["2024-01-05T10:11:00.000Z"] ["2024-01-05T10:11:12.000Z"] ["2024-01-05T10:11:12.000Z"]`},
		{`["%d/%m/%Y %H:%M", epoch_s]`, "t.csv", "t\nsoon\n", `t.csv:2:1: t: "soon" is not a date-time by any of the formats %d/%m/%Y %H:%M, epoch_s (row 1)`},
		{`"%d/%m/%Y %H:%M"`, "t.ndjson", `{"t":5}`, `t.ndjson:1:6: t: the number 5 is not text, as the format %d/%m/%Y %H:%M is; epoch_s, epoch_ms, epoch_us or epoch_ns reads numbers (row 1)`},
	} {
		got := loadText(t, c.name, "fields: {t: {type: date-time, format: "+c.format+"}}\n", c.content)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s of %q (-want +got):\n%s", c.format, c.content, diff)
		}
	}
	got := loadText(t, "t.csv", "fields: {t: {type: date, format: [\"%d/%m/%Y\", \"%Y-%m-%d\"]}}\n", "t\n05/01/2024\n2024-01-06\n")
	if want := `["2024-01-05"] ["2024-01-06"]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	got = loadText(t, "t.ndjson", "fields: {t: {type: date-time}}\n", `{"t":5}`)
	if want := `t.ndjson:1:6: t: the number 5 is not text, and a date-time is written as text; format: epoch_s, epoch_ms, epoch_us or epoch_ns reads numbers since 1970 (row 1)`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestEpochsInParquet reads integers and floats as instants.
func TestEpochsInParquet(t *testing.T) {
	content, err := os.ReadFile("testdata/columns.parquet")
	if err != nil {
		t.Fatal(err)
	}
	got := loadText(t, "t.parquet", "extra: ignore\nfields: {id: {type: date-time, format: epoch_s}, money: {type: date-time, format: epoch_s}}\n", string(content))
	if want := `["1970-01-01T00:00:01.000Z","1970-01-01T00:00:12.500Z"] ["1970-01-01T00:00:02.000Z",null] ["1970-01-01T00:00:03.000Z","1969-12-31T23:59:59.950Z"]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestNumbersThatMayBeInstantsAreNamed(t *testing.T) {
	descriptor, rows := inferAndLoad(t, "t.csv", "ts,n\n1704449472123,1704449472\n1735689599000,1\n", loaders.InferOptions{})
	if want := "type: date-time, format: epoch_ms would read it as 2024-01-05 to 2024-12-31"; !strings.Contains(descriptor, want) || strings.Join(rows, " ") != "[1704449472123,1704449472] [1735689599000,1]" {
		t.Errorf("%v by\n%s", rows, descriptor)
	}
}
