package loaders

import (
	"fmt"
	"strconv"
	"strings"

	"herbarium/engine"
)

// Fault is one thing that is wrong in a file.
type Fault struct {
	File string `json:"file"`
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
// without line and column where the file has none.
func (f Fault) String() string {
	s := f.File + ": "
	if f.Line > 0 {
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

// DataError says what is wrong in the files of a load, of which nothing was
// published. It unwraps to an engine.Error with code InvalidData.
type DataError struct {
	Dataset string
	Faults  []Fault // the first ones, in the order of the files
	Total   int64   // how many there are
}

// Error returns a line for each fault and one for those left out.
func (e *DataError) Error() string {
	var b strings.Builder
	for i, f := range e.Faults {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(f.String())
	}
	if more := e.Total - int64(len(e.Faults)); more > 0 {
		fmt.Fprintf(&b, "\nand %d more faults", more)
	}
	return b.String()
}

// Unwrap returns an error with the code InvalidData.
func (e *DataError) Unwrap() error {
	return &engine.Error{Code: engine.InvalidData, Detail: fmt.Sprintf("the data of %s has faults: %d", e.Dataset, e.Total)}
}

// faults gathers what is wrong and keeps the first ones.
type faults struct {
	first []Fault
	most  int
	total int64
}

func (f *faults) add(fault Fault) {
	f.total++
	if len(f.first) < f.most {
		f.first = append(f.first, fault)
	}
}

// addAll adds the first of total faults.
func (f *faults) addAll(first []Fault, total int64) {
	f.total += total
	f.first = append(f.first, first[:min(len(first), f.most-len(f.first))]...)
}
