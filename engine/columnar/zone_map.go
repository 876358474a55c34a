package columnar

import (
	"encoding/binary"
	"fmt"
	"iter"
	"math"

	"herbarium/datasets"
	"herbarium/engine/columnar/internal/bitmap"
	"herbarium/engine/columnar/internal/files"
)

// zoneMaps are the metadata of a segment, which is read when the segment is opened: the
// zone map of each column of each block (its least and greatest value and its number of
// nulls, by which conditions skip blocks: Moerkotte, Small Materialized Aggregates, VLDB
// 1998), where each column lies in the segment, and its checksum. The file is called
// "summaries", and its format herbsum1: these names are older than the ones in this
// package, and stay, so that files stay readable.
type zoneMaps struct {
	blockRows    int
	blocks       []int             // rows of each
	columns      []zoneMap         // block by block, in field order
	dictionaries []dictionaryPlace // by field; zero where the field is no text
	restChecksum uint32            // checksum of what is neither column nor text
}

// zoneMap is the metadata of one field's column in one block. Its places are offsets in
// the segment.
type zoneMap struct {
	values   int64
	valid    int64 // of the bitmap; without meaning where hasBitmap says that there is none
	nulls    uint32
	checksum uint32 // of the bitmap and the values
	min      uint64 // the span's ends as bits
	max      uint64
}

// dictionaryPlace is where the dictionary of one field lies.
type dictionaryPlace struct {
	offsets  int64 // where the offsets of its texts lie, one more than there are texts
	bytes    int64 // where the texts lie
	size     int64 // of them in bytes
	count    uint32
	checksum uint32 // of the offsets and the texts
}

// zoneMapsFormat is the magic word at the start of the file. Whoever changes the format
// changes files.Format too.
const zoneMapsFormat = "herbsum1"

const (
	zoneMapsHeaderBytes  = len(zoneMapsFormat) + 5*4
	blockRowsBytes       = 4
	zoneMapBytes         = 8 + 8 + 4 + 4 + 8 + 8
	dictionaryPlaceBytes = 8 + 8 + 8 + 4 + 4
	bufferAlignment      = 8 // what Arrow aligns buffers to
)

// append writes the zone maps, little-endian.
func (s *zoneMaps) append(dst []byte) []byte {
	order := binary.LittleEndian
	dst = append(dst, zoneMapsFormat...)
	dst = order.AppendUint32(dst, uint32(s.blockRows))
	dst = order.AppendUint32(dst, uint32(len(s.blocks)))
	dst = order.AppendUint32(dst, uint32(len(s.dictionaries)))
	dst = order.AppendUint32(dst, s.restChecksum)
	dst = order.AppendUint32(dst, 0)
	for _, rows := range s.blocks {
		dst = order.AppendUint32(dst, uint32(rows))
	}
	for _, c := range s.columns {
		dst = order.AppendUint64(dst, uint64(c.values))
		dst = order.AppendUint64(dst, uint64(c.valid))
		dst = order.AppendUint32(dst, c.nulls)
		dst = order.AppendUint32(dst, c.checksum)
		dst = order.AppendUint64(dst, c.min)
		dst = order.AppendUint64(dst, c.max)
	}
	for _, t := range s.dictionaries {
		dst = order.AppendUint64(dst, uint64(t.offsets))
		dst = order.AppendUint64(dst, uint64(t.bytes))
		dst = order.AppendUint64(dst, uint64(t.size))
		dst = order.AppendUint32(dst, t.count)
		dst = order.AppendUint32(dst, t.checksum)
	}
	return dst
}

// numbers reads little-endian numbers off a buffer that is long enough.
type numbers []byte

func (n *numbers) u32() uint32 {
	v := binary.LittleEndian.Uint32(*n)
	*n = (*n)[4:]
	return v
}

func (n *numbers) u64() uint64 {
	v := binary.LittleEndian.Uint64(*n)
	*n = (*n)[8:]
	return v
}

// parseZoneMaps reads what append wrote, and refuses what cannot be of a
// segment of that size with these fields.
func parseZoneMaps(b []byte, fields []datasets.Field, size int64) (*zoneMaps, error) {
	if len(b) < zoneMapsHeaderBytes || string(b[:len(zoneMapsFormat)]) != zoneMapsFormat {
		return nil, fmt.Errorf("this is not a file of zone maps")
	}
	left := numbers(b[len(zoneMapsFormat):])
	s := &zoneMaps{blockRows: int(left.u32())}
	blocks, of := int64(left.u32()), int64(left.u32())
	s.restChecksum = left.u32()
	left.u32()
	if of != int64(len(fields)) {
		return nil, fmt.Errorf("summaries of %d fields, not %d", of, len(fields))
	}
	if int64(len(left)) != blocks*(blockRowsBytes+of*zoneMapBytes)+of*dictionaryPlaceBytes {
		return nil, fmt.Errorf("summaries of %d blocks in %d bytes", blocks, len(b))
	}
	if s.blockRows < 1 || s.blockRows > 1<<16 {
		return nil, fmt.Errorf("blocks of %d rows", s.blockRows)
	}
	s.blocks = make([]int, blocks)
	for i := range s.blocks {
		s.blocks[i] = int(left.u32())
		if rows, last := s.blocks[i], i == len(s.blocks)-1; rows < 1 || rows > s.blockRows || rows < s.blockRows && !last {
			return nil, fmt.Errorf("block %d has %d rows", i, rows)
		}
	}
	s.columns = make([]zoneMap, blocks*of)
	for i := range s.columns {
		s.columns[i] = zoneMap{int64(left.u64()), int64(left.u64()), left.u32(), left.u32(), left.u64(), left.u64()}
	}
	s.dictionaries = make([]dictionaryPlace, of)
	for i := range s.dictionaries {
		s.dictionaries[i] = dictionaryPlace{int64(left.u64()), int64(left.u64()), int64(left.u64()), left.u32(), left.u32()}
	}
	return s, s.check(fields, size)
}

// check refuses zone maps that point outside of the segment or contradict themselves.
func (s *zoneMaps) check(fields []datasets.Field, size int64) error {
	for f, t := range s.dictionaries {
		if fields[f].Type != datasets.String {
			continue
		}
		if t.count < 1 || !within(t.offsets, (int64(t.count)+1)*8, size) || !within(t.bytes, t.size, size) {
			return fmt.Errorf("field %s: the texts do not lie in the file", fields[f].Name)
		}
	}
	for i, c := range s.columns {
		block, field := i/len(fields), &fields[i%len(fields)]
		rows := s.blocks[block]
		switch {
		case int64(c.nulls) > int64(rows):
			return fmt.Errorf("field %s: block %d has %d nulls in %d rows", field.Name, block, c.nulls, rows)
		case !within(c.values, int64(rows)*widthOf(field.Type), size),
			c.hasBitmap(rows) && !within(c.valid, int64(bitmap.Words(rows))*8, size):
			return fmt.Errorf("field %s: block %d does not lie in the file", field.Name, block)
		case field.Type == datasets.String && (c.min > c.max || c.max >= uint64(s.dictionaries[i%len(fields)].count)):
			return fmt.Errorf("field %s: block %d has texts that the dictionary has not", field.Name, block)
		}
	}
	return nil
}

func within(at, bytes, size int64) bool {
	return at >= 0 && bytes >= 0 && at%bufferAlignment == 0 && at <= size && bytes <= size-at
}

// widthOf returns how many bytes a value takes in a column.
func widthOf(t datasets.Type) int64 {
	if t == datasets.String {
		return 4
	}
	return 8
}

// hasBitmap reports whether the column's bitmap of rows with a value was written as it is.
// Arrow leaves it out where all rows have a value, and makes its own where none has.
func (c *zoneMap) hasBitmap(rows int) bool { return c.nulls > 0 && int(c.nulls) < rows }

// setSpan sets the least and greatest value to those of a column.
func (c *zoneMap) setSpan(of *column, t datasets.Type) {
	switch t {
	case datasets.Number:
		c.min, c.max = math.Float64bits(of.floatSpan.min), math.Float64bits(of.floatSpan.max)
	case datasets.String:
		c.min, c.max = uint64(of.codeSpan.min), uint64(of.codeSpan.max)
	default:
		c.min, c.max = uint64(of.intSpan.min), uint64(of.intSpan.max)
	}
}

// span sets the span of a column to the least and greatest value.
func (c *zoneMap) span(to *column, t datasets.Type) {
	switch t {
	case datasets.Number:
		to.floatSpan = span[float64]{math.Float64frombits(c.min), math.Float64frombits(c.max)}
	case datasets.String:
		to.codeSpan = span[uint32]{uint32(c.min), uint32(c.max)}
	default:
		to.intSpan = span[int64]{int64(c.min), int64(c.max)}
	}
}

// region is a part of the segment.
type region struct{ begin, end int64 }

// gaps returns the parts of the segment that are neither column nor dictionary: what Arrow
// adds to them. Columns and dictionaries have checksums of their own.
func (s *zoneMaps) gaps(fields []datasets.Field, size int64) iter.Seq[region] {
	return func(yield func(region) bool) {
		at := int64(0)
		pass := func(begin, bytes int64) bool {
			ok := begin <= at || yield(region{at, begin})
			at = max(at, begin+bytes)
			return ok
		}
		for i, c := range s.columns {
			rows := s.blocks[i/len(fields)]
			if c.hasBitmap(rows) && !pass(c.valid, int64(bitmap.Words(rows))*8) || !pass(c.values, int64(rows)*widthOf(fields[i%len(fields)].Type)) {
				return
			}
		}
		for f, t := range s.dictionaries {
			if fields[f].Type == datasets.String && (!pass(t.offsets, (int64(t.count)+1)*8) || !pass(t.bytes, t.size)) {
				return
			}
		}
		if at < size {
			yield(region{at, size})
		}
	}
}

// readZoneMaps reads a file of zone maps of a segment of that size.
func readZoneMaps(name string, wanted files.VersionFile, fields []datasets.Field, size int64) (*zoneMaps, error) {
	b, err := wanted.Read(name)
	if err != nil {
		return nil, err
	}
	s, err := parseZoneMaps(b, fields, size)
	if err != nil {
		return nil, files.Corrupt(name, "%v", err)
	}
	return s, nil
}
