package format

import (
	"encoding/binary"

	flatbuffers "github.com/google/flatbuffers/go"
)

// Arrow's metadata is a flatbuffer: tables, each of which points to a vtable that
// has the offsets of the table's fields and the table's size. Tables with equal
// vtables share one. The builder of Go's flatbuffers also shares where the sizes
// differ, as those of a KeyValue and of a DictionaryEncoding with an id do. Then a
// table says that it ends within its last field, and a reader that verifies what it
// reads, such as nanoarrow, refuses the stream. So a table whose vtable gives too
// small a size gets a vtable of its own, behind all others: a table may point
// forward to its vtable.

// tableShape says of each field of a flatbuffers table how it is stored.
type tableShape []slotShape

// slotShape is a field: its size in the table and, if it is an offset of a table or of
// a list of tables, their shape.
type slotShape struct {
	size  int
	table *tableShape
	list  bool
	// union has the shapes by the number that the field before holds.
	union map[byte]*tableShape
}

// schemaMessage is the shape of a message that holds a schema, by Message.fbs and
// Schema.fbs of Arrow, for the types that arrowType returns.
func schemaMessage() *tableShape {
	const offset = 4
	text, flag := slotShape{size: offset}, slotShape{size: 1}
	list := func(of *tableShape) slotShape { return slotShape{size: offset, table: of, list: true} }
	pair := &tableShape{text, text}
	integer := &tableShape{{size: 4}, flag}
	types := map[byte]*tableShape{
		2:  integer,
		3:  {{size: 2}}, // FloatingPoint: precision
		5:  {},          // Utf8
		6:  {},          // Bool
		8:  {{size: 2}}, // Date: unit
		10: {{size: 2}, text},
	}
	encoding := &tableShape{{size: 8}, {size: offset, table: integer}, flag, {size: 2}}
	field := &tableShape{}
	*field = tableShape{text, flag, flag, {size: offset, union: types}, {size: offset, table: encoding}, list(field), list(pair)}
	schema := &tableShape{{size: 2}, list(field), list(pair), {size: offset}}
	return &tableShape{{size: 2}, flag, {size: offset, table: schema}, {size: 8}, list(pair)}
}

// fitVtables returns the flatbuffer with a root of that shape so that every table is as
// large as its fields need. Its length is a multiple of 8.
func fitVtables(flatbuffer []byte, root *tableShape) []byte {
	f := vtableFitter{b: append([]byte(nil), flatbuffer...), fitted: map[vtable]int{}}
	f.fit(int(flatbuffers.GetUOffsetT(f.b)), root)
	return f.pad(8)
}

// vtable names a vtable by the one that was shared and the size that a table needs.
type vtable struct{ shared, size int }

type vtableFitter struct {
	b      []byte
	fitted map[vtable]int // where they are
}

// fit fits the table at a position, and those that it points to.
func (f *vtableFitter) fit(at int, shape *tableShape) {
	size := 0
	for i, slot := range *shape {
		field, ok := f.field(at, i)
		if !ok {
			continue
		}
		size = max(size, field-at+slot.size)
		switch {
		case slot.union != nil:
			if kind, ok := f.field(at, i-1); ok && slot.union[f.b[kind]] != nil {
				f.fit(f.target(field), slot.union[f.b[kind]])
			}
		case slot.list:
			list := f.target(field)
			for n := range int(flatbuffers.GetUint32(f.b[list:])) {
				f.fit(f.target(list+4+4*n), slot.table)
			}
		case slot.table != nil:
			f.fit(f.target(field), slot.table)
		}
	}
	f.give(at, size)
}

// give gives the table a vtable of this size if its own has a smaller one.
func (f *vtableFitter) give(at, size int) {
	shared := at - int(flatbuffers.GetSOffsetT(f.b[at:]))
	if int(flatbuffers.GetVOffsetT(f.b[shared+2:])) >= size {
		return
	}
	place, ok := f.fitted[vtable{shared, size}]
	if !ok {
		f.pad(2)
		place = len(f.b)
		length := int(flatbuffers.GetVOffsetT(f.b[shared:]))
		f.b = append(f.b, f.b[shared:shared+length]...)
		binary.LittleEndian.PutUint16(f.b[place+2:], uint16(size))
		f.fitted[vtable{shared, size}] = place
	}
	flatbuffers.WriteSOffsetT(f.b[at:], flatbuffers.SOffsetT(at-place))
}

// field returns where a table's field is, if the table has it.
func (f *vtableFitter) field(at, slot int) (int, bool) {
	table := flatbuffers.Table{Bytes: f.b, Pos: flatbuffers.UOffsetT(at)}
	offset := int(table.Offset(flatbuffers.VOffsetT(4 + 2*slot)))
	return at + offset, offset > 0
}

// target follows the offset at a position.
func (f *vtableFitter) target(at int) int { return at + int(flatbuffers.GetUOffsetT(f.b[at:])) }

// pad adds zeros up to a multiple of n.
func (f *vtableFitter) pad(n int) []byte {
	for len(f.b)%n > 0 {
		f.b = append(f.b, 0)
	}
	return f.b
}
