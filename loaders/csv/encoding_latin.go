package csv

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// Encodings of the Latin script have the same bytes for other letters: 0xF1 is the ñ
// of windows-1252 and the ń of windows-1250. What tells them apart are words: each
// encoding is read, and its words are looked up in the alphabets of the languages
// that it is for. The encoding of which most words could be words wins. Where two are
// as good, the more usual one does, and the other is named with a word that differs.

// alphabet has the letters beyond ASCII that a language has, small ones.
type alphabet struct {
	letters string
	// spells reports whether a letter may stand where it does; nil for all.
	spells func(word []rune, at int) bool
}

var (
	german     = alphabet{"äöüß", nil}
	polish     = alphabet{"ąćęłńóśźż", nil}
	czech      = alphabet{"áčďéěíňóřšťúůýž", nil}
	slovak     = alphabet{"áäčďéíĺľňóôŕšťúýž", nil}
	hungarian  = alphabet{"áéíóöőúüű", nil}
	croatian   = alphabet{"čćđšž", nil}
	romanian   = alphabet{"ăâîşţ", nil}
	french     = alphabet{"àâæçèéêëîïôœùûüÿ", nil}
	spanish    = alphabet{"áéíñóúüï", spanishTilde}
	portuguese = alphabet{"áâãàçéêíóôõúü", portugueseTilde}
	catalan    = alphabet{"àçèéíïòóúü", nil}
	italian    = alphabet{"àèéìîòóù", atEnd}
	dutch      = alphabet{"áäéèëïíóöüú", nil}
	danish     = alphabet{"æøåéöäü", nil} // and Norwegian
	swedish    = alphabet{"åäöéüà", nil}  // and Finnish
	icelandic  = alphabet{"áéíóúýðþæöø", nil}
	turkish    = alphabet{"çğıiöşüâîû", turkishG}
	latvian    = alphabet{"āčēģīķļņšūž", nil}
	lithuanian = alphabet{"ąčęėįšųūž", nil}
	estonian   = alphabet{"äõöüšž", nil}

	western = []alphabet{german, french, spanish, portuguese, catalan, italian, dutch, danish, swedish}
)

// latin are the encodings of the Latin script, the most usual first. Icelandic is
// last, because its letters are those that Turkish has others for.
var latin = []struct {
	name      string
	from      encoding.Encoding
	languages []alphabet
}{
	{"windows-1252", charmap.Windows1252, western},
	{"windows-1250", charmap.Windows1250, []alphabet{german, polish, czech, slovak, hungarian, croatian, romanian}},
	{"windows-1254", charmap.Windows1254, []alphabet{german, turkish}},
	{"windows-1257", charmap.Windows1257, []alphabet{german, latvian, lithuanian, estonian, polish}},
	{"windows-1252", charmap.Windows1252, append(slices.Clone(western), icelandic)},
}

const vowels = "aeiouyáéíóúüïıöâîû"

// spanishTilde: a ñ stands before a vowel.
func spanishTilde(word []rune, at int) bool {
	return word[at] != 'ñ' || at+1 < len(word) && strings.ContainsRune(vowels, word[at+1])
}

// portugueseTilde: an õ stands before an e.
func portugueseTilde(word []rune, at int) bool {
	return word[at] != 'õ' || at+1 < len(word) && word[at+1] == 'e'
}

// atEnd: an accent is on the last letter of a word.
func atEnd(word []rune, at int) bool { return at == len(word)-1 }

// turkishG: a ğ stands behind a vowel.
func turkishG(word []rune, at int) bool {
	return word[at] != 'ğ' || at > 0 && strings.ContainsRune(vowels, word[at-1])
}

// latinGuess is an encoding of the Latin script that a text seems to have.
type latinGuess struct {
	name string
	// words is the part of the words with letters beyond ASCII that could be words.
	words  float64
	others []Other
}

// guessLatin returns the encoding of which most words could be words.
func guessLatin(head []byte) (best latinGuess) {
	tokens := highTokens(head)
	rated := make([]latinGuess, len(latin))
	whole := make([]bool, len(latin))
	at := 0
	for i, l := range latin {
		rated[i].name = l.name
		rated[i].words, whole[i] = spelled(tokens, l.from, l.languages)
		if rated[i].words > rated[at].words || rated[i].words == rated[at].words && whole[i] && !whole[at] {
			at = i
		}
	}
	best = rated[at]
	for i, l := range latin {
		if l.name == best.name || rated[i].words < best.words {
			continue
		}
		for _, token := range tokens {
			is, would := decoded([]byte(token), latin[at].from), decoded([]byte(token), l.from)
			if slices.Equal(is, would) {
				continue
			}
			if !slices.ContainsFunc(best.others, func(o Other) bool { return o.Would == string(would) }) {
				best.others = append(best.others, Other{l.name, string(is), string(would)})
			}
			break
		}
	}
	return best
}

// maxTokens is how many words are looked at.
const maxTokens = 2000

// highTokens returns the words of a text that have bytes beyond ASCII, each once:
// ASCII letters and such bytes.
func highTokens(head []byte) (tokens []string) {
	seen := map[string]bool{}
	start, high := 0, false
	for i := 0; i <= len(head) && len(tokens) < maxTokens; i++ {
		if i < len(head) && (head[i] >= utf8.RuneSelf || head[i]|0x20 >= 'a' && head[i]|0x20 <= 'z') {
			high = high || head[i] >= utf8.RuneSelf
			continue
		}
		if token := string(head[start:i]); high && !seen[token] {
			seen[token] = true
			tokens = append(tokens, token)
		}
		start, high = i+1, false
	}
	return tokens
}

// spelled returns the part of the words that some language could have, and whether
// one language could have all.
func spelled(tokens []string, from encoding.Encoding, languages []alphabet) (part float64, one bool) {
	if len(tokens) == 0 {
		return 1, true
	}
	each, some := make([]int, len(languages)), 0
	for _, token := range tokens {
		text := decoded([]byte(token), from)
		if slices.ContainsFunc(text, undefined) {
			return 0, false
		}
		words, ok := lettersOf(text)
		if !ok {
			continue
		}
		found := false
		for l := range languages {
			if !slices.ContainsFunc(words, func(word []rune) bool { return !languages[l].has(word) }) {
				each[l]++
				found = true
			}
		}
		if found {
			some++
		}
	}
	return float64(some) / float64(len(tokens)), slices.Max(each) == len(tokens)
}

// undefined reports whether an encoding has no character for a byte.
func undefined(r rune) bool { return r == utf8.RuneError || unicode.IsControl(r) }

// lettersOf splits a text at its punctuation and signs, and returns the words in small
// letters. ok is false where signs or capitals stand where no word has them.
func lettersOf(text []rune) (words [][]rune, ok bool) {
	var word []rune
	at := func(i int) rune {
		if i < 0 || i >= len(text) {
			return ' '
		}
		return text[i]
	}
	for i, r := range text {
		before, after := at(i-1), at(i+1)
		switch {
		case isWordLetter(r):
			if r >= utf8.RuneSelf && unicode.IsUpper(r) && unicode.IsLetter(before) && (unicode.IsLower(before) || unicode.IsLower(after)) {
				return nil, false
			}
			word = append(word, unicode.ToLower(r))
			continue
		case unicode.IsPunct(r):
			if isWordLetter(before) && isWordLetter(after) && !strings.ContainsRune("’‘·–—…", r) {
				return nil, false
			}
		case isSign(before), isWordLetter(before) && isWordLetter(after), isWordLetter(after) && after >= utf8.RuneSelf:
			return nil, false
		}
		words, word = append(words, word), nil
	}
	return append(words, word), true
}

// isWordLetter reports whether a letter belongs to words, as those of units and
// ordinals do not.
func isWordLetter(r rune) bool { return unicode.IsLetter(r) && !strings.ContainsRune("µªº", r) }

// isSign reports whether a character beyond ASCII is neither a letter nor punctuation.
func isSign(r rune) bool {
	return r >= utf8.RuneSelf && !isWordLetter(r) && !unicode.IsPunct(r) && !unicode.IsSpace(r)
}

// has reports whether a word, in small letters, could be one of the language.
func (a alphabet) has(word []rune) bool {
	for i, r := range word {
		if r >= utf8.RuneSelf && (!strings.ContainsRune(a.letters, r) || a.spells != nil && !a.spells(word, i)) {
			return false
		}
	}
	return true
}
