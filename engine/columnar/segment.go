package columnar

import (
	"strings"
	"sync"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"

	"herbarium/datasets"
	"herbarium/engine/columnar/internal/bitmap"
	"herbarium/engine/columnar/internal/files"
)

// segment is the file with the rows of a stored table: an Arrow IPC file, into whose buffers
// the table's columns point.
type segment struct {
	dataset      string
	file         *files.Mapping
	fields       []datasets.Field
	zoneMaps     *zoneMaps
	columns      []storedColumn
	dictionaries []storedDictionary // by field
}

// storedColumn verifies one column when it is first touched.
type storedColumn struct {
	segment  *segment
	number   uint32 // among all columns of the segment
	checksum uint32
	once     sync.Once
	minUlp   int // see column; set once
	sound    atomic.Bool
}

// storedDictionary is a dictionary that is read when it is first needed.
type storedDictionary struct {
	mu    sync.Mutex
	texts []string
	parts []string // see textParts
}

// newSegment returns the segment and its blocks.
func newSegment(dataset string, fields []datasets.Field, file *files.Mapping, sums *zoneMaps) (*segment, []block) {
	s := &segment{dataset: dataset, file: file, fields: fields, zoneMaps: sums,
		columns: make([]storedColumn, len(sums.columns)), dictionaries: make([]storedDictionary, len(fields))}
	columns := make([]column, len(sums.columns))
	blocks := make([]block, len(sums.blocks))
	for i, rows := range sums.blocks {
		blocks[i] = block{rows, columns[i*len(fields):][:len(fields):len(fields)]}
	}
	for i := range columns {
		s.place(&columns[i], i)
	}
	return s, blocks
}

// place points the column's slices into the segment.
func (s *segment) place(c *column, number int) {
	sum, kind := &s.zoneMaps.columns[number], s.fields[number%len(s.fields)].Type
	stored := &s.columns[number]
	stored.segment, stored.number, stored.checksum = s, uint32(number), sum.checksum
	c.rows, c.nulls, c.stored = s.zoneMaps.blocks[number/len(s.fields)], int(sum.nulls), stored
	sum.span(c, kind)
	switch {
	case sum.hasBitmap(c.rows):
		c.valid = arrow.GetData[uint64](s.file.Data[sum.valid:][:bitmap.Words(c.rows)*8])
	case c.nulls > 0:
		c.valid = make([]uint64, bitmap.Words(c.rows))
	}
	values := s.file.Data[sum.values:][:int64(c.rows)*widthOf(kind)]
	switch kind {
	case datasets.Number:
		c.floats = arrow.GetData[float64](values)
	case datasets.String:
		c.codes = arrow.GetData[uint32](values)
	default:
		c.ints = arrow.GetData[int64](values)
	}
}

// bytes returns the column's bitmap and its values as they are stored.
func (c *column) bytes() (valid, values []byte) {
	valid = arrow.GetBytes(c.valid)
	switch {
	case c.floats != nil:
		values = arrow.GetBytes(c.floats)
	case c.codes != nil:
		values = arrow.GetBytes(c.codes)
	default:
		values = arrow.GetBytes(c.ints)
	}
	return valid, values
}

// verify checks that c is what was written, or panics with a *files.Corruption. Several
// goroutines may do so at once.
func (s *storedColumn) verify(c *column) {
	if fault := s.check(c); fault != nil {
		panic(fault)
	}
	s.once.Do(func() { s.minUlp = minUlpExponentOf(c.floats) })
	s.sound.Store(true)
}

func (s *storedColumn) check(c *column) *files.Corruption {
	of := s.segment
	fields := len(of.fields)
	field, first := &of.fields[int(s.number)%fields], int64(int(s.number)/fields)*int64(of.zoneMaps.blockRows)
	valid, values := c.bytes()
	if files.Checksum(valid, values) != s.checksum {
		return files.Corrupt(of.file.Name, "field %s, rows %d to %d: the checksum differs", field.Name, first, first+int64(c.rows)-1)
	}
	for _, code := range c.codes {
		// Such a code would be a bug of the writer, and would crash a kernel.
		if code > c.codeSpan.max {
			return files.Corrupt(of.file.Name, "field %s, rows %d to %d: a text that the summary rules out", field.Name, first, first+int64(c.rows)-1)
		}
	}
	return nil
}

// dictionary returns the texts of the field. It panics with a *files.Corruption where
// they are not what was written.
func (s *segment) dictionary(field int) []string {
	texts, _ := s.texts(field)
	return texts
}

// texts returns the texts of the field, and the same in parts.
func (s *segment) texts(field int) (texts, parts []string) {
	if s.fields[field].Type != datasets.String {
		return nil, nil
	}
	stored := &s.dictionaries[field]
	stored.mu.Lock()
	defer stored.mu.Unlock()
	if stored.texts == nil {
		texts, packed, fault := s.readDictionary(field)
		if fault != nil {
			panic(fault)
		}
		stored.texts, stored.parts = texts, textParts(texts, packed)
	}
	return stored.texts, stored.parts
}

// readDictionary reads a dictionary: its texts, and those from the second on as one. They
// are copied out of the mapping, since answers hold them and may outlive the table.
func (s *segment) readDictionary(field int) (texts []string, packed string, fault *files.Corruption) {
	sum, name := &s.zoneMaps.dictionaries[field], s.fields[field].Name
	ends := s.file.Data[sum.offsets:][:(int64(sum.count)+1)*8]
	text := s.file.Data[sum.bytes:][:sum.size]
	if files.Checksum(ends, text) != sum.checksum {
		return nil, "", files.Corrupt(s.file.Name, "field %s: the checksum of the dictionary differs", name)
	}
	all := string(text)
	texts = make([]string, sum.count)
	offsets := arrow.GetData[int64](ends)
	for i := range texts {
		begin, end := offsets[i], offsets[i+1]
		if begin < 0 || begin > end || end > sum.size {
			return nil, "", files.Corrupt(s.file.Name, "field %s: text %d does not lie in the dictionary", name, i)
		}
		if texts[i] = all[begin:end]; i > 1 && strings.Compare(texts[i-1], texts[i]) >= 0 {
			return nil, "", files.Corrupt(s.file.Name, "field %s: the dictionary is not in order at text %d", name, i)
		}
	}
	return texts, all[min(offsets[1], sum.size):offsets[sum.count]], nil
}
