package columnar

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"herbarium/engine/plan"
)

// TestTextsThatMatchAreFound holds a search of many texts at once against a search of
// each, a code point at a time.
func TestTextsThatMatchAreFound(t *testing.T) {
	alphabets := []string{"ab", "aAbB@[`{", "kKsSx\u212a\u017f", "aäÄσςΣiIİı", "\x00\x7f\u0080\uffff\U00010400\U00010428"}
	rapid.Check(t, func(t *rapid.T) {
		letter := rapid.SampledFrom([]rune(rapid.SampledFrom(alphabets).Draw(t, "alphabet")))
		text := func(most int) string { return string(rapid.SliceOfN(letter, 0, most).Draw(t, "text")) }
		in := make([]string, rapid.IntRange(0, 30).Draw(t, "texts"))
		for i := range in {
			in[i] = text(20)
		}
		for _, prefix := range []bool{false, true} {
			var wanted []string
			for range rapid.IntRange(1, 3).Draw(t, "alternatives") {
				wanted = append(wanted, text(4))
			}
			match := &plan.TextMatch{Prefix: prefix}
			for _, w := range wanted {
				match.Any = append(match.Any, plan.Fold(w))
			}
			s := newTextSearch(match)
			n := s.find(in, strings.Join(in, ""))
			if marked := len(slices.DeleteFunc(slices.Clone(s.found), func(found bool) bool { return !found })); n != marked {
				t.Fatalf("%d texts match, %d are marked", n, marked)
			}
			for i, text := range in {
				want := slices.ContainsFunc(wanted, func(w string) bool { return matches(text, w, prefix) })
				if s.found[i] != want || match.Matches(text) != want {
					t.Fatalf("%q has one of %q, at its start %v: %v, and %v by the plan; want %v", text, wanted, prefix, s.found[i], match.Matches(text), want)
				}
			}
		}
	})
}

// TestATextMatchIsKept looks up texts of several parts of a dictionary, once for
// all who ask.
func TestATextMatchIsKept(t *testing.T) {
	s, ds := newStore(64, 4, maxDense), tagged()
	rows := taggedRows(20_000, 20_000)
	table := loaded(t, s, ds, rows, 4096).(*table)
	p := plan.Rows(ds, nil, nil)
	p.Filter.Where = []plan.Predicate{{Field: 2, Text: &plan.TextMatch{Any: []string{"99"}}}}
	want := int64(0)
	for _, row := range rows {
		if row[2].ok && strings.Contains(row[2].v.Str, "99") {
			want++
		}
	}
	for range 2 {
		if n, err := table.Count(t.Context(), p); err != nil || n != want || want == 0 {
			t.Errorf("%d rows, %v; want %d", n, err, want)
		}
	}
	if n := s.textMatches.Bytes(); n < int64(len(table.dictionary(2))) {
		t.Errorf("%d bytes are kept", n)
	}
	s.Drop(ds.Name)
	if n := s.textMatches.Bytes(); n != 0 {
		t.Errorf("%d bytes are kept of a table that is gone", n)
	}
}

func TestNoTextMatchIsMistakenForAnother(t *testing.T) {
	s, ds := newStore(64, 1, maxDense), tagged()
	table := loaded(t, s, ds, taggedRows(1000, 1000), 4096).(*table)
	count := func(match plan.TextMatch) int64 {
		p := plan.Rows(ds, nil, nil)
		p.Filter.Where = []plan.Predicate{{Field: 2, Text: &match}}
		n, err := table.Count(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	all := count(plan.TextMatch{Any: []string{""}})
	for name, match := range map[string]plan.TextMatch{
		"at the start":   {Prefix: true, Any: []string{"1"}},
		"two texts":      {Any: []string{"1", "2"}},
		"one text":       {Any: []string{"1 2"}},
		"another letter": {Any: []string{"Q"}},
	} {
		if n := count(match); n == all {
			t.Errorf("%s: all %d rows", name, n)
		}
	}
}
