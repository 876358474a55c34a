package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// The view of the base's fields a to f shows c, e and f, by the indexes 0, 1 and 2.
var shown = []int{2, 4, 5}

func basedOn(t *testing.T) (base, view *datasets.Dataset) {
	t.Helper()
	parse := func(fields string) *datasets.Dataset {
		ds, err := datasets.Parse("t.yaml", []byte("dataset: t\nfields: {"+fields+"}\n"), nil)
		if err != nil {
			t.Fatal(err)
		}
		return ds
	}
	return parse("a: {type: string}, b: {type: integer}, c: {type: integer}, d: {type: integer}, e: {type: number}, f: {type: integer}"),
		parse("c: {type: integer}, e: {type: number}, f: {type: integer}")
}

// is returns the condition that a field is the value.
func is(field int, value int64) plan.Condition {
	return plan.Condition{Where: []plan.Predicate{{Field: field, In: []plan.Value{{Int: value}}}}}
}

func TestAPlanOfAViewBecomesOneOfItsBase(t *testing.T) {
	base, view := basedOn(t)
	p := plan.Rows(view, nil, []int{0, 2})
	one := plan.Condition{Where: []plan.Predicate{{Field: 1, In: []plan.Value{{Float: 1}}}}}
	p.Filter = plan.Condition{Where: is(0, 7).Where, Any: [][]plan.Condition{{one, {Not: []plan.Condition{is(2, 2)}}}}, Not: []plan.Condition{is(2, 3)}}
	p.Order = []plan.SortKey{{By: 1, Descending: true}, {By: 2}}
	before := p.String()
	rows := plan.Condition{Where: []plan.Predicate{{Field: 0, In: []plan.Value{{Str: "9"}}}}}
	got := p.Rebase(base, shown, &rows)
	want := `rows of t
  where a in ["9"]
  where c in [7]
  where (e in [1] or not (f in [2])) and not (f in [3])
  fields c, f
  sort by -e, f
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]plan.Column{{Name: "c", Type: datasets.Integer, Field: 2}, {Name: "f", Type: datasets.Integer, Field: 5}}, got.Columns); diff != "" {
		t.Errorf("columns (-want +got)\n%s", diff)
	}
	if p.String() != before {
		t.Errorf("the plan of the view changed to\n%s", p)
	}
}

func TestGroupsOfAViewBecomeGroupsOfItsBase(t *testing.T) {
	base, view := basedOn(t)
	n, _ := plan.MeasureOfPairs("n")
	p := plan.ByGroup(view, nil, []plan.Key{{Field: 2}, {Field: 0, Name: "k"}}, []plan.Measured{
		{Measure: plan.Count, Field: plan.NoField}, {Measure: plan.Mean, Field: 1}, {Measure: n, Field: 0, With: 2}})
	p.Order = []plan.SortKey{{By: 1}}
	got := p.Rebase(base, shown, nil)
	want := `rows of t
  measures count, mean_e, n_c_f
  group by f, c
  sort by mean_e
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got.Columns[4].Name != "k" || got.Columns[4].Field != 2 || got.Groups.Keys[1].Field != 2 || got.Columns[0].Field != plan.NoField {
		t.Errorf("columns %v", got.Columns)
	}
	if !got.Filter.Always() {
		t.Error("it has a condition")
	}
}

func TestTheRowsOfAViewNarrowWhatItsPlansSelect(t *testing.T) {
	base, view := basedOn(t)
	p := plan.Rows(view, nil, []int{0})
	p.Filter = is(0, 7)
	rows := is(2, 8)
	if got := p.Rebase(base, shown, &rows).Condition(); got != "2 never;" {
		t.Errorf("7 and 8 of one field is %s", got)
	}
	none := plan.Condition{Where: []plan.Predicate{{Never: true}}}
	if got := p.Rebase(base, shown, &none).Condition(); got != "0 never;" {
		t.Errorf("no row is %s", got)
	}
}
