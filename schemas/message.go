package schemas

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Clip shortens a text for a message to 64 characters and an ellipsis.
func Clip(text string) string {
	const maxCharacters = 64
	characters := 0
	for i := range text {
		if characters == maxCharacters {
			return text[:i] + "…"
		}
		characters++
	}
	return text
}

// Quote returns a text as a JSON string for a message, shortened by Clip.
func Quote(text string) string {
	return string(AppendString(nil, Clip(text)))
}

// List joins names for a message. It returns "none" if there are none, and ends
// with "and N more" if there are more than 40. An empty name is shown as "".
func List(names []string) string {
	const maxNames = 40
	if slices.Contains(names, "") {
		names = slices.Clone(names)
		for i := range names {
			names[i] = cmp.Or(names[i], `""`)
		}
	}
	switch {
	case len(names) == 0:
		return "none"
	case len(names) > maxNames:
		return strings.Join(names[:maxNames], ", ") + fmt.Sprintf(" and %d more", len(names)-maxNames)
	default:
		return strings.Join(names, ", ")
	}
}
