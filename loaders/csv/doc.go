// Package csv reads CSV by RFC 4180 with a header line, and the same with tabs,
// semicolons or bars between the values.
package csv
