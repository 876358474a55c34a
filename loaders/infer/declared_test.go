package infer

import (
	"fmt"
	"strings"
	"testing"

	"herbarium/datasets"
	"herbarium/loaders/decode"
)

// TestADeclarationYieldsToAValueBehindTheOnesKept has more values than a column keeps
// before the one that breaks the declaration.
func TestADeclarationYieldsToAValueBehindTheOnesKept(t *testing.T) {
	for last, want := range map[string]string{
		"5000": "n: {type: number}",
		"B12":  "declared as number, which \"B12\" is not",
	} {
		table := NewTable()
		add := func(text string) {
			table.Column("n").Add(&decode.Value{Kind: decode.Text, Text: []byte(text)})
			table.EndRow()
		}
		for i := range 3000 {
			add(fmt.Sprint(i))
		}
		add(last)
		if absent := table.Declare([]Declared{{Column: "n", Typed: true, Field: datasets.Field{Type: datasets.Number}}, {Column: "m"}}, false); len(absent) != 1 || absent[0].Column != "m" {
			t.Errorf("%v is absent", absent)
		}
		text, err := table.Descriptor(Source{Dataset: "d", Name: "d.csv"})
		if err != nil || !strings.Contains(strings.ReplaceAll(string(text), `"n"`, "n"), want) {
			t.Errorf("%v\n%s", err, text)
		}
	}
}
