package loaders

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"herbarium/datasets"
	"herbarium/engine"
)

// key identifies a row: the first 16 bytes of the SHA-256 of its key's values, so
// that memory does not depend on their size.
type key [16]byte

// keyer makes the keys of rows.
type keyer struct {
	fields []int
	buf    []byte
}

// of returns the key of row i, all of whose parts have values.
func (k *keyer) of(b *engine.Batch, i int) key {
	k.buf = k.buf[:0]
	for _, f := range k.fields {
		k.append(&b.Columns[f], i)
	}
	sum := sha256.Sum256(k.buf)
	return key(sum[:16])
}

// append appends row i's value such that equal keys have equal bytes, and
// different keys have different ones.
func (k *keyer) append(v *engine.Vector, i int) {
	switch v.Type {
	case datasets.Number:
		// + 0 makes -0 a plain zero, which it equals.
		k.buf = binary.LittleEndian.AppendUint64(k.buf, math.Float64bits(v.Floats[i]+0))
	case datasets.String:
		text := v.Dict[v.Codes[i]]
		k.buf = append(binary.AppendUvarint(k.buf, uint64(len(text))), text...)
	default:
		k.buf = binary.LittleEndian.AppendUint64(k.buf, uint64(v.Ints[i]))
	}
}

func (k *keyer) names(ds *datasets.Dataset) string {
	names := make([]string, len(k.fields))
	for i, f := range k.fields {
		names[i] = ds.Fields[f].Name
	}
	return strings.Join(names, ", ")
}

// keySet has the keys of all rows so far.
type keySet struct {
	keyer
	seen  map[key]origin
	files []string
}

// origin is where a key was met first: a file's number in the upper 16 bits,
// the row's in the others. There is one for each row, so it is small.
type origin uint64

const (
	rowBits = 48
	// inStore marks a row that the store has already, elsewhere one of a file
	// that has no number of its own.
	inStore, elsewhere = 1<<16 - 1, 1<<16 - 2
)

func newKeySet(fields []int) *keySet {
	return &keySet{keyer: keyer{fields: fields}, seen: map[key]origin{}}
}

// source begins a source; its name is for messages.
func (k *keySet) source(name string) { k.files = append(k.files, name) }

// file returns the number of the source at hand.
func (k *keySet) file() int { return min(len(k.files)-1, elsewhere) }

// stored adds the keys of rows that are in the store already.
func (k *keySet) stored(b *engine.Batch) {
	for i := range b.Rows {
		k.seen[k.of(b, i)] = inStore << rowBits
	}
}

// check says what is wrong if row i of the batch, which is row row of the source,
// has the key of an earlier row.
func (k *keySet) check(b *engine.Batch, i int, row int64) (detail string) {
	key := k.of(b, i)
	first, ok := k.seen[key]
	if !ok {
		k.seen[key] = origin(k.file())<<rowBits | origin(row)
		return ""
	}
	firstRow := first & (1<<rowBits - 1)
	switch file := int(first >> rowBits); file {
	case inStore:
		return "the row has the key of a row that is loaded already; --mode upsert replaces that"
	case elsewhere:
		return fmt.Sprintf("the row has the key of row %d of an earlier file", firstRow)
	case k.file():
		return fmt.Sprintf("the row has the key of row %d", firstRow)
	default:
		return fmt.Sprintf("the row has the key of row %d of %s", firstRow, k.files[file])
	}
}
