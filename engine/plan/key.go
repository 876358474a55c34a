package plan

import (
	"herbarium/datasets"
)

// Key is what rows are grouped by: the value of a field, or the bucket that it
// lies in. No value is a group of its own.
type Key struct {
	Field int // index into Dataset.Fields
	// Name is the name of the key's column; "" is that of the field.
	Name string
	// Buckets are the runs of values that are one group each; nil where every
	// value is a group.
	Buckets Buckets
}

// Buckets divide the values of a field into runs, and name each by a label.
// They are TimeBuckets or NumberBuckets, and immutable.
type Buckets interface {
	// Type returns the type of the labels.
	Type() datasets.Type
	// Run returns the label of the bucket that v lies in, and a run of values
	// around v that have the same label: from first up to, not including, end.
	// Values that are in no bucket have a null as their label. Runs follow each
	// other without gaps, and more than one of them may have the same label.
	// Labels are ordered by the first run that has them.
	Run(v Value) Run
	// String returns a text that tells the buckets from all others, such as
	// "month Europe/Berlin".
	String() string
}

// Run is a run of values that have one label. It includes First; it excludes
// End, unless Closed says that End is the last value.
type Run struct {
	First, End Value
	Closed     bool
	Label      Nullable
}

// ColumnName returns the name of the key's column.
func (k *Key) ColumnName(ds *datasets.Dataset) string {
	if k.Name != "" {
		return k.Name
	}
	return ds.Fields[k.Field].Name
}

// column returns the key's column of an answer.
func (k *Key) column(ds *datasets.Dataset) Column {
	c := columnOf(ds, k.Field)
	c.Name = k.ColumnName(ds)
	if k.Buckets != nil {
		c.Type = k.Buckets.Type()
		if c.Type == datasets.String {
			c.Field = NoField // a label has no unit
		}
	}
	return c
}

// String names the key for people, such as "sold by month Europe/Berlin".
func (k *Key) String(ds *datasets.Dataset) string {
	name := ds.Fields[k.Field].Name
	if k.Buckets != nil {
		name += " by " + k.Buckets.String()
	}
	return name
}
