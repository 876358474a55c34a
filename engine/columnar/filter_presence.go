package columnar

// present holds for the rows with a value, of any type but text.
type present struct{}

func (present) prune(c *column) pruning {
	switch c.nulls {
	case 0:
		return everyRow
	case c.rows:
		return noRow
	}
	return someRows
}

func (present) refine(c *column, selected []uint64) { c.keepPresent(selected) }

// missing holds for the rows without a value, of any type but text.
type missing struct{}

func (missing) prune(c *column) pruning {
	switch c.nulls {
	case 0:
		return noRow
	case c.rows:
		return everyRow
	}
	return someRows
}

func (missing) refine(c *column, selected []uint64) {
	if c.nulls == 0 {
		clear(selected)
	}
	for w, valid := range c.valid {
		selected[w] &^= valid
	}
}
