package page

import (
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"herbarium/datasets"
)

func TestTheMeasureOfAChart(t *testing.T) {
	for _, c := range []struct{ name, more, query, want string }{
		{"the last number where none is declared", "", "", "rings"},
		{"that is no key", "key: [rings]\n", "", "height"},
		{"the first that is declared", "stats: {fields: [height, rings]}\n", "", "height"},
		{"in the order of the list", "stats: {fields: [rings, height]}\n", "", "rings"},
		{"what the URL names", "stats: {fields: [rings, height]}\n", "chart[of]=height", "height"},
		{"not what is no number", "stats: {fields: [rings, height]}\n", "chart[of]=alive", "rings"},
		{"whatever is filtered", "", "lower[rings]=5&above[height]=1", "rings"},
	} {
		ds, err := datasets.Parse("trees.yaml", []byte(`
dataset: trees
data: trees.csv
fields:
  place: {type: integer}
  height: {type: number}
  rings: {type: integer}
  alive: {type: boolean}
`+c.more), nil)
		if err != nil {
			t.Fatal(c.name, err)
		}
		s, _ := parseState(ds, "/trees", c.query)
		b := &builder{asker: asker{state: s}}
		if got := ds.Fields[b.measure()].Name; got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		// Its distribution is the first that is shown, too.
		if got := ds.Fields[b.distributedField()].Name; got != c.want && c.query != "chart[of]=alive" {
			t.Errorf("%s: the distribution of %s, want of %s", c.name, got, c.want)
		}
	}
	ds, err := datasets.Parse("words.yaml", []byte("dataset: words\ndata: words.csv\nfields:\n  word: {type: string}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := parseState(ds, "/words", "")
	if got := (&builder{asker: asker{state: s}}).measure(); got != -1 {
		t.Errorf("a dataset without numbers: %d", got)
	}
}

func TestGroupsAreInTheOrderOfTheEnum(t *testing.T) {
	field := &datasets.Field{Name: "size", Type: datasets.String, Enum: []string{"small", "middle", "large"}}
	h := &bins{groups: []any{nil, "large", "middle", "small"}, list: []bin{{counts: []int64{1, 2, 3, 4}}, {counts: []int64{5, 6, 7, 8}}}}
	h.sortGroups(field)
	if want := []any{nil, "small", "middle", "large"}; !slices.Equal(h.groups, want) {
		t.Errorf("%v, want %v", h.groups, want)
	}
	if diff := gocmp.Diff([][]int64{{1, 4, 3, 2}, {5, 8, 7, 6}}, [][]int64{h.list[0].counts, h.list[1].counts}); diff != "" {
		t.Error(diff)
	}
	// Without an enum, and for values that it lacks, the order stays.
	h.sortGroups(&datasets.Field{Name: "size", Type: datasets.String})
	if want := []any{nil, "small", "middle", "large"}; !slices.Equal(h.groups, want) {
		t.Errorf("%v, want %v", h.groups, want)
	}
}
