package data

import (
	"fmt"
	"slices"
	"time"

	"herbarium/datasets"
)

// measurements is what scans are measured with.
const measurements = `
dataset: measurements
data: measurements.csv
fields:
  a: {type: number}
  b: {type: number}
  c: {type: number}
  d: {type: number}
  i: {type: integer}
  t: {type: date-time}
  kind: {type: string}
  place: {type: string}
stats: {fields: [a, b, c, d], group_by: %s}
`

// Order is how the values of the first column follow one another.
type Order string

// The orders.
const (
	Random    Order = "random"
	Clustered Order = "clustered" // ascending in runs of runRows, which are shuffled
	Sorted    Order = "sorted"
)

// Orders returns all orders.
func Orders() []Order { return []Order{Random, Clustered, Sorted} }

// runRows is the length of a run of clustered rows: whole blocks of the
// columnar store, whose blocks have 8,192 rows, as a table has that was filled
// from sorted parts.
const runRows = 8 * 8192

// Measurements says which rows to make.
type Measurements struct {
	Rows    int
	Seed    uint64
	Order   Order
	Nulls   float64 // the share of the numbers that are missing, 0 to 1
	GroupBy string  // kind, of which there are 3, or place, of which there are 1,000
}

// Table makes the rows: a and b in tenths below 10, c in hundredths, d whole
// float64s below 1.
func (m Measurements) Table() (*Table, error) {
	t, err := newTable(fmt.Sprintf(measurements, m.GroupBy), m.Rows)
	if err != nil {
		return nil, err
	}
	c := t.Columns
	for f, unit := range []int{10, 10, 100} {
		r := random(m.Seed, f)
		for i := range m.Rows {
			c[f].Floats[i] = float64(r.IntN(10*unit)) / float64(unit)
		}
	}
	r := random(m.Seed, 3)
	start := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	c[6].Dict, c[7].Dict = labels("kind", 3), labels("place", 1000)
	for i := range m.Rows {
		c[3].Floats[i] = r.Float64()
		c[4].Ints[i] = r.Int64N(1_000_000)
		c[5].Ints[i] = start + int64(i)*1000
		c[6].Codes[i] = r.Uint32N(3)
		c[7].Codes[i] = r.Uint32N(1000)
	}
	m.order(c[0].Floats)
	for f := range 4 {
		c[f].Valid = m.valid(f)
	}
	return t, nil
}

// order puts the values into the order.
func (m Measurements) order(values []float64) {
	if m.Order == Random {
		return
	}
	slices.Sort(values)
	if m.Order != Clustered {
		return
	}
	runs := slices.Collect(slices.Chunk(slices.Clone(values), runRows))
	// The last one stays where it is: it may end within a block.
	random(m.Seed, 100).Shuffle(len(runs)-1, func(i, j int) { runs[i], runs[j] = runs[j], runs[i] })
	at := 0
	for _, run := range runs {
		at += copy(values[at:], run)
	}
}

// valid returns which rows have a value, nil where all do.
func (m Measurements) valid(column int) []uint64 {
	if m.Nulls == 0 {
		return nil
	}
	bits, r := make([]uint64, (m.Rows+63)/64), random(m.Seed, 200+column)
	for i := range m.Rows {
		if r.Float64() >= m.Nulls {
			bits[i>>6] |= 1 << (i & 63)
		}
	}
	return bits
}

// GroupedBy returns the dataset of the same rows with its means grouped by
// another field.
func (t *Table) GroupedBy(field string) (*datasets.Dataset, error) {
	return datasets.Parse("bench.yaml", fmt.Appendf(nil, measurements, field), nil)
}
