package openapi

import (
	"strconv"
	"strings"
)

// Generated clients make types of the names of schemas and methods of operation
// ids, so that both have to be identifiers, and distinct ones. They are made of
// the names of datasets, fields and operations: of the dataset rocks and the
// operation stats/mean, RocksStatsMean and rocksStatsMean.

// typeName writes a name as an identifier that begins with a capital, unless it
// begins with a digit. Characters other than ASCII letters and digits separate
// words.
func typeName(name string) string {
	var b strings.Builder
	word := true
	for _, r := range name {
		switch {
		case r >= 'a' && r <= 'z' && word:
			b.WriteRune(r - 'a' + 'A')
			word = false
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			b.WriteRune(r)
			word = false
		default:
			word = true
		}
	}
	return b.String()
}

// methodName writes a type's name as the name of a method.
func methodName(name string) string { return strings.ToLower(name[:1]) + name[1:] }

// names are those that are taken.
type names map[string]bool

// take returns the name, followed by a number if it is taken already. Names
// that differ in capitals alone would be one file on some systems.
func (n names) take(name string) string {
	free := name
	for i := 2; n[strings.ToLower(free)]; i++ {
		free = name + strconv.Itoa(i)
	}
	n[strings.ToLower(free)] = true
	return free
}
