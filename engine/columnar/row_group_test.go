package columnar

import (
	"math"
	"slices"
	"testing"

	"herbarium/engine/plan"
)

// TestAZoneMapOfARowGroupSpansItsBlocks compares zone maps of row groups with their rows,
// of which some blocks and one whole row group have no value.
func TestAZoneMapOfARowGroupSpansItsBlocks(t *testing.T) {
	const blockRows = 3
	ds, rows := tagged(), taggedRows(7*rowGroupBlocks*blockRows-5, 7)
	for i := range rows {
		if i < 2*blockRows || i/(rowGroupBlocks*blockRows) == 3 {
			rows[i] = make([]cellValue, len(ds.Fields))
		}
	}
	table := loaded(t, newStore(blockRows, 2, maxDense), ds, rows, 100).(*table)
	rowGroups := table.rowGroups()
	if len(rowGroups) != 7 || len(rowGroups[6].columns) != len(ds.Fields) {
		t.Fatalf("%d row groups", len(rowGroups))
	}
	codes := slices.Sorted(slices.Values(table.dictionary(2)[1:]))
	for i := range rowGroups {
		s := &rowGroups[i]
		of := rows[i*rowGroupBlocks*blockRows : min((i+1)*rowGroupBlocks*blockRows, len(rows))]
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
			t.Errorf("row group %d has %d rows, and not %v nulls in %d", i, s.rows, nulls, len(of))
		}
		if i != 3 && (s.columns[0].floatSpan != floats || s.columns[1].intSpan != ints) {
			t.Errorf("row group %d spans %v and %v, want %v and %v", i, s.columns[0].floatSpan, s.columns[1].intSpan, floats, ints)
		}
		if s.columns[2].codeSpan != texts {
			t.Errorf("row group %d spans codes %v, want %v", i, s.columns[2].codeSpan, texts)
		}
	}
}

// TestAWholeStretchIsOneSum asks twice for what a bound takes all of but one
// block, and looks whether the sums were kept.
func TestAWholeRowGroupIsOneSum(t *testing.T) {
	s, ds := newStore(64, 2, maxDense), counters()
	table := loaded(t, s, ds, counting(64*rowGroupBlocks*5, upward), 4096).(*table)
	p := meanOf(ds)
	low := plan.Value{Int: 130}
	p.Filter.Where = []plan.Predicate{{Field: 0, Min: &low}}
	m, err := table.aggregation(t.Context(), &p.Filter, []aggregated{{field: 0, sum: true}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if works := m.works(); len(works) != rowGroupBlocks+4 || !works[len(works)-1].rowGroup || works[0].rowGroup {
		t.Errorf("%d things to do: %v", len(works), works)
	}
	for range 2 {
		if got := answerOf(t, table, p); !slices.Equal(got[0], []string{"2624.5"}) {
			t.Errorf("got %v", got)
		}
	}
	for i := range m.parts[1].kept.rowGroups {
		if kept := m.parts[1].kept.rowGroups[i].Load() != nil; kept != (i > 0) {
			t.Errorf("the sum of row group %d is kept: %v", i, kept)
		}
	}
}
