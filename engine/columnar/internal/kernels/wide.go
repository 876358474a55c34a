package kernels

func sumWide(cells []Cell, columns *Columns, split *[Fields]float64, rows []uint16, groups []uint32) {
	n := len(rows) &^ 3
	if n > 0 {
		sumFloat64AVX2(&cells[0].Coarse[0], (*[4][]float64)(columns), split, rows[:n], &groups[0])
	}
	SumFloat64(cells, columns, split, rows[n:], groups[n:])
}

func SumLanesWide(cells []Cell, columns *Columns, split *[Fields]float64, rows []uint16, groups []uint32) {
	n := len(rows) &^ 3
	if n > 0 {
		sumFloat64LanesAVX2(&cells[0].Coarse[0], (*[4][]float64)(columns), split, rows[:n], &groups[0])
	}
	SumFloat64Lanes(cells, columns, split, rows[n:], groups[n:])
}
func SumWide(cells []Cell, columns *Columns, split *[Fields]float64, rows []uint16, groups []uint32) {
	sumWide(cells, columns, split, rows, groups)
}
