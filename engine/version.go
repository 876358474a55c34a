package engine

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"hash"
	"math"

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
		buf := h.buf[:0]
		for i := range b.Rows {
			if v.Null(i) {
				buf = append(buf, 0)
				continue
			}
			buf = append(buf, 1)
			switch v.Type {
			case datasets.Number:
				buf = binary.LittleEndian.AppendUint64(buf, math.Float64bits(v.Floats[i]))
			case datasets.String:
				s := v.Dict[v.Codes[i]]
				buf = append(binary.AppendUvarint(buf, uint64(len(s))), s...)
			default:
				buf = binary.LittleEndian.AppendUint64(buf, uint64(v.Ints[i]))
			}
		}
		h.columns[c].Write(buf)
		h.buf = buf
	}
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
