package loaders

import (
	"context"
	"errors"
	"strings"
	"testing"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/loaders/source"
)

// textTarget is a target that keeps the rows as text.
type textTarget struct {
	emptyStore
	rows []string
}

func (s *textTarget) Begin(context.Context, *datasets.Dataset, engine.LoadOptions) (engine.Load, error) {
	return s, nil
}

func (s *textTarget) Write(_ context.Context, b *engine.Batch) error {
	for i := range b.Rows {
		var row []string
		for f := range b.Columns {
			v := &b.Columns[f]
			if v.Null(i) {
				row = append(row, "-")
			} else {
				row = append(row, v.Dict[v.Codes[i]])
			}
		}
		s.rows = append(s.rows, strings.Join(row, "|"))
	}
	return nil
}

func (s *textTarget) Commit(context.Context) (engine.TableInfo, error) {
	return engine.TableInfo{}, nil
}
func (s *textTarget) Abort(context.Context) error { return nil }

// TestDialects reads texts by the key csv, whole and in blocks so small that each
// row is in several. Rows are written with bars, and - for no value.
func TestDialects(t *testing.T) {
	for _, c := range []struct{ name, csv, text, want string }{
		{"a delimiter", `{delimiter: "^"}`, "a^b\n1^2\n\"x^y\"^3\n", "1|2 x^y|3"},
		{"a delimiter of two bytes", `{delimiter: "§"}`, "a§b\n1§2\n\"x§y\"§3\n", "1|2 x§y|3"},
		{"spaces", `{delimiter: space}`, "a b\n1 2\n\"x y\" 3\n", "1|2 x y|3"},
		{"another quote", `{quote: "'"}`, "a,b\n'x,y','it''s \"1\"'\n", `x,y|it's "1"`},
		{"no quote", `{quote: none}`, "a,b\n\"x,y\"\n\",\"\n", `"x|y" "|"`},
		{"an escape", `{escape: "\\"}`, "a,b\n\"x\\\"\\\\\",\"\\n\"\"\"\n", "x\"\\|\\n\""},
		{"an escape before a line end", `{escape: "\\"}`, "a,b\n\"x\\\n\",2\n", "x\\\n|2"},
		{"no header", `{header: false}`, "1,2\n3,4\n", "1|2 3|4"},
		{"a header of two lines", `{header: 2}`, "a,b\n,\n1,2\n", "1|2"},
		{"lines before the header", `{skip: 2}`, "Report \"x\n\na,b\n1,2\n", "1|2"},
		{"a pattern for the header", `{skip: "^a,"}`, "Report\n, and more\na,b\n1,2\n", "1|2"},
		{"comments", `{comment: "#"}`, "# x,\"y\na,b\n#\n1,2\n# ,\"\n3,#4\n", "1|2 3|#4"},
		{"a pattern for the footer", `{footer: "^Total"}`, "a,b\n1,2\nx,Total\nTotal,9\nSource: x\n", "1|2 x|Total"},
		{"a footer of short lines", `{footer: short}`, "a,b\n1,2\n3,4\n\nTotal: 2\n(2 rows)\n", "1|2 3|4"},
		{"no footer", `{footer: short}`, "a,b\n1,2\n3,4\n", "1|2 3|4"},
		{"rows without their last values", `{ragged: fill}`, "a,b\n1\n2,\n3,4,,\n", "1|- 2|- 3|4"},
		{"Latin-1", `{encoding: iso-8859-1}`, "a,b\nJos\xe9,\xfc\n", "José|ü"},
		{"UTF-16 with a mark", `{delimiter: ","}`, "\xff\xfea\x00,\x00b\x00\n\x00\xe9\x00,\x002\x00\n\x00", "é|2"},
		{"UTF-16 without a mark", `{encoding: utf-16be}`, "\x00a\x00,\x00b\x00\n\x00\xe9\x00,\x002\x00\n", "é|2"},
		{"carriage returns", `{delimiter: ","}`, "a,b\r1,2\r3,4\r", "1|2 3|4"},
		{"CR CR LF", `{delimiter: ","}`, "a,b\r\r\n1,2\r\r\n3,4\r\r\n", "1|2 3|4"},
		{"Ctrl-Z", `{delimiter: ","}`, "a,b\n1,2\n3,4\n\x1a", "1|2 3|4"},
		{"Ctrl-Z behind a value", `{delimiter: ","}`, "a,b\n1,2\n3,4\x1a", "1|2 3|4"},
		{"sep=", `{header: true}`, "sep=;\na;b\n1;2,5\n", "1|2,5"},
		{"quotes within", `{header: true}`, "a,b\n5\" pipe,\"x\"\n", `5" pipe|x`},
		{"text behind quotes", `{header: true}`, "a,b\n\"Smith\" & Sons,x\n\"Big, Co\",y\n", `"Smith" & Sons|x Big, Co|y`},
		{"spaces before quotes", `{header: true}`, "a, b\n1, \"x, y\"\n", "1|x, y"},
		{"backslashes", `{header: true}`, "a,b\n1,\"say \\\"hi\\\", ok\"\n", `1|say "hi", ok`},
		// Faults.
		{"a short row", `{header: true}`, "a,b\n1\n", "t.csv:2:1: the row has 1 value, the header 2; csv: {ragged: fill} reads missing values at its end (row 1)"},
		{"a long row", `{ragged: fill}`, "a,b\n1,2,3\n", "t.csv:2:5: the row has 3 values, the header 2 (row 1)"},
		{"a row longer than the first", `{header: false}`, "1,2\n1,2,3\n", "t.csv:2:5: the row has 3 values, the first row 2 (row 2)"},
		{"bytes of another encoding", `{encoding: shift_jis}`, "a,b\nx,\x81\x20\n", "t.csv:2:3: b: \"\ufffd \" has bytes that are not shift_jis (row 1)"},
		{"a pattern that no line matches", `{skip: "^z"}`, "a,b\n1,2\n", `t.csv:1:1: no line within the first 8 bytes matches "^z", which csv: {skip: …} names`},
		{"a carriage return within", `{header: true}`, "a,b\n1,\"x\"\ry\n", "t.csv:2:3: b: there is text after the closing quote; double the quotes that belong to the value (row 1)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			fields := "fields: {a: {type: string}, b: {type: string}}\n"
			if strings.Contains(c.csv, "header: false") {
				fields = "fields: {a: {type: string, column: '#1'}, b: {type: string, column: '#2'}}\n"
			}
			if strings.HasPrefix(c.text, "a, b") {
				fields = "fields: {a: {type: string}, b: {type: string, column: ' b'}}\n"
			}
			if strings.Contains(c.csv, "header: 2") {
				fields = "fields: {a: {type: string}, b: {type: string}}\n"
			}
			ds, err := datasets.Parse("d.yaml", []byte("dataset: d\ncsv: "+c.csv+"\n"+fields), nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, chunk := range []int{0, 16, 5} {
				limits := source.DefaultLimits()
				if chunk > 0 {
					limits.Chunk = chunk
				}
				target := &textTarget{}
				_, err := Load(t.Context(), target, ds, []Source{Stream("t.csv", strings.NewReader(c.text))}, Options{limits: limits})
				got := strings.Join(target.rows, " ")
				var wrong *DataError
				if errors.As(err, &wrong) {
					got = wrong.Error()
				} else if err != nil {
					t.Fatal(err)
				}
				if got != c.want {
					t.Errorf("in blocks of %d: got %q, want %q", chunk, got, c.want)
				}
			}
		})
	}
}

// TestColumnsByPlace reads columns by their places, and the second of a name.
func TestColumnsByPlace(t *testing.T) {
	ds, err := datasets.Parse("d.yaml", []byte(`
dataset: d
fields:
  a: {type: string, column: "#3"}
  b: {type: string, column: "v#2"}
  c: {type: string, column: v}
  d: {type: string, column: "#1"}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	target := &textTarget{}
	if _, err := Load(t.Context(), target, ds, []Source{Stream("t.csv", strings.NewReader(",v,x,v\n1,2,3,4\n"))}, Options{}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(target.rows, " "); got != "3|4|2|1" {
		t.Errorf("got %s, want 3|4|2|1", got)
	}
}
