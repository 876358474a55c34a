// Package data makes the tables that are measured with: the same ones for the
// same seed, on every machine.
package data

import (
	"fmt"
	"math/rand/v2"

	"herbarium/datasets"
	"herbarium/engine"
)

// Table is a dataset with its rows as whole columns, in field order.
type Table struct {
	Descriptor string // YAML; its data is a CSV file of the dataset's name
	Dataset    *datasets.Dataset
	Rows       int
	Columns    []engine.Vector
}

// newTable returns a table of the descriptor with room for rows.
func newTable(descriptor string, rows int) (*Table, error) {
	ds, err := datasets.Parse("bench.yaml", []byte(descriptor), nil)
	if err != nil {
		return nil, err
	}
	t := &Table{Descriptor: descriptor, Dataset: ds, Rows: rows, Columns: make([]engine.Vector, len(ds.Fields))}
	for i := range ds.Fields {
		v := &t.Columns[i]
		switch v.Type = ds.Fields[i].Type; v.Type {
		case datasets.Number:
			v.Floats = make([]float64, rows)
		case datasets.String:
			v.Codes = make([]uint32, rows)
		default:
			v.Ints = make([]int64, rows)
		}
	}
	return t, nil
}

// Bytes returns how much the columns take: 8 bytes a number, integer or time, 4
// a text by its code, a bit for whether there is a value.
func (t *Table) Bytes() (n int64) {
	for i := range t.Columns {
		v := &t.Columns[i]
		n += int64(8*len(v.Floats) + 8*len(v.Ints) + 4*len(v.Codes) + 8*len(v.Valid))
	}
	return n
}

// Batch returns rows first to first+n, not copied; first is a multiple of 64.
func (t *Table) Batch(first, n int) *engine.Batch {
	b := &engine.Batch{Rows: n, Columns: make([]engine.Vector, len(t.Columns))}
	for i := range t.Columns {
		from, to := &t.Columns[i], &b.Columns[i]
		to.Type, to.Dict = from.Type, from.Dict
		switch from.Type {
		case datasets.Number:
			to.Floats = from.Floats[first : first+n]
		case datasets.String:
			to.Codes = from.Codes[first : first+n]
		default:
			to.Ints = from.Ints[first : first+n]
		}
		if from.Valid != nil {
			to.Valid = from.Valid[first/64 : (first+n+63)/64]
		}
	}
	return b
}

// random returns a source that depends on the seed and the column alone, so
// that columns do not change one another.
func random(seed uint64, column int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, uint64(column)))
}

// labels returns n texts in order.
func labels(prefix string, n int) []string {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = fmt.Sprintf("%s%03d", prefix, i)
	}
	return texts
}
