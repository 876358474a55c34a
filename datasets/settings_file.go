package datasets

import (
	"gopkg.in/yaml.v3"

	"herbarium/schemas"
)

// SettingsFile is a YAML file other than a descriptor that is read in the same way:
// strictly, with the position of everything that is wrong with it. Its methods gather the
// faults of what they read.
type SettingsFile struct {
	name   string
	reader reader
	root   *yaml.Node
}

// Entry is one key of a mapping, with its value.
type Entry struct {
	Name  string
	Key   *yaml.Node
	Value *yaml.Node
}

// Item is a string of a list, with its position.
type Item struct {
	Text string
	Path string // keys and indexes, such as keys[0].scopes[1]
	Node *yaml.Node
}

// ParseSettings reads the one document of a settings file. name is that of the file,
// noun says what it is, such as "an auth file", and begin what it may begin with.
func ParseSettings(name, noun, begin string, text []byte) *SettingsFile {
	f := &SettingsFile{name: name, reader: reader{what: noun, begin: begin}}
	f.root = f.reader.document(text)
	return f
}

// Root returns the document; nil if there is none.
func (f *SettingsFile) Root() *yaml.Node { return f.root }

// Fault adds what is wrong at a node.
func (f *SettingsFile) Fault(n *yaml.Node, path, format string, args ...any) {
	f.reader.fault(n, path, format, args...)
}

// Err returns a *DescriptorError with every fault, in the order of the file; nil if
// there is none.
func (f *SettingsFile) Err() error {
	if len(f.reader.faults) == 0 {
		return nil
	}
	return &DescriptorError{f.name, f.reader.sorted()}
}

// Mapping returns the entries of a mapping, each key once. Keys that are not in known
// are faults, unless known is nil.
func (f *SettingsFile) Mapping(n *yaml.Node, path string, known []string) []Entry {
	var entries []Entry
	for _, e := range f.reader.mapping(n, path, known) {
		entries = append(entries, Entry{e.name, e.key, e.value})
	}
	return entries
}

// List returns the values of a list.
func (f *SettingsFile) List(n *yaml.Node, path string) []*yaml.Node {
	if !f.reader.kind(n, path, yaml.SequenceNode, "a list") {
		return nil
	}
	return n.Content
}

// Text reads a string.
func (f *SettingsFile) Text(n *yaml.Node, path string) (string, bool) { return f.reader.text(n, path) }

// Texts reads a list of distinct strings that are not empty.
func (f *SettingsFile) Texts(n *yaml.Node, path string) []Item {
	var items []Item
	for _, it := range f.reader.texts(n, path) {
		items = append(items, Item{it.text, it.path, it.node})
	}
	return items
}

// JSON returns a value as the JSON value that a query would have there.
func (f *SettingsFile) JSON(n *yaml.Node, path string) (schemas.Node, bool) {
	var values []*yaml.Node
	return f.reader.json(n, path, &values)
}

// JoinPath extends a path of keys, as faults have it.
func JoinPath(path, key string) string { return join(path, key) }

// DescribeValue returns what a YAML value is, for a message.
func DescribeValue(n *yaml.Node) string { return describe(n) }
