package columnar

import (
	"math"
	"slices"
	"testing"

	"herbarium/engine"
)

// TestAStretchSpansItsBlocks compares summaries of stretches with their rows,
// of which some blocks and one whole stretch have no value.
func TestAStretchSpansItsBlocks(t *testing.T) {
	const blockRows = 3
	ds, rows := tagged(), taggedRows(7*stretchBlocks*blockRows-5, 7)
	for i := range rows {
		if i < 2*blockRows || i/(stretchBlocks*blockRows) == 3 {
			rows[i] = make([]cellValue, len(ds.Fields))
		}
	}
	table := loaded(t, newStore(blockRows, 2, mostDense), ds, rows, 100).(*table)
	stretches := table.stretches()
	if len(stretches) != 7 || len(stretches[6].columns) != len(ds.Fields) {
		t.Fatalf("%d stretches", len(stretches))
	}
	codes := slices.Sorted(slices.Values(table.dictionary(2)[1:]))
	for i := range stretches {
		s := &stretches[i]
		of := rows[i*stretchBlocks*blockRows : min((i+1)*stretchBlocks*blockRows, len(rows))]
		var nulls [3]int
		floats, ints := span[float64]{math.Inf(1), math.Inf(-1)}, span[int64]{math.MaxInt64, math.MinInt64}
		texts := span[uint32]{math.MaxUint32, 0}
		for _, row := range of {
			for f := range nulls {
				if !row[f].ok {
					nulls[f]++
				}
			}
			if x := row[0]; x.ok {
				floats = span[float64]{min(floats.min, x.v.Float), max(floats.max, x.v.Float)}
			}
			if n := row[1]; n.ok {
				ints = span[int64]{min(ints.min, n.v.Int), max(ints.max, n.v.Int)}
			}
			code := uint32(0)
			if row[2].ok {
				at, _ := slices.BinarySearch(codes, row[2].v.Str)
				code = uint32(at + 1)
			}
			texts = span[uint32]{min(texts.min, code), max(texts.max, code)}
		}
		if s.rows != len(of) || s.columns[1].rows != len(of) || [3]int{s.columns[0].nulls, s.columns[1].nulls, s.columns[2].nulls} != nulls {
			t.Errorf("stretch %d has %d rows, and not %v nulls in %d", i, s.rows, nulls, len(of))
		}
		if i != 3 && (s.columns[0].floatSpan != floats || s.columns[1].intSpan != ints) {
			t.Errorf("stretch %d spans %v and %v, want %v and %v", i, s.columns[0].floatSpan, s.columns[1].intSpan, floats, ints)
		}
		if s.columns[2].codeSpan != texts {
			t.Errorf("stretch %d spans codes %v, want %v", i, s.columns[2].codeSpan, texts)
		}
	}
}

// TestAWholeStretchIsOneSum asks twice for what a bound takes all of but one
// block, and looks whether the sums were kept.
func TestAWholeStretchIsOneSum(t *testing.T) {
	s, ds := newStore(64, 2, mostDense), counters()
	table := loaded(t, s, ds, counting(64*stretchBlocks*5, upward), 4096).(*table)
	plan := meanOf(ds)
	low := engine.Value{Int: 130}
	plan.Filter = []engine.Predicate{{Field: 0, Min: &low}}
	m, err := table.meanPlan(t.Context(), plan.Filter, plan.Fields, plan.GroupBy)
	if err != nil {
		t.Fatal(err)
	}
	if works := m.works(); len(works) != stretchBlocks+4 || !works[len(works)-1].whole || works[0].whole {
		t.Errorf("%d things to do: %v", len(works), works)
	}
	for range 2 {
		if got := answerOf(t, table, plan); !slices.Equal(got[0], []string{"2624.5"}) {
			t.Errorf("got %v", got)
		}
	}
	for i := range m.wholes.stretches {
		if kept := m.wholes.stretches[i].Load() != nil; kept != (i > 0) {
			t.Errorf("the sum of stretch %d is kept: %v", i, kept)
		}
	}
}
