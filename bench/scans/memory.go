package scans

import (
	"sync/atomic"
	"unsafe"

	"herbarium/bench/data"
)

// memory reads columns and does nothing else, which is as fast as any scan of
// them can be: one word of each line of the cache, so that the lines have to
// come and instructions do not count.
type memory struct {
	loop  *loop
	words [][]uint64 // the columns, but for what is less than a line at the end
	sink  atomic.Uint64
}

// lineWords is how many words a line of the cache has.
const lineWords = 8

func newMemory(table *data.Table, workers int, columns ...int) *memory {
	m := &memory{loop: newLoop(table, workers)}
	for _, c := range columns {
		v := &table.Columns[c]
		switch {
		case v.Floats != nil:
			m.words = append(m.words, unsafe.Slice((*uint64)(unsafe.Pointer(&v.Floats[0])), len(v.Floats)))
		case v.Codes != nil:
			m.words = append(m.words, unsafe.Slice((*uint64)(unsafe.Pointer(&v.Codes[0])), len(v.Codes)/2))
		}
		if v.Valid != nil {
			m.words = append(m.words, v.Valid)
		}
	}
	return m
}

// bytes returns how many bytes are read.
func (m *memory) bytes() (n int) {
	for _, w := range m.words {
		n += 8 * len(w)
	}
	return n
}

// read reads all columns, each worker its part of each.
func (m *memory) read() {
	m.loop.share(func(_, first, end int) {
		var sum uint64
		for _, words := range m.words {
			// Rows tell how large a part is; a column may have fewer words.
			from := len(words) * first / m.loop.rows
			to := len(words) * end / m.loop.rows
			sum += readLines(words[from:to])
		}
		m.sink.Add(sum)
	})
}

func readLines(words []uint64) (sum uint64) {
	const step = 8 * lineWords
	for ; len(words) >= step; words = words[step:] {
		w := words[:step]
		sum += w[0] + w[lineWords] + w[2*lineWords] + w[3*lineWords] +
			w[4*lineWords] + w[5*lineWords] + w[6*lineWords] + w[7*lineWords]
	}
	return sum
}
