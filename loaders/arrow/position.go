package arrow

import (
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
)

// A column of a descriptor is found by its exact name, else as a path into structs
// and lists, else by its place, as #3. A part of a path is the name of a struct's
// field, which may have dots, or its place in the struct, or an element's place in
// a list.

// position says where the values of a field are.
type position struct {
	column int   // of the schema; -1 where there is none
	path   []int // places in the column's structs and lists
}

// findColumn returns where a column is; -1 where it is not there.
func findColumn(fields []arrow.Field, column string) position {
	for i := range fields {
		if fields[i].Name == column {
			return position{column: i}
		}
	}
	for i := range fields {
		if path, ok := findWithin(fields[i], i, column); ok {
			return position{i, path}
		}
	}
	return position{column: -1}
}

// findWithin returns the way to what a path leads to that begins with the name or
// the place of a field.
func findWithin(f arrow.Field, at int, path string) ([]int, bool) {
	for _, name := range []string{f.Name, "#" + strconv.Itoa(at+1)} {
		if path == name {
			return nil, true
		}
		if rest, ok := strings.CutPrefix(path, name+"."); ok {
			if steps, ok := find(f.Type, rest); ok {
				return steps, true
			}
		}
	}
	return nil, false
}

// find returns the way to what a path leads to in values of a type.
func find(t arrow.DataType, path string) ([]int, bool) {
	t, _ = storedType(t)
	switch in := t.(type) {
	case *arrow.StructType:
		at := findColumn(in.Fields(), path)
		return append([]int{at.column}, at.path...), at.column >= 0
	case arrow.ListLikeType:
		place, rest, deeper := strings.Cut(path, ".")
		n, err := strconv.Atoi(place)
		if err != nil || n < 0 {
			return nil, false
		}
		if !deeper {
			return []int{n}, true
		}
		steps, ok := find(in.Elem(), rest)
		return append([]int{n}, steps...), ok
	}
	return nil, false
}

// pathNames returns the names by which the fields of a schema or of a struct are
// found: a place for one that has no name, or that of another, or a name that
// also begins another's.
func pathNames(fields []arrow.Field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
		if f.Name == "" || slices.Contains(names[:i], f.Name) || leads(f, fields) {
			names[i] = "#" + strconv.Itoa(i+1)
		}
	}
	return names
}

// leads reports whether there are fields within a field, the path to which may be
// the name of another field.
func leads(f arrow.Field, fields []arrow.Field) bool {
	t, _ := storedType(f.Type)
	switch t.(type) {
	case *arrow.StructType, arrow.ListLikeType:
		return slices.ContainsFunc(fields, func(other arrow.Field) bool { return strings.HasPrefix(other.Name, f.Name+".") })
	}
	return false
}
