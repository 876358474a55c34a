package kernels

import "golang.org/x/sys/cpu"

// assembled returns the sets in assembly that this CPU can run, the fastest
// first.
func assembled() []Set {
	x86 := &cpu.X86
	if !x86.HasAVX2 || !x86.HasBMI1 || !x86.HasPOPCNT {
		return nil
	}
	avx2 := Set{
		Name:       "avx2",
		MaxMembers: 256,

		rangeFloats: rangeFloatsAVX2,
		rangeInts:   rangeIntsAVX2,
		rangeCodes:  rangeCodesAVX2,
		rangeBytes:  rangeBytesAVX2,
		inFloats:    inFloatsAVX2,
		inInts:      inIntsAVX2,

		rows:  rows,
		count: count,

		sumFloats:            sumFloatsWide,
		sumFloatsInterleaved: sumFloatsInterleavedWide,
		sumInts:              sumIntsWide,
		sumIntsInterleaved:   sumIntsInterleavedWide,
		sumDeviations:        sumDeviationsWide,
		subtractMean:         subtractMeanWide,
		sumProducts:          sumProductsWide,
	}
	if !x86.HasAVX512F || !x86.HasAVX512BW || !x86.HasAVX512DQ || !x86.HasAVX512VL ||
		!x86.HasAVX512VBMI || !x86.HasAVX512VBMI2 || !x86.HasAVX512VPOPCNTDQ {
		return []Set{avx2}
	}
	avx512 := avx2
	avx512.Name = "avx512"
	avx512.inCodes = inCodesAVX512
	avx512.rows = rowsAVX512
	avx512.count = countAVX512
	return []Set{avx512, avx2}
}

func sumFloatsWide(cells []Cell, columns *Columns, split *Split, rows []uint16, groups []uint32) {
	if len(rows) > 0 {
		sumFloatsAVX2(&cells[0].Coarse[0], &columns[0], &split[0], rows, groups)
	}
}

func sumFloatsInterleavedWide(cells []Cell, columns *Columns, split *Split, rows []uint16, groups []uint32) {
	if len(rows) > 0 {
		sumFloatsInterleavedAVX2(&cells[0].Coarse[0], &columns[0], &split[0], rows, groups)
	}
}

func sumIntsWide(cells []IntCell, columns *IntColumns, rows []uint16, groups []uint32) {
	if len(rows) > 0 {
		sumIntsAVX2(&cells[0][0], &columns[0], rows, groups)
	}
}

func sumIntsInterleavedWide(cells []IntCell, columns *IntColumns, rows []uint16, groups []uint32) {
	if len(rows) > 0 {
		sumIntsInterleavedAVX2(&cells[0][0], &columns[0], rows, groups)
	}
}

func sumDeviationsWide(skipped []uint16, cells []Cell, columns *[2][]float64, means []Means, spread *Spread, rows []uint16, groups []uint32) int {
	if len(rows) == 0 {
		return 0
	}
	return sumDeviationsAVX2(&skipped[0], &cells[0].Coarse[0], &columns[0], &means[0][0], &spread.Split[0], rows, groups)
}

func subtractMeanWide(dst, values []float64, rows []uint16, mean float64) {
	if len(dst) > 0 {
		subtractMeanAVX2(dst, &values[0], &rows[0], mean)
	}
}

func sumProductsWide(outside []uint16, cell *Cell, x, y []float64, w *Window) int {
	if len(x) == 0 {
		return 0
	}
	return sumProductsAVX2(&outside[0], &cell.Coarse[0], x, &y[0], &w.Split)
}
