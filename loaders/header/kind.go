package header

import (
	"strings"

	"herbarium/loaders/decode"
)

// Kind is what a text of a sample is like.
type Kind uint8

// The kinds.
const (
	EmptyKind Kind = iota // nothing, or a word for it
	TextKind
	NumberKind
	TimeKind // a date, a time of day, or both
	BooleanKind
)

// KindOf returns what a text is like.
func KindOf(v string) Kind {
	v = strings.TrimSpace(v)
	switch strings.ToLower(v) {
	case "", "na", "nan", "null", "-", "n/a", `\n`:
		return EmptyKind
	case "true", "false":
		return BooleanKind
	}
	if decode.IsDecimal([]byte(v)) {
		return NumberKind
	}
	digits, marks, colons := 0, 0, 0
	for _, r := range v {
		switch {
		case '0' <= r && r <= '9':
			digits++
		case r == ':':
			colons++
		case strings.ContainsRune(".,'  -/+%$€£ TZ", r):
			marks++
		default:
			return TextKind
		}
	}
	switch {
	case digits == 0 || digits < marks+colons:
		return TextKind
	case colons > 0 || digits >= 6 && strings.Count(v, "-")+strings.Count(v, "/") >= 2 && marks <= 6:
		return TimeKind
	case strings.ContainsAny(v, "TZ/") || strings.Count(v, "-") > 1:
		return TextKind
	}
	return NumberKind
}
