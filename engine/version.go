package engine

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"hash"
	"math"
	"slices"

	"herbarium/datasets"
)

// versionText is base32 without padding, in lower case: safe in a header, a
// file's name and a collection's name.
var versionText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Hasher names a dataset's content. The version depends on the fields' names
// and types and on the values in load order, and on nothing else: how rows
// were cut into batches, the store, the machine and the day do not matter.
//
// Each column has a SHA-256 of its own, of one byte for null (0) or value (1)
// and the value's bytes: eight, little-endian, or for text its length as a
// uvarint and then the text. The version is made of the first 16 bytes of
// the SHA-256 of every column's name, type and sum.
type Hasher struct {
	fields  []datasets.Field
	columns []hash.Hash
	buf     []byte
}

// NewHasher returns a hasher of rows of ds.
func NewHasher(ds *datasets.Dataset) *Hasher {
	h := &Hasher{fields: ds.Fields, columns: make([]hash.Hash, len(ds.Fields))}
	for i := range h.columns {
		h.columns[i] = sha256.New()
	}
	return h
}

// Write adds rows; the batch's columns are the dataset's fields.
func (h *Hasher) Write(b *Batch) {
	for c := range b.Columns {
		v := &b.Columns[c]
		switch {
		case v.Type == datasets.String:
			h.buf = appendTexts(h.buf[:0], v, b.Rows)
		case v.Valid == nil && v.Type == datasets.Number:
			h.buf = appendWords(h.buf, v.Floats[:b.Rows], math.Float64bits)
		case v.Valid == nil:
			h.buf = appendWords(h.buf, v.Ints[:b.Rows], func(n int64) uint64 { return uint64(n) })
		default:
			h.buf = appendNullable(h.buf[:0], v, b.Rows)
		}
		h.columns[c].Write(h.buf)
	}
}

// hashedBytes is how many bytes of a value that is no text are hashed.
const hashedBytes = 1 + 8

// appendWords returns what is hashed of values without a null, in buf's memory.
func appendWords[T float64 | int64](buf []byte, values []T, bitsOf func(T) uint64) []byte {
	buf = slices.Grow(buf[:0], len(values)*hashedBytes)[:len(values)*hashedBytes]
	out := buf
	for _, v := range values {
		one := (*[hashedBytes]byte)(out)
		one[0] = 1
		binary.LittleEndian.PutUint64(one[1:], bitsOf(v))
		out = out[hashedBytes:]
	}
	return buf
}

func appendTexts(buf []byte, v *Vector, rows int) []byte {
	for i, code := range v.Codes[:rows] {
		if v.Null(i) {
			buf = append(buf, 0)
			continue
		}
		s := v.Dict[code]
		if len(s) < 0x80 { // a uvarint of one byte
			buf = append(buf, 1, byte(len(s)))
		} else {
			buf = binary.AppendUvarint(append(buf, 1), uint64(len(s)))
		}
		buf = append(buf, s...)
	}
	return buf
}

func appendNullable(buf []byte, v *Vector, rows int) []byte {
	for i := range rows {
		switch {
		case v.Null(i):
			buf = append(buf, 0)
		case v.Type == datasets.Number:
			buf = binary.LittleEndian.AppendUint64(append(buf, 1), math.Float64bits(v.Floats[i]))
		default:
			buf = binary.LittleEndian.AppendUint64(append(buf, 1), uint64(v.Ints[i]))
		}
	}
	return buf
}

// Version returns the name of all that was written: 26 characters of a to z
// and 2 to 7.
func (h *Hasher) Version() string {
	sum := sha256.New()
	for i, f := range h.fields {
		var b []byte
		b = append(binary.AppendUvarint(b, uint64(len(f.Name))), f.Name...)
		b = append(b, f.Type.String()...)
		sum.Write(h.columns[i].Sum(b))
	}
	return versionText.EncodeToString(sum.Sum(nil)[:16])
}
