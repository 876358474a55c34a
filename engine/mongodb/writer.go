package mongodb

import (
	"encoding/binary"
	"math"

	"herbarium/datasets"
	"herbarium/engine"
)

// appendDocument writes row i of the batch as a document: its place in load
// order as _id, then the fields that have a value, nested where their names
// have dots.
func (n *node) appendDocument(dst []byte, id int64, b *engine.Batch, i int) []byte {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst = append(append(dst, kindInt64), "_id\x00"...)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(id))
	dst = n.appendElements(dst, b, i)
	return closeDocument(dst, start)
}

// closeDocument ends the document that began at start.
func closeDocument(dst []byte, start int) []byte {
	dst = append(dst, 0)
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start))
	return dst
}

func (n *node) appendElements(dst []byte, b *engine.Batch, i int) []byte {
	for _, c := range n.children {
		if c.column >= 0 {
			dst = appendValue(dst, c.name, &b.Columns[c.column], i)
			continue
		}
		before := len(dst)
		dst = append(append(append(dst, kindDocument), c.name...), 0, 0, 0, 0, 0)
		start := len(dst) - 4
		dst = c.appendElements(dst, b, i)
		if len(dst) == start+4 {
			dst = dst[:before] // all of it is null
			continue
		}
		dst = closeDocument(dst, start)
	}
	return dst
}

func appendValue(dst []byte, name string, v *engine.Vector, i int) []byte {
	if v.Null(i) {
		return dst
	}
	header := func(kind byte) []byte { return append(append(append(dst, kind), name...), 0) }
	switch v.Type {
	case datasets.Number:
		return binary.LittleEndian.AppendUint64(header(kindDouble), math.Float64bits(v.Floats[i]))
	case datasets.Integer:
		return binary.LittleEndian.AppendUint64(header(kindInt64), uint64(v.Ints[i]))
	case datasets.Boolean:
		return append(header(kindBoolean), byte(v.Ints[i]))
	case datasets.Date:
		return binary.LittleEndian.AppendUint64(header(kindDate), uint64(v.Ints[i]*datasets.MillisPerDay))
	case datasets.DateTime:
		return binary.LittleEndian.AppendUint64(header(kindDate), uint64(v.Ints[i]))
	default:
		text := v.Dict[v.Codes[i]]
		dst = binary.LittleEndian.AppendUint32(header(kindString), uint32(len(text)+1))
		return append(append(dst, text...), 0)
	}
}
