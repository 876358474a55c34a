package arrow

import (
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal256"
	"github.com/google/flatbuffers/go"
)

// Integers of 128 bits are no type of Arrow, but Polars declares them as such, and
// stores 16 bytes, the lowest first. Arrow's readers refuse all the types that are
// declared beside one. So the declaration is changed to integers of 64 bits here, which
// the readers take without looking at how many bytes there are, and the values are made
// decimals without a fraction.

// Wide are the columns of a schema that are integers of 128 bits; the value is true
// where they have a sign.
type Wide map[int]bool

// Slots of the tables of Arrow's Message.fbs, File.fbs and Schema.fbs, and the union's
// number of Int.
const (
	slotHeader        = 4 + 2*2
	slotSchema        = 4 + 2*1
	slotFields        = 4 + 2*1
	slotTypeType      = 4 + 2*2
	slotType          = 4 + 2*3
	slotBitWidth      = 4 + 2*0
	slotSigned        = 4 + 2*1
	headerSchema byte = 1
	typeInt      byte = 2
)

// NarrowMessage makes the integers of 128 bits that a message declares ones of 64,
// if it is a schema, and returns which they are.
func NarrowMessage(message []byte) Wide { return narrow(message, slotHeader, true) }

// NarrowFooter does the same with the footer of a file.
func NarrowFooter(footer []byte) Wide { return narrow(footer, slotSchema, false) }

// narrow finds the schema in a slot of the root table.
func narrow(text []byte, slot flatbuffers.VOffsetT, message bool) (wide Wide) {
	defer func() {
		if recover() != nil { // it points beyond its end
			wide = nil
		}
	}()
	root := flatbuffers.Table{Bytes: text, Pos: flatbuffers.GetUOffsetT(text)}
	if message {
		kind := flatbuffers.UOffsetT(root.Offset(slot - 2))
		if kind == 0 || root.GetByte(root.Pos+kind) != headerSchema {
			return nil
		}
	}
	schema, ok := inner(&root, slot)
	if !ok {
		return nil
	}
	fields := flatbuffers.UOffsetT(schema.Offset(slotFields))
	if fields == 0 {
		return nil
	}
	wide = Wide{}
	for i := range schema.VectorLen(fields) {
		at := schema.Vector(fields) + flatbuffers.UOffsetT(i)*4
		field := flatbuffers.Table{Bytes: text, Pos: schema.Indirect(at)}
		kind := flatbuffers.UOffsetT(field.Offset(slotTypeType))
		if kind == 0 || field.GetByte(field.Pos+kind) != typeInt {
			continue
		}
		of, ok := inner(&field, slotType)
		if !ok {
			continue
		}
		width, signed := flatbuffers.UOffsetT(of.Offset(slotBitWidth)), flatbuffers.UOffsetT(of.Offset(slotSigned))
		if width != 0 && of.GetInt32(of.Pos+width) == 128 {
			of.MutateInt32(of.Pos+width, 64)
			wide[i] = signed != 0 && of.GetBool(of.Pos+signed)
		}
	}
	return wide
}

// inner returns the table in a slot of another.
func inner(t *flatbuffers.Table, slot flatbuffers.VOffsetT) (in flatbuffers.Table, ok bool) {
	at := flatbuffers.UOffsetT(t.Offset(slot))
	if at == 0 {
		return in, false
	}
	return flatbuffers.Table{Bytes: t.Bytes, Pos: t.Indirect(t.Pos + at)}, true
}

// WideInteger is the type of the values of integers of 128 bits.
var WideInteger arrow.DataType = &arrow.Decimal256Type{Precision: 39}

// Widen returns integers of 128 bits, which were read as something else, as decimals;
// nil where there are too few bytes.
func Widen(from arrow.Array, signed bool) arrow.Array {
	data := from.Data()
	buffers := data.Buffers()
	if len(buffers) < 2 || from.Len() > 0 && (buffers[1] == nil || buffers[1].Len() < 16*(data.Offset()+from.Len())) {
		return nil
	}
	b := array.NewDecimal256Builder(Allocator(), WideInteger.(*arrow.Decimal256Type))
	defer b.Release()
	b.Reserve(from.Len())
	for i := range from.Len() {
		if from.IsNull(i) {
			b.AppendNull()
			continue
		}
		value := buffers[1].Bytes()[16*(data.Offset()+i):]
		low, high := binary.LittleEndian.Uint64(value), binary.LittleEndian.Uint64(value[8:])
		sign := uint64(0)
		if signed && int64(high) < 0 {
			sign = ^uint64(0)
		}
		b.Append(decimal256.New(sign, sign, high, low))
	}
	return b.NewArray()
}
