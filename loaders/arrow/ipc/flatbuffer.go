package ipc

import (
	"encoding/binary"
	"errors"
)

// A flatbuffer is verified before it is read, as class Verifier of the C++
// library does: all offsets and lengths must stay within its bytes. Otherwise
// readers would allocate whatever a length claims.

// tableShape says which fields of a flatbuffers table have a length of their own.
type tableShape []shapeField

type shapeField struct {
	slot  int         // of the field in its table
	table *tableShape // where it is a table, or a list of them
	list  bool
	size  int // of an item, where it is a list of others; 1 for text
	// counts says that each item, of 8 bytes, counts others in the flatbuffer.
	counts bool
	only   byte // the table is of this shape where the slot before says so; 0: always
}

// The tables of Arrow's Schema.fbs, Message.fbs and File.fbs.
func arrowShapes() (message, footer *tableShape) {
	pair := &tableShape{{slot: 0, size: 1}, {slot: 1, size: 1}}
	pairs := func(slot int) shapeField { return shapeField{slot: slot, table: pair, list: true} }
	field := &tableShape{}
	*field = tableShape{{slot: 0, size: 1}, {slot: 3, table: &tableShape{{slot: 1, size: 4}}, only: 14}, // a union's type ids
		{slot: 4, table: &tableShape{}}, {slot: 5, table: field, list: true}, pairs(6)}
	schema := &tableShape{{slot: 1, table: field, list: true}, pairs(2), {slot: 3, size: 8}}
	batch := &tableShape{{slot: 1, size: 16}, {slot: 2, size: 16}, {slot: 3, table: &tableShape{}}, {slot: 4, size: 8, counts: true}}
	dictionary := &tableShape{{slot: 1, table: batch}}
	message = &tableShape{{slot: 2, table: schema, only: 1}, {slot: 2, table: dictionary, only: 2}, {slot: 2, table: batch, only: 3}, pairs(4)}
	footer = &tableShape{{slot: 1, table: schema}, {slot: 2, size: blockBytes}, {slot: 3, size: blockBytes}, pairs(4)}
	return message, footer
}

// blockBytes is the size of a Block in File.fbs.
const blockBytes = 24

var errFlatbuffer = errors.New("its metadata points beyond its end")

// flatbuffer is one that is verified. Places are offsets of bytes.
type flatbuffer struct {
	b      []byte
	budget int // of tables, since many may point to one
}

// checkFlatbuffer verifies a flatbuffer with a root of that shape.
func checkFlatbuffer(b []byte, root *tableShape) error {
	f := &flatbuffer{b, len(b)}
	at, ok := f.offset(0)
	if !ok || !f.table(at, root, 0) {
		return errFlatbuffer
	}
	return nil
}

// uint32 reads the number at a place.
func (f *flatbuffer) uint32(at int) (int, bool) {
	if at < 0 || at > len(f.b)-4 {
		return 0, false
	}
	return int(binary.LittleEndian.Uint32(f.b[at:])), true
}

// offset follows the offset at a place.
func (f *flatbuffer) offset(at int) (int, bool) {
	n, ok := f.uint32(at)
	return at + n, ok
}

// slot returns the place of a table's field; 0 if the table lacks it.
func (f *flatbuffer) slot(table, slot int) (at int, ok bool) {
	n, ok := f.uint32(table)
	shape := table - int(int32(n))
	if !ok || shape < 0 || shape > len(f.b)-4 {
		return 0, false
	}
	entry := 4 + 2*slot
	if entry+2 > int(binary.LittleEndian.Uint16(f.b[shape:])) {
		return 0, true
	}
	if shape+entry+2 > len(f.b) {
		return 0, false
	}
	offset := int(binary.LittleEndian.Uint16(f.b[shape+entry:]))
	if offset == 0 {
		return 0, true
	}
	return table + offset, table+offset < len(f.b)
}

// maxNesting is how deep tables may be nested.
const maxNesting = 64

func (f *flatbuffer) table(at int, shape *tableShape, depth int) bool {
	if f.budget--; f.budget < 0 || depth > maxNesting {
		return false
	}
	if _, ok := f.slot(at, 0); !ok {
		return false
	}
	for _, field := range *shape {
		place, ok := f.slot(at, field.slot)
		if !ok {
			return false
		}
		if place == 0 || field.only > 0 && !f.says(at, field.slot-1, field.only) {
			continue
		}
		if !f.field(place, &field, depth) {
			return false
		}
	}
	return true
}

// says reports whether a field of one byte has a value.
func (f *flatbuffer) says(table, slot int, want byte) bool {
	at, ok := f.slot(table, slot)
	return ok && at > 0 && f.b[at] == want
}

func (f *flatbuffer) field(place int, field *shapeField, depth int) bool {
	at, ok := f.offset(place)
	if !ok {
		return false
	}
	if field.table != nil && !field.list {
		return f.table(at, field.table, depth+1)
	}
	size := max(field.size, 1)
	if field.table != nil {
		size = 4
	}
	n, ok := f.uint32(at)
	if !ok || n > (len(f.b)-at-4)/size {
		return false
	}
	for i := 0; field.counts && i < n; i++ {
		if count := binary.LittleEndian.Uint64(f.b[at+4+8*i:]); count > uint64(len(f.b)) {
			return false
		}
	}
	for i := 0; field.table != nil && i < n; i++ {
		item, ok := f.offset(at + 4 + 4*i)
		if !ok || !f.table(item, field.table, depth+1) {
			return false
		}
	}
	return true
}
