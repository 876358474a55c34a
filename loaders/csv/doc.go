// Package csv reads CSV as RFC 4180 has it, a header first, also with tabs,
// semicolons or bars between the values.
package csv
