package csv

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"

	"herbarium/loaders/source"
)

// Guess is the encoding that a text seems to have.
type Guess struct {
	Name   string  // "" for UTF-8
	Others []Other // encodings that the text could have as well
}

// Other is an encoding by which a word of the text would be another.
type Other struct{ Name, Is, Would string }

// GuessEncoding returns the encoding that a text without a byte order mark seems
// to have. That is a guess, of which the text shows nothing but its bytes: UTF-16
// has zeros, Shift_JIS the lead bytes of kana, others words of their script, and of
// their languages. Where the text shows none of these, ok is false.
func GuessEncoding(head []byte) (guess Guess, ok bool) {
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return Guess{}, true
	}
	even, odd := zeros(head)
	switch half := len(head) / 2; {
	case half > 1 && odd*10 > half*3 && even*20 < half:
		return Guess{Name: "utf-16le"}, true
	case half > 1 && even*10 > half*3 && odd*20 < half:
		return Guess{Name: "utf-16be"}, true
	}
	if validStart(head) {
		return Guess{}, true
	}
	high, pairs, kana := highBytes(head)
	if 10*kana >= high && kana > 1 {
		return Guess{Name: "shift_jis"}, true
	}
	if name := guessByWords(head); name != "" {
		return Guess{Name: name}, true
	}
	latin := guessLatin(head)
	if latin.words <= 0.5 || latin.words < 0.8 && 3*pairs >= high && pairs > 1 {
		return Guess{}, false
	}
	return Guess{Name: latin.name, Others: latin.others}, true
}

// highBytes counts bytes beyond ASCII, pairs of them, and pairs that are kana of
// Shift_JIS.
func highBytes(head []byte) (high, pairs, kana int) {
	for i := 0; i < len(head); i++ {
		b := head[i]
		if b < 0x80 {
			continue
		}
		high++
		if i+1 < len(head) && (b == 0x82 || b == 0x83) && head[i+1] >= 0x40 {
			kana++
			high++
			i++
			continue
		}
		if i+1 < len(head) && head[i+1] >= 0x80 {
			pairs++
			high++
			i++
		}
	}
	return high, pairs, kana
}

// validStart reports whether a text is valid UTF-8, but for a character that is
// cut off at its end.
func validStart(head []byte) bool {
	for range utf8.UTFMax {
		if utf8.Valid(head) {
			return true
		}
		if len(head) == 0 || len(head) < source.PeekBytes-utf8.UTFMax {
			return false
		}
		head = head[:len(head)-1]
	}
	return false
}

func zeros(head []byte) (even, odd int) {
	for i, b := range head {
		if b == 0 && i%2 == 0 {
			even++
		} else if b == 0 {
			odd++
		}
	}
	return even, odd
}

// DecodeHead returns the beginning of a text as UTF-8 with lines that end in LF,
// as a Reader would read it.
func DecodeHead(head []byte, encoding string) []byte {
	r := &Reader{}
	r.dialect.Encoding = encoding
	if encoding != "" {
		if _, err := htmlindex.Get(encoding); err != nil {
			return head
		}
	}
	return r.decodeHead(head)
}
