package infer

import "strings"

// maxWord is the length of the longest text of words.
const maxWord = len("not available")

// isMissingWord reports whether people and programs write this text where they
// have no value. Among numbers or dates it means that; among other text it may
// mean itself.
func isMissingWord(text []byte) bool {
	if len(text) == 0 || len(text) > maxWord {
		return false
	}
	switch strings.ToLower(string(text)) {
	case "na", "n/a", "n.a.", "nan", "null", "nil", "none", "unknown", "missing", "undefined", "not available",
		"?", "-", "--", "---", "–", "—", ".", "..", "...", "*", `\n`, "(null)", "<na>", "#n/a", "#na",
		"inf", "+inf", "-inf", "infinity", "+infinity", "-infinity", // no number, and no time
		"#null!", "#value!", "#ref!", "#div/0!", "#num!", "#name?":
		return true
	}
	return false
}
