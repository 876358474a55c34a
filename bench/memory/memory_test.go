package memory

import (
	"testing"

	"herbarium/bench/data"
	"herbarium/engine"
)

func TestEveryColumnIsRead(t *testing.T) {
	const rows = 1 << 10
	floats, ints, codes := make([]float64, rows), make([]int64, rows), make([]uint32, rows)
	for i := range rows {
		ints[i], codes[i] = 1, 1
	}
	m := New(&data.Table{Rows: rows, Columns: []engine.Vector{{Floats: floats}, {Ints: ints}, {Codes: codes}}}, 2, 0, 1, 2)
	if got := m.Bytes(); got != rows*(8+8+4) {
		t.Errorf("%d bytes", got)
	}
	m.Read()
	// A word of each line: 128 lines of ones, and 64 of two ones each.
	if got, want := m.sink.Load(), uint64(128+64*(1<<32+1)); got != want {
		t.Errorf("the words sum up to %d, want %d", got, want)
	}
}
