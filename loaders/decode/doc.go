// Package decode turns the rows of a source into batches of typed columns: it
// parses each value as its field says, checks it, and says what is wrong and
// where. It defines what the reader of a format implements (Reader, Part, Row).
package decode
