package loaders

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"herbarium/datasets"
	"herbarium/loaders/source"
)

func fuzzed(f *testing.F, yaml string) *datasets.Dataset {
	f.Helper()
	ds, err := datasets.Parse("d.yaml", []byte(yaml), nil)
	if err != nil {
		f.Fatal(err)
	}
	return ds
}

// FuzzJSON reads any bytes as a JSON array and as lines. What is accepted must
// be JSON to the standard library too, with as many rows, however small the
// blocks are that it is cut into.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{"[]", "[" + quake + ",{}]", `{"f": [{"a": 1}, {"a": "]"}], "z": {}}`, "{}\n\n{\"n\": [1, {\"x\": null}]}\n",
		`[{"mag": "1e5", "properties": {"mag": 1E-7}, "id": true}]`, "[{}", "[{},]", "\ufeff[ ]", `["\"]"]`, `[{"\u0069d":"\ud83d\ude00"}]`} {
		f.Add([]byte(seed))
	}
	ds := fuzzed(f, quakes)
	check := func(t *testing.T, text []byte, options Options) (Summary, bool) {
		t.Helper()
		s, err := Check(context.Background(), ds, []Source{Stream("t", bytes.NewReader(text))}, options)
		var wrong *DataError
		if err != nil && !errors.As(err, &wrong) {
			t.Fatalf("%q: %v", text, err)
		}
		return s, err == nil
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		small := Options{Format: JSON, limits: source.DefaultLimits()}
		small.limits.Chunk = 16
		one, ok := check(t, text, Options{Format: JSON})
		two, again := check(t, text, small)
		if ok != again || one.Version != two.Version {
			t.Fatalf("%q: in small blocks it is something else", text)
		}
		plain := bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
		var rows []map[string]any
		if err := json.Unmarshal(plain, &rows); ok && (err != nil || int64(len(rows)) != one.Rows) {
			t.Fatalf("%q has %d rows, the standard library finds %d, %v", text, one.Rows, len(rows), err)
		}
		check(t, text, Options{Format: JSON, Rows: "/f/0"})
		small.Format = NDJSON
		one, ok = check(t, text, Options{Format: NDJSON})
		two, again = check(t, text, small)
		if ok != again || one.Version != two.Version {
			t.Fatalf("%q: as lines in small blocks it is something else", text)
		}
		for line := range bytes.Lines(plain) {
			if ok && len(bytes.TrimSpace(line)) > 0 && !json.Valid(line) {
				t.Fatalf("the line %q is no JSON", line)
			}
		}
	})
}

// FuzzColumns reads any bytes as what their beginning says, Parquet or Arrow:
// whatever is wrong with them is a fault of the data, and ends in no panic.
func FuzzColumns(f *testing.F) {
	for _, name := range []string{"typed.parquet", "typed.arrow", "typed.arrows", "wrong.parquet", "pandas.parquet"} {
		content, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	ds := fuzzed(f, everyType)
	f.Fuzz(func(t *testing.T, content []byte) {
		format := Arrow
		if bytes.HasPrefix(content, []byte("PAR1")) {
			format = Parquet
		}
		_, err := Check(context.Background(), ds, []Source{Stream("t", bytes.NewReader(content))}, Options{Format: format})
		var wrong *DataError
		if err != nil && !errors.As(err, &wrong) {
			t.Fatal(err)
		}
	})
}

// FuzzContent reads any bytes as a source of any format and coding.
func FuzzContent(f *testing.F) {
	for _, seed := range [][]byte{coded(f, "x\n1\n", "gzip"), coded(f, "x\n1\n", "zstd"), coded(f, `[{"x":1}]`, "zstd"), []byte("PAR1"), []byte("ARROW1\x00\x00"), {0xff, 0xff, 0xff, 0xff}} {
		f.Add(seed)
	}
	ds := fuzzed(f, "dataset: numbers\nfields: {x: {type: integer}}\n")
	f.Fuzz(func(t *testing.T, content []byte) {
		_, err := Check(context.Background(), ds, []Source{Stream("t", bytes.NewReader(content))}, Options{})
		var wrong *DataError
		if err != nil && !errors.As(err, &wrong) {
			t.Fatal(err)
		}
	})
}
