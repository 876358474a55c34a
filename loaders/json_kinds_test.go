package loaders_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"herbarium/loaders"
)

// TestObjectsThatAreNotOnLines reads objects however they stand one after another.
func TestObjectsThatAreNotOnLines(t *testing.T) {
	for _, c := range []struct{ name, text string }{
		{"on one line", `{"id":1,"s":"}{"}{"id":2,"s":"b"} {"id":3,"s":null}`},
		{"over several lines", "{\n  \"id\": 1,\n  \"s\": \"}{\"\n}\n{\n  \"id\": 2,\n  \"s\": \"b\"\n}\n{\"id\":3,\"s\":null}\n"},
		{"a sequence", "\x1e{\"id\":1,\"s\":\"}{\"}\n\x1e{\"id\":2,\n\"s\":\"b\"}\n\x1e{\"id\":3}\n"},
		{"on lines", "{\"id\":1,\"s\":\"}{\"}\n{\"id\":2,\"s\":\"b\"}\n\n{\"id\":3}\n"},
	} {
		_, rows := inferAndLoad(t, "t.json", c.text, loaders.InferOptions{})
		if got, want := strings.Join(rows, " "), `[1,"}{"] [2,"b"] [3,null]`; got != want {
			t.Errorf("%s: got %s, want %s", c.name, got, want)
		}
	}
	got := loadText(t, "t.json", "fields: {id: {type: integer}}\n", "{\n\"id\": 1}\n{\n\"id\": \"x\"}, {\"id\": 2")
	want := "t.json:4:7: id: \"x\" is not an integer (row 2)\n" +
		"t.json:4:11: this is not JSON: invalid character ',' at start of value (row 3)\n" +
		"t.json:4:21: this is not JSON: it ends within a value (row 4)"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

// TestNumbersThatJSONDoesNotHave takes NaN and Infinity for missing values where the
// descriptor says so, and nowhere else.
func TestNumbersThatJSONDoesNotHave(t *testing.T) {
	const rows = `{"a":NaN,"b":"NaN","c":Infinity,"n":[NaN]}` + "\n" + `{"a":-Infinity,"b":"x","c":1.5}` + "\n"
	got := loadText(t, "t.ndjson", "fields: {a: {type: number, missing: [NaN, \"-Infinity\"]}, b: {type: string}, c: {type: number, missing: [Infinity]}}\n", rows)
	if want := `[null,"NaN",null] [null,"x",1.5]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	got = loadText(t, "t.ndjson", "fields: {a: {type: number}, b: {type: string}, c: {type: integer}}\n", rows)
	want := `t.ndjson:1:6: a: "NaN" is not a finite number; missing: ["NaN"] in the descriptor reads no value there (row 1)` + "\n" +
		`t.ndjson:1:24: c: "Infinity" is not an integer (row 1)` + "\n" +
		`t.ndjson:2:6: a: "-Infinity" is not a finite number; missing: ["-Infinity"] in the descriptor reads no value there (row 2)` + "\n" +
		`t.ndjson:2:28: c: "1.5" is not an integer (row 2)`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	got = loadText(t, "t.ndjson", "fields: {a: {type: number}}\n", `{"a":Nope}`)
	if want := "t.ndjson:1:6: this is not JSON: invalid character 'N' at start of value (row 1)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	descriptor, _ := inferAndLoad(t, "t.ndjson", rows, loaders.InferOptions{})
	for _, want := range []string{`missing: [-Infinity, NaN]`, `"NaN" stands once, which no number can be: missing reads no value there`} {
		if !strings.Contains(descriptor, want) {
			t.Errorf("no %s in\n%s", want, descriptor)
		}
	}
}

// TestRowsAreNoDescriptionsOfColumns holds which list of a document is taken for its
// rows.
func TestRowsAreNoDescriptionsOfColumns(t *testing.T) {
	for _, c := range []struct{ name, text, rows string }{
		{"t.json", `{"columns":[{"name":"a","type":"int"},{"name":"b","type":"int"}],"rows":[{"a":1,"b":2}]}`, `[1,2]`},
		{"t.json", `{"fields":[{"id":"a","type":"int"},{"id":"b","type":"int"}],"records":[[1,2],[3,4]]}`, `[1,2] [3,4]`},
		{"t.json", "{\"fields\": [\n{\"crop\": \"rye\", \"ha\": 2}, {\"crop\": \"oat\", \"ha\": 3}]}", `["rye",2] ["oat",3]`},
		{"t.jsonl", `{"id":1,"items":[{"sku":"a"},{"sku":"b"}]}`, `[1]`},
		{"t.json", `{"type":"FeatureCollection","features":[{"id":1,"at":[13.4,52.5]}]}`, `[1,13.4,52.5]`},
	} {
		descriptor, rows := inferAndLoad(t, c.name, c.text, loaders.InferOptions{})
		if got := strings.Join(rows, " "); got != c.rows {
			t.Errorf("%s: got %s, want %s by\n%s", c.text, got, c.rows, descriptor)
		}
	}
	_, err := loaders.Infer(t.Context(), []loaders.Source{text("t.json", `{"schema":{"fields":[{"name":"a","type":"int"}]}}`)}, loaders.InferOptions{})
	if want := "--rows names one of /schema/fields"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestRowsThatAreArrays reads columns by their places.
func TestRowsThatAreArrays(t *testing.T) {
	const rows = `{"data":[[1,"a",{"x":true}],[2],[3,"c",null,9]]}`
	got := loadText(t, "t.json", "rows: /data\nfields: {id: {type: integer, column: \"0\"}, s: {type: string, column: \"1\"}, x: {type: boolean, column: 2.x}}\n", rows)
	if want := `[1,"a",true] [2,null,null] [3,"c",null]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	got = loadText(t, "t.json", "rows: /data\nextra: error\nfields: {id: {type: integer, column: \"0\"}, s: {type: string, column: \"1\"}}\n", rows)
	if !strings.Contains(got, `t.json:1:17: no field reads "2"`) || !strings.Contains(got, `no field reads "3"`) {
		t.Errorf("got %s", got)
	}
}

// TestTablesByColumns reads what pandas writes when it is told nothing.
func TestTablesByColumns(t *testing.T) {
	const table = "{\n \"a\": {\"0\": 1, \"5\": 2},\n \"b\": {\"0\": \"x\",\n \"5\":\nnull}}"
	descriptor, rows := inferAndLoad(t, "t.json", table, loaders.InferOptions{})
	if want := `["0",1,"x"] ["5",2,null]`; strings.Join(rows, " ") != want || !strings.Contains(descriptor, "The table stands by columns") {
		t.Errorf("got %v, want %s by\n%s", rows, want, descriptor)
	}
	for _, c := range []struct{ fields, text, want string }{
		{"a: {type: integer}, b: {type: string}", `{"a":{"0":1,"1":2},"b":{"0":"x","1":null}}`, `[1,"x"] [2,null]`},
		{"a: {type: integer}", `{"a":{"0":1,"1":"x"}}`, `t.json: a: "x" is not an integer (row 2)`},
		{"a: {type: integer}, b: {type: integer}", `{"a":{"0":1,"1":2},"b":{"1":1,"0":2}}`, `t.json:1:28: this is not JSON, or no table by columns: the columns have values of different rows`},
		{"a: {type: integer}, b: {type: integer}", `{"a":{"0":1,"1":2},"b":{"0":1}}`, `t.json:1:30: this is not JSON, or no table by columns: the columns have values of different rows`},
		{"a: {type: integer}, b: {type: integer}", "{\"a\":{\"0\":1,\"1\":2},\n\"b\":{\"0\":1}}", `t.json:2:11: this is not JSON, or no table by columns: the columns have values of different rows`},
		{"a: {type: integer}, b: {type: integer}", "\ufeff{\"a\":{\"0\":1,\"1\":2},\n\"b\":{\"0\":1}}", `t.json:2:11: this is not JSON, or no table by columns: the columns have values of different rows`},
		{"a: {type: integer}", `{"a":{"0":1,"1":2`, `t.json:1:18: this is not JSON, or no table by columns: it ends within a value`},
		{"a0: {type: integer, column: a.0}, a1: {type: integer, column: a.1}", `{"a":{"0":1,"1":2}}`, `[1,2]`},
		{"a: {type: integer}", `{"a":{"0":1}}` + "\n" + `{"a":2}`, `t.json:1:6: a: an object is not an integer (row 1)`},
	} {
		if got := loadText(t, "t.json", "fields: {"+c.fields+"}\n", c.text); got != c.want {
			t.Errorf("%s: got %s, want %s", c.text, got, c.want)
		}
	}
}
