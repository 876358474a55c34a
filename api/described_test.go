package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"herbarium/api/problem"
	"herbarium/api/status"
	"herbarium/engine"
	"herbarium/schemas"
)

// TestTheDocumentHasEveryMemberOfAnswers holds the schemas of objects that have no members
// but those which they name against the structs that are sent, with the members that some
// stores alone know.
func TestTheDocumentHasEveryMemberOfAnswers(t *testing.T) {
	var doc struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]any
			}
		}
	}
	if err := json.Unmarshal([]byte(bodyOf(t, call(newServer(t, &fakeStore{}, Options{}), http.MethodGet, "/openapi.json", ""))), &doc); err != nil {
		t.Fatal(err)
	}
	for name, sent := range map[string]any{
		"Dataset": description{}, "Summary": summary{}, "Field": fieldDescription{}, "StatsFields": statsDescription{}, "PageSizes": pageDescription{},
		"NamedOperation": namedDescription{}, "Versions": status.VersionList{}, "Version": status.Version{}, "UnreadableVersion": status.UnreadableVersion{},
		"Readiness": status.Readiness{}, "Problem": problem.Details{}, "Fault": schemas.Violation{}, "Explanation": engine.Explanation{},
	} {
		schema, ok := doc.Components.Schemas[name]
		if !ok {
			t.Errorf("there is no schema %s", name)
			continue
		}
		if diff := cmp.Diff(membersOf(reflect.TypeOf(sent)), slices.Sorted(maps.Keys(schema.Properties))); diff != "" {
			t.Errorf("%s (-sent +described):\n%s", name, diff)
		}
	}
}

// membersOf returns the members of a struct as JSON, sorted.
func membersOf(of reflect.Type) (members []string) {
	for i := range of.NumField() {
		if name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ","); of.Field(i).IsExported() && name != "-" {
			members = append(members, name)
		}
	}
	slices.Sort(members)
	return members
}
