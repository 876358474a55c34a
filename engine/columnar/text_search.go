package columnar

import (
	"bytes"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"herbarium/engine/plan"
)

// textSearch searches many texts, which lie behind one another, for some others, in either
// case.
//
// What is ASCII is searched for in the texts as they are. Eight places at a time are
// compared in a register with the first and the last byte of what is wanted, and the rest
// where both are equal (SWAR, SIMD within a register; Mula, SIMD-friendly algorithms for
// substring searching, 2016). What is not ASCII is searched for in folded texts, which
// are written first.
//
// No code point beyond ASCII folds to an ASCII letter, but for the Kelvin sign and the
// long s. So a search for ASCII without k and s never meets another code point.
type textSearch struct {
	match *plan.TextMatch
	fold  *foldTable // nil where what is wanted is ASCII without k and s
	found []bool     // which texts match

	folded []byte // of the texts, one after another, each before a separator
	ends   []int  // of each text in folded
}

// separator is a byte that no text in UTF-8 has.
const separator = 0xff

func newTextSearch(match *plan.TextMatch) *textSearch {
	s := &textSearch{match: match}
	for _, text := range match.Any {
		if match.Prefix || !isASCII(text) || strings.ContainsAny(text, "KS") {
			s.fold = foldRunes()
		}
	}
	return s
}

// find sets found for the texts, and returns how many match. Packed is all of them.
func (s *textSearch) find(texts []string, packed string) (n int) {
	s.found = slices.Grow(s.found[:0], len(texts))[:len(texts)]
	clear(s.found)
	switch {
	case s.match.Prefix:
		for i, text := range texts {
			s.found[i] = s.startsWith(text)
		}
	case s.fold == nil || isASCII(packed):
		for _, wanted := range s.match.Any {
			if isASCII(wanted) {
				s.searchASCII(texts, packed, wanted)
			}
		}
	default:
		s.write(texts)
		for _, wanted := range s.match.Any {
			s.searchFolded([]byte(wanted))
		}
	}
	for _, found := range s.found {
		if found {
			n++
		}
	}
	return n
}

// asciiByte is a byte that is searched for: all bytes that are equal once the bits of
// either are set.
type asciiByte struct{ either, value byte }

func asciiByteOf(folded byte) asciiByte {
	if 'A' <= folded && folded <= 'Z' {
		return asciiByte{0x20, folded | 0x20}
	}
	return asciiByte{0, folded}
}

func (a asciiByte) is(c byte) bool { return c|a.either == a.value }

// zeros returns a word with a zero byte for each byte of eight that is the one searched
// for.
func (a asciiByte) zeros(eight uint64) uint64 {
	return (eight | uint64(a.either)*everyByte) ^ uint64(a.value)*everyByte
}

const (
	everyByte = 0x0101010101010101
	highBits  = 0x80 * everyByte
)

// searchASCII marks the texts that contain what is wanted, which is ASCII.
func (s *textSearch) searchASCII(texts []string, packed, wanted string) {
	if wanted == "" {
		for i := range s.found {
			s.found[i] = true
		}
		return
	}
	pattern := make([]asciiByte, len(wanted))
	for i := range pattern {
		pattern[i] = asciiByteOf(wanted[i])
	}
	text, end := -1, 0 // the last text that was looked at, and where it ends
	// at reports whether a place has what is wanted, and if so marks its text.
	at := func(place int) bool {
		for i, b := range pattern {
			if !b.is(packed[place+i]) {
				return false
			}
		}
		for end <= place {
			text++
			end += len(texts[text])
		}
		if place+len(pattern) > end {
			return false // it is the end of one text and the start of the next
		}
		s.found[text] = true
		return true
	}
	first, last := pattern[0], pattern[len(pattern)-1]
	between := len(pattern) - 1
	place := 0
next:
	for place+between+8 <= len(packed) {
		both := first.zeros(eightBytes(packed, place)) | last.zeros(eightBytes(packed, place+between))
		// A byte above a zero may be marked as well.
		for zeros := (both - everyByte) &^ both & highBits; zeros != 0; zeros &= zeros - 1 {
			if at(place + bits.TrailingZeros64(zeros)/8) {
				place = end
				continue next
			}
		}
		place += 8
	}
	for ; place+between < len(packed); place++ {
		if at(place) {
			place = end - 1
		}
	}
}

// eightBytes returns the bytes of s from a place on, the first one lowest.
func eightBytes(s string, place int) uint64 {
	b := s[place : place+8]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// write writes the folded texts.
func (s *textSearch) write(texts []string) {
	s.folded, s.ends = s.folded[:0], s.ends[:0]
	for _, text := range texts {
		for _, r := range text {
			s.folded = utf8.AppendRune(s.folded, s.fold.of(r))
		}
		s.ends = append(s.ends, len(s.folded))
		s.folded = append(s.folded, separator)
	}
}

// searchFolded marks the texts that contain what is wanted when they are folded.
func (s *textSearch) searchFolded(wanted []byte) {
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

func isASCII(text string) bool {
	place := 0
	for ; place+8 <= len(text); place += 8 {
		if eightBytes(text, place)&highBits != 0 {
			return false
		}
	}
	for ; place < len(text); place++ {
		if text[place] >= utf8.RuneSelf {
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
