package mongodb

import (
	"encoding/binary"
	"math"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/plan"
)

// decoder turns documents into batches of rows, in memory that it uses again
// for each batch. Nothing is allocated for a row.
type decoder struct {
	layout *node
	parts  []part
	batch  engine.Batch
}

// part is one column of a batch being made.
type part struct {
	kind datasets.Type
	// unsigned marks a column whose negative zeros become zeros: means, and
	// the values of groups.
	unsigned bool
	valid    []uint64
	count    int // of rows with a value
	floats   []float64
	ints     []int64
	codes    []uint32
	text     dictionary
}

// newDecoder returns a decoder of documents that have these columns. Unsigned
// makes zeros of negative zeros.
func newDecoder(columns []plan.Column, unsigned bool) *decoder {
	d := &decoder{parts: make([]part, len(columns))}
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
		d.parts[i].kind = c.Type
		d.parts[i].unsigned = unsigned
	}
	d.layout = newLayout(names)
	d.batch.Columns = make([]engine.Vector, len(d.parts))
	return d
}

// begin starts a batch of the given number of rows.
func (d *decoder) begin(rows int) {
	for i := range d.parts {
		p := &d.parts[i]
		p.count = 0
		if words := (rows + 63) / 64; cap(p.valid) < words {
			p.valid = make([]uint64, words)
		} else {
			p.valid = p.valid[:words]
			clear(p.valid)
		}
		switch p.kind {
		case datasets.Number:
			p.floats = sized(p.floats, rows)
		case datasets.String:
			p.codes = sized(p.codes, rows)
			p.text.reset()
		default:
			p.ints = sized(p.ints, rows)
		}
	}
}

func sized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// end returns the batch, whose rows have all been given to row.
func (d *decoder) end(rows int) *engine.Batch {
	d.batch.Rows = rows
	for i := range d.parts {
		p, v := &d.parts[i], &d.batch.Columns[i]
		*v = engine.Vector{Type: p.kind, Floats: p.floats, Ints: p.ints, Codes: p.codes}
		if p.count < rows {
			v.Valid = p.valid
		}
		if p.kind == datasets.String {
			v.Dict = p.text.strings()
		}
	}
	return &d.batch
}

// row reads a document as row i of the batch. Bytes that are no BSON are an
// error; a value that is not of its column's type reads as null.
func (d *decoder) row(i int, document []byte) error { return d.document(i, d.layout, document) }

func (d *decoder) document(row int, n *node, document []byte) error {
	b, err := elementsOf(document)
	if err != nil {
		return err
	}
	// Elements mostly come in the layout's order, so the next one is tried
	// first.
	for next := 0; len(b) > 0; {
		kind := b[0]
		b = b[1:]
		var at int
		if at, b, err = n.find(next, b); err != nil {
			return err
		}
		var value []byte
		if value, b, err = cutValue(kind, b); err != nil {
			return err
		}
		if at < 0 {
			continue
		}
		next = at + 1
		child := n.children[at]
		if child.column >= 0 {
			d.parts[child.column].set(row, kind, value)
		} else if kind == kindDocument {
			if err := d.document(row, child, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// find reads the name that b begins with and returns the child of that name,
// or -1, and what follows the name. It looks from next on, then around.
func (n *node) find(next int, b []byte) (at int, rest []byte, err error) {
	if next < len(n.children) {
		if name := n.children[next].name; len(b) > len(name) && b[len(name)] == 0 && string(b[:len(name)]) == name {
			return next, b[len(name)+1:], nil
		}
	}
	name, rest, ok := cutName(b)
	if !ok {
		return 0, nil, errElement
	}
	for i := range n.children {
		if at := (next + i) % len(n.children); n.children[at].name == string(name) {
			return at, rest, nil
		}
	}
	return -1, rest, nil
}

// set gives the row its value. Where a document has a name twice, the last
// one that fits its type counts.
func (p *part) set(row int, kind byte, value []byte) {
	var ok bool
	switch p.kind {
	case datasets.Number:
		p.floats[row], ok = p.number(kind, value)
	case datasets.Integer:
		if ok = kind == kindInt64; ok {
			p.ints[row] = int64(binary.LittleEndian.Uint64(value))
		} else if ok = kind == kindInt32; ok {
			p.ints[row] = int64(int32(binary.LittleEndian.Uint32(value)))
		}
	case datasets.Boolean:
		if ok = kind == kindBoolean; ok {
			p.ints[row] = int64(value[0] & 1)
		}
	case datasets.String:
		if ok = kind == kindString; ok {
			p.codes[row] = p.text.code(value[4 : len(value)-1])
		}
	case datasets.Date:
		if kind == kindDate {
			millis := int64(binary.LittleEndian.Uint64(value))
			ok = millis%datasets.MillisPerDay == 0
			p.ints[row] = millis / datasets.MillisPerDay
		}
	case datasets.DateTime:
		if ok = kind == kindDate; ok {
			p.ints[row] = int64(binary.LittleEndian.Uint64(value))
		}
	}
	if bit := uint64(1) << (row & 63); ok && p.valid[row>>6]&bit == 0 {
		p.valid[row>>6] |= bit
		p.count++
	}
}

// number reads a finite number. Integers come from servers that average them
// without a fraction.
func (p *part) number(kind byte, value []byte) (float64, bool) {
	var f float64
	switch kind {
	case kindDouble:
		f = math.Float64frombits(binary.LittleEndian.Uint64(value))
	case kindInt32:
		f = float64(int32(binary.LittleEndian.Uint32(value)))
	case kindInt64:
		f = float64(int64(binary.LittleEndian.Uint64(value)))
	default:
		return 0, false
	}
	if p.unsigned && f == 0 {
		f = 0
	}
	return f, !math.IsNaN(f) && !math.IsInf(f, 0)
}
