//go:build unix

package kernels

import (
	"math"
	"os"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// fenced returns n values that end, or begin, where memory that may not be
// touched begins, or ends. Whoever touches it is killed, and the test with it.
func fenced[T any](t *testing.T, n int, atEnd bool) []T {
	t.Helper()
	page := os.Getpagesize()
	size := int(unsafe.Sizeof(*new(T))) * n
	pages := (size + page - 1) / page
	all, err := unix.Mmap(-1, 0, (pages+2)*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Munmap(all) }) // it ends with the test
	for _, fence := range [][]byte{all[:page], all[(pages+1)*page:]} {
		if err := unix.Mprotect(fence, unix.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	if n == 0 {
		return nil
	}
	first := page
	if atEnd {
		first = (pages+1)*page - size
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&all[first])), n)
}

// fencedBitmap is a bitmap of n rows, all of them set.
func fencedBitmap(t *testing.T, n int, atEnd bool) []uint64 {
	bitmap := fenced[uint64](t, words(n), atEnd)
	for i := range n {
		bitmap[i>>6] |= 1 << (i & 63)
	}
	return bitmap
}

func TestKernelsTouchNothingBeyondTheirSlices(t *testing.T) {
	for _, s := range Sets() {
		for _, atEnd := range []bool{true, false} {
			for _, n := range []int{0, 1, 7, 8, 31, 63, 64, 65, 127, 128, 150, 191, 8192 - 64, 8191, 8192} {
				s.RangeFloats(fencedBitmap(t, n, atEnd), fenced[float64](t, n, atEnd), -1, math.Inf(1))
				s.RangeInts(fencedBitmap(t, n, atEnd), fenced[int64](t, n, atEnd), -1, 1)
				s.RangeCodes(fencedBitmap(t, n, atEnd), fenced[uint32](t, n, atEnd), 0, 1)
				s.RangeBytes(fencedBitmap(t, n, atEnd), fenced[uint8](t, n, atEnd), 0, 1)
				s.InFloats(fencedBitmap(t, n, atEnd), fenced[float64](t, n, atEnd), fenced[float64](t, 3, atEnd))
				s.InInts(fencedBitmap(t, n, atEnd), fenced[int64](t, n, atEnd), fenced[int64](t, 3, atEnd))
				s.InCodes(fencedBitmap(t, n, atEnd), fenced[uint32](t, n, atEnd), NewCodeSet(10, []uint32{0, 3}))
				s.Count(fencedBitmap(t, n, atEnd))
				s.AppendRows(fenced[uint16](t, 64*words(n), atEnd)[:0], fencedBitmap(t, n, atEnd))
				columns := [2][]float64{fenced[float64](t, n, atEnd), fenced[float64](t, n, atEnd)}
				s.SumDeviations(fenced[uint16](t, n+1, atEnd)[:0], fenced[Cell](t, Accumulators, atEnd), &columns, fenced[Means](t, 1, atEnd), &Spread{},
					fenced[uint16](t, n, atEnd), fenced[uint32](t, n, atEnd))
				s.SubtractMean(fenced[float64](t, n, atEnd), columns[0], fenced[uint16](t, n, atEnd), 1)
				s.SumProducts(fenced[uint16](t, n+1, atEnd)[:0], &fenced[Cell](t, 1, atEnd)[0], columns[0], columns[1], &Window{Least: 1})
			}
		}
	}
}
