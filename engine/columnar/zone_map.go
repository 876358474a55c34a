package columnar

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"iter"
	"math"

	"herbarium/datasets"
)

// castagnoli is the polynomial of all checksums: CPUs have an instruction for
// it.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum returns the CRC-32C of the parts, one behind the other.
func checksum(parts ...[]byte) uint32 {
	var sum uint32
	for _, part := range parts {
		sum = crc32.Update(sum, castagnoli, part)
	}
	return sum
}

// zone maps are what is known of a segment without reading its rows: where
// everything lies, what it adds up to, and its checksums.
type summaries struct {
	blockRows int
	blocks    []int        // rows of each
	columns   []columnZone // block by block, in field order
	texts     []textZone   // by field; zero where the field is no text
	rest      uint32       // checksum of what is neither column nor text
}

// columnZone is one field's column in one block. Places are offsets in the
// segment.
type columnZone struct {
	values  int64
	valid   int64 // of the bitmap; without meaning where hasBitmap says that there is none
	nulls   uint32
	sum     uint32 // of the bitmap and the values
	minimum uint64 // the span's ends as bits
	maximum uint64
}

// textZone is the dictionary of one field.
type textZone struct {
	ends  int64 // where the offsets of its texts lie, one more than there are texts
	bytes int64 // where the texts lie
	size  int64 // of them in bytes
	count uint32
	sum   uint32 // of the offsets and the texts
}

// zoneMapsForm begins a file of zone maps. Whoever changes the form changes
// manifestFormat too.
const zoneMapsForm = "herbsum1"

const (
	zoneMapsHead  = len(zoneMapsForm) + 5*4
	blockBytes    = 4
	columnBytes   = 8 + 8 + 4 + 4 + 8 + 8
	textSumBytes  = 8 + 8 + 8 + 4 + 4
	bufferAligned = 8 // what Arrow aligns buffers to
)

// append writes the zone maps, little-endian.
func (s *summaries) append(dst []byte) []byte {
	order := binary.LittleEndian
	dst = append(dst, zoneMapsForm...)
	dst = order.AppendUint32(dst, uint32(s.blockRows))
	dst = order.AppendUint32(dst, uint32(len(s.blocks)))
	dst = order.AppendUint32(dst, uint32(len(s.texts)))
	dst = order.AppendUint32(dst, s.rest)
	dst = order.AppendUint32(dst, 0)
	for _, rows := range s.blocks {
		dst = order.AppendUint32(dst, uint32(rows))
	}
	for _, c := range s.columns {
		dst = order.AppendUint64(dst, uint64(c.values))
		dst = order.AppendUint64(dst, uint64(c.valid))
		dst = order.AppendUint32(dst, c.nulls)
		dst = order.AppendUint32(dst, c.sum)
		dst = order.AppendUint64(dst, c.minimum)
		dst = order.AppendUint64(dst, c.maximum)
	}
	for _, t := range s.texts {
		dst = order.AppendUint64(dst, uint64(t.ends))
		dst = order.AppendUint64(dst, uint64(t.bytes))
		dst = order.AppendUint64(dst, uint64(t.size))
		dst = order.AppendUint32(dst, t.count)
		dst = order.AppendUint32(dst, t.sum)
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
func parseZoneMaps(b []byte, fields []datasets.Field, size int64) (*summaries, error) {
	if len(b) < zoneMapsHead || string(b[:len(zoneMapsForm)]) != zoneMapsForm {
		return nil, fmt.Errorf("these are no summaries")
	}
	left := numbers(b[len(zoneMapsForm):])
	s := &summaries{blockRows: int(left.u32())}
	blocks, of := int64(left.u32()), int64(left.u32())
	s.rest = left.u32()
	left.u32()
	if of != int64(len(fields)) {
		return nil, fmt.Errorf("summaries of %d fields, not %d", of, len(fields))
	}
	if int64(len(left)) != blocks*(blockBytes+of*columnBytes)+of*textSumBytes {
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
	s.columns = make([]columnZone, blocks*of)
	for i := range s.columns {
		s.columns[i] = columnZone{int64(left.u64()), int64(left.u64()), left.u32(), left.u32(), left.u64(), left.u64()}
	}
	s.texts = make([]textZone, of)
	for i := range s.texts {
		s.texts[i] = textZone{int64(left.u64()), int64(left.u64()), int64(left.u64()), left.u32(), left.u32()}
	}
	return s, s.check(fields, size)
}

// check refuses what lies outside of the segment.
func (s *summaries) check(fields []datasets.Field, size int64) error {
	for f, t := range s.texts {
		if fields[f].Type != datasets.String {
			continue
		}
		if t.count < 1 || !within(t.ends, (int64(t.count)+1)*8, size) || !within(t.bytes, t.size, size) {
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
			c.hasBitmap(rows) && !within(c.valid, int64(words(rows))*8, size):
			return fmt.Errorf("field %s: block %d does not lie in the file", field.Name, block)
		case field.Type == datasets.String && (c.minimum > c.maximum || c.maximum >= uint64(s.texts[i%len(fields)].count)):
			return fmt.Errorf("field %s: block %d has texts that the dictionary has not", field.Name, block)
		}
	}
	return nil
}

func within(at, bytes, size int64) bool {
	return at >= 0 && bytes >= 0 && at%bufferAligned == 0 && at <= size && bytes <= size-at
}

// widthOf returns how many bytes a value takes in a column.
func widthOf(t datasets.Type) int64 {
	if t == datasets.String {
		return 4
	}
	return 8
}

// hasBitmap reports whether the segment has a bitmap of our making of the
// rows with a value: Arrow leaves it out where all have one, and makes it
// itself where none has.
func (c *columnZone) hasBitmap(rows int) bool { return c.nulls > 0 && int(c.nulls) < rows }

// setSpan writes down the minimum and maximum value.
func (c *columnZone) setSpan(of *column, t datasets.Type) {
	switch t {
	case datasets.Number:
		c.minimum, c.maximum = math.Float64bits(of.floatSpan.min), math.Float64bits(of.floatSpan.max)
	case datasets.String:
		c.minimum, c.maximum = uint64(of.codeSpan.min), uint64(of.codeSpan.max)
	default:
		c.minimum, c.maximum = uint64(of.intSpan.min), uint64(of.intSpan.max)
	}
}

// span hands them to a column.
func (c *columnZone) span(to *column, t datasets.Type) {
	switch t {
	case datasets.Number:
		to.floatSpan = span[float64]{math.Float64frombits(c.minimum), math.Float64frombits(c.maximum)}
	case datasets.String:
		to.codeSpan = span[uint32]{uint32(c.minimum), uint32(c.maximum)}
	default:
		to.intSpan = span[int64]{int64(c.minimum), int64(c.maximum)}
	}
}

// region is a part of the segment.
type region struct{ begin, end int64 }

// gaps returns the parts of the segment that are neither column nor text: what
// Arrow needs beside them. Everything else has a checksum of its own.
func (s *summaries) gaps(fields []datasets.Field, size int64) iter.Seq[region] {
	return func(yield func(region) bool) {
		at := int64(0)
		pass := func(begin, bytes int64) bool {
			ok := begin <= at || yield(region{at, begin})
			at = max(at, begin+bytes)
			return ok
		}
		for i, c := range s.columns {
			rows := s.blocks[i/len(fields)]
			if c.hasBitmap(rows) && !pass(c.valid, int64(words(rows))*8) || !pass(c.values, int64(rows)*widthOf(fields[i%len(fields)].Type)) {
				return
			}
		}
		for f, t := range s.texts {
			if fields[f].Type == datasets.String && (!pass(t.ends, (int64(t.count)+1)*8) || !pass(t.bytes, t.size)) {
				return
			}
		}
		if at < size {
			yield(region{at, size})
		}
	}
}

// readZoneMaps reads a file of zone maps of a segment of that size.
func readZoneMaps(name string, wanted keptFile, fields []datasets.Field, size int64) (*summaries, error) {
	b, err := wanted.read(name)
	if err != nil {
		return nil, err
	}
	s, err := parseZoneMaps(b, fields, size)
	if err != nil {
		return nil, corrupt(name, "%v", err)
	}
	return s, nil
}
