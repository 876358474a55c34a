// Package json reads rows that are JSON objects: the elements of an array, which
// may lie within a document, or an object a line (NDJSON).
package json
