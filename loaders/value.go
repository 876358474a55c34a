package loaders

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"herbarium/datasets"
	"herbarium/schemas"
)

// missing reports whether the text says that there is no value. Text itself is
// missing only where it is empty, since "NA" and " " may be meant.
func missing(t datasets.Type, text []byte) bool {
	if len(text) == 0 {
		return true
	}
	if t == datasets.String {
		return false
	}
	switch string(trim(text)) {
	case "", "NA", "NaN", "null":
		return true
	}
	return false
}

// trim drops the spaces and tabs around a value that is no text.
func trim(text []byte) []byte { return bytes.Trim(text, " \t") }

// parseNumber reads a decimal number, as JSON and also as .5, 5. and +5; detail
// says why it cannot. The value is finite.
func parseNumber(text []byte) (value float64, detail string) {
	t := trim(text)
	if !decimal(t) {
		switch strings.ToLower(strings.TrimLeft(string(t), "+-")) {
		case "inf", "infinity":
			return 0, quote(string(text)) + " is no value; leave it empty where there is none"
		}
		return 0, quote(string(text)) + " is not a number"
	}
	value, err := strconv.ParseFloat(string(t), 64)
	if err != nil {
		return 0, quote(string(text)) + " is beyond the range of a float64"
	}
	return value, ""
}

// decimal reports whether text is a decimal number, which leaves out what else
// strconv reads: hexadecimal, underscores, infinities.
func decimal(text []byte) bool {
	i, digits := 0, 0
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		i++
	}
	for dot := false; i < len(text); i++ {
		switch c := text[i]; {
		case '0' <= c && c <= '9':
			digits++
			continue
		case c == '.' && !dot:
			dot = true
			continue
		}
		break
	}
	return digits > 0 && exponent(text[i:])
}

// exponent reports whether text is empty or an exponent such as e+21.
func exponent(text []byte) bool {
	if len(text) == 0 {
		return true
	}
	if text[0] != 'e' && text[0] != 'E' {
		return false
	}
	if text = text[1:]; len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		text = text[1:]
	}
	return len(text) > 0 && len(bytes.Trim(text, "0123456789")) == 0
}

// parseInt reads what a column of int64 holds: an integer, a boolean, a day or
// an instant.
func parseInt(field *datasets.Field, text []byte) (value int64, detail string) {
	t := trim(text)
	var err error
	switch field.Type {
	case datasets.Integer:
		return parseInteger(t)
	case datasets.Boolean:
		switch {
		case bytes.EqualFold(t, []byte("true")):
			return 1, ""
		case bytes.EqualFold(t, []byte("false")):
			return 0, ""
		}
		return 0, quote(string(text)) + " is not true or false"
	case datasets.Date:
		value, err = datasets.ParseDate(string(t))
	default:
		value, err = datasets.ParseDateTime(string(t), field.Location)
	}
	if err != nil {
		return 0, quote(string(text)) + " is " + err.Error()
	}
	return value, ""
}

// parseInteger reads an integer exactly, also where it is written as 5.0 or
// 1e2, as programs write integers that went through a float.
func parseInteger(text []byte) (value int64, detail string) {
	value, err := strconv.ParseInt(string(text), 10, 64)
	if err == nil {
		return value, ""
	}
	if !decimal(text) {
		return 0, quote(string(text)) + " is not an integer"
	}
	node := schemas.Node{Kind: schemas.Number, Text: string(bytes.TrimPrefix(text, []byte("+")))}
	value, exact, over := node.Floor()
	switch {
	case !exact:
		return 0, quote(string(text)) + " is not an integer"
	case over != 0:
		return 0, quote(string(text)) + " is beyond the range of an int64"
	}
	return value, ""
}

// list joins words for a message; a long list ends in a count.
func list(words []string) string {
	const most = 40
	if len(words) > most {
		return strings.Join(words[:most], ", ") + fmt.Sprintf(" and %d more", len(words)-most)
	}
	return strings.Join(words, ", ")
}
