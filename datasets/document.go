package datasets

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// maxDescriptor is the size of the largest descriptor that is read, in bytes.
const maxDescriptor = 1 << 20

// lineEnd is what ends a line in YAML 1.1, by which yaml.v3 counts.
var lineEnd = regexp.MustCompile("\r\n|[\r\n\u0085\u2028\u2029]")

// document reads the one YAML document of a file, or says why it cannot.
func (r *reader) document(text []byte) *yaml.Node {
	start := &yaml.Node{Line: 1, Column: 1}
	if len(text) > maxDescriptor {
		r.fault(start, "", "the file is larger than %d bytes, the most a descriptor can have", maxDescriptor)
		return nil
	}
	if !utf8.Valid(text) {
		r.fault(invalidText(text), "", "the text is not valid UTF-8 here")
		return nil
	}
	r.lines = 1 + len(lineEnd.FindAllIndex(text, -1))
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		r.fault(start, "", "the file is empty; a descriptor begins with dataset: NAME")
		return nil
	} else if err != nil {
		r.syntax(text, err)
		return nil
	}
	if err := decoder.Decode(&second); err == nil {
		r.fault(&second, "", "a second YAML document begins here; write one dataset a file")
		return nil
	} else if !errors.Is(err, io.EOF) {
		r.syntax(text, err)
		return nil
	}
	r.references(document.Content[0])
	r.aliases()
	return document.Content[0]
}

// references refuses aliases and merge keys wherever they stand. A file of a
// few lines could stand for gigabytes by them, and whoever reads a descriptor
// would have to follow them.
func (r *reader) references(n *yaml.Node) {
	if n.Kind == yaml.AliasNode {
		r.aliased = append(r.aliased, n)
	}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && c.ShortTag() == mergeTag {
			r.fault(c, "", "merge keys are not allowed in a descriptor; write the keys out")
		}
		r.references(c)
	}
}

// maxAliases is how many aliases are told one by one. A file that is made of
// them says nothing new by the others.
const maxAliases = 3

// aliases tells of the aliases that references found.
func (r *reader) aliases() {
	for i, n := range r.aliased {
		if more := len(r.aliased) - i; i == maxAliases && more > 1 {
			r.fault(n, "", "here and behind stand %d more aliases", more)
			break
		}
		r.fault(n, "", "aliases are not allowed in a descriptor; write the value out instead of *%s", n.Value)
	}
}

var (
	yamlErrorLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)
	// lineBehind are the errors whose line yaml.v3 counts from 0: those of its
	// parser. It counts those of its scanner from 1.
	lineBehind = regexp.MustCompile(`^did not find expected (<document start>|node content|key|'-' indicator|',' or '[]}]')$`)
)

// syntax reports an error of the YAML parser, which knows at most the line.
func (r *reader) syntax(text []byte, err error) {
	at := &yaml.Node{Line: 1, Column: 1}
	detail := err.Error()
	if m := yamlErrorLine.FindStringSubmatch(strings.SplitN(detail, "\n", 2)[0]); m != nil {
		detail = m[2]
		if m[1] != "" {
			at.Line, _ = strconv.Atoi(m[1]) // digits, by the expression
			if lineBehind.MatchString(detail) {
				at.Line++
			}
		}
	}
	lines := bytes.Split(text, []byte("\n"))
	at.Line = min(at.Line, len(lines))
	if indent, tab := indentTab(lines[at.Line-1]); tab {
		at.Column = indent + 1
		detail += "; indent with spaces, not with tabs"
	}
	r.fault(at, "", "this is not YAML: %s", detail)
}

// indentTab returns where the tab stands in a line that is indented by one.
func indentTab(line []byte) (int, bool) {
	indent := len(line) - len(bytes.TrimLeft(line, " "))
	return indent, indent < len(line) && line[indent] == '\t'
}

// invalidText returns the place of the first byte that is not UTF-8.
func invalidText(text []byte) *yaml.Node {
	at := &yaml.Node{Line: 1, Column: 1}
	for i := 0; i < len(text); {
		c, size := utf8.DecodeRune(text[i:])
		switch {
		case c == utf8.RuneError && size == 1:
			return at
		case c == '\n':
			at.Line, at.Column = at.Line+1, 1
		default:
			at.Column++
		}
		i += size
	}
	return at
}
