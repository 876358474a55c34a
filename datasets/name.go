package datasets

import (
	"slices"
	"strings"
	"unicode"
)

// ValidName reports whether a dataset can have this name.
func ValidName(name string) bool {
	return datasetName.MatchString(name) && !slices.Contains(pathNames, name) &&
		len(name) <= maxCollection && !strings.HasPrefix(name, reservedCollections)
}

// ValidSelector reports whether a selector can have this name.
func ValidSelector(name string) bool {
	return name != "" && !strings.ContainsFunc(name, unicode.IsControl) &&
		!slices.Contains(reservedProperties, name) && !boundParameter.MatchString(name)
}

// QueryProperties returns the query properties that every dataset has, in the
// order in which documents list them.
func QueryProperties() []string {
	return []string{"lower", "upper", "fields", "page", "per_page", "after"}
}

// MeasureName returns what answers call a measure of a field, such as
// "mean_height".
func MeasureName(measure, field string) string { return measure + "_" + field }

// NamesClash reports whether an answer cannot have columns of both names, because
// they are equal or one would contain the other (a and a.b).
func NamesClash(a, b string) bool {
	return a == b || strings.HasPrefix(a, b+".") || strings.HasPrefix(b, a+".")
}

// ValidData reports whether path can be a descriptor's data: a slash-separated path
// that stays within the descriptor's folder.
func ValidData(path string) bool { return localPath(path) }

// The limits of a collection's name: its length in bytes, and a reserved prefix.
const (
	maxCollection       = 128
	reservedCollections = "herbarium_"
)
