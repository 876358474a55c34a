package columnar

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/plan"
)

// reaching makes rows of five numbers, which lie up to 2^reach apart, of a
// group each of so many, and of nulls.
func reaching(r *rand.Rand, rows, reach, groups int, nulls float64) (*datasets.Dataset, [][]cellValue) {
	ds := &datasets.Dataset{Name: "reaching", Operations: datasets.Operations()}
	const numbers = 5
	for f := range numbers {
		ds.Fields = append(ds.Fields, datasets.Field{Name: fmt.Sprint("n", f), Type: datasets.Number})
	}
	ds.Fields = append(ds.Fields, datasets.Field{Name: "group", Type: datasets.Integer})
	all := make([][]cellValue, rows)
	for i := range all {
		row := make([]cellValue, numbers+1)
		for f := range numbers {
			x := math.Ldexp(1+r.Float64(), r.IntN(reach+1)-reach/2)
			if r.IntN(2) == 0 {
				x = -x
			}
			row[f] = cellValue{ok: r.Float64() >= nulls, v: plan.Value{Float: x}}
		}
		row[numbers] = cellValue{ok: true, v: plan.Value{Int: r.Int64N(int64(groups))}}
		all[i] = row
	}
	return ds, all
}

// TestMeansAreExactHoweverFarValuesLieApart has values that lane sums take as they
// are, that make them drain often, and that they leave to others.
func TestMeansAreExactHoweverFarValuesLieApart(t *testing.T) {
	for _, reach := range []int{0, 12, 20, 26, 30, 38, 60, 2000} {
		for _, groups := range []int{3, 100} {
			t.Run(fmt.Sprintf("2^%d, %d groups", reach, groups), func(t *testing.T) {
				r := rand.New(rand.NewPCG(uint64(reach), uint64(groups)))
				ds, rows := reaching(r, 20_000, reach, groups, 0.05)
				bound := plan.Value{Float: 0}
				p := meansBy(ds, []int{0, 1, 2, 3, 4}, []int{5})
				p.Filter.Where = []plan.Predicate{{Field: 0, Min: &bound}}
				table := loaded(t, newStore(500, 3, maxDense), ds, rows, 4096)
				want, got := simple(p, slices.Clone(rows)), answerOf(t, table, p)
				if !slices.EqualFunc(want, got, slices.Equal) {
					t.Errorf("got %v, want %v", got, want)
				}
			})
		}
	}
}

// TestAQuadDrainsBeforeItsPartsRound adds to a small value many great ones,
// and then their opposites. The first row of each block is left out: what
// whole blocks add is drained at once.
func TestALaneSumDrainsBeforeItsPartsRound(t *testing.T) {
	ds := &datasets.Dataset{Name: "great-and-small", Operations: datasets.Operations(),
		Fields: []datasets.Field{{Name: "n", Type: datasets.Number}, {Name: "place", Type: datasets.Integer}}}
	const rows, blockRows = 262_000, 1000
	// Quads take 2^13 rows of them between two drains, and split the great ones
	// almost in the middle between two multiples of the coarse part's place.
	small, great := 1+0x1p-52, 0x1p27-0x1p-13-0x1p-26
	all := make([][]cellValue, rows)
	for i := range all {
		x := great
		switch {
		case i == 1:
			x = small
		case i == rows-1:
			x = 0
		case i >= rows/2:
			x = -great
		}
		all[i] = []cellValue{{ok: true, v: plan.Value{Float: x}}, {ok: true, v: plan.Value{Int: int64(i % blockRows)}}}
	}
	p := meanOf(ds)
	p.Filter.Where = []plan.Predicate{{Field: 1, Min: &plan.Value{Int: 1}}}
	table := loaded(t, newStore(blockRows, 1, maxDense), ds, all, 4096)
	want := string(plan.Value{Float: small / (rows - rows/blockRows)}.Append(nil, datasets.Number))
	if got := answerOf(t, table, p); !slices.Equal(got[0], []string{want}) {
		t.Errorf("got %v, want %s", got, want)
	}
}

// TestAQuadOfIntegersDrainsBeforeItOverflows adds 2^43 − 1 more often than an
// int64 holds the sum. The first row of each block is left out.
func TestALaneSumOfIntegersDrainsBeforeItOverflows(t *testing.T) {
	ds := &datasets.Dataset{Name: "great-integers", Operations: datasets.Operations(),
		Fields: []datasets.Field{{Name: "n", Type: datasets.Integer}, {Name: "place", Type: datasets.Integer}}}
	const rows, blockRows, great = 1<<20 + 1<<16, 1 << 13, 1<<43 - 1
	batch := &engine.Batch{Rows: rows, Columns: []engine.Vector{{Type: datasets.Integer}, {Type: datasets.Integer}}}
	for i := range int64(rows) {
		batch.Columns[0].Ints = append(batch.Columns[0].Ints, great)
		batch.Columns[1].Ints = append(batch.Columns[1].Ints, i%blockRows)
	}
	table := tableOf(t, newStore(blockRows, 1, maxDense), ds, batch)
	p := meanOf(ds)
	p.Filter.Where = []plan.Predicate{{Field: 1, Min: &plan.Value{Int: 1}}}
	want := string(plan.Value{Float: great}.Append(nil, datasets.Number))
	if got := answerOf(t, table, p); !slices.Equal(got[0], []string{want}) {
		t.Errorf("got %v, want %s", got, want)
	}
	if exponent := table.intExponent(0); exponent != 43 {
		t.Errorf("values up to 2^43-1 are below 2^%d", exponent)
	}
}

// tableOf returns a table of the batch.
func tableOf(t *testing.T, s engine.Target, ds *datasets.Dataset, batch *engine.Batch) *table {
	t.Helper()
	load, err := s.Begin(t.Context(), ds, engine.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := load.Write(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if _, err := load.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	made, err := s.Table(t.Context(), ds)
	if err != nil {
		t.Fatal(err)
	}
	return made.(*table)
}

func TestHowManyRowsALaneSumTakes(t *testing.T) {
	for reach, want := range map[int]int{0: 26, 12: 20, 27: 13, 28: 12} {
		c := &column{floats: []float64{math.Ldexp(1, reach), 1}}
		c.minUlp = minUlpExponentOf(c.floats)
		if got := rowBits(c, reach+1); got != want {
			t.Errorf("values 2^%d apart: 2^%d rows, want 2^%d", reach, got, want)
		}
	}
}

func TestTheLeastUlpOfValues(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   int
	}{
		{nil, 0}, {[]float64{0, math.Copysign(0, -1)}, 0}, {[]float64{0, -1}, -52}, {[]float64{5.1, 1e300}, -50},
		{[]float64{1, -0x1p-1022}, -1074}, {[]float64{5e-324}, -1074}, {[]float64{-math.MaxFloat64}, 971},
	} {
		if got := minUlpExponentOf(test.values); got != test.want {
			t.Errorf("%v: 2^%d, want 2^%d", test.values, got, test.want)
		}
	}
}
