package infer

import "strings"

// maxWord is the length of the longest text of words.
const maxWord = len("not available")

// isMissingWord reports whether a text is one that people and programs write where
// they have no value. Where it stands among numbers or dates, that is what it
// means; among other text it may mean itself.
func isMissingWord(text []byte) bool {
	if len(text) == 0 || len(text) > maxWord {
		return false
	}
	switch strings.ToLower(string(text)) {
	case "na", "n/a", "n.a.", "nan", "null", "nil", "none", "unknown", "missing", "undefined", "not available",
		"?", "-", "--", "---", "–", "—", ".", "..", "...", "*", `\n`, "(null)", "<na>", "#n/a", "#na",
		"#null!", "#value!", "#ref!", "#div/0!", "#num!", "#name?":
		return true
	}
	return false
}
