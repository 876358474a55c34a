package header

import (
	"slices"
	"strconv"
	"strings"
)

// Names returns the columns' names by the texts of a header. A column without a
// name is named by its place, as #1: pandas and R give the column of row numbers no
// name. The second column of a name is called NAME#2.
func Names(texts []string) []string {
	names := make([]string, len(texts))
	count := map[string]int{}
	for _, text := range texts {
		count[text]++
	}
	seen := map[string]int{}
	for i, name := range texts {
		if name == "" {
			name = Place(i)
			seen[name] += count[name] // a name that looks like a place
		}
		if seen[name]++; seen[name] > 1 {
			base, n := name, seen[name]
			for name = base + "#" + strconv.Itoa(n); count[name] > 0; n++ {
				name = base + "#" + strconv.Itoa(n+1)
			}
		}
		names[i] = name
	}
	return names
}

// Place names a column by its place, from 0: #1.
func Place(i int) string { return "#" + strconv.Itoa(i+1) }

// columnAt returns where a column is: by its name, or by its place, as #3; -1
// where it is not there.
func columnAt(names []string, column string) int {
	if at := slices.Index(names, column); at >= 0 {
		return at
	}
	if place, ok := strings.CutPrefix(column, "#"); ok {
		if n, err := strconv.Atoi(place); err == nil && n >= 1 && n <= len(names) {
			return n - 1
		}
	}
	return -1
}
