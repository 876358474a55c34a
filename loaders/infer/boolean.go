package infer

import "bytes"

// pair is two words for true and false.
type pair uint8

const (
	trueFalse pair = iota
	yesNo
	initials
	oneZero
)

// pairOf returns the pair that a text is of, and whether it is the word for
// true.
func pairOf(text []byte) (p pair, truth, ok bool) {
	if len(text) > len("false") {
		return 0, false, false
	}
	switch word := string(bytes.ToLower(text)); word {
	case "true", "false":
		return trueFalse, word == "true", true
	case "yes", "no":
		return yesNo, word == "yes", true
	case "t", "f":
		return initials, word == "t", true
	case "1", "0":
		return oneZero, word == "1", true
	}
	return 0, false, false
}
