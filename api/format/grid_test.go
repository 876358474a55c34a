package format_test

import (
	"strings"
	"testing"

	"herbarium/api/format"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/plan"
)

// grid returns what the format writes of a number in grams, a day and a text.
func grid(t *testing.T, f engine.Format, texts ...string) string {
	t.Helper()
	ds, err := datasets.Parse("x.yaml", []byte("dataset: x\nfields:\n  mass: {type: number, unit: g}\n  day: {type: date}\n  a_text: {type: string}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	p := plan.AllRows(ds)
	e := f.New(p)
	out := e.Begin(nil)
	for i, text := range texts {
		b := &engine.Batch{Rows: 2, Columns: []engine.Vector{
			{Type: datasets.Number, Floats: []float64{float64(i), -1.25}, Valid: []uint64{0b01}},
			{Type: datasets.Date, Ints: []int64{0, 17978}},
			{Type: datasets.String, Codes: []uint32{0, 0}, Dict: []string{text}},
		}}
		out = e.Append(out, b)
	}
	out = e.End(out)
	if err := e.Err(); err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func lines(all ...string) string { return strings.Join(all, "\n") + "\n" }

func TestATableAlignsColumns(t *testing.T) {
	// 東京 takes four cells of a terminal.
	want := lines(
		"     mass  day         a_text",
		"number, g  date        string",
		"---------  ----------  -------",
		"      0.0  1970-01-01  東京",
		"     null  2019-03-23  東京",
		`      1.0  1970-01-01  a\x1b\n`,
		`     null  2019-03-23  a\x1b\n`)
	if got := grid(t, format.Table, "東京", "a\x1b\n"); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

func TestAnEmptyTableHasItsHeads(t *testing.T) {
	want := lines("     mass  day   a_text", "number, g  date  string", "---------  ----  ------")
	if got := grid(t, format.Table); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

func TestMarkdownShowsMarkupAsText(t *testing.T) {
	want := lines(
		"| mass | day        | a_text                                |",
		"| ---: | ---------- | ------------------------------------- |",
		`|  0.0 | 1970-01-01 | \_x\_ y_z_w \*b\* \|&lt;i&gt;&amp; \\ |`,
		`| null | 2019-03-23 | \_x\_ y_z_w \*b\* \|&lt;i&gt;&amp; \\ |`)
	if got := grid(t, format.Markdown, `_x_ y_z_w *b* |<i>& \`); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

// A long text is written whole, and leaves other rows as narrow as they are.
func TestALongTextDoesNotWidenTheOtherRows(t *testing.T) {
	long := strings.Repeat("long ", 200) + "text"
	got := strings.Split(strings.TrimSuffix(grid(t, format.Markdown, "short", long), "\n"), "\n")
	if len(got) != 6 || len(got[2]) != len("|  0.0 | 1970-01-01 | ")+60+len(" |") || len(got[1]) != len(got[2]) {
		t.Errorf("the first rows are\n%s", strings.Join(got[:3], "\n"))
	}
	if want := "|  1.0 | 1970-01-01 | " + long + " |"; got[4] != want {
		t.Errorf("the row is %s", got[4])
	}
}

// Rows after the first thousand are written as they come.
func TestALongTableStreams(t *testing.T) {
	texts := make([]string, 1200)
	for i := range texts {
		texts[i] = "t"
	}
	texts[1100] = "a longer text"
	got := strings.Split(strings.TrimSuffix(grid(t, format.Table, texts...), "\n"), "\n")
	if len(got) != 3+2400 {
		t.Fatalf("%d lines; want %d", len(got), 3+2400)
	}
	if got[3] != "      0.0  1970-01-01  t" || got[len(got)-1] != "     null  2019-03-23  t" {
		t.Errorf("first row %q, last row %q", got[3], got[len(got)-1])
	}
}
