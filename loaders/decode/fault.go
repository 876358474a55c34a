package decode

import (
	"fmt"
	"strconv"
)

// Fault is one thing that is wrong in a file.
type Fault struct {
	File string `json:"file"`
	// Cell names the cell of a workbook: Sheet1!C17, or only its sheet. Line and
	// Column are its row and column then.
	Cell string `json:"cell,omitempty"`
	// Line and Column say where the value stands; both count from 1, columns
	// in bytes. Both are 0 where a file has no lines.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
	// Row counts the file's rows of data from 1; 0 is the header, or the file.
	Row int64 `json:"row,omitempty"`
	// Field is the field at fault, or the column where there is no field for
	// it; "" for a whole row.
	Field string `json:"field,omitempty"`
	// Detail says what is wrong and what is allowed.
	Detail string `json:"detail"`
}

// String returns the fault in one line: file:line:column: field: detail (row),
// without line and column where the file has none. In a workbook the cell stands in
// their place.
func (f Fault) String() string {
	s := f.File + ": "
	switch {
	case f.Cell != "":
		s = f.File + ":" + f.Cell + ": "
	case f.Line > 0:
		s = fmt.Sprintf("%s:%d:%d: ", f.File, f.Line, f.Column)
	}
	if f.Field != "" {
		s += f.Field + ": "
	}
	s += f.Detail
	if f.Row > 0 {
		s += " (row " + strconv.FormatInt(f.Row, 10) + ")"
	}
	return s
}
