// Package schemas reads JSON strictly and validates it against JSON Schemas.
//
// Parse turns the bytes of a request into a tree that records where each value
// is and which keys are duplicates. A compiled Schema (draft 7, through
// gojsonschema) reports which rules a value violates. An error is a Violation:
// a JSON pointer (RFC 6901), a code and a sentence.
//
// The package imports no other package of the module.
package schemas
