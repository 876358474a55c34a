package engine

import (
	"fmt"
	"strings"
)

// clip shortens a literal of absurd length for a message.
func clip(text string) string {
	if len(text) > 40 {
		return text[:40] + "…"
	}
	return text
}

// quote writes a name as JSON, shortened.
func quote(name string) string {
	const most = 64
	if runes := []rune(name); len(runes) > most {
		name = string(runes[:most]) + "…"
	}
	return string(AppendString(nil, name))
}

// list joins names for a message; a long list ends in a count.
func list(names []string) string {
	const most = 40
	if len(names) == 0 {
		return "none"
	}
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}
