package schemas

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxDepth is how deep arrays and objects may nest in what Parse reads.
const MaxDepth = 64

// SyntaxError reports that a text is not one JSON value, and where.
type SyntaxError struct {
	Code         Code // NotJSON or TrailingData
	Line, Column int  // from 1; columns count bytes
	Detail       string
}

// Error returns the position and the detail.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Detail)
}

// Parse reads one JSON value (RFC 8259) and nothing after it. Unlike lenient
// parsers it refuses a byte order mark, invalid UTF-8, lone surrogates and
// nesting beyond MaxDepth. Numbers stay text, so no digit is lost and a huge
// exponent costs nothing. The error is a *SyntaxError.
func Parse(text []byte) (*Node, error) {
	p := parser{text: string(text)}
	var n Node
	if p.skipSpace(); !p.value(&n, 0) {
		return nil, p.err
	}
	if p.skipSpace(); p.at < len(p.text) {
		p.fail(p.at, "there is more after the end of the value; send one JSON value")
		p.err.Code = TrailingData
		return nil, p.err
	}
	return &n, nil
}

// parser is a recursive-descent parser; at is the offset of the next byte. A
// method that reads returns false after it has set err.
type parser struct {
	text string
	at   int
	err  *SyntaxError
}

func (p *parser) fail(at int, format string, args ...any) bool {
	line := 1 + strings.Count(p.text[:at], "\n")
	column := at - strings.LastIndexByte(p.text[:at], '\n')
	p.err = &SyntaxError{Code: NotJSON, Line: line, Column: column, Detail: fmt.Sprintf(format, args...)}
	return false
}

// unexpected fails at the next byte and says what was expected there.
func (p *parser) unexpected(want string) bool {
	if p.at >= len(p.text) {
		return p.fail(p.at, "the text ends where %s was expected", want)
	}
	if strings.HasPrefix(p.text, "\uFEFF") && p.at == 0 {
		return p.fail(0, "the text begins with a byte order mark; send UTF-8 without one")
	}
	r, size := utf8.DecodeRuneInString(p.text[p.at:])
	if r == utf8.RuneError && size == 1 {
		return p.fail(p.at, "the text is not valid UTF-8")
	}
	return p.fail(p.at, "found %q where %s was expected", r, want)
}

func (p *parser) skipSpace() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

func (p *parser) value(n *Node, depth int) bool {
	n.Offset = p.at
	if p.at >= len(p.text) {
		return p.unexpected("a value")
	}
	switch c := p.text[p.at]; {
	case c == '{' || c == '[':
		if depth == MaxDepth {
			return p.fail(p.at, "arrays and objects nest deeper than %d", MaxDepth)
		}
		if c == '{' {
			return p.object(n, depth+1)
		}
		return p.array(n, depth+1)
	case c == '"':
		n.Kind = String
		return p.string(&n.Text)
	case c == '-' || c >= '0' && c <= '9':
		n.Kind = Number
		return p.number(&n.Text)
	case c == 't':
		n.Kind, n.Bool = Bool, true
		return p.literal("true")
	case c == 'f':
		n.Kind = Bool
		return p.literal("false")
	case c == 'n':
		return p.literal("null")
	default:
		return p.unexpected("a value")
	}
}

func (p *parser) literal(word string) bool {
	if !strings.HasPrefix(p.text[p.at:], word) {
		return p.unexpected("a value")
	}
	p.at += len(word)
	return true
}

func (p *parser) array(n *Node, depth int) bool {
	n.Kind = Array
	p.at++
	for p.skipSpace(); ; p.skipSpace() {
		if p.accept(']') {
			if len(n.Items) > 0 {
				return p.trailingComma("a value")
			}
			return true
		}
		n.Items = append(n.Items, Node{})
		if !p.value(&n.Items[len(n.Items)-1], depth) {
			return false
		}
		if p.skipSpace(); p.accept(']') {
			return true
		}
		if !p.accept(',') {
			return p.unexpected("a comma or ]")
		}
	}
}

// maxScannedKeys is the number of keys up to which duplicates are found by
// comparing keys with one another. For larger objects a map is cheaper.
const maxScannedKeys = 16

func (p *parser) object(n *Node, depth int) bool {
	n.Kind = Object
	p.at++
	var seen map[string]bool
	for p.skipSpace(); ; p.skipSpace() {
		if p.accept('}') {
			if len(n.Members) > 0 {
				return p.trailingComma("a key in double quotes")
			}
			return true
		}
		if p.at >= len(p.text) || p.text[p.at] != '"' {
			return p.unexpected("a key in double quotes")
		}
		m := Member{Offset: p.at}
		if !p.string(&m.Key) {
			return false
		}
		if len(n.Members) < maxScannedKeys {
			for i := range n.Members {
				m.Doubled = m.Doubled || n.Members[i].Key == m.Key
			}
		} else {
			if seen == nil {
				seen = make(map[string]bool, 2*maxScannedKeys)
				for i := range n.Members {
					seen[n.Members[i].Key] = true
				}
			}
			m.Doubled = seen[m.Key]
			seen[m.Key] = true
		}
		if p.skipSpace(); !p.accept(':') {
			return p.unexpected("a colon")
		}
		p.skipSpace()
		n.Members = append(n.Members, m)
		if !p.value(&n.Members[len(n.Members)-1].Value, depth) {
			return false
		}
		if p.skipSpace(); p.accept('}') {
			return true
		}
		if !p.accept(',') {
			return p.unexpected("a comma or }")
		}
	}
}

// accept consumes the next byte if it is c.
func (p *parser) accept(c byte) bool {
	if p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

// trailingComma fails at the closing bracket just read, which follows a comma.
func (p *parser) trailingComma(want string) bool {
	p.at--
	return p.unexpected(want)
}

// number reads the literal of a number: -? int frac? exp?
func (p *parser) number(text *string) bool {
	start := p.at
	p.accept('-')
	if !p.accept('0') && !p.digits() {
		return p.unexpected("a digit")
	}
	if p.accept('.') && !p.digits() {
		return p.unexpected("a digit")
	}
	if p.accept('e') || p.accept('E') {
		if !p.accept('+') {
			p.accept('-')
		}
		if !p.digits() {
			return p.unexpected("a digit")
		}
	}
	*text = p.text[start:p.at]
	return true
}

func (p *parser) digits() bool {
	start := p.at
	for p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '9' {
		p.at++
	}
	return p.at > start
}

func (p *parser) string(text *string) bool {
	p.at++
	start := p.at
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case c == '"':
			*text = p.text[start:p.at]
			p.at++
			return true
		case c == '\\':
			return p.escaped(text, start)
		case c < ' ':
			return p.fail(p.at, "a control character in a string; write it as \\u%04x", c)
		case c < utf8.RuneSelf:
			p.at++
		default:
			if !p.rune() {
				return false
			}
		}
	}
	return p.unexpected("the end of a string")
}

func (p *parser) rune() bool {
	r, size := utf8.DecodeRuneInString(p.text[p.at:])
	if r == utf8.RuneError && size == 1 {
		return p.fail(p.at, "the text is not valid UTF-8")
	}
	p.at += size
	return true
}

// escaped reads the rest of a string that began at start, from its first escape on.
func (p *parser) escaped(text *string, start int) bool {
	buf := []byte(p.text[start:p.at])
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case c == '"':
			*text = string(buf)
			p.at++
			return true
		case c == '\\':
			r, ok := p.escape()
			if !ok {
				return false
			}
			buf = utf8.AppendRune(buf, r)
		case c < ' ':
			return p.fail(p.at, "a control character in a string; write it as \\u%04x", c)
		default:
			from := p.at
			if !p.rune() {
				return false
			}
			buf = append(buf, p.text[from:p.at]...)
		}
	}
	return p.unexpected("the end of a string")
}

func (p *parser) escape() (rune, bool) {
	start := p.at
	p.at++
	if p.at >= len(p.text) {
		return 0, p.unexpected("an escape")
	}
	c := p.text[p.at]
	p.at++
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), true
	}
	if c != 'u' {
		p.at--
		return 0, p.unexpected("an escape")
	}
	r, ok := p.hex()
	if !ok {
		return 0, false
	}
	if utf16.IsSurrogate(r) {
		if !p.accept('\\') || !p.accept('u') {
			return 0, p.fail(start, "half of a surrogate pair")
		}
		low, ok := p.hex()
		if !ok {
			return 0, false
		}
		if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
			return 0, p.fail(start, "half of a surrogate pair")
		}
	}
	return r, true
}

func (p *parser) hex() (rune, bool) {
	if p.at+4 > len(p.text) {
		return 0, p.fail(p.at, "four hexadecimal digits were expected")
	}
	n, err := strconv.ParseUint(p.text[p.at:p.at+4], 16, 32)
	if err != nil {
		return 0, p.fail(p.at, "four hexadecimal digits were expected")
	}
	p.at += 4
	return rune(n), true
}
