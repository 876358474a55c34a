package loaders

import "herbarium/loaders/infer"

// value is one value of a row and where it stands.
type value struct {
	kind infer.Kind
	text []byte // valid until the row ends
	// line and column count from 1, columns in bytes.
	line, column int
	// fault says what is wrong with how it is written; "" where nothing is.
	fault string
}

// sink takes the rows that a reader of text finds, one by one. To check rows
// against a dataset is one use of them, to find out what they are another.
type sink interface {
	// begin starts a row whose first value stands at line and column.
	begin(line, column int)
	// value gives the value of one of the reader's columns.
	value(column int, v *value)
	// fault says what is wrong with the row; name is the column's or "".
	fault(line, column int, name, detail string)
	// end closes the row, which can be written down by row until then.
	end(row written)
}

// written writes the row that a reader stands on, for the file of rejected
// rows: a JSON object of its values as they stand in the source.
type written interface{ appendRow(dst []byte) []byte }
