package loaders

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"herbarium/datasets"
)

// TestWhatInferWritesHolds draws tables in many dialects, with hostile names, and
// holds that check takes every descriptor that infer writes, and loads as many
// rows as infer saw.
func TestWhatInferWritesHolds(t *testing.T) { rapid.Check(t, dialectHolds) }

// FuzzDialects does the same with tables that are found by what they make the code
// do.
func FuzzDialects(f *testing.F) { f.Fuzz(rapid.MakeFuzz(dialectHolds)) }

func dialectHolds(t *rapid.T) {
	if rapid.IntRange(0, 4).Draw(t, "format") == 0 {
		holds(t, "f.json", drawnDocument(t))
		return
	}
	holds(t, "f.csv", drawnTableText(t))
}

var (
	hostileName  = rapid.SampledFrom([]string{"id", "a", "[id]", "{", "", " ", "a.b", "a", "null", "#1", "c1", "x#2", "value", "value", "_id", "$x", "2019", "0", "1.5", "y", "sum(x)", `q"q`, "é", "a:b", "- a", "%", "key=", "Menge, t", "a|b", "a;b", "sort", "lower[x]", "'q'", "\ufeffz", "# n", "index", "0", "1", "mm", "min"})
	hostileValue = rapid.SampledFrom([]string{"", "1", "2", "-5", "007", "1.5", "1,5", "1.234", "1,234", "12.345,6", "x", "hello world", "NA", "null", "-", "true", "no", "2024-01-05", "05/06/2024", "1.18.3",
		"2024-01-05 10:11:12.123456", `5" pipe`, `say "hi"`, "a,b", "a;b", "line\nbreak", " x ", "'q'", `back\slash`, `\`, "é", "#c", "Total", "1e400", "NaN", "(2 rows)", "\t", "inf", "-Infinity", "1 234,5", "1'234.50", "min", "mm", "2024", "05JAN2024", "--", "|", "  ", "\xe9", "Жук", "10:11:12"})
)

// drawnTableText draws a CSV.
func drawnTableText(t *rapid.T) string {
	width := rapid.IntRange(1, 5).Draw(t, "width")
	delimiter := rapid.SampledFrom([]string{",", ";", "\t", "|", "^", "§", " ", ":"}).Draw(t, "delimiter")
	quoting := rapid.SampledFrom([]string{"doubled", "backslash", "none", "single"}).Draw(t, "quoting")
	end := rapid.SampledFrom([]string{"\n", "\r\n", "\r\r\n", "\r"}).Draw(t, "end")
	line := func(values []string) string {
		cells := make([]string, len(values))
		for i, v := range values {
			cells[i] = quoted(v, delimiter, quoting)
		}
		return strings.Join(cells, delimiter) + end
	}
	var b strings.Builder
	b.WriteString(rapid.SampledFrom([]string{"", "", "", "sep=" + delimiter + end, "Report 2026" + end, "# made by x" + end, "Report" + strings.Repeat(delimiter, width-1) + end, strings.Repeat("-", 4) + "+--" + end}).Draw(t, "preamble"))
	for range rapid.SampledFrom([]int{0, 1, 1, 1, 2, 3}).Draw(t, "header") {
		names := rapid.SliceOfN(hostileName, width, width).Draw(t, "names")
		if rapid.IntRange(0, 9).Draw(t, "short") == 0 {
			names = names[1:]
		}
		b.WriteString(line(names))
	}
	for _, row := range rapid.SliceOfN(rapid.SliceOfN(hostileValue, width, width), 0, 12).Draw(t, "rows") {
		if cut := rapid.IntRange(0, 9).Draw(t, "cut"); cut == 0 && width > 1 {
			row = row[:width-1]
		}
		b.WriteString(line(row))
	}
	b.WriteString(rapid.SampledFrom([]string{"", "", "", "(2 rows)" + end, "\x1a"}).Draw(t, "footer"))
	return b.String()
}

// drawnDocument draws JSON: rows a line, or a list of them, or a table by columns or
// by rows.
func drawnDocument(t *rapid.T) string {
	value := rapid.OneOf(rapid.Just(any(nil)), rapid.Map(hostileValue, func(s string) any { return strings.ToValidUTF8(s, "") }),
		rapid.Map(rapid.IntRange(-3, 300), func(n int) any { return n }), rapid.Just(any(1.5)), rapid.Just(any(true)),
		rapid.Just(any([]any{1, "x"})), rapid.Just(any(map[string]any{"a": 1, "b.c": nil})))
	object := rapid.MapOfN(hostileName, value, 0, 4)
	var document any
	switch rapid.IntRange(0, 5).Draw(t, "shape") {
	case 0:
		document = rapid.MapOfN(hostileName, object, 0, 4).Draw(t, "rows by name")
	case 1:
		document = rapid.MapOfN(hostileName, rapid.SliceOfN(value, 0, 6), 0, 4).Draw(t, "lists")
	case 2:
		document = rapid.SliceOfN(object, 0, 5).Draw(t, "list of rows")
	case 3:
		document = rapid.SliceOfN(rapid.SliceOfN(value, 0, 4), 0, 5).Draw(t, "list of lists")
	case 4:
		document = map[string]any{"columns": []string{"a", "b"}, "index": []int{0, 1}, "data": rapid.SliceOfN(rapid.SliceOfN(value, 0, 3), 0, 5).Draw(t, "data")}
	default:
		var b strings.Builder
		for _, row := range rapid.SliceOfN(object, 0, 5).Draw(t, "rows") {
			b.WriteString(asJSON(t, row) + rapid.SampledFrom([]string{"\n", "\n\n", " "}).Draw(t, "end"))
		}
		return b.String()
	}
	return asJSON(t, document)
}

func asJSON(t *rapid.T, v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// quoted writes a value in a dialect, if that has a way.
func quoted(v, delimiter, quoting string) string {
	if !strings.ContainsAny(v, "\"\n\r'\\") && !strings.Contains(v, delimiter) {
		return v
	}
	switch quoting {
	case "backslash":
		return `"` + strings.ReplaceAll(v, `"`, `\"`) + `"`
	case "single":
		return `'` + strings.ReplaceAll(v, `'`, `''`) + `'`
	case "none":
		return strings.NewReplacer("\n", " ", delimiter, " ").Replace(v)
	}
	return `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
}

func holds(t *rapid.T, name, text string) {
	for _, skip := range []bool{false, true} {
		sources := []Source{Stream(name, strings.NewReader(text))}
		inferred, err := Infer(context.Background(), sources, InferOptions{Data: []string{name}, Skip: skip})
		var wrong *DataError
		if errors.As(err, &wrong) {
			continue
		}
		if err != nil {
			t.Fatalf("%v of\n%q", err, text)
		}
		ds, err := datasets.Parse("f.yaml", inferred.Descriptor, nil)
		if err != nil {
			t.Fatalf("%v in\n%s", err, inferred.Descriptor)
		}
		summary, err := Check(context.Background(), ds, []Source{Stream(name, strings.NewReader(text))}, Options{Skip: skip})
		// Which rows of JSON have another shape than most is known to the load alone.
		misshapen := skip && inferred.Skipped != nil && name == "f.json"
		if misshapen && errors.As(err, &wrong) {
			continue
		}
		if err != nil {
			t.Fatalf("skip %v: %v by\n%sof\n%q", skip, err, inferred.Descriptor, text)
		}
		if summary.Rows != inferred.Rows && !misshapen {
			t.Fatalf("skip %v: %d rows are loaded, %d were inferred from, by\n%sof\n%q", skip, summary.Rows, inferred.Rows, inferred.Descriptor, text)
		}
	}
}
