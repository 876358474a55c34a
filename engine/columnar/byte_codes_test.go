package columnar

import (
	"math"
	"math/rand/v2"
	"testing"

	"herbarium/engine/columnar/internal/bitmap"
)

// columnOf returns a sealed column of the values, of which some are missing.
func columnOf(floats []float64, ints []int64, missing func(row int) bool) *column {
	c := &column{rows: max(len(floats), len(ints)), floats: floats, ints: ints}
	c.valid = make([]uint64, bitmap.Words(c.rows))
	for row := range c.rows {
		if !missing(row) {
			c.valid[row>>6] |= 1 << (row & 63)
			continue
		}
		c.nulls++
		if floats != nil {
			floats[row] = 0
		} else {
			ints[row] = 0
		}
	}
	c.seal()
	return c
}

func never(int) bool         { return false }
func aFifth(row int) bool    { return row%5 == 1 }
func allButOne(row int) bool { return row != 77 }

func TestRangesOfByteCodesOfNumbersAreThoseOfTheNumbers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, test := range []struct {
		name   string
		number func(i int) float64
		coded  bool
	}{
		{"tenths", func(i int) float64 { return float64(i%100) / 10 }, true},
		{"tenths below 0", func(i int) float64 { return float64(i%200-190) / 10 }, true},
		{"whole", func(i int) float64 { return float64(i % 256) }, true},
		{"256 and one", func(i int) float64 { return float64(i % 257) }, false},
		{"one value", func(int) float64 { return 5.1 }, true},
		{"zeros of both signs", func(i int) float64 { return math.Copysign(0, float64(i%2)-0.5) }, true},
		{"hundredths", func(i int) float64 { return float64(i%250-100) / 100 }, true},
		{"thousandths", func(i int) float64 { return float64(7000+i*37%256) / 1000 }, true},
		{"hundredths, too wide", func(i int) float64 { return float64(i%257) / 100 }, false},
		{"ten-thousandths", func(i int) float64 { return float64(i%250) / 10_000 }, false},
		{"great ones", func(i int) float64 { return 1<<53 - float64(i%100) }, true},
		{"too great ones", func(i int) float64 { return 1<<53 + 2*float64(i%100) }, false},
		{"the greatest", func(i int) float64 { return math.MaxFloat64 * float64(i%2*2-1) }, false},
		{"subnormal", func(i int) float64 { return math.SmallestNonzeroFloat64 * float64(i%3) }, false},
		{"any", func(int) float64 { return random.NormFloat64() }, false},
		{"tenths but for one", func(i int) float64 { return float64(i%100)/10 + float64(i/199)*1e-9 }, false},
		{"a sum that is no tenth", func(i int) float64 { return 0.1 + 0.2*float64(i%2) }, false},
	} {
		for _, missing := range []func(int) bool{never, aFifth, allButOne} {
			floats := make([]float64, 600)
			for i := range floats {
				floats[i] = test.number(i)
			}
			c := columnOf(floats, nil, missing)
			c.byteCodes = new(byteCodesArena).encode(c)
			if c.nulls < c.rows-1 {
				checkByteCodes(t, test.name, c, test.coded)
			}
			bounds := []float64{math.Inf(-1), math.Inf(1), 0}
			for _, v := range append([]float64{floats[77], floats[78], c.floatSpan.min, c.floatSpan.max}, floats[:12]...) {
				bounds = append(bounds, v, math.Nextafter(v, math.Inf(1)), math.Nextafter(v, math.Inf(-1)), v+0.05, v-0.05)
			}
			for _, low := range bounds {
				for _, high := range bounds {
					r := floatRange{low, high}
					if low <= high {
						checkRefined(t, test.name, c, r, func(row int) bool { return floats[row] >= low && floats[row] <= high })
					}
				}
			}
		}
	}
}

func TestRangesOfByteCodesOfIntegersAreThoseOfTheIntegers(t *testing.T) {
	for _, test := range []struct {
		name   string
		number func(i int) int64
		coded  bool
	}{
		{"small", func(i int) int64 { return int64(i % 200) }, true},
		{"a byte's", func(i int) int64 { return int64(i%2) * 255 }, true},
		{"one more", func(i int) int64 { return int64(i%2) * 256 }, false},
		{"below 0", func(i int) int64 { return -250 + int64(i%100) }, true},
		{"the least", func(i int) int64 { return math.MinInt64 + int64(i%100) }, true},
		{"the greatest", func(i int) int64 { return math.MaxInt64 - int64(i%99) }, true},
		{"both", func(i int) int64 { return []int64{math.MinInt64, math.MaxInt64}[i%2] }, false},
	} {
		for _, missing := range []func(int) bool{never, aFifth, allButOne} {
			ints := make([]int64, 600)
			for i := range ints {
				ints[i] = test.number(i)
			}
			c := columnOf(nil, ints, missing)
			c.byteCodes = new(byteCodesArena).encode(c)
			if c.nulls < c.rows-1 {
				checkByteCodes(t, test.name, c, test.coded)
			}
			bounds := []int64{math.MinInt64, math.MaxInt64, 0}
			for _, v := range append([]int64{ints[77], c.intSpan.min, c.intSpan.max}, ints[:12]...) {
				bounds = append(bounds, v, max(v, v+1), min(v, v-1))
			}
			for _, low := range bounds {
				for _, high := range bounds {
					if low <= high {
						checkRefined(t, test.name, c, intRange{low, high}, func(row int) bool { return ints[row] >= low && ints[row] <= high })
					}
				}
			}
		}
	}
}

func TestRangesOfByteCodesOfTextAreThoseOfTheText(t *testing.T) {
	for _, test := range []struct {
		name        string
		least, most uint32
		coded       bool
	}{
		{"few, some of them missing", 0, 3, true},
		{"a byte's", 1, 256, true},
		{"one more", 1, 257, false},
		{"the greatest", math.MaxUint32 - 2, math.MaxUint32, true},
	} {
		c := &column{rows: 300, codes: make([]uint32, 300), codeSpan: span[uint32]{test.least, test.most}}
		for i := range c.codes {
			c.codes[i] = test.least + uint32(i)*7919%(test.most-test.least+1)
		}
		c.codes[0], c.codes[299] = test.least, test.most
		c.byteCodes = new(byteCodesArena).encode(c)
		checkByteCodes(t, test.name, c, test.coded)
		for _, low := range []uint32{test.least, test.least + 1, test.most, c.codes[5], c.codes[5] + 1} {
			for _, high := range []uint32{test.least, test.most, test.most - 1, c.codes[9], math.MaxUint32} {
				if low <= high {
					checkRefined(t, test.name, c, codeRange{low, high}, func(row int) bool { return c.codes[row] >= low && c.codes[row] <= high })
				}
			}
		}
	}
}

func checkByteCodes(t *testing.T, name string, c *column, want bool) {
	t.Helper()
	if got := c.byteCodes != nil; got != want {
		t.Errorf("%s: byte codes: %v, want %v", name, got, want)
	}
}

// checkRefined holds what a condition decides of a column, by its zone map or by
// its rows, against the rows' values.
func checkRefined(t *testing.T, name string, c *column, r condition, within func(row int) bool) {
	t.Helper()
	selected := make([]uint64, bitmap.Words(c.rows))
	switch r.prune(c) {
	case everyRow:
		bitmap.SetFirst(selected, c.rows)
	case someRows:
		bitmap.SetFirst(selected, c.rows)
		r.refine(c, selected)
	}
	for row := range c.rows {
		want := !c.null(row) && within(row)
		if got := selected[row>>6]>>(row&63)&1 == 1; got != want {
			t.Fatalf("%s, %d missing: row %d is selected by %v: %v", name, c.nulls, row, r, got)
		}
	}
}
