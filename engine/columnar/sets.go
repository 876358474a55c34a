package columnar

import "slices"

// codeSet passes the texts whose codes are members, and nulls if null is set.
type codeSet struct {
	*column
	null     bool
	member   []bool
	min, max int64 // the least and the greatest member; max below min if none
}

func (t *codeSet) judge(block, rows int) verdict {
	s := &t.summaries[block]
	switch {
	case s.nulls == rows:
		return nullVerdict(t.null)
	case s.maxInt < t.min || s.minInt > t.max:
		if t.null && s.nulls > 0 {
			return some
		}
		return none
	case s.minInt == s.maxInt && s.nulls == 0:
		if t.member[s.minInt] {
			return all
		}
		return none
	}
	return some
}

func nullVerdict(null bool) verdict {
	if null {
		return all
	}
	return none
}

func (t *codeSet) apply(selected []uint64, start, end int) {
	if len(t.member) == 0 { // every row is null
		t.withNulls(selected, start, t.null)
		return
	}
	values := t.codes[start:end]
	passed := make([]uint64, len(selected))
	for w := range selected {
		var word uint64
		for i, v := range values[w*64 : min(w*64+64, len(values))] {
			word |= bit(t.member[v]) << i
		}
		passed[w] = word
	}
	t.join(selected, passed, start, t.null)
}

// intSet passes the integers, dates or booleans among values, and nulls if
// null is set.
type intSet struct {
	*column
	null   bool
	values []int64 // ascending
}

func (t *intSet) judge(block, rows int) verdict {
	s := &t.summaries[block]
	if s.nulls == rows {
		return nullVerdict(t.null)
	}
	if s.nulls > 0 && t.null {
		return some
	}
	i, found := slices.BinarySearch(t.values, s.minInt)
	switch {
	case !found && (i == len(t.values) || t.values[i] > s.maxInt):
		return none
	case found && s.minInt == s.maxInt && s.nulls == 0:
		return all
	}
	return some
}

// fewValues is the number of values up to which each row is compared with
// each; beyond it, rows are searched for.
const fewValues = 8

func (t *intSet) apply(selected []uint64, start, end int) {
	rows := t.ints[start:end]
	passed := make([]uint64, len(selected))
	for w := range selected {
		var word uint64
		for i, v := range rows[w*64 : min(w*64+64, len(rows))] {
			var hit uint64
			if len(t.values) <= fewValues {
				for _, x := range t.values {
					hit |= bit(v == x)
				}
			} else {
				_, found := slices.BinarySearch(t.values, v)
				hit = bit(found)
			}
			word |= hit << i
		}
		passed[w] = word
	}
	t.join(selected, passed, start, t.null)
}

// join keeps the rows that have a value and passed, and those without one if
// null is set.
func (c *column) join(selected, passed []uint64, start int, null bool) {
	for w := range selected {
		keep := passed[w]
		if c.valid != nil {
			valid := c.valid[start/64+w]
			if keep &= valid; null {
				keep |= ^valid
			}
		}
		selected[w] &= keep
	}
}

// withNulls keeps the rows without a value if null is set, and no other.
func (c *column) withNulls(selected []uint64, start int, null bool) {
	for w := range selected {
		if !null || c.valid == nil {
			selected[w] = 0
		} else {
			selected[w] &= ^c.valid[start/64+w]
		}
	}
}
