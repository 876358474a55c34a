package loaders

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"herbarium/datasets"
)

// TestWhatInferWritesHolds draws tables in many dialects, with hostile names, and
// holds that check takes every descriptor that infer writes, and loads as many
// rows as infer saw.
func TestWhatInferWritesHolds(t *testing.T) {
	name := rapid.SampledFrom([]string{"id", "a", "[id]", "{", "", " ", "a.b", "a", "null", "#1", "c1", "x#2", "value", "value", "_id", "$x", "2019", "0", "1.5", "y", "sum(x)", `q"q`, "é", "a:b", "- a", "%", "key=", "Menge, t", "a|b", "a;b", "sort", "lower[x]", "'q'", "\ufeffz", "# n"})
	value := rapid.SampledFrom([]string{"", "1", "2", "-5", "007", "1.5", "1,5", "1.234", "1,234", "12.345,6", "x", "hello world", "NA", "null", "-", "true", "no", "2024-01-05", "05/06/2024", "1.18.3",
		"2024-01-05 10:11:12.123456", `5" pipe`, `say "hi"`, "a,b", "a;b", "line\nbreak", " x ", "'q'", `back\slash`, `\`, "é", "#c", "Total", "1e400", "NaN", "(2 rows)", "\t"})
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(1, 5).Draw(t, "width")
		delimiter := rapid.SampledFrom([]string{",", ";", "\t", "|", "^", "§"}).Draw(t, "delimiter")
		quoting := rapid.SampledFrom([]string{"doubled", "backslash", "none", "single"}).Draw(t, "quoting")
		end := rapid.SampledFrom([]string{"\n", "\r\n", "\r\r\n"}).Draw(t, "end")
		line := func(values []string) string {
			cells := make([]string, len(values))
			for i, v := range values {
				cells[i] = quoted(v, delimiter, quoting)
			}
			return strings.Join(cells, delimiter) + end
		}
		var b strings.Builder
		b.WriteString(rapid.SampledFrom([]string{"", "", "", "sep=" + delimiter + end, "Report 2026" + end, "# made by x" + end, "Report" + strings.Repeat(delimiter, width-1) + end}).Draw(t, "preamble"))
		if rapid.Bool().Draw(t, "header") {
			b.WriteString(line(rapid.SliceOfN(name, width, width).Draw(t, "names")))
		}
		for _, row := range rapid.SliceOfN(rapid.SliceOfN(value, width, width), 0, 12).Draw(t, "rows") {
			if cut := rapid.IntRange(0, 9).Draw(t, "cut"); cut == 0 && width > 1 {
				row = row[:width-1]
			}
			b.WriteString(line(row))
		}
		b.WriteString(rapid.SampledFrom([]string{"", "", "", "(2 rows)" + end, "\x1a"}).Draw(t, "footer"))
		holds(t, b.String())
	})
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

func holds(t *rapid.T, text string) {
	for _, skip := range []bool{false, true} {
		sources := []Source{Stream("f.csv", strings.NewReader(text))}
		inferred, err := Infer(context.Background(), sources, InferOptions{Data: []string{"f.csv"}, Skip: skip})
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
		summary, err := Check(context.Background(), ds, []Source{Stream("f.csv", strings.NewReader(text))}, Options{Skip: skip})
		if err != nil {
			t.Fatalf("skip %v: %v by\n%sof\n%q", skip, err, inferred.Descriptor, text)
		}
		if fmt.Sprint(summary.Rows) != fmt.Sprint(inferred.Rows) {
			t.Fatalf("skip %v: %d rows are loaded, %d were inferred from, by\n%sof\n%q", skip, summary.Rows, inferred.Rows, inferred.Descriptor, text)
		}
	}
}
