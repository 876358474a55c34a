package kernels

// InFloats clears the bits of rows whose value is none of the members. What is
// not a number is equal to nothing.
func (s *Set) InFloats(selected []uint64, values, members []float64) {
	n := len(values) >> 6
	if len(members) == 0 {
		n = 0
	}
	s.inFloats(selected[:n], values[:n<<6], members)
	in(selected[n:words(len(values))], values[n<<6:], members)
}

// InInts clears the bits of rows whose value is none of the members.
func (s *Set) InInts(selected []uint64, values, members []int64) {
	n := len(values) >> 6
	if len(members) == 0 {
		n = 0
	}
	s.inInts(selected[:n], values[:n<<6], members)
	in(selected[n:words(len(values))], values[n<<6:], members)
}

func in[T float64 | int64](selected []uint64, values, members []T) {
	for w, before := range selected {
		if before == 0 {
			continue
		}
		var word uint64
		here := values[w<<6 : min(w<<6+64, len(values))]
		for _, member := range members {
			for i, v := range here {
				var in uint64
				if v == member {
					in = 1
				}
				word |= in << (i & 63)
			}
		}
		selected[w] = before & word
	}
}
