package kernels

// RangeFloats clears the bits of rows whose value is not from low to high. A
// value or a bound that is not a number is in no range.
func (s *Set) RangeFloats(selected []uint64, values []float64, low, high float64) {
	n := len(values) >> 6
	s.rangeFloats(selected[:n], values[:n<<6], low, high)
	rangeFloats(selected[n:words(len(values))], values[n<<6:], low, high)
}

// RangeInts clears the bits of rows whose value is not from low to high, low
// not above high.
func (s *Set) RangeInts(selected []uint64, values []int64, low, high int64) {
	n := len(values) >> 6
	s.rangeInts(selected[:n], values[:n<<6], low, high)
	rangeInts(selected[n:words(len(values))], values[n<<6:], low, high)
}

// RangeCodes clears the bits of rows whose code is not from low to high, low
// not above high.
func (s *Set) RangeCodes(selected []uint64, values []uint32, low, high uint32) {
	n := len(values) >> 6
	s.rangeCodes(selected[:n], values[:n<<6], low, high)
	rangeCodes(selected[n:words(len(values))], values[n<<6:], low, high)
}

// RangeBytes is RangeCodes for codes of one byte.
func (s *Set) RangeBytes(selected []uint64, values []uint8, low, high uint8) {
	n := len(values) >> 6
	s.rangeBytes(selected[:n], values[:n<<6], low, high)
	rangeCodes(selected[n:words(len(values))], values[n<<6:], low, high)
}

func rangeFloats(selected []uint64, values []float64, low, high float64) {
	for w, before := range selected {
		if before == 0 {
			continue
		}
		var word uint64
		for i, v := range values[w<<6 : min(w<<6+64, len(values))] {
			var above, below uint64
			if v >= low {
				above = 1
			}
			if v <= high {
				below = 1
			}
			word |= (above & below) << (i & 63)
		}
		selected[w] = before & word
	}
}

// One unsigned comparison does for two: what is below low wraps around to far
// above.
func rangeInts(selected []uint64, values []int64, low, high int64) {
	width := uint64(high) - uint64(low)
	for w, before := range selected {
		if before == 0 {
			continue
		}
		var word uint64
		for i, v := range values[w<<6 : min(w<<6+64, len(values))] {
			var in uint64
			if uint64(v)-uint64(low) <= width {
				in = 1
			}
			word |= in << (i & 63)
		}
		selected[w] = before & word
	}
}

func rangeCodes[T uint32 | uint8](selected []uint64, values []T, low, high T) {
	width := high - low
	for w, before := range selected {
		if before == 0 {
			continue
		}
		var word uint64
		for i, v := range values[w<<6 : min(w<<6+64, len(values))] {
			var in uint64
			if v-low <= width {
				in = 1
			}
			word |= in << (i & 63)
		}
		selected[w] = before & word
	}
}
