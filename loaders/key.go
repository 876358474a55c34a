package loaders

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"herbarium/datasets"
)

// keys knows the key of every row so far. It keeps 16 bytes of their SHA-256
// each, so that its memory does not depend on the values' size.
type keys struct {
	fields []int
	seen   map[[16]byte]origin
	files  []string
	buf    []byte
}

// origin is where a key was met first.
type origin struct {
	file int
	row  int64
}

func newKeys(fields []int) *keys {
	return &keys{fields: fields, seen: map[[16]byte]origin{}}
}

// check adds a fault where the row being ended, which misses no part of its
// key, has the key of an earlier row.
func (k *keys) check(r *rows) {
	k.buf = k.buf[:0]
	for _, f := range k.fields {
		k.append(&r.columns[f], r.batch.Rows)
	}
	sum := sha256.Sum256(k.buf)
	key := [16]byte(sum[:16])
	if len(k.files) == 0 || k.files[len(k.files)-1] != r.file {
		k.files = append(k.files, r.file)
	}
	if first, ok := k.seen[key]; ok {
		place := fmt.Sprintf("row %d", first.row)
		if file := k.files[first.file]; file != r.file {
			place += " of " + file
		}
		r.fault(r.place, 1, strings.Join(k.names(r.ds), ", "), "the row has the key of "+place)
		return
	}
	k.seen[key] = origin{len(k.files) - 1, r.row}
}

// append writes row i's value such that equal keys have equal bytes, and
// different keys different ones.
func (k *keys) append(c *column, i int) {
	switch c.field.Type {
	case datasets.Number:
		// + 0 makes -0 a plain zero, which it equals.
		k.buf = binary.LittleEndian.AppendUint64(k.buf, math.Float64bits(c.values.Floats[i]+0))
	case datasets.String:
		text := c.values.Dict[c.values.Codes[i]]
		k.buf = append(binary.AppendUvarint(k.buf, uint64(len(text))), text...)
	default:
		k.buf = binary.LittleEndian.AppendUint64(k.buf, uint64(c.values.Ints[i]))
	}
}

func (k *keys) names(ds *datasets.Dataset) []string {
	names := make([]string, len(k.fields))
	for i, f := range k.fields {
		names[i] = ds.Fields[f].Name
	}
	return names
}
