package datasets

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// The YAML library gives at most a line of what is no YAML. Where its message says
// what stands there, the column is looked for; else it is that of the line's first
// character.

var (
	yamlErrorLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)
	// zeroBased matches the errors whose lines yaml.v3 counts from 0: those of its
	// parser. It counts lines from 1 in errors of its scanner.
	zeroBased = regexp.MustCompile(`^did not find expected (<document start>|node content|key|'-' indicator|',' or '[]}]')$`)
)

// syntax reports an error of the YAML parser.
func (r *reader) syntax(text []byte, err error) {
	at := &yaml.Node{Line: 1, Column: 1}
	detail, known := err.Error(), false
	if m := yamlErrorLine.FindStringSubmatch(strings.SplitN(detail, "\n", 2)[0]); m != nil {
		detail = m[2]
		if known = m[1] != ""; known {
			at.Line, _ = strconv.Atoi(m[1]) // only digits match
			if zeroBased.MatchString(detail) {
				at.Line++
			}
		}
	}
	lines := bytes.Split(text, []byte("\n"))
	at.Line = min(at.Line, len(lines))
	if i := bytes.IndexFunc(text, isControl); !known && i >= 0 {
		at.Line = bytes.Count(text[:i], []byte("\n")) + 1
	}
	line := lines[at.Line-1]
	at.Column = utf8.RuneCount(line[:errorOffset(line, detail)]) + 1
	if _, tab := indentTab(line); tab {
		detail += "; indent with spaces, not with tabs"
	}
	r.fault(at, "", "this is not YAML: %s", detail)
}

// errorOffset returns where in a line an error is: at the colon that begins a
// mapping in a value, at the character that begins no value, or at a control
// character, if the error is of one; else at the line's first character.
func errorOffset(line []byte, detail string) int {
	indent, tab := indentTab(line)
	if tab {
		return indent
	}
	switch {
	case strings.HasPrefix(detail, "mapping values are not allowed"):
		if first := bytes.Index(line, []byte(": ")); first >= 0 {
			rest := line[first+2:]
			if second := bytes.Index(rest, []byte(": ")); second >= 0 {
				return first + 2 + second
			}
			if bytes.HasSuffix(bytes.TrimRight(rest, " \r"), []byte(":")) {
				return first + 2 + bytes.LastIndexByte(rest, ':')
			}
		}
	case strings.HasPrefix(detail, "found character that cannot start any token"):
		if m := noValue.FindSubmatchIndex(line); m != nil {
			return m[2]
		}
	case strings.HasPrefix(detail, "control characters"):
		if i := bytes.IndexFunc(line, isControl); i >= 0 {
			return i
		}
	}
	return min(indent, len(bytes.TrimRight(line, "\r")))
}

// noValue finds a character that begins no value of YAML where one begins.
var noValue = regexp.MustCompile("(?:^|[:\\-\\[{,] *)([@`%\t])")

// isControl reports whether a character is one that YAML does not have.
func isControl(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r >= 0x7f && r < 0xa0 && r != 0x85
}

// indentTab returns the offset of the line's first character other than a space, and
// whether it is a tab.
func indentTab(line []byte) (int, bool) {
	indent := len(line) - len(bytes.TrimLeft(line, " "))
	return indent, indent < len(line) && line[indent] == '\t'
}
