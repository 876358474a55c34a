package datasets

import (
	"slices"
	"strings"
	"unicode"
)

// ValidName reports whether a dataset may be called so.
func ValidName(name string) bool {
	return datasetName.MatchString(name) && !slices.Contains(pathNames, name) &&
		len(name) <= maxCollection && !strings.HasPrefix(name, reservedCollections)
}

// ValidSelector reports whether a selector may be called so.
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

// NamesClash reports whether no answer can have columns of both names: they are
// one name, or one would hold the other.
func NamesClash(a, b string) bool {
	return a == b || strings.HasPrefix(a, b+".") || strings.HasPrefix(b, a+".")
}

// ValidData reports whether a descriptor may name its data so: by a path, with
// slashes, that stays within the descriptor's folder.
func ValidData(path string) bool { return localPath(path) }

// The names of collections that are not to be had.
const (
	maxCollection       = 128
	reservedCollections = "herbarium_"
)
