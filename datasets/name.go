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
		!slices.Contains(queryProperties, name) && !boundParameter.MatchString(name)
}

// ValidData reports whether a descriptor may name its data so: by a path, with
// slashes, that stays within the descriptor's folder.
func ValidData(path string) bool { return localPath(path) }

// The names of collections that are not to be had.
const (
	maxCollection       = 128
	reservedCollections = "herbarium_"
)
