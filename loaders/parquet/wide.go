package parquet

import (
	"encoding/binary"

	"github.com/google/flatbuffers/go"

	"github.com/apache/arrow-go/v18/arrow"
)

// Integers of 128 bits are no type of Arrow, but Polars declares them as such, and
// stores 16 bytes, the lowest first. Arrow's readers refuse all the types that are
// declared beside one. So do not we: the declaration is searched for them, and their
// values are decimals without a fraction, which are stored in the same way.

// Slots of the tables of Arrow's Message.fbs and Schema.fbs, and the union's number
// of Int.
const (
	slotHeader        = 4 + 2*2
	slotFields        = 4 + 2*1
	slotName          = 4 + 2*0
	slotTypeType      = 4 + 2*2
	slotType          = 4 + 2*3
	slotBitWidth      = 4 + 2*0
	typeInt      byte = 2
)

// narrowed makes the integers of 128 bits that a serialized schema declares ones of
// 64, so that the schema can be read, and returns their names.
func narrowed(text []byte) (names map[string]bool) {
	defer func() {
		if recover() != nil { // it points beyond its end
			names = nil
		}
	}()
	if len(text) >= 8 && binary.LittleEndian.Uint32(text) == 0xffffffff {
		text = text[8:]
	} else {
		text = text[4:]
	}
	message := flatbuffers.Table{Bytes: text, Pos: flatbuffers.GetUOffsetT(text)}
	schema, ok := inner(&message, slotHeader)
	if !ok {
		return nil
	}
	fields := flatbuffers.UOffsetT(schema.Offset(slotFields))
	if fields == 0 {
		return nil
	}
	names = map[string]bool{}
	for i := range schema.VectorLen(fields) {
		at := schema.Vector(fields) + flatbuffers.UOffsetT(i)*4
		field := flatbuffers.Table{Bytes: text, Pos: schema.Indirect(at)}
		kind, name := field.Offset(slotTypeType), field.Offset(slotName)
		if kind == 0 || name == 0 || field.GetByte(field.Pos+flatbuffers.UOffsetT(kind)) != typeInt {
			continue
		}
		of, ok := inner(&field, slotType)
		if width := of.Offset(slotBitWidth); ok && width != 0 && of.GetInt32(of.Pos+flatbuffers.UOffsetT(width)) == 128 {
			of.MutateInt32(of.Pos+flatbuffers.UOffsetT(width), 64)
			names[string(field.ByteVector(field.Pos+flatbuffers.UOffsetT(name)))] = true
		}
	}
	return names
}

// inner returns the table in a slot of another.
func inner(t *flatbuffers.Table, slot flatbuffers.VOffsetT) (in flatbuffers.Table, ok bool) {
	at := flatbuffers.UOffsetT(t.Offset(slot))
	if at == 0 {
		return in, false
	}
	return flatbuffers.Table{Bytes: t.Bytes, Pos: t.Indirect(t.Pos + at)}, true
}

// wideInteger is the type of the values of integers of 128 bits.
var wideInteger arrow.DataType = &arrow.Decimal128Type{Precision: 38}

// isWide reports whether a type is stored as integers of 128 bits are.
func isWide(t arrow.DataType) bool {
	of, ok := t.(*arrow.FixedSizeBinaryType)
	return ok && of.ByteWidth == 16
}
