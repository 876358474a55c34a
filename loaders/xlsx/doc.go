// Package xlsx reads the sheets of Excel workbooks (Office Open XML, ECMA-376,
// .xlsx and .xlsm).
//
// The package excelize reads the workbook and its styles. Its iterator of rows gives
// texts without their types and styles, so the cells are read here, as a stream.
package xlsx
