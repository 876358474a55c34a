package datasets

import (
	"regexp"
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
		!slices.Contains(reservedProperties, name) && !nestedParameter.MatchString(name)
}

// QueryProperties returns the query properties that every dataset has, in the
// order in which documents list them.
func QueryProperties() []string {
	return append(ConditionProperties(), "group_by", "measures", "field", "bins", "edges", "sort", "fields", "page", "per_page", "after", "version")
}

// ConditionProperties returns the query properties that say which rows are
// selected, beside selectors, in the order in which documents list them. They are
// the properties of nested conditions, too.
func ConditionProperties() []string {
	return []string{"lower", "upper", "above", "below", "missing", "present", "contains", "starts_with", "any", "not"}
}

// IsQueryProperty reports whether the name is one of QueryProperties.
func IsQueryProperty(name string) bool { return slices.Contains(queryProperties, name) }

// IsConditionProperty reports whether the name is one of ConditionProperties.
func IsConditionProperty(name string) bool { return slices.Contains(conditionProperties, name) }

// They are listed once, since every query that is parsed looks its properties up.
var conditionProperties, queryProperties = ConditionProperties(), QueryProperties()

// IsBounds reports whether the query property is one of those that take bounds
// by field.
func IsBounds(property string) bool {
	return property == "lower" || property == "upper" || property == "above" || property == "below"
}

// IsByField reports whether the query property is an object of fields, so that a
// URL writes it as property[field]=value.
func IsByField(property string) bool {
	return IsBounds(property) || property == "contains" || property == "starts_with" || property == "measures"
}

// MeasureName returns what answers call a measure of a field, such as
// "mean_height".
func MeasureName(measure, field string) string { return measure + "_" + field }

// ValidColumn reports whether a query can give a column this name.
func ValidColumn(name string) bool { return columnName.MatchString(name) }

var columnName = regexp.MustCompile(`^[\p{L}\p{N}_][\p{L}\p{N}_ -]{0,99}$`)

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
