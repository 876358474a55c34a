// Package header finds the header of a table among its first rows, and what is no
// row at its end, names its columns and finds those of a dataset's fields. It
// decides in the same way for the lines of a CSV and for the cells of a sheet.
package header
