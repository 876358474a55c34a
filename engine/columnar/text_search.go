package columnar

import (
	"bytes"
	"encoding/binary"
	"strings"
	"sync"
	"unicode/utf8"

	"herbarium/engine/plan"
)

// textSearch searches many texts for some others, in either case. It writes the folded
// texts behind one another and searches all of them at once, so that short texts are
// searched as fast as long ones. Eight ASCII bytes at a time are folded in a register
// (SWAR: SIMD within a register).
//
// No code point beyond ASCII folds to an ASCII letter, but for the Kelvin sign and the
// long s. So, where what is wanted is ASCII without k and s, other code points stay as
// they are.
type textSearch struct {
	match     *plan.TextMatch
	wanted    [][]byte
	asciiOnly bool
	fold      *foldTable

	folded []byte // of the texts, one after another, each before a separator
	ends   []int  // of each text in folded
	found  []bool // which texts match
}

// separator is a byte that no text in UTF-8 has.
const separator = 0xff

func newTextSearch(match *plan.TextMatch) *textSearch {
	s := &textSearch{match: match, asciiOnly: true}
	for _, text := range match.Any {
		s.wanted = append(s.wanted, []byte(text))
		s.asciiOnly = s.asciiOnly && isASCII(text) && !strings.ContainsAny(text, "KS")
	}
	if match.Prefix || !s.asciiOnly {
		s.fold = foldRunes()
	}
	return s
}

// find sets found for the texts.
func (s *textSearch) find(texts []string) {
	if cap(s.found) < len(texts) {
		s.found = make([]bool, len(texts))
	}
	s.found = s.found[:len(texts)]
	clear(s.found)
	if s.match.Prefix {
		for i, text := range texts {
			s.found[i] = s.startsWith(text)
		}
		return
	}
	s.write(texts)
	for _, wanted := range s.wanted {
		s.search(wanted)
	}
}

// write writes the folded texts.
func (s *textSearch) write(texts []string) {
	s.folded, s.ends = s.folded[:0], s.ends[:0]
	for _, text := range texts {
		begin := len(s.folded)
		s.folded = append(s.folded, text...)
		if !s.asciiOnly && !isASCII(text) {
			s.folded = s.folded[:begin]
			for _, r := range text {
				s.folded = utf8.AppendRune(s.folded, s.fold.of(r))
			}
		}
		s.ends = append(s.ends, len(s.folded))
		s.folded = append(s.folded, separator)
	}
	upperASCII(s.folded)
}

// search marks the texts that contain what is wanted.
func (s *textSearch) search(wanted []byte) {
	at, text := 0, 0
	for text < len(s.ends) {
		next := bytes.Index(s.folded[at:], wanted)
		if next < 0 {
			return
		}
		at += next
		for s.ends[text] < at {
			text++
		}
		s.found[text] = true
		at = s.ends[text] + 1
		text++
	}
}

// startsWith reports whether the text starts with one of those wanted.
func (s *textSearch) startsWith(text string) bool {
	for _, wanted := range s.match.Any {
		if s.hasPrefix(text, wanted) {
			return true
		}
	}
	return false
}

// hasPrefix reports whether the text, folded, has the prefix.
func (s *textSearch) hasPrefix(text, prefix string) bool {
	for len(prefix) > 0 {
		if text == "" {
			return false
		}
		if text[0] < utf8.RuneSelf && prefix[0] < utf8.RuneSelf {
			if s.fold.of(rune(text[0])) != rune(prefix[0]) {
				return false
			}
			text, prefix = text[1:], prefix[1:]
			continue
		}
		r, n := utf8.DecodeRuneInString(text)
		want, m := utf8.DecodeRuneInString(prefix)
		if s.fold.of(r) != want {
			return false
		}
		text, prefix = text[n:], prefix[m:]
	}
	return true
}

// upperASCII folds the ASCII letters of b.
func upperASCII(b []byte) {
	const ones = 0x0101010101010101
	const high = 0x80 * ones
	for ; len(b) >= 8; b = b[8:] {
		x := binary.LittleEndian.Uint64(b)
		low := x &^ high
		// Bit 7 of each byte that is at least 'a', or above 'z'.
		fromA, aboveZ := low+(0x80-'a')*ones, low+(0x7f-'z')*ones
		letters := (fromA &^ aboveZ) &^ x & high
		binary.LittleEndian.PutUint64(b, x-letters>>2)
	}
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// foldTable has plan.FoldRune of the code points of the basic multilingual plane. None of
// them folds to one beyond.
type foldTable [1 << 16]uint16

func (t *foldTable) of(r rune) rune {
	if uint32(r) < uint32(len(t)) {
		return rune(t[r])
	}
	return plan.FoldRune(r)
}

// foldRunes makes the table when it is first needed.
var foldRunes = sync.OnceValue(func() *foldTable {
	t := new(foldTable)
	for r := range t {
		t[r] = uint16(plan.FoldRune(rune(r)))
	}
	return t
})
