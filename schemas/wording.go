package schemas

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Clip shortens a text of absurd length for a message: to 64 characters and an
// ellipsis.
func Clip(text string) string {
	const most = 64
	characters := 0
	for i := range text {
		if characters == most {
			return text[:i] + "…"
		}
		characters++
	}
	return text
}

// Quote writes a text as JSON for a message, shortened by Clip.
func Quote(text string) string {
	return string(AppendString(nil, Clip(text)))
}

// List joins names for a message, or says "none"; of more than 40 it counts
// the rest. A name that is empty is shown as quotes.
func List(names []string) string {
	const most = 40
	if slices.Contains(names, "") {
		names = slices.Clone(names)
		for i := range names {
			names[i] = cmp.Or(names[i], `""`)
		}
	}
	switch {
	case len(names) == 0:
		return "none"
	case len(names) > most:
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	default:
		return strings.Join(names, ", ")
	}
}
