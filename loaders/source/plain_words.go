package source

import (
	"fmt"
	"regexp"
)

// runtimeError is what Go says where a library goes beyond the end of its data, as far
// as it is about data: the library's own words may stand before it.
var runtimeError = regexp.MustCompile(`runtime error: .*`)

// InPlainWords returns what a library says of data that it cannot read, an error or
// what it panicked with, in words that do not need its code.
func InPlainWords(said any) string {
	return runtimeError.ReplaceAllString(fmt.Sprint(said), "a length or a place that it names does not fit the data")
}
