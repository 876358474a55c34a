package json

import "bytes"

// JSON has no NaN and no Infinity, but Python and JavaScript programs write them.
// Where a row is not JSON, such words become texts that begin with a character that
// no program writes, so that the row can be read. Fields take them for numbers that
// are not finite: faults, unless missing says that they are no values.

// words are those that stand where numbers do.
var words = [][]byte{[]byte("NaN"), []byte("Infinity"), []byte("-Infinity")}

// mark stands before a word in the text that it becomes, escaped as in JSON; quotes
// enclose that.
const (
	mark      = `\u0000`
	wordGrown = len(`"`) + len(mark) + len(`"`)
)

// withWords returns a text in which words have become texts; the text itself where it
// has none.
func withWords(text []byte) []byte {
	changed, _ := replaceWords(text)
	return changed
}

// hasWords reports whether a text may have words.
func hasWords(text []byte) bool {
	return bytes.Contains(text, words[0]) || bytes.Contains(text, words[1])
}

// replaceWords also returns where the texts end that words have become.
func replaceWords(text []byte) (changed []byte, ends []int) {
	if !hasWords(text) {
		return text, nil
	}
	for i := 0; i < len(text); {
		if text[i] == '"' {
			end := stringEnd(text, i)
			if end < 0 {
				return append(changed, text[i:]...), ends
			}
			changed = append(changed, text[i:end+1]...)
			i = end + 1
			continue
		}
		word := wordAt(text[i:])
		if word == nil {
			changed = append(changed, text[i])
			i++
			continue
		}
		changed = append(append(append(changed, '"'), mark...), word...)
		changed = append(changed, '"')
		ends = append(ends, len(changed))
		i += len(word)
	}
	return changed, ends
}

// wordAt returns the word that a text begins with, if it ends there.
func wordAt(text []byte) []byte {
	for _, w := range words {
		if bytes.HasPrefix(text, w) && (len(text) == len(w) || bytes.IndexByte([]byte(",]} \t\r\n"), text[len(w)]) >= 0) {
			return w
		}
	}
	return nil
}

// wordOf returns the word that a text was made of.
func wordOf(raw []byte) (word []byte, ok bool) {
	word, ok = bytes.CutPrefix(raw, []byte(`"`+mark))
	if !ok {
		return nil, false
	}
	word = bytes.TrimSuffix(word, []byte(`"`))
	return word, wordAt(word) != nil
}
