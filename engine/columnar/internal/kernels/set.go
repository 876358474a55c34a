package kernels

// Set is one way to do each kernel.
type Set struct {
	// Name is avx512, avx2 or portable.
	Name string
	// MaxMembers is how many members it pays to compare each value with; a
	// hash table takes 150 µs a block, however many there are.
	MaxMembers int

	// These take whole words of bitmaps, and 64 values for each.
	rangeFloats func(selected []uint64, values []float64, low, high float64)
	rangeInts   func(selected []uint64, values []int64, low, high int64)
	rangeCodes  func(selected []uint64, values []uint32, low, high uint32)
	rangeBytes  func(selected []uint64, values []uint8, low, high uint8)
	inFloats    func(selected []uint64, values, members []float64)
	inInts      func(selected []uint64, values, members []int64)
	inCodes     func(selected []uint64, values []uint32, bits *[128]uint8) // may be nil

	rows  func(dst []uint16, bitmap []uint64) int // dst has room for 64 rows of each word
	count func(bitmap []uint64) int               // of multiples of 8 words

	// These take a multiple of Accumulators rows.
	sumFloats            func(cells []Cell, columns *Columns, split *Split, rows []uint16, groups []uint32)
	sumFloatsInterleaved func(cells []Cell, columns *Columns, split *Split, rows []uint16, groups []uint32)
	sumInts              func(cells []IntCell, columns *IntColumns, rows []uint16, groups []uint32)
	sumIntsInterleaved   func(cells []IntCell, columns *IntColumns, rows []uint16, groups []uint32)
	sumDeviations        func(skipped []uint16, cells []Cell, columns *[2][]float64, means []Means, spread *Spread, rows []uint16, groups []uint32) int

	// These take a multiple of Fields rows.
	subtractMean func(dst, values []float64, rows []uint16, mean float64)
	sumProducts  func(outside []uint16, cell *Cell, x, y []float64, w *Window) int
}

// active never changes: what a CPU has stays.
var active = Sets()[0]

// Active returns the fastest set that this CPU can run. GODEBUG=cpu.avx512f=off
// and cpu.avx2=off in the environment take from what it can.
func Active() *Set { return &active }

// Sets returns the sets that this CPU can run, the fastest first and the
// portable one last.
func Sets() []Set {
	return append(assembled(), Set{
		Name:        "portable",
		MaxMembers:  8,
		rangeFloats: rangeFloats,
		rangeInts:   rangeInts,
		rangeCodes:  rangeCodes[uint32],
		rangeBytes:  rangeCodes[uint8],
		inFloats:    in[float64],
		inInts:      in[int64],
		rows:        rows,
		count:       count,

		sumFloats:            sumFloats,
		sumFloatsInterleaved: sumFloatsInterleaved,
		sumInts:              sumInts,
		sumIntsInterleaved:   sumIntsInterleaved,
		sumDeviations:        sumDeviations,
		subtractMean:         subtractMean,
		sumProducts:          sumProducts,
	})
}

// words returns how many words hold n bits.
func words(n int) int { return (n + 63) >> 6 }
