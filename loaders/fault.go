package loaders

import (
	"fmt"
	"strings"

	"herbarium/engine/fault"
	"herbarium/loaders/decode"
)

// Fault is one thing that is wrong in a file.
type Fault = decode.Fault

// DataError says what is wrong in the files of a load, of which nothing was
// published. It unwraps to a *fault.Error with code InvalidData.
type DataError struct {
	Dataset string
	Faults  []Fault // the first ones, in the order of the files
	Total   int64   // how many there are
	// Rows says that each fault is of a row, which can be left out.
	Rows bool
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
	return &fault.Error{Code: fault.InvalidData, Detail: fmt.Sprintf("the data of %s has faults: %d", e.Dataset, e.Total)}
}

// faults counts faults and keeps the first ones.
type faults struct {
	first []Fault
	limit int
	total int64
}

func (f *faults) add(fault Fault) {
	f.total++
	if len(f.first) < f.limit {
		f.first = append(f.first, fault)
	}
}

// addAll adds the first of total faults.
func (f *faults) addAll(first []Fault, total int64) {
	f.total += total
	f.first = append(f.first, first[:min(len(first), f.limit-len(f.first))]...)
}
