package datasets

import (
	"cmp"
	"io"
	"slices"

	"herbarium/schemas"
)

// Selector is a query property that picks rows by the values of a field.
type Selector struct {
	Name  string // the query property
	Field int    // index into Dataset.Fields
}

// Dataset is a named, typed table of rows, as its descriptor declares it.
// Defaults are filled in. It is immutable: every snapshot of a Registry may
// share it.
type Dataset struct {
	Name        string
	Title       string
	Description string
	License     string
	Source      string
	Collection  string // MongoDB collection
	Data        string // path of the data file, relative to the descriptor; "" if none
	// Rows is the JSON pointer to the rows of a JSON document; "" where the
	// document is the list of rows.
	Rows string

	Fields      []Field      // in descriptor order, which is output order
	Selectors   []Selector   // in descriptor order
	Bounds      []int        // indexes of the fields that take bounds, in field order
	StatsFields []int        // indexes of the fields that have means, in field order
	GroupBy     []int        // indexes of the fields that means are grouped by, in group_by order
	Operations  []*Operation // in the order of the descriptor, else in that of Operations
	Key         []int        // indexes of the fields that identify a row; nil if none

	// PageDefault is per_page of a query that names neither page nor
	// per_page; 0 means all rows.
	PageDefault int64
	// PageMax is the largest per_page; 0 means no limit of its own.
	PageMax int64

	// File is the descriptor's name, for messages to the operator.
	File string
	// Digest identifies the descriptor and its query schema: equal digests
	// validate and answer alike.
	Digest string
	// Layout identifies what rows are made of: under equal layouts, the same
	// data gives the same rows.
	Layout string
	// Prose identifies what Digest leaves out and some answers carry: titles,
	// descriptions, units, license and source.
	Prose string

	schema *schemas.Schema
	state  stamp // of the data file
	// dataLine and dataColumn are where the descriptor names its data.
	dataLine, dataColumn int
	open                 func() (io.ReadCloser, error)
	byName               map[string]int
}

// Label returns what people call the dataset: its title, else its name.
func (d *Dataset) Label() string { return cmp.Or(d.Title, d.Name) }

// Field returns the index of the field called name.
func (d *Dataset) Field(name string) (int, bool) {
	i, ok := d.byName[name]
	return i, ok
}

// QuerySchema returns the compiled JSON Schema of the dataset's queries.
func (d *Dataset) QuerySchema() *schemas.Schema { return d.schema }

// DataFault says what is wrong with the data file, at its place in the
// descriptor.
func (d *Dataset) DataFault(detail string) *DescriptorError {
	return &DescriptorError{d.File, []Fault{{max(1, d.dataLine), max(1, d.dataColumn), "data", detail}}}
}

// OpenData opens the dataset's own data file. It is an error to call it when
// Data is "".
func (d *Dataset) OpenData() (io.ReadCloser, error) { return d.open() }

// DataSize returns the size of the dataset's own data file in bytes when its
// descriptor was read, 0 where there is none.
func (d *Dataset) DataSize() int64 { return d.state.size() }

// SameRows reports whether both datasets have the same rows, as far as the
// descriptors and the state of their data files tell.
func (d *Dataset) SameRows(other *Dataset) bool {
	return d == other || d.Layout == other.Layout && d.Data == other.Data && d.state.same(other.state)
}

// Offers reports whether the dataset has the operation.
func (d *Dataset) Offers(op *Operation) bool {
	return slices.Contains(d.Operations, op)
}

// Operation returns the dataset's operation of that path.
func (d *Dataset) Operation(path string) (*Operation, bool) {
	for _, o := range d.Operations {
		if o.Path == path {
			return o, true
		}
	}
	return nil, false
}

// OperationNames returns the paths of the dataset's operations.
func (d *Dataset) OperationNames() []string { return pathsOf(d.Operations) }

// Selector returns the selector called name.
func (d *Dataset) Selector(name string) (*Selector, bool) {
	for i := range d.Selectors {
		if d.Selectors[i].Name == name {
			return &d.Selectors[i], true
		}
	}
	return nil, false
}
