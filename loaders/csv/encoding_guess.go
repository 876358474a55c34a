package csv

import (
	"bytes"
	"unicode"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
)

// Text that is not UTF-8 shows its encoding by what it would be in each: words of
// one script in which no small letter stands before a capital one. Encodings of
// Chinese and Korean cannot be told apart like this, and are not guessed.

// guessByWords returns the encoding in which the text has words; "" for none that
// is sure.
func guessByWords(head []byte) string {
	best, found := "", words{}
	for _, c := range []struct {
		name   string
		from   encoding.Encoding
		script *unicode.RangeTable
	}{
		{"windows-1251", charmap.Windows1251, unicode.Cyrillic},
		{"koi8-r", charmap.KOI8R, unicode.Cyrillic},
		{"ibm866", charmap.CodePage866, unicode.Cyrillic},
		{"windows-1253", charmap.Windows1253, unicode.Greek},
	} {
		if w := wordsOf(decoded(head, c.from), c.script); w.likely() && (best == "" || w.better(found)) {
			best, found = c.name, w
		}
	}
	if best != "" {
		return best
	}
	if isShiftJIS(head) {
		return "shift_jis"
	}
	return ""
}

func decoded(head []byte, from encoding.Encoding) []rune {
	text, err := from.NewDecoder().Bytes(head)
	if err != nil {
		return nil
	}
	return []rune(string(text))
}

// words counts characters beyond ASCII.
type words struct {
	letters, others int // of a script, and others
	small           int // letters that are small
	// odd counts letters beside one of another script, and capitals behind small
	// letters.
	odd int
}

// likely reports whether nearly all characters are letters of the script, and stand
// in words as they do.
func (w words) likely() bool {
	return w.letters > 1 && 10*w.others <= w.letters && 10*w.odd <= w.letters
}

// better reports whether the words are more like words than others.
func (w words) better(than words) bool {
	return w.odd < than.odd || w.odd == than.odd && w.small > than.small
}

// wordsOf counts the characters of a text, as letters of a script.
func wordsOf(text []rune, script *unicode.RangeTable) (w words) {
	for i, r := range text {
		switch {
		case r < 0x80:
			if i > 0 && unicode.Is(script, text[i-1]) && unicode.IsLetter(r) && !unicode.Is(script, r) {
				w.odd++
			}
			continue
		case !unicode.Is(script, r):
			w.others++
			continue
		case unicode.IsLower(r):
			w.small++
		}
		w.letters++
		if i == 0 {
			continue
		}
		before := text[i-1]
		if unicode.IsLetter(before) && (!unicode.Is(script, before) || unicode.IsLower(before) && unicode.IsUpper(r)) {
			w.odd++
		}
	}
	return w
}

// isShiftJIS reports whether nearly all characters beyond ASCII are pairs that begin
// as kana and the usual kanji of Shift_JIS do, and no pair is wrong.
func isShiftJIS(head []byte) bool {
	usual, others := 0, 0
	for i := 0; i < len(head); i++ {
		switch b := head[i]; {
		case b < 0x80:
		case b >= 0x81 && b <= 0x9f && i+1 < len(head):
			if head[i+1] < 0x40 || head[i+1] == 0x7f {
				return false
			}
			usual++
			i++
		default:
			others++
		}
	}
	if usual < 2 || 5*others > usual {
		return false
	}
	text, err := japanese.ShiftJIS.NewDecoder().Bytes(head[:len(head)-len(head)%2])
	return err == nil && bytes.Count(text, []byte("\ufffd")) <= 1
}
