package columnar

import (
	"math"
)

// laneWindow says which numbers the lanes of a sum take: those whose first bit is one of
// some places. Few numbers lie outside; they are added to the exact sums one by one.
//
// 2^rowBits numbers below 2^e are split by 1.5·2^(e+rowBits), as in floatLaneSum. Their
// coarse parts are multiples of 2^(e+rowBits−52), and add up exactly. Their fine parts are at
// most half of that, and add up exactly if all are multiples of 2^(e+2·rowBits−106). A number
// is a multiple of the 2^−52nd part of its first bit, so those from 2^(e+2·rowBits−54) on
// are taken.
type laneWindow struct {
	low, span uint64  // the least number's bits, without the sign, and how far the others reach
	split     float64 // what numbers are split by
	seen      int     // numbers since the window was chosen; of one group with zeros, else without
	outside   int     // of these
}

const (
	exponentBias = 1023 // of a float64
	// What is split lies far from the ends of the range.
	leastWindow, mostWindow = exponentBias - 900, exponentBias + 900
	// spareBits is how many places are kept free above the largest number that was seen.
	spareBits = 3
	// judged is how many numbers tell whether a window was chosen well.
	judged = 4096
)

// windowBits is how many places a window has, where 2^rowBits numbers are added.
func windowBits(rowBits int) int { return 54 - 2*rowBits }

// choose places the window where it holds most of the numbers. Zeros need no place.
func (w *laneWindow) choose(numbers []float64, rowBits int) {
	var counts [1 << 11]uint16 // by exponent
	for _, x := range numbers {
		if x != 0 {
			counts[math.Float64bits(x)<<1>>53]++
		}
	}
	*w = laneWindow{low: math.MaxUint64, split: 1} // nothing
	width := windowBits(rowBits)
	most, inside, first := 0, 0, 0
	for exponent := leastWindow; exponent < mostWindow; exponent++ {
		inside += int(counts[exponent])
		if exponent-width >= leastWindow {
			inside -= int(counts[exponent-width])
		}
		if inside > 0 && inside >= most {
			most, first = inside, exponent-width+1
		}
	}
	if most == 0 {
		return
	}
	spare := 0
	for counts[first+width-1-spare] == 0 {
		spare++
	}
	first -= max(spare-spareBits, 0)
	w.low, w.span = uint64(first)<<53, uint64(width)<<53-1
	w.split = math.Ldexp(1.5, first+width-exponentBias+rowBits)
}

// misplaced reports whether so many numbers lay outside that another window may be better.
func (w *laneWindow) misplaced() bool { return w.seen >= judged && w.outside > w.seen/16 }

// takes reports whether lanes take a number.
func (w *laneWindow) takes(x float64) bool { return math.Float64bits(x)<<1-w.low <= w.span }
