// Package memory reads columns and does nothing else: what memory allows.
package memory

import (
	"sync"
	"sync/atomic"
	"unsafe"

	"herbarium/bench/data"
)

// Columns are columns of a table to read, which is as fast as any scan of them
// can be: one word of each line of the cache, so that the lines have to come
// and instructions do not count.
type Columns struct {
	workers int
	words   [][]uint64 // the columns, but for what is less than a line at the end
	sink    atomic.Uint64
}

// lineWords is how many words a line of the cache has.
const lineWords = 8

// New returns the columns of those numbers, for so many workers.
func New(table *data.Table, workers int, columns ...int) *Columns {
	m := &Columns{workers: workers}
	for _, c := range columns {
		v := &table.Columns[c]
		switch {
		case v.Floats != nil:
			m.words = append(m.words, wordsOf(v.Floats, 1))
		case v.Ints != nil:
			m.words = append(m.words, wordsOf(v.Ints, 1))
		case v.Codes != nil:
			m.words = append(m.words, wordsOf(v.Codes, 2))
		}
		if v.Valid != nil {
			m.words = append(m.words, v.Valid)
		}
	}
	return m
}

// wordsOf returns the values as words, each of so many values.
func wordsOf[T float64 | int64 | uint32](values []T, each int) []uint64 {
	return unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(values))), len(values)/each)
}

// Bytes returns how many bytes are read.
func (m *Columns) Bytes() (n int) {
	for _, w := range m.words {
		n += 8 * len(w)
	}
	return n
}

// Read reads all columns, each worker its part of each.
func (m *Columns) Read() {
	var all sync.WaitGroup
	for worker := range m.workers {
		all.Go(func() {
			var sum uint64
			for _, words := range m.words {
				sum += readLines(words[len(words)*worker/m.workers : len(words)*(worker+1)/m.workers])
			}
			m.sink.Add(sum)
		})
	}
	all.Wait()
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
