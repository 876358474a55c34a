package datasets

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"regexp"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// maxDescriptor is the size of the largest descriptor that is read, in bytes.
const maxDescriptor = 1 << 20

// lineEnd matches the end of a line in YAML 1.1, which yaml.v3 counts lines by.
var lineEnd = regexp.MustCompile("\r\n|[\r\n\u0085\u2028\u2029]")

// document parses a file's one YAML document. It returns nil after a fault.
func (r *reader) document(text []byte) *yaml.Node {
	start := &yaml.Node{Line: 1, Column: 1}
	if len(text) > maxDescriptor {
		r.fault(start, "", "the file is larger than %d bytes, the maximum size of %s", maxDescriptor, r.noun())
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
		r.fault(start, "", "the file is empty; %s begins with %s", r.noun(), cmp.Or(r.begin, "dataset: NAME"))
		return nil
	} else if err != nil {
		r.syntax(text, err)
		return nil
	}
	if err := decoder.Decode(&second); err == nil {
		remedy := "; put each dataset into a file of its own"
		if r.what != "" {
			remedy = "; " + r.what + " is one document"
		}
		r.fault(&second, "", "a second YAML document begins here%s", remedy)
		return nil
	} else if !errors.Is(err, io.EOF) {
		r.syntax(text, err)
		return nil
	}
	r.findAliases(document.Content[0])
	r.reportAliases()
	return document.Content[0]
}

// findAliases gathers aliases and reports merge keys, anywhere in the tree. Both
// are refused: with them a few lines can expand to gigabytes, and a descriptor is
// harder to read.
func (r *reader) findAliases(n *yaml.Node) {
	if n.Kind == yaml.AliasNode {
		r.aliased = append(r.aliased, n)
	}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && c.ShortTag() == mergeTag {
			r.fault(c, "", "merge keys are not allowed in %s; write the keys out", r.noun())
		}
		r.findAliases(c)
	}
}

// maxAliases is how many aliases are reported one by one; the rest are counted.
const maxAliases = 3

// reportAliases reports the aliases that findAliases found.
func (r *reader) reportAliases() {
	for i, n := range r.aliased {
		if more := len(r.aliased) - i; i == maxAliases && more > 1 {
			r.fault(n, "", "from here on there are %d more aliases", more)
			break
		}
		r.fault(n, "", "aliases are not allowed in %s; write the value out instead of *%s", r.noun(), n.Value)
	}
}

// invalidText returns the position of the first byte that is not UTF-8.
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
