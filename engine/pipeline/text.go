package pipeline

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/engine/plan"
)

// A text match is written as a regular expression that spells out which code
// points are one by simple case folding: MongoDB's own option i folds by the tables
// of its PCRE, which are those of another Unicode, and other ones in MongoDB 4.4
// than in 6.1. Alternations of literals mean the same to PCRE 1 and PCRE2.

// textOperators writes the match as operators: of texts one, or any of several.
func textOperators(m *plan.TextMatch) bson.D {
	if slices.Contains(m.Any, "") {
		return present() // the empty text is found in every text
	}
	if len(m.Any) == 1 {
		return bson.D{{Key: "$regex", Value: textPattern(m.Any[0], m.Prefix)}}
	}
	patterns := bson.A{}
	for _, text := range m.Any {
		patterns = append(patterns, bson.Regex{Pattern: textPattern(text, m.Prefix)})
	}
	return bson.D{{Key: "$in", Value: patterns}}
}

// textPattern returns the regular expression of texts that have the text in
// them, or start with it.
func textPattern(text string, prefix bool) string {
	var b strings.Builder
	if prefix {
		b.WriteByte('^')
	}
	for _, r := range text {
		orbit := foldingOrbit(r)
		if len(orbit) == 1 {
			writeLiteral(&b, r)
			continue
		}
		b.WriteString("(?:")
		for i, form := range orbit {
			if i > 0 {
				b.WriteByte('|')
			}
			writeLiteral(&b, form)
		}
		b.WriteByte(')')
	}
	return b.String()
}

// foldingOrbit returns the code points that simple case folding makes one with
// r, ascending.
func foldingOrbit(r rune) []rune {
	orbit := []rune{r}
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		orbit = append(orbit, other)
	}
	slices.Sort(orbit)
	return orbit
}

// writeLiteral writes a code point so that it stands for itself. A regular
// expression in BSON ends at a zero byte.
func writeLiteral(b *strings.Builder, r rune) {
	switch {
	case r < ' ' || r == 0x7f:
		fmt.Fprintf(b, `\x%02x`, r)
	case strings.ContainsRune(`\^$.[]|()?*+{}`, r):
		b.WriteByte('\\')
		b.WriteRune(r)
	default:
		b.WriteRune(r)
	}
}
