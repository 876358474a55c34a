// Package json reads rows that are JSON objects: the elements of an array, which
// may lie within a document, or one object on each line (NDJSON).
package json
