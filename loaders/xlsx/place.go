package xlsx

import (
	"strconv"
	"strings"
)

// The most rows and columns that a sheet has.
const (
	maxRow    = 1 << 20
	maxColumn = 1 << 14
)

// Place names a cell, by its row and column from 1: Sheet1!C17. The name of a sheet
// stands between apostrophes where Excel writes it so. Where there is no column or no
// row, the place names less.
func Place(sheet string, row, column int) string {
	if strings.ContainsFunc(sheet, func(r rune) bool {
		return r != '_' && r != '.' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r < 0x80
	}) || sheet != "" && sheet[0] >= '0' && sheet[0] <= '9' {
		sheet = "'" + strings.ReplaceAll(sheet, "'", "''") + "'"
	}
	if row == 0 || column == 0 {
		return sheet
	}
	return sheet + "!" + letters(column) + strconv.Itoa(row)
}

// letters names a column from 1: A, Z, AA.
func letters(column int) string {
	var name []byte
	for ; column > 0; column = (column - 1) / 26 {
		name = append([]byte{byte('A' + (column-1)%26)}, name...)
	}
	return string(name)
}

// cellOf reads a cell's name, such as C17; ok is false where it is none.
func cellOf(name []byte) (row, column int, ok bool) {
	i := 0
	for ; i < len(name) && column <= maxColumn; i++ {
		c := name[i] | 0x20
		if c < 'a' || c > 'z' {
			break
		}
		column = column*26 + int(c-'a') + 1
	}
	letters := i
	for ; i < len(name) && row <= maxRow && name[i] >= '0' && name[i] <= '9'; i++ {
		row = row*10 + int(name[i]-'0')
	}
	return row, column, i == len(name) && letters > 0 && row >= 1 && row <= maxRow && column <= maxColumn
}
