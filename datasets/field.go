package datasets

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"
)

// Type is the type of a field's values.
type Type uint8

// The types a field can have.
const (
	Number   Type = iota // float64, finite
	Integer              // int64
	Boolean              // true or false
	String               // UTF-8 text
	Date                 // a day, as days since 1970-01-01
	DateTime             // an instant, as milliseconds since 1970-01-01T00:00:00Z
)

var typeNames = [...]string{"number", "integer", "boolean", "string", "date", "date-time"}

// String returns the type's name in descriptors.
func (t Type) String() string { return typeNames[t] }

// Types returns all types, in the order of their constants.
func Types() iter.Seq[Type] {
	return func(yield func(Type) bool) {
		for t := range typeNames {
			if !yield(Type(t)) {
				return
			}
		}
	}
}

// ParseType returns the type with that name in descriptors.
func ParseType(name string) (Type, bool) {
	i := slices.Index(typeNames[:], name)
	return Type(max(i, 0)), i >= 0
}

// TypeNames returns the names of all types, in the order of their constants.
func TypeNames() []string { return append([]string(nil), typeNames[:]...) }

// Field is a typed column of a dataset.
type Field struct {
	Name        string // in queries, answers and documents; dots nest
	Type        Type
	Title       string
	Description string
	Unit        string
	// Enum lists the allowed values of a string, integer, boolean or date field,
	// as answers write them but without quotes; nil allows any.
	Enum []string
	// Column is the field's name in the source. By default it is Name.
	Column   string
	Required bool // every row must have a value
	Ordered  bool // a string field that takes bounds, compared by bytes
	// Location is the time zone of dates and times without an offset; UTC if the
	// descriptor gives none. It is never nil.
	Location *time.Location
	// Timezone is the IANA name of Location, or "" if none was given.
	Timezone string
	// Notation is how the values are written in the source.
	Notation
}

// Label returns the field's title, or its name if it has none.
func (f *Field) Label() string { return cmp.Or(f.Title, f.Name) }

// About returns the field's description and unit as one text, "" if it has
// neither.
func (f *Field) About() string {
	switch {
	case f.Unit == "":
		return f.Description
	case f.Description == "":
		return "In " + f.Unit
	default:
		return strings.TrimSuffix(f.Description, ".") + " (in " + f.Unit + ")"
	}
}

// bounded reports whether queries can have bounds on the field.
func (f *Field) bounded() bool {
	switch f.Type {
	case Number, Integer, Date, DateTime:
		return true
	case String:
		return f.Ordered
	default:
		return false
	}
}

// selectable reports whether a selector can select rows by the field's values.
func (f *Field) selectable() bool {
	switch f.Type {
	case String, Boolean, Integer, Date:
		return true
	default:
		return false
	}
}

// Numeric reports whether the field's values are numbers.
func (f *Field) Numeric() bool { return f.Type == Number || f.Type == Integer }

// PathKey returns the key of the folders that give the field's values, as year
// of year=2026; ok is false where a column does.
func (f *Field) PathKey() (key string, ok bool) {
	key, ok = strings.CutSuffix(f.Column, "=")
	return key, ok && key != ""
}
