package json

import (
	"bytes"
	stdjson "encoding/json"

	"herbarium/loaders/source"
)

// between are the characters between values; RS begins each of a sequence by
// RFC 7464.
const between = " \t\r\n\x1e"

// IsSequence reports whether a source begins as a sequence by RFC 7464 does.
func IsSequence(head []byte) bool {
	text := bytes.TrimLeft(head, " \t\r\n")
	return len(text) > 0 && text[0] == '\x1e' && len(bytes.TrimLeft(text, between)) > 0
}

// offLines reports whether a source that begins like this has objects that do not
// stand on lines of their own: after the first, another follows on its line, or the
// first takes several lines and another follows.
func offLines(head []byte) bool {
	head = bytes.TrimPrefix(head, source.ByteOrderMark)
	if IsSequence(head) {
		return true
	}
	text := bytes.TrimLeft(head, between)
	if len(text) == 0 || text[0] != '{' {
		return false
	}
	end := elementEnd(text, 0)
	if end < 0 {
		return false
	}
	rest := bytes.TrimLeft(text[end:], between)
	if len(rest) == 0 || rest[0] != '{' {
		return false
	}
	line := bytes.TrimLeft(text[end:], " \t\r")
	return (line[0] == '{' || bytes.IndexByte(text[:end], '\n') >= 0) && stdjson.Valid(withWords(text[:end]))
}

// lastValueEnd returns where the last whole value of a text ends.
func lastValueEnd(text []byte) int {
	end := 0
	for {
		i := valueStart(text, end)
		if i == len(text) {
			return end
		}
		next := valueEnd(text, i)
		if next < 0 {
			return end
		}
		end = next
	}
}

// valueStart returns where the next value begins.
func valueStart(text []byte, i int) int {
	return i + len(text[i:]) - len(bytes.TrimLeft(text[i:], between))
}

// valueEnd returns where the value that begins at i ends, or what stands there
// instead of one; -1 if the text ends before that is known.
func valueEnd(text []byte, i int) int {
	end := elementEnd(text, i)
	if end == i {
		return i + 1
	}
	return end
}

// eachValue visits values that nothing but spaces separates. The last may be
// incomplete.
func (p *part) eachValue(give func(text []byte, line, column int)) {
	line, column, i := p.line, p.column, 0
	for {
		start := valueStart(p.text, i)
		line, column = behind(p.text[i:start], line, column)
		if start == len(p.text) {
			return
		}
		end := valueEnd(p.text, start)
		if end < 0 {
			end = len(p.text)
		}
		give(p.text[start:end], line, column)
		line, column = behind(p.text[start:end], line, column)
		i = end
	}
}
