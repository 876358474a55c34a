package xlsx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// markup reads a piece of XML token by token, as encoding/xml's RawToken does, without
// allocating: most of the time of reading a sheet goes by here. Names are without
// their prefixes. That tags match is left to who reads them.
type markup struct {
	text []byte
	at   int // behind the token at hand

	kind   tokenKind
	name   []byte // of a tag
	inside []byte // the attributes of a start tag
	data   []byte // of text, with its entities unless literal
	// literal says that the text is CDATA.
	literal bool
	closing bool // the start tag is an empty element's, whose end comes next
}

// tokenKind is what a token is.
type tokenKind uint8

const (
	otherToken tokenKind = iota // a comment or an instruction
	startToken
	endToken
	textToken
)

// next reads the next token, io.EOF at the end.
func (m *markup) next() error {
	switch {
	case m.closing:
		m.closing, m.kind = false, endToken
		return nil
	case m.at == len(m.text):
		return io.EOF
	case m.text[m.at] != '<':
		end := m.at + bytes.IndexByte(m.text[m.at:], '<')
		if end < m.at {
			end = len(m.text)
		}
		m.kind, m.data, m.literal, m.at = textToken, m.text[m.at:end], false, end
		return nil
	}
	rest := m.text[m.at:]
	switch {
	case bytes.HasPrefix(rest, []byte("<!--")):
		m.kind = otherToken
		return m.skip(len("<!--"), "-->")
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		from := m.at + len("<![CDATA[")
		err := m.skip(len("<![CDATA["), "]]>")
		if err == nil {
			m.kind, m.data, m.literal = textToken, m.text[from:m.at-len("]]>")], true
		}
		return err
	case bytes.HasPrefix(rest, []byte("<?")):
		m.kind = otherToken
		return m.skip(len("<?"), "?>")
	case bytes.HasPrefix(rest, []byte("</")):
		from := m.at + len("</")
		m.kind = endToken
		err := m.skip(len("</"), ">")
		if err == nil {
			m.name = local(bytes.TrimRight(m.text[from:m.at-1], " \t\r\n"))
		}
		return err
	case bytes.HasPrefix(rest, []byte("<!")):
		return errors.New("a part of a workbook has no document type")
	}
	return m.startTag()
}

// skip goes behind the end of a token that begins with so many bytes.
func (m *markup) skip(size int, end string) error {
	n := bytes.Index(m.text[m.at+size:], []byte(end))
	if n < 0 {
		return io.ErrUnexpectedEOF
	}
	m.at += size + n + len(end)
	return nil
}

// startTag reads a start tag.
func (m *markup) startTag() error {
	from := m.at + 1
	i := from
	for i < len(m.text) && !isSpace(m.text[i]) && m.text[i] != '>' && m.text[i] != '/' {
		i++
	}
	if i == from {
		return errors.New("a tag has no name")
	}
	m.kind, m.name = startToken, local(m.text[from:i])
	for from, quote := i, byte(0); i < len(m.text); i++ {
		switch c := m.text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"', c == '\'':
			quote = c
		case c == '<':
			return errors.New("a tag is not closed")
		case c == '>':
			m.inside, m.at = m.text[from:i], i+1
			if n := len(m.inside); n > 0 && m.inside[n-1] == '/' {
				m.inside, m.closing = m.inside[:n-1], true
			}
			return nil
		}
	}
	return io.ErrUnexpectedEOF
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// local returns a name without its prefix.
func local(name []byte) []byte { return name[bytes.IndexByte(name, ':')+1:] }

// attribute returns the next attribute of a start tag, as it is written; ok is false
// behind the last. It fails where the tag has something else.
func (m *markup) attribute() (name, value []byte, ok bool, err error) {
	m.inside = bytes.TrimLeft(m.inside, " \t\r\n")
	if len(m.inside) == 0 {
		return nil, nil, false, nil
	}
	at := bytes.IndexByte(m.inside, '=')
	if at <= 0 {
		return nil, nil, false, errors.New("an attribute has no value")
	}
	name = bytes.TrimRight(m.inside[:at], " \t\r\n")
	rest := bytes.TrimLeft(m.inside[at+1:], " \t\r\n")
	if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
		return nil, nil, false, errors.New("an attribute's value has no quotes")
	}
	end := bytes.IndexByte(rest[1:], rest[0])
	if end < 0 {
		return nil, nil, false, io.ErrUnexpectedEOF
	}
	m.inside = rest[end+2:]
	return name, rest[1 : end+1], true, nil
}

// appendText appends the text at hand, with the characters that its entities stand
// for. Lines end in LF, as XML has it.
func (m *markup) appendText(dst []byte) ([]byte, error) {
	if bytes.IndexByte(m.data, '\r') < 0 && (m.literal || bytes.IndexByte(m.data, '&') < 0) {
		return append(dst, m.data...), nil
	}
	for i := 0; i < len(m.data); i++ {
		switch c := m.data[i]; {
		case c == '\r':
			if i+1 == len(m.data) || m.data[i+1] != '\n' {
				dst = append(dst, '\n')
			}
		case c != '&' || m.literal:
			dst = append(dst, c)
		default:
			end := bytes.IndexByte(m.data[i:], ';')
			r, ok := entity(m.data[i+1 : i+max(end, 1)])
			if !ok {
				return dst, fmt.Errorf("there is no entity %q", m.data[i:min(len(m.data), i+16)])
			}
			dst = utf8.AppendRune(dst, r)
			i += end
		}
	}
	return dst, nil
}

// entity returns the character that a name of an entity stands for.
func entity(name []byte) (rune, bool) {
	switch string(name) {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, numbered := bytes.CutPrefix(name, []byte("#"))
	base := 10
	if hex, ok := bytes.CutPrefix(digits, []byte("x")); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(string(digits), base, 32)
	return rune(n), numbered && err == nil && n > 0 && n <= utf8.MaxRune && utf8.ValidRune(rune(n))
}

// appendRich appends the text within an element that was begun: its own, and that of
// its runs, but not how it is pronounced.
func (m *markup) appendRich(dst []byte, element string) ([]byte, error) {
	inText, phonetic := false, false
	for {
		if err := m.next(); err != nil {
			return dst, cutOff(err)
		}
		switch m.kind {
		case startToken, endToken:
			switch string(m.name) {
			case "t":
				inText = m.kind == startToken
			case "rPh":
				phonetic = m.kind == startToken
			case "si", "c", "row":
				if m.kind == startToken || string(m.name) != element {
					return dst, fmt.Errorf("the tag of %q stands within a text", m.name)
				}
				return dst, nil
			case element:
				if m.kind == endToken {
					return dst, nil
				}
			}
		case textToken:
			if !inText || phonetic {
				continue
			}
			var err error
			if dst, err = m.appendText(dst); err != nil {
				return dst, err
			}
		}
	}
}

// cutOff makes the end of the text within an element an error.
func cutOff(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
