package frictionless

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"herbarium/datasets"
	"herbarium/loaders/infer"
)

func noFiles(string) ([]byte, error) { return nil, fs.ErrNotExist }

func TestLooks(t *testing.T) {
	for _, c := range []struct {
		file, text string
		want       bool
	}{
		{"p.json", `{"resources": [{"name": "a", "path": "a.csv"}]}`, true},
		{"p.json", "\ufeff\n{\"resources\": [{\"name\": \"a\", \"path\": [\"a.csv\"]}]}", true},
		{"p.json", `{"resources": [{"name": "a", "data": [{"x": 1}]}]}`, true},
		{"datapackage.json", `{}`, true},
		{"x/y.datapackage.json", `{`, true},
		{"datapackage.json", `[]`, false},
		{"p.json", `{"resources": [{"name": "a"}]}`, false},
		{"p.json", `{"resources": [{"path": "a.csv"}]}`, false},
		{"p.json", `{"resources": [{"name": "a", "path": []}]}`, false},
		{"p.json", `{"resources": [{"name": "a", "path": 1}]}`, false},
		{"p.json", `{"resources": 7}`, false},
		{"p.json", `{"rows": [{"name": "a", "path": "a.csv"}]}`, false},
		{"p.json", `{"resources": [{"name": "a", "path": "a.csv"}]`, false},
	} {
		if got := Looks(c.file, []byte(c.text)); got != c.want {
			t.Errorf("%s %s: %v", c.file, c.text, got)
		}
	}
}

// resourceOf reads the package with one resource that has the members.
func resourceOf(members string) (*Resource, error) {
	p, err := Parse([]byte(`{"resources": [{"name": "r", "path": "r.csv", ` + members + `}]}`))
	if err != nil {
		return nil, err
	}
	return p.Resource("", false, noFiles)
}

func TestTheFirstTableIsFoundWhateverItIsPackedWith(t *testing.T) {
	for _, file := range []string{"r.csv", "r.CSV.GZ", "r.json.zst", "r.tsv.bz2", "r.ndjson.xz", "r.csv.lz4"} {
		p, err := Parse([]byte(`{"resources": [{"name": "notes", "path": "notes.pdf.gz"}, {"name": "rows", "path": "` + file + `"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		if at, err := p.choose(""); at != 1 || err != nil {
			t.Errorf("%s: resource %d, %v", file, at, err)
		}
	}
}

func TestDialects(t *testing.T) {
	for text, want := range map[string]datasets.CSV{
		`{"delimiter": ";", "quoteChar": "'", "escapeChar": "\\", "doubleQuote": false, "commentChar": "#"}`: {Delimiter: ";", Quote: "'", Escape: `\`, Comment: "#"},
		`{"delimiter": "\t", "quoteChar": "\""}`:               {Delimiter: "\t"},
		`{"delimiter": "\\t", "quoteChar": ""}`:                {Delimiter: "\t", NoQuote: true},
		`{"csv": {"delimiter": "|"}, "header": false}`:         {Delimiter: "|", Header: datasets.NoHeader},
		`{"headerRows": []}`:                                   {Header: datasets.NoHeader},
		`{"headerRows": [3, 4]}`:                               {Header: 2, Skip: 2},
		`{"commentRows": [1, 2], "headerRows": [3]}`:           {Skip: 2},
		`{"commentRows": [1, 2, 9], "header": false}`:          {Skip: 2, Header: datasets.NoHeader},
		`{"delimiter": null, "header": true, "quoteChar":"'"}`: {Quote: "'"},
	} {
		r, err := resourceOf(`"dialect": ` + text)
		if err != nil || r.CSV != want {
			t.Errorf("%s: %+v, %v", text, r, err)
		}
	}
}

func TestSheets(t *testing.T) {
	for text, want := range map[string]string{
		`{"sheetName": "Q1 2026"}`:      "Q1 2026",
		`{"sheetNumber": 2}`:            "2",
		`{"excel": {"sheet": "Notes"}}`: "Notes",
		`{"sheet": 3}`:                  "3",
		`{"excel": {}}`:                 "",
	} {
		r, err := resourceOf(`"dialect": ` + text)
		if err != nil || r.Sheet != want {
			t.Errorf("%s: %+v, %v", text, r, err)
		}
	}
	if _, err := resourceOf(`"dialect": {"sheet": true}`); err == nil || err.Error() != "/resources/0/dialect/sheet: the name of a sheet belongs here, or its place from 1, not a boolean" {
		t.Errorf("got %v", err)
	}
}

func TestFields(t *testing.T) {
	notation := func(n datasets.Notation) datasets.Field { return datasets.Field{Type: datasets.Number, Notation: n} }
	for text, want := range map[string]infer.Declared{
		`"type": "string", "title": "T", "description": "D", "unit": "kg"`: {Typed: true, Field: datasets.Field{Type: datasets.String, Title: "T", Description: "D", Unit: "kg"}},
		`"type": "number", "decimalChar": ",", "groupChar": "."`:           {Typed: true, Field: notation(datasets.Notation{Decimal: ",", Thousands: "."})},
		`"type": "number", "decimalChar": "."`:                             {Typed: true, Field: notation(datasets.Notation{})},
		`"type": "number", "missingValues": ["", "NA", "-", "-"]`:          {Typed: true, Field: notation(datasets.Notation{Missing: []string{"-"}})},
		`"type": "string", "missingValues": ["", "NA"]`:                    {Typed: true, Field: datasets.Field{Type: datasets.String, Notation: datasets.Notation{Missing: []string{"NA"}}}},
		`"type": "integer", "constraints": {"required": true, "enum": ["1", 2]}`: {Typed: true,
			Field: datasets.Field{Type: datasets.Integer, Required: true, Enum: []string{"1", "2"}}},
		`"type": "boolean", "trueValues": ["T", "yes"], "falseValues": ["F", "0"]`: {Typed: true, Field: datasets.Field{Type: datasets.Boolean}},
		`"type": "date"`:                                        {Typed: true, Field: datasets.Field{Type: datasets.Date}},
		`"type": "date", "format": "%Y-%m-%d"`:                  {Typed: true, Field: datasets.Field{Type: datasets.Date}},
		`"type": "date", "format": "fmt:%d/%m/%y"`:              {Typed: true, Field: datasets.Field{Type: datasets.Date, Notation: datasets.Notation{Format: "%d/%m/%y"}}},
		`"type": "date", "format": "any"`:                       {Typed: true, Guess: true, Field: datasets.Field{Type: datasets.Date}},
		`"type": "datetime", "format": "%Y-%m-%dT%H:%M:%SZ"`:    {Typed: true, Field: datasets.Field{Type: datasets.DateTime}},
		`"type": "year"`:                                        {Typed: true, Field: datasets.Field{Type: datasets.Integer}},
		`"type": "any"`:                                         {Field: datasets.Field{Type: datasets.String}},
		`"title": "no type"`:                                    {Field: datasets.Field{Type: datasets.String, Title: "no type"}},
		`"type": "date", "constraints": {"enum": ["31/1/24"]}`:  {Typed: true, Field: datasets.Field{Type: datasets.Date}, Remarks: []string{"not kept: enum"}},
		`"type": "integer", "constraints": {"maximum": 10}`:     {Typed: true, Field: datasets.Field{Type: datasets.Integer}, Remarks: []string{"not kept: maximum 10"}},
		`"type": "time"`:                                        {Typed: true, Field: datasets.Field{Type: datasets.String, Ordered: true}, Remarks: []string{"the package's type is time, which is text here"}},
		`"type": "duration"`:                                    {Typed: true, Field: datasets.Field{Type: datasets.String}, Remarks: []string{"the package's type is duration, which is text here"}},
		`"type": "array"`:                                       {Field: datasets.Field{Type: datasets.String}, Remarks: []string{"the package's type is array"}},
		`"type": "string", "categories": [{"value": "a"}, "b"]`: {Typed: true, Field: datasets.Field{Type: datasets.String, Enum: []string{"a", "b"}}},
	} {
		r, err := resourceOf(`"schema": {"fields": [{"name": "f", ` + text + `}]}`)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := r.Columns[0]
		same := got.Typed == want.Typed && got.Guess == want.Guess && slices.Equal(got.Remarks, want.Remarks) && got.Type == want.Type &&
			got.Title == want.Title && got.Description == want.Description && got.Unit == want.Unit && got.Required == want.Required &&
			got.Ordered == want.Ordered && slices.Equal(got.Enum, want.Enum) && slices.Equal(got.Missing, want.Missing) &&
			got.Format == want.Format && got.Decimal == want.Decimal && got.Thousands == want.Thousands
		if got.Column != "f" || !same {
			t.Errorf("%s: %+v, not %+v", text, got, want)
		}
	}
}

func TestWrongPackagesSayWhere(t *testing.T) {
	for text, want := range map[string]string{
		`"dialect": 3`:                               "/resources/0/dialect: an object belongs here, not a number",
		`"schema": {"fields": {}}`:                   "/resources/0/schema/fields: an array belongs here, not an object",
		`"schema": {"fields": [1]}`:                  "/resources/0/schema/fields/0: an object belongs here, not a number",
		`"schema": {"missingValues": [[]]}`:          "/resources/0/schema/missingValues/0: a string, a number or a boolean belongs here, not an array",
		`"schema": "https://example.org/s.json"`:     `/resources/0/schema: "https://example.org/s.json" is not a file in the package's folder; download it there, or write the schema in its place`,
		`"dialect": {"header": 1}`:                   "/resources/0/dialect/header: a boolean belongs here, not a number",
		`"dialect": {"headerRows": [1, 3]}`:          "/resources/0/dialect/headerRows: the lines of a header follow each other",
		`"dialect": {"headerRows": [0]}`:             "/resources/0/dialect/headerRows/0: the number of a line belongs here, from 1 to 1000 and greater than the one before",
		`"licenses": [{"name": 1}]`:                  "/resources/0/licenses/0/name: a string belongs here, not a number",
		`"schema": {"fields": [], "primaryKey": ""}`: `/resources/0/schema/primaryKey: the schema has no field ""`,
	} {
		_, err := resourceOf(text)
		var wrong *Error
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, not %s", text, err, want)
		}
	}
}

// FuzzPackage reads anything: it ends in a resource whose paths stay in the folder,
// or in an error.
func FuzzPackage(f *testing.F) {
	f.Add([]byte(`{"resources": [{"name": "r", "path": ["a.csv", "../b"], "dialect": {"csv": {"headerRows": [1, 2]}}, "schema": {"fields": [{"name": "f", "type": "date", "constraints": {"enum": [null, {}]}}]}}]}`))
	f.Add([]byte(`{"resources": [{"data": [{}], "schema": "s"}, {}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := Parse(text)
		if err != nil {
			return
		}
		r, err := p.Resource("", false, func(string) ([]byte, error) { return text, nil })
		if err != nil {
			return
		}
		for _, path := range r.Paths {
			if !datasets.ValidData(path) {
				t.Errorf("%q", path)
			}
		}
	})
}
