package json

import (
	"bytes"
	"encoding/binary"
)

// JSON has no NaN and no Infinity, but Python and JavaScript programs write them.
// Where a row is not JSON, such words become texts that begin with a character that
// no program writes, so that the row can be read. Fields take them for numbers that
// are not finite: faults, unless missing says that they are no values.

// words are those that stand where numbers do.
var words = [][]byte{[]byte("NaN"), []byte("Infinity"), []byte("-Infinity")}

const (
	// mark stands before a word in the text that it becomes, escaped as in JSON.
	mark = `\u0000`
	// wordGrown is by how much a word is longer then: by quotes and the mark.
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
	return contains(text, words[0]) || contains(text, words[1])
}

// contains does what bytes.Contains does. That looks for the first letter, as fast as
// the memory is, but then takes long for texts in capitals; there, eight bytes at a
// time are searched for the first two letters.
func contains(text, word []byte) bool {
	const few = 64 // bytes in which the letter is expected once at most
	for found := 1; ; found++ {
		at := bytes.IndexByte(text, word[0])
		if at < 0 || bytes.HasPrefix(text[at:], word) {
			return at >= 0
		}
		if text = text[at+1:]; at < few && found%few == 0 {
			return containsPair(text, word)
		}
	}
}

// containsPair finds bytes that are 0 in the difference to eight first letters, and
// in that of what follows to eight second ones, by arithmetic.
func containsPair(text, word []byte) bool {
	const every = 0x0101010101010101
	first, second := every*uint64(word[0]), every*uint64(word[1])
	for len(text) > 8 {
		differs := binary.LittleEndian.Uint64(text) ^ first | binary.LittleEndian.Uint64(text[1:]) ^ second
		if (differs-every)&^differs&(0x80*every) != 0 && bytes.Contains(text[:min(len(text), 8+len(word))], word) {
			return true
		}
		text = text[8:]
	}
	return bytes.Contains(text, word)
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
