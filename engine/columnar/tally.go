package columnar

import "herbarium/datasets"

// tally is what rows add up to.
type tally struct {
	rows  []int64   // by group
	sums  []sums    // by field of the plan
	nulls [][]int64 // by field, of the rows by group; nil where the field has none
}

// newTally returns an empty tally of some of the fields.
func newTally(fields []datasets.Field, of []int, nullable func(field int) bool) tally {
	c := tally{sums: make([]sums, len(of)), nulls: make([][]int64, len(of))}
	for i, f := range of {
		c.sums[i] = &intSums{}
		if fields[f].Type == datasets.Number {
			c.sums[i] = &floatSums{}
		}
		if nullable(f) {
			c.nulls[i] = []int64{}
		}
	}
	return c
}

// grow makes room for groups up to, not including, n.
func (c *tally) grow(n int) {
	c.rows = extend(c.rows, n)
	for i, s := range c.sums {
		s.grow(n)
		if c.nulls[i] != nil {
			c.nulls[i] = extend(c.nulls[i], n)
		}
	}
}

// addGroup adds a group of other, which may be a part of the table, to a group
// of c.
func (c *tally) addGroup(group uint32, other *tally, from uint32) {
	c.rows[group] += other.rows[from]
	for i, s := range c.sums {
		s.merge(group, other.sums[i], from)
		if other.nulls[i] != nil {
			c.nulls[i][group] += other.nulls[i][from]
		}
	}
}
