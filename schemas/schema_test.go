package schemas

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const shelf = `{
  "type": "object",
  "additionalProperties": false,
  "required": ["name"],
  "properties": {
    "name": {"type": "string", "pattern": "^[a-z]+$"},
    "size": {"type": "integer", "minimum": 1, "maximum": 9},
    "tags": {"type": "array", "minItems": 1, "uniqueItems": true, "items": {"enum": ["a", "b"]}},
    "at/~": {"type": "object", "additionalProperties": false, "properties": {"x": {"type": "number"}}}
  }
}`

func TestValidatePointsToTheVeryValue(t *testing.T) {
	schema, err := Compile([]byte(shelf))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, text string
		want       []Violation
	}{
		{"nothing wrong", `{"name":"x","size":2.0,"tags":["a","b"],"at/~":{"x":1}}`, nil},
		{"wrong type", `{"name":1}`, []Violation{{Pointer: "/name", Code: WrongType}}},
		{"property too many", `{"name":"x","nome":1}`, []Violation{{Pointer: "/nome", Code: UnknownProperty}}},
		{"field too many, escaped", `{"name":"x","at/~":{"y/":1}}`, []Violation{{Pointer: "/at~1~0/y~1", Code: UnknownField}}},
		{"value not listed", `{"name":"x","tags":["a","c"]}`, []Violation{{Pointer: "/tags/1", Code: NotInEnum}}},
		{"second of two", `{"name":"x","tags":["a","a"]}`, []Violation{{Pointer: "/tags/1", Code: DuplicateValue}}},
		{"empty list", `{"name":"x","tags":[]}`, []Violation{{Pointer: "/tags", Code: TooFew}}},
		{"beyond float64", `{"name":"x","size":1e999999999}`, []Violation{{Pointer: "/size", Code: OutOfRange}}},
		{"beyond float64 where values are compared", `{"name":"x","tags":[1e999999999,1e400]}`, []Violation{
			{Pointer: "/tags/0", Code: NotInEnum}, {Pointer: "/tags/1", Code: NotInEnum}, {Pointer: "/tags/1", Code: DuplicateValue}}},
		{"a fraction far behind", `{"name":"x","size":1e-999999999}`, []Violation{{Pointer: "/size", Code: WrongType}}},
		{"missing", `{}`, []Violation{{Pointer: "", Code: Refused}}},
		{"pattern", `{"name":"X"}`, []Violation{{Pointer: "/name", Code: Refused}}},
		{"all, in the order of the document", `{"size":0,"zip":1,"name":2}`, []Violation{
			{Pointer: "/size", Code: OutOfRange}, {Pointer: "/zip", Code: UnknownProperty}, {Pointer: "/name", Code: WrongType}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n, err := Parse([]byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			got := schema.Validate(n)
			opts := cmpopts.IgnoreFields(Violation{}, "Detail", "offset")
			if diff := cmp.Diff(test.want, got, opts); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestNumbersThatDifferBeyondFloat64AreDistinct(t *testing.T) {
	schema, err := Compile([]byte(`{"properties":{
	  "n": {"type": "array", "uniqueItems": true, "items": {"type": ["integer", "null"], "maximum": 9223372036854775807}},
	  "uniqueItems": {"type": "array", "uniqueItems": true, "items": {"type": "number"}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][]Violation{
		`{"n":[9007199254740992,9007199254740993]}`:                              nil,
		`{"n":[-9223372036854775808,null,-9223372036854775807]}`:                 nil,
		`{"n":[9007199254740993,null,9007199254740993]}`:                         {{Pointer: "/n/2", Code: DuplicateValue}},
		`{"n":[9007199254740993,9007199254740993.0]}`:                            {{Pointer: "/n/1", Code: DuplicateValue}},
		`{"n":[9007199254740992,9007199254740993,9223372036854775808]}`:          {{Pointer: "/n/2", Code: OutOfRange}},
		`{"n":[9007199254740992,9007199254740993,0.5]}`:                          {{Pointer: "/n/2", Code: WrongType}},
		`{"uniqueItems":[0.10000000000000000000001,0.1000000000000000000000]}`:   nil,
		`{"uniqueItems":[[9007199254740992,9007199254740993],"an item's type"]}`: {{Pointer: "/uniqueItems/0", Code: WrongType}, {Pointer: "/uniqueItems/1", Code: WrongType}},
	} {
		n, err := Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, schema.Validate(n), cmpopts.IgnoreFields(Violation{}, "Detail", "offset")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

func TestAnEnumMayHaveNumbersThatDifferBeyondFloat64(t *testing.T) {
	schema, err := Compile([]byte(`{"enum":[9007199254740992,9007199254740993,"a"]}`))
	if err != nil {
		t.Fatal(err)
	}
	for text, ok := range map[string]bool{"9007199254740992": true, "9007199254740993": true, `"a"`: true, "9007199254740995": false, "1": false} {
		n, err := Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := schema.Validate(n) == nil; got != ok {
			t.Errorf("%s is valid: %v", text, got)
		}
	}
	if _, err := Compile([]byte(`{"enum":[9007199254740993,9007199254740993]}`)); err == nil {
		t.Error("an enum may have one number twice")
	}
}

func TestCompileRefusesWhatIsNoSchema(t *testing.T) {
	for _, text := range []string{``, `{`, `{"type":"nombre"}`, `{"$ref":"#/definitions/none"}`,
		`{"properties":{"a":{"$ref":"http://127.0.0.1:1/x.json"}}}`, `{"anyOf":[{"$ref":"file:///etc/hostname"}]}`} {
		if _, err := Compile([]byte(text)); err == nil {
			t.Errorf("Compile(%s) gave no error", text)
		}
	}
}

func TestNearestFindsTheWordThatWasMeant(t *testing.T) {
	words := []string{"n", "species", "lower", "upper", "per_page", "page", "sepal_length", "sepal_width", "boolean"}
	tests := map[string]string{
		"speces":       "species",
		"Species":      "species",
		"sepal_lenght": "sepal_length",
		"perpage":      "per_page",
		"pgae":         "page",
		"bool":         "boolean",
		"bo":           "",
		"sepal":        "",
		"xyz":          "",
		"x":            "",
		"":             "",
	}
	for name, want := range tests {
		if got := Nearest(name, words); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestCodesListsEveryCode(t *testing.T) {
	file, err := goparser.ParseFile(token.NewFileSet(), "violation.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var declared []Code
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if ok && len(spec.Values) == 1 {
			if text, ok := spec.Values[0].(*ast.BasicLit); ok {
				declared = append(declared, Code(strings.Trim(text.Value, `"`)))
			}
		}
		return true
	})
	if diff := cmp.Diff(declared, Codes()); diff != "" {
		t.Errorf("(-declared +listed):\n%s", diff)
	}
}
