package datasets

import (
	"cmp"
	"io"
	"slices"
	"time"

	"herbarium/schemas"
)

// Selector is a query property that picks rows by the values of a field.
type Selector struct {
	Name  string // the query property
	Field int    // index into Dataset.Fields
}

// Dataset is a named, typed table of rows, as its descriptor declares it, with
// defaults filled in. It is immutable, so snapshots share it.
type Dataset struct {
	Name        string
	Title       string
	Description string
	License     string
	Source      string
	Collection  string // MongoDB collection
	Data        string // path of the data file, relative to the descriptor, or ""
	// Rows is the JSON pointer to the list of rows in a JSON document; "" if the
	// document is the list.
	Rows string
	// Sheet is the name of the sheet that is read of a workbook, or its place from 1;
	// "" is the first.
	Sheet string
	// CSV is how the data is written, where it is a CSV.
	CSV CSV
	// Ignore are the names of columns that are left out, and patterns of them.
	Ignore []string
	// Extra says what a column means that no field reads: "ignore", "error", or ""
	// for the format's default.
	Extra string
	// NullColumns says that a source may lack columns, whose fields have no values
	// in it then.
	NullColumns bool
	// Loose says that a JSON row may have another value where fields are within
	// an object or a list, and Rest that a list may be longer than its fields.
	Loose, Rest bool

	Fields      []Field      // in descriptor order, which is output order
	Selectors   []Selector   // in descriptor order
	Bounds      []int        // indexes of the fields that take bounds, in field order
	StatsFields []int        // indexes of the fields that statistics are of by default, in field order
	StatsOrder  []int        // the same, in the order of stats.fields; nil where the descriptor names none
	GroupBy     []int        // indexes of the fields that groups are made by by default, in group_by order
	Operations  []*Operation // in the order of the descriptor, else in that of Operations
	Key         []int        // indexes of the fields that identify a row; nil if none
	// Indexes are the lists of fields that the descriptor asks MongoDB to index,
	// beside what selectors and bounds give.
	Indexes [][]int
	// Sharding says how a sharded MongoDB spreads the rows, and ShardKey by which fields,
	// if it is by fields.
	Sharding Sharding
	ShardKey []int
	// Refresh is the least time between two copies of the collection into a mirror, where
	// something other than a load fills it; 0: it is never copied.
	Refresh time.Duration
	// OnChange says that it is copied when something in it has changed, and not each time
	// that Refresh has passed.
	OnChange bool

	// SelectorsByDefault says that the descriptor names no selectors.
	SelectorsByDefault bool
	// BoundsByDefault says that the descriptor names no bounds.
	BoundsByDefault bool
	// LeftOut are the operations that a descriptor which names none lacks,
	// because an answer could not hold their measures beside its groups.
	LeftOut []*Operation

	// PageDefault is per_page of a query that names neither page nor
	// per_page; 0 means all rows.
	PageDefault int64
	// PageMax is the largest per_page; 0 means that the dataset sets no limit.
	PageMax int64

	// File is the descriptor's file name, for messages.
	File string
	// Digest identifies the descriptor and its query schema. Datasets with equal
	// digests validate queries and shape answers in the same way.
	Digest string
	// Layout identifies what rows are made of. With equal layouts, equal data files
	// give equal rows.
	Layout string
	// Prose identifies the texts that Digest leaves out but some formats contain:
	// titles, descriptions, units, license and source.
	Prose string
	// View is set where this is a view of another dataset (see query.Restrict); nil for
	// a dataset as its descriptor declares it.
	View *View

	schema  *schemas.Schema
	written bool // the descriptor names the schema
	// patterns are the paths of data files, or patterns of them; listed says that
	// the descriptor has a list of them. files are the files that there are.
	patterns []string
	listed   bool
	files    []dataFile
	// dataLine and dataColumn are the position of the descriptor's key data.
	dataLine, dataColumn int
	open                 func(name string) (io.ReadCloser, error)
	byName               map[string]int
	// text is the descriptor (see Without).
	text []byte
}

// Label returns the dataset's title, or its name if it has none.
func (d *Dataset) Label() string { return cmp.Or(d.Title, d.Name) }

// Field returns the index of the field called name.
func (d *Dataset) Field(name string) (int, bool) {
	i, ok := d.byName[name]
	return i, ok
}

// FieldNames returns the names of the fields with these indexes; never nil.
func (d *Dataset) FieldNames(indexes []int) []string {
	names := make([]string, len(indexes))
	for i, f := range indexes {
		names[i] = d.Fields[f].Name
	}
	return names
}

// QuerySchema returns the compiled JSON Schema of the dataset's queries.
func (d *Dataset) QuerySchema() *schemas.Schema { return d.schema }

// QuerySchemaOf returns the compiled JSON Schema of the operation's queries: one of
// its own for an operation that the descriptor names, else the dataset's.
func (d *Dataset) QuerySchemaOf(op *Operation) *schemas.Schema {
	if op.Definition != nil {
		return op.Definition.schema
	}
	return d.schema
}

// WrittenSchemaOf returns the schema that the descriptor names for queries of the operation,
// which may allow less than the fields do; nil where it is derived from the fields.
func (d *Dataset) WrittenSchemaOf(op *Operation) *schemas.Schema {
	if op.Definition != nil || !d.written {
		return nil
	}
	return d.schema
}

// PageOf returns the page sizes of the operation, as PageDefault and PageMax.
func (d *Dataset) PageOf(op *Operation) (byDefault, largest int64) {
	if op.Definition != nil {
		return op.Definition.PageDefault, op.Definition.PageMax
	}
	return d.PageDefault, d.PageMax
}

// SelectorsOf returns the selectors that queries of the operation take.
func (d *Dataset) SelectorsOf(op *Operation) []Selector {
	if op.Definition != nil {
		return op.Definition.Selectors
	}
	return d.Selectors
}

// DataFault returns an error about the data file, at the position where the
// descriptor names it.
func (d *Dataset) DataFault(detail string) *DescriptorError {
	return &DescriptorError{d.File, []Fault{{max(1, d.dataLine), max(1, d.dataColumn), "data", detail}}}
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
