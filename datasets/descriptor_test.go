package datasets

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"gopkg.in/yaml.v3"

	"herbarium/schemas"
)

// testSchemas finds the schemas that descriptors in tests name.
func testSchemas(name string) ([]byte, error) {
	switch name {
	case "any.schema.json":
		return []byte(`{}`), nil
	case "broken.schema.json":
		return []byte(`{"type": `), nil
	default:
		return nil, fs.ErrNotExist
	}
}

// settleNothing finds nothing wrong with what an operation presets. Package query has
// a table of what it finds.
func settleNothing(*Dataset, *Operation) (any, []schemas.Violation) { return nil, nil }

// badDescriptor is a descriptor and what is wrong with it.
type badDescriptor struct {
	name, text, faults string
	// beyond marks faults that the schema for editors cannot see.
	beyond bool
}

// badDescriptors reads testdata/bad: after each NAME.yaml its faults, and
// "beyond the schema" where an editor cannot see any of them.
func badDescriptors(t *testing.T) []badDescriptor {
	files, err := filepath.Glob("testdata/bad/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no bad descriptors", err)
	}
	var all []badDescriptor
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			text := string(f.Data)
			switch f.Name {
			case "faults":
				all[len(all)-1].faults = strings.TrimSpace(text)
			case "beyond the schema":
				all[len(all)-1].beyond = true
			default:
				all = append(all, badDescriptor{name: f.Name, text: text})
			}
		}
	}
	return all
}

func TestParseNamesEveryFaultWithItsPlace(t *testing.T) {
	for _, bad := range badDescriptors(t) {
		t.Run(bad.name, func(t *testing.T) {
			_, err := Parse(bad.name, []byte(bad.text), testSchemas, WithSettler(settleNothing))
			if err == nil {
				t.Fatal("nothing is wrong")
			}
			if diff := cmp.Diff(bad.faults, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseRefusesBytesThatAreNoText(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"an empty file", "", "d.yaml:1:1: the file is empty; a descriptor begins with dataset: NAME"},
		{"half a letter", "dataset: d\ntitle: a\xff\n", "d.yaml:2:9: the text is not valid UTF-8 here"},
		{"UTF-16", "\xff\xfed\x00", "d.yaml:1:1: the text is not valid UTF-8 here"},
		{"over a mebibyte", strings.Repeat("# x\n", 1<<18) + "#", "d.yaml:1:1: the file is larger than 1048576 bytes, the maximum size of a descriptor"},
		{"a control character", "dataset: \"\x01\"\n", "d.yaml:1:11: this is not YAML: control characters are not allowed"},
		{"a colon in a value", "dataset: d\ntitle: Ä: b\n", "d.yaml:2:9: this is not YAML: mapping values are not allowed in this context"},
		{"a character that begins no value", "dataset: d\ntitle: @b\n", "d.yaml:2:8: this is not YAML: found character that cannot start any token"},
		{"a bracket that is not closed", "dataset: d\nfields:\n  a: [1\n  b: 2\n", "d.yaml:3:3: this is not YAML: did not find expected ',' or ']'"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse("d.yaml", []byte(test.text), testSchemas)
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestParseTellsTheFirstHundredOfManyFaults(t *testing.T) {
	var b strings.Builder
	b.WriteString("dataset: d\nfields:\n")
	for i := range 20000 {
		fmt.Fprintf(&b, "  f%d: {type: date}\n", i)
	}
	b.WriteString("bounds:\n")
	for i := range 20000 {
		fmt.Fprintf(&b, "- g%d\n", i)
	}
	begin := time.Now()
	_, err := Parse("d.yaml", []byte(b.String()), testSchemas)
	var got *DescriptorError
	if !errors.As(err, &got) || len(got.Faults) != 101 {
		t.Fatalf("%d faults", len(got.Faults))
	}
	if took := time.Since(begin); took > time.Minute {
		t.Errorf("took %v", took)
	}
	want := "there are more faults, which are not listed"
	if last := got.Faults[100]; last.Detail != want || last.Line != 20103 {
		t.Errorf("the last fault is %+v", last)
	}
	if size := len(err.Error()); size > 64<<10 {
		t.Errorf("the message has %d bytes", size)
	}
}

func TestParseTakesAByteOrderMark(t *testing.T) {
	if _, err := Parse("d.yaml", []byte("\uFEFFdataset: d\nfields: {x: {type: number}}\n"), testSchemas); err != nil {
		t.Error(err)
	}
}

func TestDescriptorErrorCanBeTakenApart(t *testing.T) {
	_, err := Parse("d.yaml", []byte("dataset: d\nfields:\n  x: {type: numbr}\n"), testSchemas)
	var got *DescriptorError
	if !errors.As(err, &got) {
		t.Fatalf("%T is no DescriptorError", err)
	}
	want := &DescriptorError{File: "d.yaml", Faults: []Fault{{Line: 3, Column: 13, Path: "fields.x.type",
		Detail: `there is no type "numbr" (did you mean number?); allowed: number, integer, boolean, string, date, date-time`}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestSchemaForEditorsAgreesWithParse holds the two readings of what a
// descriptor is against one another.
func TestSchemaForEditorsAgreesWithParse(t *testing.T) {
	text, err := schemas.Files.ReadFile("dataset.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := schemas.Compile(text)
	if err != nil {
		t.Fatal(err)
	}
	refuses := func(text string) bool {
		document, err := asJSON([]byte(text))
		return err != nil || len(schema.Validate(document)) > 0
	}
	for _, bad := range badDescriptors(t) {
		if refuses(bad.text) == bad.beyond {
			t.Errorf("%s: the schema refuses it: %v", bad.name, !bad.beyond)
		}
	}
	for _, name := range pathNames {
		if !refuses("dataset: " + name + "\nfields: {x: {type: number}}\n") {
			t.Errorf("the schema allows a dataset called %s", name)
		}
	}
	for _, name := range ownPaths {
		if !refuses("dataset: d\nfields: {x: {type: number}}\noperations: {" + name + ": {of: range}}\n") {
			t.Errorf("the schema allows an operation called %s", name)
		}
	}
	good, err := filepath.Glob("testdata/good/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(good, "iris.yaml") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if document, err := asJSON(text); err != nil {
			t.Errorf("%s: %v", file, err)
		} else if faults := schema.Validate(document); faults != nil {
			t.Errorf("%s: the schema refuses it: %v", file, faults)
		}
	}
}

// asJSON reads YAML as editors do: as the JSON that it stands for, where a
// doubled key is an error.
func asJSON(text []byte) (*schemas.Node, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	value, err := plain(&document)
	if err != nil {
		return nil, err
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return schemas.Parse(encoded)
}

func plain(n *yaml.Node) (any, error) {
	switch n.Kind {
	case 0:
		return nil, nil // a file without a document
	case yaml.DocumentNode:
		return plain(n.Content[0])
	case yaml.AliasNode:
		return plain(n.Alias)
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, c := range n.Content {
			var err error
			if list[i], err = plain(c); err != nil {
				return nil, err
			}
		}
		return list, nil
	case yaml.MappingNode:
		m := map[string]any{}
		return m, plainMapping(n, m)
	default:
		var v any
		if n.ShortTag() == "!!str" || n.ShortTag() == "!!timestamp" {
			return n.Value, nil
		}
		return v, n.Decode(&v)
	}
}

func plainMapping(n *yaml.Node, m map[string]any) error {
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		v, err := plain(n.Content[i+1])
		if err != nil {
			return err
		}
		if merged, ok := v.(map[string]any); ok && key.ShortTag() == "!!merge" {
			for k, v := range merged {
				m[k] = v
			}
			continue
		}
		name := key.Value
		if key.Kind != yaml.ScalarNode {
			name = fmt.Sprintf("key %d", i)
		}
		if _, doubled := m[name]; doubled {
			return fmt.Errorf("%s stands twice", name)
		}
		m[name] = v
	}
	return nil
}
