package datasets

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"herbarium/schemas"
)

// maxDescriptor is the size of the largest descriptor that is read, in bytes.
const maxDescriptor = 1 << 20

// reader takes values out of a YAML tree and gathers what is wrong with it.
type reader struct{ faults []Fault }

func (r *reader) fault(n *yaml.Node, path, format string, args ...any) {
	r.faults = append(r.faults, Fault{max(1, n.Line), max(1, n.Column), path, fmt.Sprintf(format, args...)})
}

// sorted returns the faults in the order of the file.
func (r *reader) sorted() []Fault {
	slices.SortStableFunc(r.faults, func(a, b Fault) int {
		return cmp.Or(a.Line-b.Line, a.Column-b.Column)
	})
	return r.faults
}

var yamlErrorLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// document reads the one YAML document of a file, or says why it cannot.
func (r *reader) document(text []byte) *yaml.Node {
	start := &yaml.Node{Line: 1, Column: 1}
	switch {
	case len(text) > maxDescriptor:
		r.fault(start, "", "a descriptor has at most %d bytes; this file has %d", maxDescriptor, len(text))
		return nil
	case !utf8.Valid(text):
		line := 1 + bytes.Count(text[:invalidAt(text)], []byte("\n"))
		r.fault(&yaml.Node{Line: line, Column: 1}, "", "the line is not valid UTF-8")
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	if err := decoder.Decode(&document); err == io.EOF {
		r.fault(start, "", "the file is empty; a descriptor begins with dataset: NAME")
		return nil
	} else if err != nil {
		r.syntax(err)
		return nil
	}
	if err := decoder.Decode(&second); err == nil {
		r.fault(&second, "", "a second YAML document begins here; write one dataset a file")
		return nil
	} else if err != io.EOF {
		r.syntax(err)
		return nil
	}
	return document.Content[0]
}

func (r *reader) syntax(err error) {
	at := yaml.Node{Line: 1, Column: 1}
	detail := err.Error()
	if m := yamlErrorLine.FindStringSubmatch(strings.SplitN(detail, "\n", 2)[0]); m != nil {
		detail = m[2]
		if m[1] != "" {
			at.Line, _ = strconv.Atoi(m[1]) // digits, by the expression
		}
	}
	r.fault(&at, "", "this is not YAML: %s", detail)
}

func invalidAt(text []byte) int {
	for i := 0; i < len(text); {
		c, size := utf8.DecodeRune(text[i:])
		if c == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(text)
}

// entry is one key of a mapping and its value.
type entry struct {
	name  string
	key   *yaml.Node
	value *yaml.Node
}

// mapping returns the entries of a mapping, each key once. Where known is not
// nil, other keys are faults.
func (r *reader) mapping(n *yaml.Node, path string, known []string) []entry {
	if !r.kind(n, path, yaml.MappingNode, "a mapping (key: value)") {
		return nil
	}
	var entries []entry
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode || key.ShortTag() != "!!str" {
			r.fault(key, path, "a key must be a string; put %s in quotes", describe(key))
			continue
		}
		if slices.ContainsFunc(entries, func(e entry) bool { return e.name == key.Value }) {
			r.fault(key, join(path, key.Value), "the key stands here a second time")
			continue
		}
		if known != nil && !slices.Contains(known, key.Value) {
			r.fault(key, join(path, key.Value), "there is no such key%s; allowed: %s",
				schemas.DidYouMean(key.Value, known), strings.Join(known, ", "))
			continue
		}
		entries = append(entries, entry{key.Value, key, value})
	}
	return entries
}

func (r *reader) kind(n *yaml.Node, path string, kind yaml.Kind, want string) bool {
	if n.Kind == kind {
		return true
	}
	if n.Kind == yaml.AliasNode {
		r.fault(n, path, "aliases are not allowed; write the value out")
	} else {
		r.fault(n, path, "%s belongs here, not %s", want, describe(n))
	}
	return false
}

// text reads a string.
func (r *reader) text(n *yaml.Node, path string) (string, bool) {
	if !r.kind(n, path, yaml.ScalarNode, "a string") {
		return "", false
	}
	if n.ShortTag() != "!!str" {
		r.fault(n, path, "a string belongs here, not %s; put it in quotes", describe(n))
		return "", false
	}
	return n.Value, true
}

func (r *reader) boolean(n *yaml.Node, path string) bool {
	var b bool
	if !r.kind(n, path, yaml.ScalarNode, "true or false") {
		return false
	}
	if n.ShortTag() != "!!bool" || n.Decode(&b) != nil {
		r.fault(n, path, "true or false belongs here, not %s", describe(n))
	}
	return b
}

// positive reads an integer from 1 to 2^53-1, or 0 for what is none.
func (r *reader) positive(n *yaml.Node, path string) int64 {
	const most = 1<<53 - 1
	var i int64
	if !r.kind(n, path, yaml.ScalarNode, "an integer from 1") {
		return 0
	}
	if n.ShortTag() != "!!int" || n.Decode(&i) != nil || i < 1 || i > most {
		r.fault(n, path, "an integer from 1 to %d belongs here, not %s", most, describe(n))
		return 0
	}
	return i
}

// item is one string of a list.
type item struct {
	text string
	node *yaml.Node
}

// texts reads a list of distinct strings, each not empty.
func (r *reader) texts(n *yaml.Node, path string) []item {
	if !r.kind(n, path, yaml.SequenceNode, "a list") {
		return nil
	}
	items := []item{}
	for i, c := range n.Content {
		at := path + "[" + strconv.Itoa(i) + "]"
		text, ok := r.text(c, at)
		switch {
		case !ok:
		case text == "":
			r.fault(c, at, "the string is empty")
		case slices.ContainsFunc(items, func(it item) bool { return it.text == text }):
			r.fault(c, at, "%s stands in the list a second time", text)
		default:
			items = append(items, item{text, c})
		}
	}
	return items
}

// join extends a path of keys.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// describe says what a node is, for a message.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	if n.ShortTag() == "!!null" {
		return "nothing"
	}
	if value := []rune(n.Value); len(value) > 40 {
		return string(value[:40]) + "…"
	}
	return strconv.Quote(n.Value)
}
