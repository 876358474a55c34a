package plan_test

import (
	"math"
	"testing"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

func TestEveryOperationsMeasuresExist(t *testing.T) {
	for _, o := range datasets.Operations() {
		for _, of := range o.Measures {
			m, ok := plan.MeasureNamed(of.Measure)
			if of.Of == datasets.OfRows {
				m, ok = plan.MeasureOfRows(of.Measure)
			}
			if of.Of == datasets.OfPair {
				m, ok = plan.MeasureOfPairs(of.Measure)
			}
			if !ok {
				t.Errorf("operation %s computes %q, which is no measure", o, of.Measure)
			} else if (m.Takes == nil) != (of.Of == datasets.OfRows) {
				t.Errorf("operation %s computes %q of the wrong subject", o, of.Measure)
			}
		}
	}
}

func TestAMeanIsTheSumByTheNumberOfValues(t *testing.T) {
	for _, test := range []struct {
		name string
		of   plan.Aggregates
		want float64
		has  bool
	}{
		{"no value", plan.Aggregates{Rows: 3}, 0, false},
		{"fewer values than rows", plan.Aggregates{Rows: 3, Values: 2, Sum: 3}, 1.5, true},
		{"a sum beyond the range", plan.Aggregates{Rows: 2, Values: 2, Sum: math.Inf(1)}, 0, false},
	} {
		got, has := plan.Mean.Result(&test.of)
		if has != test.has || has && got.Float != test.want {
			t.Errorf("%s: got %v, %v", test.name, got, has)
		}
	}
}

func TestAPositionIsTheBytesOfAnID(t *testing.T) {
	for _, test := range []struct {
		name string
		p    plan.Position
		want bool
	}{
		{"no place", "", false},
		{"a row", plan.RowPosition(5), true},
		{"an object id", plan.DocumentPosition(0x07, make([]byte, 12)), true},
		{"an object id that is cut off", plan.DocumentPosition(0x07, make([]byte, 11)), false},
		{"null", plan.DocumentPosition(0x0a, nil), true},
		{"a boolean that is neither", plan.DocumentPosition(0x08, []byte{2}), false},
		{"text", plan.DocumentPosition(0x02, []byte("\x02\x00\x00\x00a\x00")), true},
		{"text that claims to be longer", plan.DocumentPosition(0x02, []byte("\x03\x00\x00\x00a\x00")), false},
		{"text without an end", plan.DocumentPosition(0x02, []byte("\x02\x00\x00\x00ab")), false},
		{"binary data", plan.DocumentPosition(0x05, []byte("\x01\x00\x00\x00\x00a")), true},
		{"a document, whose text would be the caller's", plan.DocumentPosition(0x03, []byte("\x05\x00\x00\x00\x00")), false},
	} {
		if got := test.p.Valid(); got != test.want {
			t.Errorf("%s: valid is %v", test.name, got)
		}
	}
	if row, ok := plan.RowPosition(1 << 40).Row(); row != 1<<40 || !ok {
		t.Errorf("the row is %d, %v", row, ok)
	}
	if _, ok := plan.RowPosition(-1).Row(); ok {
		t.Error("a row before the first is a place")
	}
}

func TestAPlanSaysWhichFieldsItReads(t *testing.T) {
	ds, err := datasets.Parse("t.yaml", []byte("dataset: t\nfields: {a: {type: number}, b: {type: string}, c: {type: integer}, d: {type: date}}\ndata: none.csv\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	p := plan.ByGroup(ds, datasets.Mean, []plan.Key{{Field: 1}}, []plan.Measured{{Measure: plan.Mean, Field: 0}, {Measure: plan.Count, Field: plan.NoField}})
	p.Filter.Where = []plan.Predicate{{Field: 3, Null: true}}
	if got := p.Needed(); !got[0] || !got[1] || got[2] || !got[3] {
		t.Errorf("it reads %v", got)
	}
	want := []plan.Column{{Name: "mean_a", Type: datasets.Number, Field: 0}, {Name: "count", Type: datasets.Integer, Field: plan.NoField}, {Name: "b", Type: datasets.String, Field: 1}}
	for i, c := range p.Columns {
		if c != want[i] {
			t.Errorf("column %d is %+v, want %+v", i, c, want[i])
		}
	}
}

func TestTheShapeOfAPlanHasNoValueThatACallerChose(t *testing.T) {
	ds, err := datasets.Parse("trees.yaml", []byte("dataset: trees\noperations: [range]\nfields:\n  kind: {type: string}\n  depth: {type: number}\n  age: {type: integer}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	text, number := plan.Value{Str: "secret"}, plan.Value{Float: 5.25}
	p := plan.Rows(ds, datasets.Range, []int{0, 1})
	p.Filter = plan.Condition{
		Where: []plan.Predicate{{Field: 0, In: []plan.Value{text}}, {Field: 1, Min: &number}, {Field: 0, Text: &plan.TextMatch{Any: []string{"SECRET"}}}},
		Any:   [][]plan.Condition{{{Where: []plan.Predicate{{Field: 2, Null: true}}}, {Where: []plan.Predicate{plan.Present(2)}}}},
		Not:   []plan.Condition{{Where: []plan.Predicate{{Field: 1, Max: &number, MaxOpen: true}}}},
	}
	p.Order = []plan.SortKey{{By: 1, Descending: true}}
	p.Skip, p.Limit = 700, 70
	const want = `range of trees
  where kind in [?] and ? <= depth and kind matches ? and (age in [?] or age is present) and not (depth < ?)
  fields kind, depth
  sort by -depth
  skip ?
  limit ?
`
	if got := p.Shape(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
