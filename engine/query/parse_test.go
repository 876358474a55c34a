package query

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"herbarium/datasets"
	"herbarium/engine/fault"
)

func TestABodyOfCountlessFaultsIsAnsweredInBoundedSize(t *testing.T) {
	var keys strings.Builder
	for range 50_000 {
		keys.WriteString(`"x":0,`)
	}
	tests := map[string]string{
		"unknown keys":     `{` + keys.String() + `"y":0}`,
		"doubled values":   `{"species":["setosa"` + strings.Repeat(`,"setosa"`, 50_000) + `]}`,
		"a key of 100 KB":  `{"` + strings.Repeat("k", 100_000) + `":1}`,
		"a value of 100KB": `{"species":"` + strings.Repeat("v", 100_000) + `"}`,
		"a long number":    `{"page":1` + strings.Repeat("0", 100_000) + `}`,
	}
	for name, body := range tests {
		_, err := Parse(fakeDataset(t), datasets.Range, []byte(body))
		var failure *fault.Error
		if !errors.As(err, &failure) || failure.Code != fault.InvalidQuery {
			t.Fatalf("%s: %v", name, err)
		}
		if n := len(failure.Violations); n > 100 {
			t.Errorf("%s: %d violations", name, n)
		}
		if n := len(err.Error()); n > 100_000 {
			t.Errorf("%s: %d bytes", name, n)
		}
	}
}

func TestABodyOfSpaceIsNotEmpty(t *testing.T) {
	for body, empty := range map[string]bool{"": true, " \t\r\n": false, "\v": false, " \f": false, "\u00a0": false, "\u0085": false, "\x00": false} {
		_, err := Parse(fakeDataset(t), datasets.Range, []byte(body))
		var failure *fault.Error
		if (err == nil) != empty || err != nil && (!errors.As(err, &failure) || failure.Code != fault.MalformedQuery) {
			t.Errorf("%q: %v", body, err)
		}
	}
}

func TestFaultsBeyondThoseToldAreCounted(t *testing.T) {
	_, err := Parse(fakeDataset(t), datasets.Range, []byte(`{"species":["setosa"`+strings.Repeat(`,"setosa"`, 5000)+`]}`))
	var failure *fault.Error
	if !errors.As(err, &failure) || failure.Detail != "the query has 5000 faults; these are 100 of them" {
		t.Errorf("got %.200v", err)
	}
	if last := failure.Violations[99].Pointer; last != "/species/100" {
		t.Errorf("the last one told is %s, want /species/100", last)
	}
}

// A name that there is not is compared with all that there are, which for each of a hundred
// thousand faults and an enum of a thousand values took minutes.
func TestDetailsAreWrittenOnlyOfFaultsThatAreTold(t *testing.T) {
	var values []string
	for i := range 200 {
		values = append(values, fmt.Sprintf("value-%03d", i))
	}
	ds, err := datasets.Parse("coded.yaml", []byte("dataset: coded\nfields:\n  code: {type: string, enum: ["+strings.Join(values, ", ")+"]}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{
		"values":     `{"code":["x"%s]}`,
		"fields":     `{"fields":["x"%s]}`,
		"sort":       `{"sort":["x"%s]}`,
		"missing":    `{"missing":["x"%s]}`,
		"properties": `{"x":1%s}`,
	} {
		const faults = 5000
		var more strings.Builder
		for i := range faults {
			if name == "properties" {
				fmt.Fprintf(&more, `,"valve-%d":1`, i)
			} else {
				fmt.Fprintf(&more, `,"valve-%d"`, i)
			}
		}
		text := []byte(fmt.Sprintf(body, more.String()))
		allocated := testing.AllocsPerRun(1, func() {
			_, err := Parse(ds, datasets.Range, text)
			var failure *fault.Error
			if !errors.As(err, &failure) || failure.Detail != "the query has 5001 faults; these are 100 of them" {
				t.Errorf("%s: got %.200v", name, err)
			}
		})
		if allocated > 40*faults+100*6*200 { // the second part is for suggestions
			t.Errorf("%s: %.0f allocations", name, allocated)
		}
	}
}

func TestAnEmptyArrayInPlaceOfAnObjectGetsAHint(t *testing.T) {
	ds := fakeDataset(t)
	for body, want := range map[string]string{
		`[]`:           "a query is a JSON object, not an array; an empty object is {}",
		`{"lower":[]}`: "must be an object of bounds by field, not an array; an empty object is {}",
		`[1]`:          "a query is a JSON object, not an array",
	} {
		_, err := Parse(ds, datasets.Range, []byte(body))
		var failure *fault.Error
		if !errors.As(err, &failure) || len(failure.Violations) != 1 || failure.Violations[0].Detail != want {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestTheOrderOfPropertiesMakesNoOtherQuery(t *testing.T) {
	ds := fakeDataset(t)
	field := ""
	for _, f := range ds.Fields {
		if f.Type == datasets.String {
			field = f.Name
		}
	}
	contains, starts := `"contains":{"`+field+`":"a"}`, `"starts_with":{"`+field+`":"b"}`
	one, err := Parse(ds, datasets.Range, []byte("{"+contains+","+starts+"}"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := Parse(ds, datasets.Range, []byte("{"+starts+","+contains+"}"))
	if err != nil || one.String() != other.String() {
		t.Errorf("got %q and %q, %v", one, other, err)
	}
}
