package plan

import (
	"strings"
	"unicode"

	"herbarium/schemas"
)

// TextMatch matches text that contains one of some texts, or starts with one.
// Letters match in either case: two code points are one where Unicode's simple
// case folding makes them one (CaseFolding.txt, statuses C and S). Accents are
// not folded.
type TextMatch struct {
	// Prefix wants the text at the start; else it may be anywhere.
	Prefix bool
	// Any lists what one has to be found of, folded, ascending and distinct.
	// The empty text is found in every text.
	Any []string
}

// Fold writes the text with each code point in its least form by simple case
// folding. Two texts match if their folded forms are equal.
func Fold(text string) string { return strings.Map(FoldRune, text) }

// FoldRune returns the least of the code points that simple case folding makes
// one with r.
func FoldRune(r rune) rune {
	if r < 'A' {
		return r
	}
	if r <= 'z' && r != 'K' && r != 'k' && r != 'S' && r != 's' {
		// Of the ASCII letters, k and s alone have forms beyond ASCII: the
		// Kelvin sign and the long s, which are greater.
		if r >= 'a' {
			return r - 'a' + 'A'
		}
		return r
	}
	least := r
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		least = min(least, other)
	}
	return least
}

// Matches reports whether the text matches.
func (m *TextMatch) Matches(text string) bool {
	folded := Fold(text)
	for _, wanted := range m.Any {
		if m.Prefix && strings.HasPrefix(folded, wanted) || !m.Prefix && strings.Contains(folded, wanted) {
			return true
		}
	}
	return false
}

func (m *TextMatch) append(dst []byte) []byte {
	if m.Prefix {
		dst = append(dst, " starts with"...)
	} else {
		dst = append(dst, " contains"...)
	}
	for i, text := range m.Any {
		if i > 0 {
			dst = append(dst, " or"...)
		}
		dst = schemas.AppendString(append(dst, ' '), text)
	}
	return dst
}
