package header

import (
	"slices"
	"strings"
)

// totals are words that begin a row of totals.
var totals = []string{"total", "totals", "sum", "summe", "gesamt", "somme", "totale", "suma", "grand total"}

// Total returns the word that a last row of totals begins with: one where all other
// rows have numbers or dates; "" where the last row is none.
func (r *Rows) Total() string {
	last := r.Values[len(r.Values)-1]
	if len(r.Values) < 3 || len(last) != r.Width {
		return ""
	}
	word := strings.TrimSpace(last[0])
	if !slices.Contains(totals, strings.ToLower(strings.TrimRight(word, ": "))) {
		return ""
	}
	above := Rows{Values: r.Values[:len(r.Values)-1], Width: r.Width}
	if above.ColumnKind(0) <= TextKind {
		return ""
	}
	return word
}

// Closes reports whether a line with one value is one that programs write behind
// rows, and no row that is cut short.
func Closes(line string) bool {
	text := strings.ToLower(line)
	return strings.HasPrefix(text, "(") || strings.HasPrefix(text, "total") || strings.HasPrefix(text, "source") || strings.HasPrefix(text, "#") ||
		strings.HasPrefix(text, "*") || strings.HasPrefix(text, "note") || strings.HasPrefix(text, "end") || strings.ContainsAny(text, ":.") || strings.Count(text, " ") >= 2 || strings.HasPrefix(text, "--")
}
