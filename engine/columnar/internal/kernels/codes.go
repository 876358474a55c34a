package kernels

// CodeSet is a set of codes. It does not change.
type CodeSet struct {
	in   []uint8     // 1 for each code in the set, else 0
	bits *[128]uint8 // the same, a bit for each code; nil where they are too many
}

// NewCodeSet returns a set of some of the codes below end.
func NewCodeSet(end int, codes []uint32) *CodeSet {
	s := &CodeSet{in: make([]uint8, end)}
	if end <= 8*len(s.bits) {
		s.bits = new([128]uint8)
	}
	for _, c := range codes {
		s.in[c] = 1
		if s.bits != nil {
			s.bits[c>>3] |= 1 << (c & 7)
		}
	}
	return s
}

// Has reports whether the code, below the set's end, is in the set.
func (s *CodeSet) Has(code uint32) bool { return s.in[code] == 1 }

// InCodes clears the bits of rows whose code is not in the set. Codes are below
// the set's end.
func (s *Set) InCodes(selected []uint64, values []uint32, set *CodeSet) {
	n := len(values) >> 6
	if s.inCodes == nil || set.bits == nil {
		n = 0
	} else {
		s.inCodes(selected[:n], values[:n<<6], set.bits)
	}
	inCodes(selected[n:words(len(values))], values[n<<6:], set)
}

func inCodes(selected []uint64, values []uint32, set *CodeSet) {
	for w, before := range selected {
		if before == 0 {
			continue
		}
		var word uint64
		for i, v := range values[w<<6 : min(w<<6+64, len(values))] {
			word |= uint64(set.in[v]) << (i & 63)
		}
		selected[w] = before & word
	}
}
