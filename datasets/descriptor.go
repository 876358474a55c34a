package datasets

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"herbarium/schemas"
)

// The keys of a descriptor and of its inner mappings.
var (
	descriptorKeys = []string{"dataset", "title", "description", "license", "source", "data", "rows", "sheet", "csv", "ignore", "extra", "missing_columns", "shape", "rest", "collection",
		"query_schema", "fields", "selectors", "bounds", "stats", "operations", "key", "page", "index", "shard_key", "refresh"}
	statsKeys = []string{"fields", "group_by"}
	pageKeys  = []string{"default", "max"}
)

var (
	datasetName = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)
	// dataPath is a path whose parts are separated by slashes; localPath checks the
	// parts.
	dataPath = regexp.MustCompile(`^(\./)?[^/\\\x00]+(/[^/\\\x00]+)*$`)
	// pathNames are the first segments of the server's own paths.
	pathNames = []string{"datasets", "docs", "openapi", "healthz", "readyz", "metrics", "status", "mcp"}
	// reservedProperties are the query properties that are no selector's, now or
	// in a release to come.
	reservedProperties = append(QueryProperties(), "count", "format", "explain", "query", "download", "bom")
	// nestedParameter matches the start of a URL parameter for a part of a query
	// property.
	nestedParameter = regexp.MustCompile(`^(lower|upper|above|below|contains|starts_with|measures|not)\[`)
)

// descriptor is a descriptor that is being read: the dataset so far, and the
// positions of its parts.
type descriptor struct {
	reader
	ds      *Dataset
	entries map[string]entry
	// keys are the nodes of the fields' names, one for each field.
	keys []*yaml.Node
	// untyped are the fields without a valid type. What depends on a type is not
	// checked for them.
	untyped  map[int]bool
	settings settings
	// pending are the named operations. They are not settled where unsettled
	// says that what they refer to has faults.
	pending   []pending
	unsettled bool
	// without says that fields were taken out of the descriptor, so that operations
	// which need them are left out.
	without bool
}

// Parse reads one descriptor. file is its name, for messages. lookup returns the
// text of a query schema; it is called only if the descriptor names one. A
// descriptor with operations of its own needs the option WithSettler. The error
// is a *DescriptorError with every fault. In that case the dataset is incomplete
// and useful only for messages. OpenData of a parsed dataset fails: Open and
// Embedded provide the data.
func Parse(file string, text []byte, lookup func(name string) ([]byte, error), options ...Option) (*Dataset, error) {
	d := newDescriptor(file, text, options)
	return d.dataset(d.document(text), lookup)
}

func newDescriptor(file string, text []byte, options []Option) *descriptor {
	return &descriptor{ds: &Dataset{File: file, open: noData, text: text}, untyped: map[int]bool{}, settings: settingsOf(options)}
}

// dataset reads the document, of which nil is none, and returns what it declares.
func (d *descriptor) dataset(root *yaml.Node, lookup func(string) ([]byte, error)) (*Dataset, error) {
	if root != nil {
		d.read(root, lookup)
	}
	if len(d.faults) > 0 {
		return d.ds, &DescriptorError{d.ds.File, d.sorted()}
	}
	d.ds.Digest, d.ds.Layout, d.ds.Prose = digest(d.ds), layoutDigest(d.ds), proseDigest(d.ds)
	return d.ds, nil
}

func (d *descriptor) read(root *yaml.Node, lookup func(string) ([]byte, error)) {
	d.entries = byName(d.mapping(root, "", descriptorKeys))
	if root.Kind != yaml.MappingNode {
		return
	}
	d.name(root)
	d.optional("title", &d.ds.Title)
	d.optional("description", &d.ds.Description)
	d.optional("license", &d.ds.License)
	d.optional("source", &d.ds.Source)
	d.data()
	d.rows()
	d.sheet()
	d.csv()
	d.columns()
	d.collection()
	d.fields(root)
	d.selectors()
	d.bounds()
	d.stats()
	d.unsettled = len(d.faults) > 0
	d.operations()
	d.key()
	d.page()
	d.answerKeys()
	d.settle()
	d.shardKey()
	d.refresh()
	d.indexes()
	d.querySchema(lookup)
}

// optional reads the string at key into target, if the key is present.
func (d *descriptor) optional(key string, target *string) {
	if e, ok := d.entries[key]; ok {
		*target, _ = d.text(e.value, key)
	}
}

func (d *descriptor) name(root *yaml.Node) {
	e, ok := d.entries["dataset"]
	if !ok {
		d.fault(root, "dataset", "the dataset needs a name: dataset: NAME")
		return
	}
	name, ok := d.text(e.value, "dataset")
	switch {
	case !ok:
		return
	case !datasetName.MatchString(name):
		d.fault(e.value, "dataset", "a name consists of a to z, 0 to 9, _ and -, and begins with a letter, unlike %s", describe(e.value))
		return
	case slices.Contains(pathNames, name):
		d.fault(e.value, "dataset", "the server uses the path %s itself; choose a name other than %s", name, strings.Join(pathNames, ", "))
	}
	d.ds.Name = name
}

// data reads the path of the data, or a list of paths and patterns.
func (d *descriptor) data() {
	e, ok := d.entries["data"]
	if !ok {
		return
	}
	d.ds.dataLine, d.ds.dataColumn = e.value.Line, e.value.Column
	if e.value.Kind != yaml.SequenceNode {
		if file, ok := d.text(e.value, "data"); ok {
			d.ds.Data = d.dataPath(e.value, "data", file)
			d.ds.patterns = []string{d.ds.Data}
		}
		return
	}
	for _, it := range d.texts(e.value, "data") {
		d.ds.patterns = append(d.ds.patterns, d.dataPath(it.node, it.path, it.text))
	}
	d.ds.Data = strings.Join(d.ds.patterns, ", ")
	d.ds.listed = true
	if len(e.value.Content) == 0 {
		d.fault(e.value, "data", "the list is empty; leave the key out where there is no data")
	}
}

// dataPath checks a path or pattern, and cleans it.
func (d *descriptor) dataPath(n *yaml.Node, at, file string) string {
	if _, err := path.Match(file, ""); !localPath(file) || err != nil && strings.ContainsAny(file, "*?[") && at != "data" {
		d.fault(n, at, "a path inside the descriptor's folder belongs here, with / between its parts, not %s", describe(n))
		return ""
	}
	return path.Clean(file)
}

// localPath reports whether a slash-separated path stays within its folder.
func localPath(p string) bool {
	if !dataPath.MatchString(p) {
		return false
	}
	for _, part := range strings.Split(strings.TrimPrefix(p, "./"), "/") {
		if part == "." || part == ".." {
			return false
		}
	}
	return true
}

func (d *descriptor) collection() {
	e, named := d.entries["collection"]
	at, path := e.value, "collection"
	name, ok := d.ds.Name, d.ds.Name != ""
	if named {
		name, ok = d.text(e.value, path)
	} else {
		at, path = d.entries["dataset"].value, "dataset"
	}
	if !ok {
		return
	}
	d.ds.Collection = name
	switch {
	case name == "" || len(name) > maxCollection || strings.ContainsAny(name, "$\x00") ||
		name[0] == '.' || strings.HasPrefix(name, "system."):
		d.fault(at, path, "MongoDB does not allow this name for a collection; write 1 to 128 bytes without $, not beginning with a dot or system.")
	case strings.HasPrefix(name, reservedCollections):
		d.fault(at, path, "names of collections that begin with herbarium_ are reserved; choose another with collection: NAME")
	}
}

// querySchema compiles the schema that the descriptor names, or derives one. It is
// called last, because a schema can only be derived from valid fields.
func (d *descriptor) querySchema(lookup func(string) ([]byte, error)) {
	e, named := d.entries["query_schema"]
	at, text := &yaml.Node{}, []byte(nil)
	switch {
	case named:
		at = e.value
		name, ok := d.text(at, "query_schema")
		if !ok {
			return
		}
		if text, ok = d.namedSchema(at, name, lookup); !ok {
			return
		}
	case len(d.faults) > 0:
		return
	default:
		text = deriveQuerySchema(d.ds, nil)
	}
	d.definitionSchemas()
	schema, err := schemas.Compile(text)
	if err != nil {
		d.fault(at, "query_schema", "%v", err)
		return
	}
	d.ds.schema, d.ds.written = schema, named
}

// definitionSchemas derives the schemas of named operations.
func (d *descriptor) definitionSchemas() {
	if len(d.faults) > 0 {
		return
	}
	for i := range d.pending {
		p := &d.pending[i]
		schema, err := schemas.Compile(deriveQuerySchema(d.ds, p.op))
		if err != nil {
			d.fault(p.at, p.path, "%v", err)
			return
		}
		p.op.Definition.schema = schema
	}
}

func (d *descriptor) namedSchema(at *yaml.Node, name string, lookup func(string) ([]byte, error)) ([]byte, bool) {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\\\x00") {
		d.fault(at, "query_schema", "the name of a file in the schemas folder belongs here, not %s", describe(at))
		return nil, false
	}
	text, err := lookup(name)
	if err != nil {
		d.fault(at, "query_schema", "the schema %s: %s; leave the key out to have one derived from the fields", name, reason(err))
		return nil, false
	}
	return text, true
}

// choice reads one of two words; "" where the key is absent.
func (d *descriptor) choice(key string, words ...string) string {
	e, ok := d.entries[key]
	if !ok {
		return ""
	}
	if e.value.ShortTag() == nullTag && e.value.Value == "null" && slices.Contains(words, "null") {
		return "null" // which YAML reads as nothing
	}
	word, ok := d.text(e.value, key)
	if ok && !slices.Contains(words, word) {
		d.fault(e.value, key, "%s belongs here, not %s%s", strings.Join(words, " or "), describe(e.value), schemas.DidYouMean(word, words))
		return ""
	}
	return word
}
