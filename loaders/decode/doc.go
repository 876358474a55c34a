// Package decode turns the rows of a source into batches of typed columns: it
// parses each value as its field says, checks it, and tells what is wrong and
// where. It defines what a reader of a format gives.
package decode
