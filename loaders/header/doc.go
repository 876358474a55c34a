// Package header finds the header of a table among its first rows, and what is no
// row at its end, names its columns and finds those of a dataset's fields. Rows
// that are text in a CSV and cells in a sheet are decided in the same way.
package header
