package loaders_test

import (
	"strings"
	"testing"

	"herbarium/loaders"
)

// TestDocumentsThatAreTables reads documents that are one object as the tables that
// they are, or says what they may be.
func TestDocumentsThatAreTables(t *testing.T) {
	for _, c := range []struct{ name, file, text, rows, says string }{
		{"rows by number", "t.json", `{"0":{"a":1,"b":"x"},"1":{"a":2,"b":null}}`, `[1,"x"] [2,null]`, `The rows stand under their names, as pandas writes them with orient="index".`},
		{"rows by number, indented", "t.json", "{\n  \"0\": {\n    \"a\": 1\n  },\n  \"1\": {\n    \"a\": [2, 3]\n  }\n}", ``, `a is a list here, and a plain value before`},
		{"rows by name", "t.json", `{"x":{"a":1,"b":"p"},"y":{"a":2,"b":"q"}}`, `["x",1,"p"] ["y",2,"q"]`, "index: {type: string}"},
		{"rows with an index of their own", "t.json", `{"x":{"index":1,"b":"p"},"y":{"index":2,"b":"q"}}`, `[1,"p"] [2,"q"]`, "under their names"},
		{"columns by name", "t.json", `{"a":{"x":1,"y":2},"b":{"x":"p","y":"q"}}`, `["x",1,"p"] ["y",2,"q"]`, "The table stands by columns"},
		{"columns as lists", "t.json", `{"a":[1,2,3],"b":["p",null,"r"]}`, `[1,"p"] [2,null] [3,"r"]`, "The table stands by columns"},
		{"one long column", "t.json", `{"a":[1,2,3,4,5]}`, `[1] [2] [3] [4] [5]`, "The table stands by columns"},
		{"a short list", "t.json", `{"a":[1,2]}`, `[1,2]`, "column: a.0"},
		{"lists of different lengths", "t.json", `{"a":[1,2],"b":[3]}`, `[1,2,3]`, "column: b.0"},
		{"a row of a row a line", "t.ndjson", `{"a":[1,2],"b":[3,4]}`, `[1,2,3,4]`, "column: b.1"},
		{"rows a line", "t.json", `{"x":{"a":1},"y":{"a":2}}` + "\n" + `{"x":{"a":3},"y":{"a":4}}`, `[1,2] [3,4]`, "x.a: {type: integer}"},
		{"neither rows nor columns for sure", "t.json", `{"x":{"a":1,"b":2},"y":{"a":3,"b":4}}`, ``, "it may be a table by rows, a table by columns, or one row"},
		{"lists that are rows", "t.json", `[[1,"p"],[2,null]]`, `[1,"p"] [2,null]`, `"0": {type: integer}`},
		{"lists under names", "t.json", `[["id","s"],[2,"p"]]`, ``, "rows are arrays, and the first one names the columns"},
		{"names of rows that are lost", "t.json", `{"columns":["a"],"index":["x","y"],"data":[[1],[2]]}`, `[1] [2]`, "The names of the rows, at /index, are not read"},
		{"rows without names", "t.json", `{"columns":["a","b"],"index":[0,1],"data":[[1,"x"],[2,"y"]]}`, `[1,"x"] [2,"y"]`, "rows: /data"},
	} {
		inferred, err := loaders.Infer(t.Context(), []loaders.Source{text(c.file, c.text)}, loaders.InferOptions{})
		if c.rows == "" {
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v, want %s", c.name, err, c.says)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if descriptor := string(inferred.Descriptor); !strings.Contains(descriptor, c.says) {
			t.Errorf("%s: no %s in\n%s", c.name, c.says, descriptor)
		}
		if _, rows := inferAndLoad(t, c.file, c.text, loaders.InferOptions{}); strings.Join(rows, " ") != c.rows {
			t.Errorf("%s: got %v, want %s", c.name, rows, c.rows)
		}
	}
}

// TestARowIsNoTableForItsFields reads a row with objects in it by the fields within.
func TestARowIsNoTableForItsFields(t *testing.T) {
	for _, c := range []struct{ fields, text, want string }{
		{"x: {type: integer, column: x.a}, y: {type: integer, column: y.a}", `{"x":{"a":1},"y":{"a":2}}`, `[1,2]`},
		{"a: {type: integer}", `{"meta":{"a":1},"a":2}`, `[2]`},
		{"a: {type: integer}", `{"x":{"a":1},"y":{"a":2}}`, `[1] [2]`},
		{"a: {type: integer}, index: {type: string}", `{"x":{"a":1},"y":{"a":2}}`, `[1,"x"] [2,"y"]`},
		{"a: {type: integer}, b: {type: integer}", `{"a":[1,2],"b":[3]}`, `t.json:1:6: a: an array is not an integer (row 1)` + "\n" + `t.json:1:16: b: an array is not an integer (row 1)`},
	} {
		if got := loadText(t, "t.json", "fields: {"+c.fields+"}\n", c.text); got != c.want {
			t.Errorf("%s: got %s, want %s", c.text, got, c.want)
		}
	}
}
