package decode

import (
	"encoding/binary"

	"herbarium/datasets"
)

// Grid is rows of text whose values stand one behind another, with one byte
// between two of them. Its values are read column by column, which takes a
// fraction of the time that it takes value by value.
type Grid struct {
	Text []byte
	// Marks says where the bytes between values stand: the one before the first
	// value, which may be before the text's first byte, and the one behind each. It
	// has one entry more than there are values.
	Marks []uint32
	Rows  int
	Width int   // values of a row
	Tail  int   // bytes that stand between a row's last value and the byte behind it: 1 where lines end in CR LF
	Cells []int // where a row has the value of each field; -1 where it has none
	Line  int   // of the first row
}

// Grid returns a grid to fill, which is the Checker's own.
func (c *Checker) Grid() *Grid { return &c.grid }

// Room returns how many rows of a grid the Checker takes at once.
func (c *Checker) Room() int {
	if c.batch == nil || c.batch.Rows == c.batch.capacity {
		c.newBatch()
	}
	return c.batch.capacity - c.batch.Rows
}

// Rows checks the rows of the grid, Room at most. If one has a fault it takes
// none of them and returns false: then they are to be given value by value.
func (c *Checker) Rows() bool {
	g := &c.grid
	if c.keyed && c.options.KeepTexts {
		return false
	}
	first := c.batch.Rows
	for f := range c.columns {
		col := &c.columns[f]
		ok := false
		if v, constant := c.options.Constants[f]; constant { // a lookup for each column of many rows
			ok = col.repeat(v, first, g.Rows)
		} else {
			ok = col.fill(g, g.Cells[f], first)
		}
		if !ok {
			for i := range g.Rows {
				c.batch.restore(first + i)
			}
			return false
		}
	}
	for f := range c.columns {
		_, constant := c.options.Constants[f]
		c.columns[f].seen = c.columns[f].seen || (constant || g.Cells[f] >= 0) && g.Rows > 0
	}
	if c.keyed {
		for i := range g.Rows {
			c.batch.Places = append(c.batch.Places, Place{Row: c.row + int64(i) + 1, Line: g.Line + i, From: len(c.out.Texts), To: len(c.out.Texts)})
		}
	}
	c.batch.Rows += g.Rows
	c.row += int64(g.Rows)
	c.out.Rows += int64(g.Rows)
	return true
}

// fill gives rows of the batch, from first on, the values that a grid has in a
// cell of its rows. It returns false where one is faulty.
func (col *Column) fill(g *Grid, cell, first int) bool {
	if cell < 0 {
		for i := range g.Rows {
			col.SetNull(first + i)
		}
		return col.needed == "" || g.Rows == 0
	}
	tail := 0
	if cell == g.Width-1 {
		tail = g.Tail
	}
	at, i := cell, first
	if !col.parser.exact {
		for ; i < first+g.Rows; i, at = i+1, at+g.Width {
			if !col.fillOne(g.Text[g.Marks[at]+1:g.Marks[at+1]-uint32(tail)], i) {
				return false
			}
		}
		return true
	}
	switch col.Field.Type {
	case datasets.Number:
		return col.fillNumbers(g, cell, tail, first)
	case datasets.Integer:
		return col.fillIntegers(g, cell, tail, first)
	case datasets.DateTime:
		return col.fillInstants(g, cell, tail, first)
	}
	return col.fillTexts(g, cell, tail, first)
}

// repeat gives rows of the batch, from first on, one value. It returns false where
// that is faulty.
func (col *Column) repeat(v Value, first, rows int) bool {
	for i := range rows {
		if !col.give(first+i, &v) {
			return false
		}
	}
	return true
}

// fillOne gives a row of the batch a value.
func (col *Column) fillOne(text []byte, row int) bool {
	return col.give(row, &Value{Kind: Text, Text: text})
}

// give gives a row of the batch a value. It returns false where that is faulty.
func (col *Column) give(row int, v *Value) bool {
	if col.parser.Missing(v) {
		col.SetNull(row)
		return col.needed == ""
	}
	return col.put(row, v) == ""
}

func (col *Column) fillNumbers(g *Grid, cell, tail, first int) bool {
	values := col.Vector.Floats[first : first+g.Rows]
	at := cell
	for i := range values {
		start, end := int(g.Marks[at]+1), int(g.Marks[at+1])-tail
		at += g.Width
		if start < end && end >= wordBytes {
			if x, ok := wordNumber(g.Text, start, end); ok {
				values[i] = x
				continue
			}
		}
		if !col.fillOne(g.Text[start:end], first+i) {
			return false
		}
	}
	return true
}

func (col *Column) fillIntegers(g *Grid, cell, tail, first int) bool {
	values := col.Vector.Ints[first : first+g.Rows]
	at := cell
	for i := range values {
		start, end := int(g.Marks[at]+1), int(g.Marks[at+1])-tail
		at += g.Width
		if start < end && end >= wordBytes {
			if x, ok := wordInteger(g.Text, start, end); ok {
				values[i] = x
				continue
			}
		}
		if !col.fillOne(g.Text[start:end], first+i) {
			return false
		}
	}
	return true
}

// fillInstants parses a day once where several rows behind another have it.
func (col *Column) fillInstants(g *Grid, cell, tail, first int) bool {
	const day = len("2019-03-23")
	values, utc := col.Vector.Ints[first:first+g.Rows], col.parser.utc
	var high uint64
	var low uint16
	var millis int64 // at the day's begin
	var known bool
	at := cell
	for i := range values {
		text := g.Text[g.Marks[at]+1 : g.Marks[at+1]-uint32(tail)]
		at += g.Width
		if len(text) > day {
			h, l := binary.LittleEndian.Uint64(text), binary.LittleEndian.Uint16(text[8:])
			if !known || h != high || l != low {
				var days int64
				days, known = shortDate(text)
				high, low, millis = h, l, days*datasets.MillisPerDay
			}
			if clock, ok := shortClock(text[day:], utc); ok && known {
				values[i] = millis + clock
				continue
			}
		}
		if !col.fillOne(text, first+i) {
			return false
		}
	}
	return true
}

// textCacheBits is the logarithm of how many texts a column finds without its
// dictionary.
const textCacheBits = 8

// cachedText is a text of up to 16 bytes, which its length, its first and its last
// eight bytes make out, and its code. The zero value is of no text that a column
// has.
type cachedText struct {
	first, last uint64
	length      uint32
	code        uint32
}

// fillTexts finds texts in a small direct-mapped cache, since the same few come
// again and again, and looks others up in the dictionary.
func (col *Column) fillTexts(g *Grid, cell, tail, first int) bool {
	if col.cache == nil {
		col.cache = new([1 << textCacheBits]cachedText)
	}
	codes := col.Vector.Codes[first : first+g.Rows]
	at := cell
	for i := range codes {
		start, end := int(g.Marks[at]+1), int(g.Marks[at+1])-tail
		at += g.Width
		n := end - start
		if n > 16 || n == 0 || end < 8 || start+8 > len(g.Text) {
			if !col.fillOne(g.Text[start:end], first+i) {
				return false
			}
			continue
		}
		key := cachedText{last: binary.LittleEndian.Uint64(g.Text[end-8:]), length: uint32(n)}
		if n < 8 {
			key.last >>= 64 - 8*n
		} else {
			key.first = binary.LittleEndian.Uint64(g.Text[start:])
		}
		known := &col.cache[(key.first*0x9e3779b97f4a7c15+key.last*0xc2b2ae3d27d4eb4f)>>(64-textCacheBits)]
		if key.code = known.code; *known == key {
			codes[i] = key.code
			continue
		}
		if !col.fillOne(g.Text[start:end], first+i) {
			return false
		}
		if !col.Vector.Null(first + i) {
			key.code = codes[i]
			*known = key
		}
	}
	return true
}
