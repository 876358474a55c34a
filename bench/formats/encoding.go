package formats

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"runtime"
	"strconv"

	"herbarium/api/format"
	"herbarium/bench/contest"
	"herbarium/bench/data"
	"herbarium/engine"
	"herbarium/engine/plan"
)

// MeasureEncoding compares our encoders with ones that were written by hand
// for the wide table, inside the process. Both write the same bytes into the
// same memory, batch by batch.
func MeasureEncoding(ctx context.Context, rows, rounds int, seed uint64) ([]*contest.Result, error) {
	table, err := data.Wide(rows, seed)
	if err != nil {
		return nil, err
	}
	var results []*contest.Result
	for _, f := range []struct {
		format engine.Format
		byHand func(dst []byte, b *engine.Batch, begun bool) []byte
	}{{format.JSON, jsonByHand}, {format.NDJSON, ndjsonByHand}, {format.CSV, csvByHand}} {
		r, err := encoding(ctx, table, f.format, f.byHand, rounds)
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	return results, nil
}

func encoding(ctx context.Context, table *data.Table, f engine.Format, byHand func([]byte, *engine.Batch, bool) []byte, rounds int) (*contest.Result, error) {
	p := plan.AllRows(table.Dataset)
	ours := func(visit func([]byte)) {
		e := f.New(p)
		dst := e.Begin(nil)
		for first := 0; first < table.Rows; first += engine.BatchRows {
			dst = e.Append(dst, table.Batch(first, min(engine.BatchRows, table.Rows-first)))
			visit(dst)
			dst = dst[:0]
		}
		visit(e.End(dst))
	}
	theirs := func(visit func([]byte)) {
		var dst []byte
		for first := 0; first < table.Rows; first += engine.BatchRows {
			dst = byHand(dst[:0], table.Batch(first, min(engine.BatchRows, table.Rows-first)), first > 0)
			visit(dst)
		}
		visit(endings[f.Name])
	}
	run := func(encode func(func([]byte))) func(context.Context) error {
		return func(context.Context) error { encode(func([]byte) {}); return nil }
	}
	c := &contest.Contest{
		Name:  "S6 " + f.Name,
		What:  fmt.Sprintf("%d rows of 6 columns encoded inside the process", table.Rows),
		Units: float64(table.Rows),
		Unit:  "rows",
		Contenders: []contest.Contender{
			{Name: "herbarium", Run: run(ours)},
			{Name: "by hand", Run: run(theirs)},
		},
		Goals: []contest.Goal{{Contender: "herbarium", Against: "by hand", Times: 0.7}},
		Check: func(context.Context) error {
			var a, b bytes.Buffer
			ours(func(p []byte) { a.Write(p) })
			theirs(func(p []byte) { b.Write(p) })
			if !bytes.Equal(a.Bytes(), b.Bytes()) {
				return fmt.Errorf("%s: %d bytes, and other %d by hand", f.Name, a.Len(), b.Len())
			}
			return nil
		},
	}
	r, err := c.Run(ctx, rounds)
	if err != nil {
		return nil, err
	}
	// The batches, which this harness cuts, are among them.
	n := allocations(func() { ours(func([]byte) {}) })
	r.Notes = append(r.Notes, fmt.Sprintf("%.4f allocations a row", float64(n)/float64(table.Rows)))
	return r, nil
}

// allocations returns how often work takes memory.
func allocations(work func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs
}

// endings are what stands after the rows.
var endings = map[string][]byte{format.JSON.Name: []byte("]")}

func jsonByHand(dst []byte, b *engine.Batch, begun bool) []byte {
	for row := range b.Rows {
		if begun || row > 0 {
			dst = append(dst, ',')
		} else {
			dst = append(dst, '[')
		}
		dst = objectByHand(dst, b, row)
	}
	return dst
}

func ndjsonByHand(dst []byte, b *engine.Batch, _ bool) []byte {
	for row := range b.Rows {
		dst = append(objectByHand(dst, b, row), '\n')
	}
	return dst
}

// objectByHand writes a row of the wide table; its texts need no escapes.
func objectByHand(dst []byte, b *engine.Batch, row int) []byte {
	c := b.Columns
	dst = strconv.AppendInt(append(dst, `{"i":`...), c[0].Ints[row], 10)
	dst = floatByHand(append(dst, `,"a":`...), c[1].Floats[row])
	dst = floatByHand(append(dst, `,"b":`...), c[2].Floats[row])
	dst = floatByHand(append(dst, `,"c":`...), c[3].Floats[row])
	dst = strconv.AppendInt(append(dst, `,"j":`...), c[4].Ints[row], 10)
	dst = append(append(dst, `,"s":"`...), c[5].Dict[c[5].Codes[row]]...)
	return append(dst, `"}`...)
}

func csvByHand(dst []byte, b *engine.Batch, begun bool) []byte {
	if !begun {
		dst = append(dst, "i,a,b,c,j,s\r\n"...)
	}
	c := b.Columns
	for row := range b.Rows {
		dst = append(strconv.AppendInt(dst, c[0].Ints[row], 10), ',')
		dst = append(floatByHand(dst, c[1].Floats[row]), ',')
		dst = append(floatByHand(dst, c[2].Floats[row]), ',')
		dst = append(floatByHand(dst, c[3].Floats[row]), ',')
		dst = append(strconv.AppendInt(dst, c[4].Ints[row], 10), ',')
		dst = append(append(dst, c[5].Dict[c[5].Codes[row]]...), '\r', '\n')
	}
	return dst
}

// floatByHand writes a number as ECMAScript does. Those of the wide table are
// below 1e21; few are so small that they take an exponent, which Go pads.
func floatByHand(dst []byte, f float64) []byte {
	if f == 0 || math.Abs(f) >= 1e-6 {
		start := len(dst)
		if dst = strconv.AppendFloat(dst, f, 'f', -1, 64); !bytes.Contains(dst[start:], []byte{'.'}) {
			dst = append(dst, ".0"...) // as a number always has a fraction
		}
		return dst
	}
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	if n := len(dst); dst[n-2] == '0' {
		dst[n-2] = dst[n-1]
		dst = dst[:n-1]
	}
	return dst
}
