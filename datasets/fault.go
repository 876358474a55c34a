package datasets

import (
	"fmt"
	"strings"
)

// Fault is one thing that is wrong in a descriptor.
type Fault struct {
	Line, Column int    // from 1
	Path         string // keys, such as fields.depth.type; "" for the file
	Detail       string // what is wrong, and what is allowed
}

// DescriptorError reports everything that is wrong in one descriptor, in the order
// of the file.
type DescriptorError struct {
	File   string
	Faults []Fault
}

// Error returns a line for each fault: file:line:column: path: detail.
func (e *DescriptorError) Error() string {
	lines := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		if lines[i] = fmt.Sprintf("%s:%d:%d: ", e.File, f.Line, f.Column); f.Path != "" {
			lines[i] += f.Path + ": "
		}
		lines[i] += f.Detail
	}
	return strings.Join(lines, "\n")
}
