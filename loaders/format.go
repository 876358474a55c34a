package loaders

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"herbarium/datasets"
	"herbarium/schemas"
)

// Format is how the rows of a source are written.
type Format string

// The formats. The first bytes of a source show which one it has.
const (
	CSV     Format = "csv"     // a header first; also with tabs, semicolons or bars
	JSON    Format = "json"    // an array of objects, or one within a document
	NDJSON  Format = "ndjson"  // one object per line
	Parquet Format = "parquet" // Apache Parquet
	Arrow   Format = "arrow"   // Arrow IPC, a file or a stream
	XLSX    Format = "xlsx"    // a sheet of an Excel workbook
)

// Formats returns every format.
func Formats() []Format { return []Format{CSV, JSON, NDJSON, Parquet, Arrow, XLSX} }

// ParseFormat returns the format called name.
func ParseFormat(name string) (Format, error) {
	var names []string
	for _, f := range Formats() {
		names = append(names, string(f))
	}
	if !slices.Contains(names, name) {
		return "", fmt.Errorf("there is no format %q%s; there are %s", name, schemas.DidYouMean(name, names), strings.Join(names, ", "))
	}
	return Format(name), nil
}

// ParseDelimiter returns the delimiter called name: a character, tab or space; ""
// for "".
func ParseDelimiter(name string) (string, error) {
	switch name {
	case "":
		return "", nil
	case "tab", `\t`:
		return "\t", nil
	case "space":
		return " ", nil
	}
	if r, size := utf8.DecodeRuneInString(name); r != utf8.RuneError && size == len(name) && !strings.ContainsAny(name, "\"\r\n\x00") || datasets.ValidDelimiter(name) {
		return name, nil
	}
	return "", fmt.Errorf("%q is not a delimiter; write one character other than a quote or a line end, or several that are no letters or digits either, or tab, or space", name)
}
