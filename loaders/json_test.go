package loaders

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/loaders/source"
)

const quakes = `
dataset: quakes
rest: ignore
fields:
  mag:   {type: number, column: properties.mag}
  lon:   {type: number, column: geometry.coordinates.0}
  lat:   {type: number, column: geometry.coordinates.1}
  felt:  {type: integer, column: properties.felt}
  alert: {type: boolean, column: properties.alert}
  at:    {type: date-time, column: properties.time}
  place: {type: string, column: properties.place}
  id:    {type: string, coerce: true}
`

// loaded returns the rows of a source as JSON arrays, and what went wrong.
func loaded(t testing.TB, yaml, content string, options Options) (rows []string, summary Summary, err error) {
	t.Helper()
	ds, err := datasets.Parse("d.yaml", []byte(yaml), nil)
	if err != nil {
		t.Fatal(err)
	}
	in := newIngest(ds, options.withDefaults(ds))
	in.write = func(_ context.Context, b *engine.Batch) error {
		for i := range b.Rows {
			var row []json.RawMessage
			for c := range b.Columns {
				v, text := &b.Columns[c], json.RawMessage("null")
				if !v.Null(i) {
					text = v.Value(i).Append(nil, v.Type)
				}
				row = append(row, text)
			}
			line, err := json.Marshal(row)
			if err != nil {
				return err
			}
			rows = append(rows, string(line))
		}
		return nil
	}
	err = in.read(t.Context(), []Source{Stream("t.json", strings.NewReader(content))})
	return rows, in.summary, err
}

const quake = `{"type": "Feature", "id": 5, "geometry": {"type": "Point", "coordinates": [13.4, -52.5e0, 10]},
 "properties": {"mag": 4.5, "felt": 3.0, "alert": false, "time": "2019-03-23T20:21:09Z", "place": "a\u00e9 \"b\""}}`

func TestRowsOfJSONAreFoundWhereverTheyAre(t *testing.T) {
	want := []string{`[4.5,13.4,-52.5,3,false,"2019-03-23T20:21:09.000Z","aé \"b\"","5"]`, `[null,null,null,null,null,null,null,null]`}
	line := strings.ReplaceAll(quake, "\n", "")
	for _, c := range []struct{ name, text, rows string }{
		{"an array", "[" + quake + ",{}]", ""},
		{"an array with spaces", "\ufeff \n[\n" + quake + "\n , { } \n]\n", ""},
		{"an object a line", line + "\n\n{}\r\n", ""},
		{"an object a line without an end", line + "\n {}", ""},
		{"within a document", `{"a": {"b": [1, "]", {}]}, "features": [` + quake + `,{}], "z": [{"x": "]"}]}`, "/features"},
		{"deep within a document", `{"a~/b": [0, {"rows": [` + quake + `,{}]}, 2]}` + "\n", "/a~0~1b/1/rows"},
		{"an exact name goes before a path", "[" + strings.TrimSuffix(strings.Replace(quake, `"mag": 4.5`, `"mag": 9`, 1), "}") + `, "properties.mag": 4.5},{}]`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, part := range []int{16, 1 << 20} {
				options := Options{Rows: c.rows, limits: source.DefaultLimits()}
				options.limits.Chunk = part
				rows, _, err := loaded(t, quakes, c.text, options)
				if err != nil {
					t.Fatalf("blocks of %d: %v", part, err)
				}
				if diff := cmp.Diff(want, rows); diff != "" {
					t.Errorf("blocks of %d: rows (-want +got):\n%s", part, diff)
				}
			}
		})
	}
}

func TestNoRowsOfJSON(t *testing.T) {
	for _, text := range []string{"[]", " [ ] ", "\n[\n]\n"} {
		if rows, _, err := loaded(t, quakes, text, Options{}); err != nil || rows != nil {
			t.Errorf("%q: %v, %v", text, rows, err)
		}
	}
}

const typed = `
dataset: typed
fields:
  n: {type: number}
  i: {type: integer}
  b: {type: boolean}
  s: {type: string, missing: [none]}
  d: {type: date}
`

func TestFaultsInJSONNameTheirPlace(t *testing.T) {
	for _, c := range []struct {
		name, text, rows string
		want             []string
	}{
		{"text that is no number", `{"n": "12,50"}`, "", []string{`t.json:1:7: n: "12,50" is not a number (row 1)`}},
		{"types", "[\n {\"n\": true, \"i\": 1.5,\n  \"b\": 2, \"s\": 5, \"d\": 20190323}]", "", []string{
			`t.json:2:8: n: true is not a number (row 1)`, `t.json:2:19: i: "1.5" is not an integer (row 1)`,
			`t.json:3:8: b: the number 2 is not true or false, yes or no, t or f, 1 or 0 (row 1)`,
			`t.json:3:16: s: the number 5 is not text; coerce: true in the descriptor takes it as text (row 1)`,
			`t.json:3:24: d: the number 20190323 is not text, and a date is written as text (row 1)`}},
		{"objects and arrays", `{"n": {}, "s": [1]}`, "", []string{`t.json:1:7: n: an object is not a number (row 1)`, `t.json:1:16: s: an array is not text (row 1)`}},
		{"beyond the range", `{"n": 1e999, "i": 9223372036854775808}`, "", []string{
			`t.json:1:7: n: "1e999" is beyond the range of a float64 (row 1)`, `t.json:1:19: i: "9223372036854775808" is beyond the range of an int64 (row 1)`}},
		{"a row that is none", "[{}, [1], 5, null, \"x\"]", "", []string{`t.json:1:6: a row is an object, {…}, not an array (row 2)`,
			`t.json:1:11: a row is an object, {…}, not a number (row 3)`, `t.json:1:14: a row is an object, {…}, not null (row 4)`, `t.json:1:20: a row is an object, {…}, not a string (row 5)`}},
		{"a line that is no JSON", "{\"n\": 1}\n{\"n\": nope}\n{\"n\": \"x\"}\n", "", []string{
			`t.json:2:8: this is not JSON: invalid character 'o' in literal null (expecting 'u') (row 2)`, `t.json:3:7: n: "x" is not a number (row 3)`}},
		{"an array behind an object", `{"n": 1} [2]`, "", []string{`t.json:1:10: there is more data after the row's object (row 1)`}},
		{"a name twice", `{"n": 1, "n": 2}`, "", []string{`t.json:1:10: this is not JSON: duplicate object member name (row 1)`}},
		{"a line that ends too early", `{"n": `, "", []string{`t.json:1:6: this is not JSON: it ends within a value; a row stands on one line, or in an array: rows: /NAME in the descriptor, or --rows, says where in a document that is (row 1)`}},
		{"an array without its end", "[{}", "", []string{`t.json:1:4: this is not JSON: the array of rows is never closed (row 2)`}},
		{"an array that ends within a row", "[{},\n{\"n\"", "", []string{`t.json:2:1: this is not JSON: it ends within the row that begins here (row 2)`}},
		{"two commas", "[{},,{}]", "", []string{`t.json:1:5: this is not JSON: a row is missing before this character (row 2)`}},
		{"no comma", "[{} {}]", "", []string{`t.json:1:5: this is not JSON: a comma is missing before this row (row 2)`}},
		{"a comma at the end", "[{},]", "", []string{`t.json:1:5: this is not JSON: a row is missing before this character (row 2)`}},
		{"more behind the array", "[{}]\n x", "", []string{`t.json:2:2: this is not JSON: invalid character 'x' at start of value (row 2)`}},
		{"a document that is cut off", `{"f": [{}], "x": `, "/f", []string{`t.json:1:18: this is not JSON: it ends within a value (row 2)`}},
		{"rows that are not there", `{"a": 1, "b": []}`, "/f", []string{`t.json:1:18: the document has no "f"; it has "a", "b"`}},
		{"rows that are not there, within a name with a slash", `{"a/b": {"m~n": {"c": 1}}}`, "/a~1b/m~0n/f", []string{`t.json:1:25: the value at /a~1b/m~0n has no "f"; it has "c"`}},
		{"rows that are none, within a name with a slash", `{"a/b": {"n": 1}}`, "/a~1b", []string{`t.json:1:9: the value at /a~1b is an object, not an array of rows; rows: /NAME in the descriptor, or --rows, says where they are`}},
		{"rows that are none", `{"f": {"n": 1}}`, "/f", []string{`t.json:1:7: the value at /f is an object, not an array of rows; rows: /NAME in the descriptor, or --rows, says where they are`}},
		{"a text for rows", "{\"f\":\n  \"n, 1\"}", "/f", []string{`t.json:2:3: the value at /f is a string, not an array of rows; rows: /NAME in the descriptor, or --rows, says where they are`}},
		{"a number for rows", `[7, -12.5]`, "/1", []string{`t.json:1:5: the value at /1 is a number, not an array of rows; rows: /NAME in the descriptor, or --rows, says where they are`}},
		{"null for rows", `{"f" : null}`, "/f", []string{`t.json:1:8: the value at /f is null, not an array of rows; rows: /NAME in the descriptor, or --rows, says where they are`}},
		{"what is no value for rows", `{"f": nope}`, "/f", []string{`t.json:1:8: this is not JSON: invalid character 'o' in literal null (expecting 'u')`}},
		{"a name like the column's", `{"N": 1, "i": 1, "b": true, "s": "x", "d": null}`, "", []string{`t.json:1:1: n: no row has the column "n" (did you mean N?)`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := loaded(t, typed, c.text, Options{Rows: c.rows})
			if err == nil {
				t.Fatal("nothing is wrong")
			}
			if diff := cmp.Diff(c.want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMissingValuesOfJSON(t *testing.T) {
	rows, summary, err := loaded(t, typed, `[{"n": null, "s": "", "extra": 1}, {"n": "", "s": "none", "b": "NA", "d": " "}]`, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{`[null,null,null,"",null]`, `[null,null,null,null,null]`}, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]string{{"extra"}, {"i"}}, [][]string{summary.Unread, summary.Absent}); diff != "" {
		t.Errorf("columns unread and absent (-want +got):\n%s", diff)
	}
}

func TestDeepAndLongJSONMeetsALimit(t *testing.T) {
	options := Options{limits: source.DefaultLimits()}
	options.limits.Record, options.limits.Chunk = 100_000, 1000
	deep := strings.Repeat(`{"x":`, 20_000)
	for name, c := range map[string]struct{ text, want string }{
		"deep nesting in a line":  {deep + "\n", "t.json:1:50001: this is not JSON: exceeded max depth (row 1)"},
		"deep nesting in a row":   {"[" + deep + strings.Repeat("}", 20_000) + "]", "t.json:1:50002: this is not JSON: exceeded max depth (row 1)"},
		"a line without an end":   {"{}\n{\"n\": \"" + strings.Repeat("x", 300_000), "t.json:2:1: the row that begins here is longer than 100000 bytes (row 2)"},
		"a row without an end":    {"[{},\n{\"n\": \"" + strings.Repeat("x", 300_000), "t.json:2:1: the row that begins here is longer than 100000 bytes (row 2)"},
		"nothing but a long name": {"{\"" + strings.Repeat("x", 300_000), "t.json:1:1: the row that begins here is longer than 100000 bytes"},
	} {
		_, _, err := loaded(t, typed, c.text, options)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %.200v, want %s", name, err, c.want)
		}
	}
}

// TestADocumentAroundTheRowsIsNoRow holds that a document whose rows lie deeper
// does not pass for one row without values.
func TestADocumentAroundTheRowsIsNoRow(t *testing.T) {
	_, _, err := loaded(t, "dataset: d\nfields: {i: {type: integer}, x: {type: number}}\n", `{"rows":[{"i":1},{"i":2}]}`, Options{})
	const want = "t.json:1:1: no row has a column that a field reads; rows that lie deeper are named by rows in the descriptor, or --rows"
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func BenchmarkNDJSON(b *testing.B) {
	const row = `{"a":12.5,"b":0.25,"s":"green \"1\"","i":1234567,"t":"2019-03-23 20:21:09","near":{"x":1,"y":[2,3]}}` + "\n"
	text := strings.Repeat(row, 20_000)
	ds, err := datasets.Parse("d.yaml", []byte("dataset: d\nfields:\n  a: {type: number}\n  b: {type: number}\n  s: {type: string}\n"+
		"  i: {type: integer}\n  t: {type: date-time}\n  near.x: {type: integer}\n"), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("load", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Check(context.Background(), ds, []Source{Stream("t.ndjson", strings.NewReader(text))}, Options{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("infer", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Infer(context.Background(), []Source{Stream("t.ndjson", strings.NewReader(text))}, InferOptions{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
