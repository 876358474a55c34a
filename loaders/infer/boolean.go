package infer

import "bytes"

// pair is two words for true and false.
type pair uint8

const (
	trueFalse pair = iota
	yesNo
	initialsTF
	initialsYN
	oneZero
)

// pairOf returns the pair that a text is of.
func pairOf(text []byte) (pair, bool) {
	if len(text) > len("false") {
		return 0, false
	}
	switch string(bytes.ToLower(text)) {
	case "true", "false":
		return trueFalse, true
	case "yes", "no":
		return yesNo, true
	case "t", "f":
		return initialsTF, true
	case "y", "n":
		return initialsYN, true
	case "1", "0":
		return oneZero, true
	}
	return 0, false
}
