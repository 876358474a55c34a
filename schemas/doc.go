// Package schemas reads JSON strictly and validates it against JSON Schemas.
//
// It is the first thing a request's bytes meet: Parse turns them into a tree
// that remembers where each value stood and which keys were doubled, and a
// compiled Schema (draft 7, through gojsonschema) says what a value breaks.
// Faults are Violations: a JSON pointer (RFC 6901), a code and a sentence.
package schemas
