package schemas

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// TestThePageOfDescriptorsNamesEveryKey looks for a row of its table for each
// key that a descriptor may have.
func TestThePageOfDescriptorsNamesEveryKey(t *testing.T) {
	page, err := os.ReadFile("../docs/descriptor.md")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("dataset.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	type object struct {
		Properties  map[string]object
		Definitions map[string]object
	}
	var schema object
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	root := schema.Properties
	for where, keys := range map[string]map[string]object{
		"| key |": root, "| key of `stats` |": root["stats"].Properties,
		"| key of `page` |": schema.Definitions["page"].Properties, "## A field": schema.Definitions["field"].Properties,
		"## Operations of your own": schema.Definitions["operation"].Properties,
	} {
		if len(keys) == 0 {
			t.Errorf("the schema has no keys for %q", where)
		}
		_, table, found := strings.Cut(string(page), where)
		if strings.HasPrefix(where, "|") {
			table, _, _ = strings.Cut(table, "\n\n")
		}
		for key := range keys {
			if !found || !namesKey(table, key) {
				t.Errorf("docs/descriptor.md has no row of %s after %q", key, where)
			}
		}
	}
}

// namesKey reports whether a row's first cell has the key.
func namesKey(table, key string) bool {
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) > 2 && strings.Contains(cells[1], "`"+key+"`") {
			return true
		}
	}
	return false
}
