package kernels

import "golang.org/x/sys/cpu"

// assembled returns the sets in assembly that this CPU can run, the fastest
// first.
func assembled() []Set {
	var sets []Set
	x86 := &cpu.X86
	if x86.HasAVX512F && x86.HasAVX512BW && x86.HasAVX512DQ && x86.HasAVX512VL &&
		x86.HasAVX512VBMI && x86.HasAVX512VBMI2 && x86.HasAVX512VPOPCNTDQ {
		sets = append(sets, Set{
			Name:        "avx512",
			rangeFloats: rangeFloatsAVX512,
			rangeInts:   rangeIntsAVX512,
			rangeCodes:  rangeCodesAVX512,

			sumFloats:        sumFloatsWide,
			sumFloatsInLanes: sumFloatsInLanesWide,
			sumInts:          sumIntsWide,
			sumIntsInLanes:   sumIntsInLanesWide,
		})
	}
	if x86.HasAVX2 && x86.HasBMI1 && x86.HasPOPCNT {
		sets = append(sets, Set{
			Name:        "avx2",
			rangeFloats: rangeFloatsAVX2,
			rangeInts:   rangeIntsAVX2,
			rangeCodes:  rangeCodesAVX2,

			sumFloats:        sumFloatsWide,
			sumFloatsInLanes: sumFloatsInLanesWide,
			sumInts:          sumIntsWide,
			sumIntsInLanes:   sumIntsInLanesWide,
		})
	}
	return sets
}

func sumFloatsWide(cells []Cell, columns *Columns, split *Split, rows []uint16, groups []uint32) {
	if len(rows) > 0 {
		sumFloatsAVX2(&cells[0].Coarse[0], &columns[0], &split[0], rows, groups)
	}
}

func sumFloatsInLanesWide(cells []Cell, columns *Columns, split *Split, rows []uint16, groups []uint32) {
	if len(rows) > 0 {
		sumFloatsInLanesAVX2(&cells[0].Coarse[0], &columns[0], &split[0], rows, groups)
	}
}

func sumIntsWide(cells []IntCell, columns *IntColumns, rows []uint16, groups []uint32) {
	if len(rows) > 0 {
		sumIntsAVX2(&cells[0][0], &columns[0], rows, groups)
	}
}

func sumIntsInLanesWide(cells []IntCell, columns *IntColumns, rows []uint16, groups []uint32) {
	if len(rows) > 0 {
		sumIntsInLanesAVX2(&cells[0][0], &columns[0], rows, groups)
	}
}
