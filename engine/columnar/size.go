package columnar

import "context"

const (
	wordBytes = 8 // of a number, and of 64 rows in a bitmap
	codeBytes = 4
	// textBytes is what a text of a dictionary takes beside its bytes.
	textBytes = 16
)

// Bytes returns the size of a stored table's file, or the memory of the columns and
// dictionaries of one in memory.
func (t *table) Bytes(context.Context) (int64, error) {
	if t.segment != nil {
		return int64(len(t.segment.file.Data)), nil
	}
	return t.bytes(), nil
}

// bytes returns how many bytes the rows of a table in memory take.
func (t *table) bytes() int64 {
	n := int64(0)
	for i := range t.blocks {
		for c := range t.blocks[i].columns {
			n += t.blocks[i].columns[c].size()
		}
	}
	for _, texts := range t.texts {
		for _, text := range texts {
			n += int64(len(text)) + textBytes
		}
	}
	return n
}

// size returns the memory of the column's values.
func (c *column) size() int64 {
	n := wordBytes*(cap(c.valid)+cap(c.floats)+cap(c.ints)) + codeBytes*cap(c.codes)
	if c.byteCodes != nil {
		n += len(c.byteCodes.codes)
	}
	return int64(n)
}

// RowBytes returns about how many bytes the rows of all versions take that the store keeps.
func (s *Store) RowBytes() int64 {
	var n int64
	for _, versions := range *s.versions.Load() {
		for i := range versions {
			n += versions[i].bytes()
		}
	}
	return n
}
