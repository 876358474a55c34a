package engine

import (
	"herbarium/datasets"
	"herbarium/engine/plan"
)

// BatchRows is the most rows that a store puts into one Batch.
const BatchRows = 4096

// Batch is a run of rows, column by column. Whoever returns a batch owns it
// and may reuse its memory for the next one.
type Batch struct {
	Rows    int
	Columns []Vector
}

// Vector is one column of a Batch. Only the slice of its type is set, and it
// has at least Batch.Rows entries; an entry that is not valid has no meaning.
type Vector struct {
	Type datasets.Type
	// Valid has bit i (of word i/64) set where row i has a value; nil means
	// that every row has one.
	Valid  []uint64
	Floats []float64 // number; always finite
	Ints   []int64   // integer, boolean (0 or 1), date (days) and date-time (milliseconds)
	Codes  []uint32  // string: indexes into Dict
	Dict   []string
	// Types says what each text of a variant column is the text of: a number, a date
	// and so on; nil in a column of one type.
	Types  []datasets.Type
	Unused int // how many entries of Dict, from its first, no row with a value has
}

// Null reports whether row i has no value.
func (v *Vector) Null(i int) bool {
	return v.Valid != nil && v.Valid[i>>6]>>(i&63)&1 == 0
}

// Value returns row i's value, which must not be null.
func (v *Vector) Value(i int) plan.Value {
	switch v.Type {
	case datasets.Number:
		return plan.Value{Float: v.Floats[i]}
	case datasets.String:
		return plan.Value{Str: v.Dict[v.Codes[i]]}
	default:
		return plan.Value{Int: v.Ints[i]}
	}
}
