package parquet

import (
	"encoding/binary"
	"errors"
	"math"

	arrowlib "github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"

	"herbarium/loaders/arrow"
)

// int96Column reads a column of instants as INT96: nanoseconds of a day, and the
// day by its Julian number. It makes nanoseconds since 1970 of them, or, where
// one of a batch is before 1677 or after 2262, microseconds.
type int96Column struct {
	file  *file.Reader
	leaf  int
	group int
	chunk *file.Int96ColumnChunkReader

	values []parquet.Int96
	levels []int16
}

// epochDay is the Julian number of 1970-01-01.
const epochDay = 2_440_588

var errInt96Rows = errors.New("it has fewer values than the file has rows")

// read returns the next values, one for each row.
func (c *int96Column) read(rows int) (arrowlib.Array, error) {
	if len(c.values) < rows {
		c.values, c.levels = make([]parquet.Int96, rows), make([]int16, rows)
	}
	valid := make([]bool, rows)
	instants := make([]parquet.Int96, rows)
	for at := 0; at < rows; {
		if err := c.open(); err != nil {
			return nil, err
		}
		n, read, err := c.chunk.ReadBatch(int64(rows-at), c.values, c.levels, nil)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			c.chunk = nil
			c.group++
			continue
		}
		optional := c.chunk.Descriptor().MaxDefinitionLevel() > 0
		next := 0
		for i := range int(n) {
			if optional && c.levels[i] == 0 {
				continue
			}
			if next == read {
				return nil, errInt96Rows
			}
			instants[at+i], valid[at+i] = c.values[next], true
			next++
		}
		at += int(n)
	}
	return stamps(instants, valid), nil
}

// open opens the column in the row group at hand.
func (c *int96Column) open() error {
	if c.chunk != nil {
		return nil
	}
	if c.group >= c.file.NumRowGroups() {
		return errInt96Rows
	}
	chunk, err := c.file.RowGroup(c.group).Column(c.leaf)
	if err != nil {
		return err
	}
	of, ok := chunk.(*file.Int96ColumnChunkReader)
	if !ok {
		return errors.New("it is no INT96")
	}
	c.chunk = of
	return nil
}

// stamps returns instants as an array in nanoseconds, if they have such, else in
// microseconds.
func stamps(instants []parquet.Int96, valid []bool) arrowlib.Array {
	out := make([]arrowlib.Timestamp, len(instants))
	unit := arrowlib.Nanosecond
	for i, v := range instants {
		days, nanos := parts(v)
		if valid[i] && (days < math.MinInt64/nanosPerDay+1 || days > math.MaxInt64/nanosPerDay-1) {
			unit = arrowlib.Microsecond
		}
		out[i] = arrowlib.Timestamp(days*nanosPerDay + nanos)
	}
	if unit == arrowlib.Microsecond {
		for i, v := range instants {
			out[i] = micros(parts(v))
		}
	}
	b := array.NewTimestampBuilder(arrow.Allocator(), &arrowlib.TimestampType{Unit: unit})
	defer b.Release()
	b.AppendValues(out, valid)
	return b.NewArray()
}

const nanosPerDay = 24 * 60 * 60 * 1_000_000_000

// parts returns the day since 1970 and the nanoseconds of it.
func parts(v parquet.Int96) (days, nanos int64) {
	return int64(int32(binary.LittleEndian.Uint32(v[8:]))) - epochDay, int64(binary.LittleEndian.Uint64(v[:8]))
}

// micros returns an instant in microseconds. One that is finer becomes the next
// microsecond where it would be a whole millisecond otherwise, so that it stays
// finer than a millisecond.
func micros(days, nanos int64) arrowlib.Timestamp {
	n := nanos / 1000
	if nanos%1000 != 0 && n%1000 == 0 {
		n++
	}
	return arrowlib.Timestamp(days*(nanosPerDay/1000) + n)
}
