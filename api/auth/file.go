package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"gopkg.in/yaml.v3"

	"herbarium/api/internal/filewatch"
	"herbarium/datasets"
)

// File is an auth file whose parts are right in themselves; check says whether they
// fit the datasets. It is immutable.
type File struct {
	Keys []Key

	name      string // for messages
	anonymous scopes
	granted   []grant // every scope that the file grants, with its place
	issuers   []*issuer
	policies  []policies // in the order of the file
	limits    []limit    // the same
	unmade    []string   // the keys that policies and limits name and that there are not, of a file that is edited
	secret    []byte
	sealed    bool // the file has a secret of its own
	text      string
	byDigest  map[[8]byte][]*Key
}

// Key is what the file keeps of an API key.
type Key struct {
	Name   string
	Digest Digest
	// Scopes are as they were granted.
	Scopes []Scope
	// Expires is when the key ends; zero if it does not.
	Expires time.Time

	caller *Caller
}

// Expired reports whether the key has ended.
func (k *Key) Expired(now time.Time) bool { return !k.Expires.IsZero() && !now.Before(k.Expires) }

// ExpiresOn is the last day of the key, or "".
func (k *Key) ExpiresOn() string {
	if k.Expires.IsZero() {
		return ""
	}
	return k.Expires.Add(-time.Nanosecond).Format(time.DateOnly)
}

// place is where something stands in the file.
type place struct {
	node *yaml.Node
	path string
}

// grant is a scope that the file grants.
type grant struct {
	place
	scope Scope
}

// The keys of the file, and of its parts.
var (
	fileKeys = []string{"keys", "jwt", "anonymous", "policies", "limits", "secret"}
	keyKeys  = []string{"name", "sha256", "scopes", "expires"}
)

// minSecret is the length of the shortest secret, in bytes.
const minSecret = 32

// parser reads an auth file.
type parser struct {
	*datasets.SettingsFile
	file   *File
	names  map[string]int    // lines of keys' names
	sums   map[Digest]string // names of keys, by digest
	edited bool              // the file is edited: policies and limits may name keys that are yet to be made
}

// ParseFile reads an auth file. name is that of the file, for messages. The error is
// a *datasets.DescriptorError with every fault that can be found without the
// datasets.
func ParseFile(name string, text []byte) (*File, error) { return parseFile(name, text, false) }

// parseFile is ParseFile, also of a file that is edited: its policies and limits may name keys
// that are yet to be made.
func parseFile(name string, text []byte, edited bool) (*File, error) {
	file, err := parseParts(name, text, edited)
	if err != nil {
		return nil, err
	}
	file.index()
	return file, nil
}

// parseParts returns the parts of a file that are right, and what is wrong with the others.
func parseParts(name string, text []byte, edited bool) (*File, error) {
	p := parser{
		SettingsFile: datasets.ParseSettings(name, "an auth file", "keys:, jwt: or anonymous:", text),
		file:         &File{name: name, text: string(text), byDigest: map[[8]byte][]*Key{}},
		names:        map[string]int{}, sums: map[Digest]string{}, edited: edited,
	}
	if root := p.Root(); root != nil {
		p.read(root)
	}
	if !p.file.sealed {
		mac := hmac.New(sha256.New, []byte("herbarium auth file secret"))
		mac.Write(text)
		p.file.secret = mac.Sum(nil)
	}
	return p.file, p.Err()
}

func (p *parser) read(root *yaml.Node) {
	for _, e := range p.Mapping(root, "", fileKeys) {
		switch e.Name {
		case "keys":
			for i, n := range p.List(e.Value, "keys") {
				p.key(n, indexed("keys", i))
			}
		case "jwt":
			for i, n := range p.List(e.Value, "jwt") {
				p.issuer(n, indexed("jwt", i))
			}
		case "anonymous":
			p.file.anonymous = newScopes(p.scopes(e.Value, "anonymous"))
		case "policies":
			p.policies(e.Value)
		case "limits":
			p.limits(e.Value)
		case "secret":
			p.secret(e.Value)
		}
	}
	p.namedKeys()
}

// required reports the entries that a mapping lacks.
func (p *parser) required(n *yaml.Node, path string, entries map[string]datasets.Entry, words map[string]string) bool {
	complete := true
	for _, name := range []string{"name", "sha256", "scopes", "issuer", "audience", "jwks", "algorithms", "for"} {
		what, needed := words[name]
		if _, ok := entries[name]; needed && !ok && n.Kind == yaml.MappingNode {
			p.Fault(n, datasets.JoinPath(path, name), "%s is missing", what)
			complete = false
		}
	}
	return complete && n.Kind == yaml.MappingNode
}

var keyName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// key reads an API key.
func (p *parser) key(n *yaml.Node, path string) {
	entries := byName(p.Mapping(n, path, keyKeys))
	if !p.required(n, path, entries, map[string]string{"name": "the key's name", "sha256": "the key's SHA-256", "scopes": "what the key may ask for, as scopes: [\"DATASET:range\"],"}) {
		return
	}
	var k Key
	e := entries["name"]
	if name, ok := p.Text(e.Value, path+".name"); ok {
		k.Name = name
		line, twice := p.names[name]
		switch {
		case !ValidKeyName(name):
			p.Fault(e.Value, path+".name", "%s", keyNameForm)
		case twice:
			p.Fault(e.Value, path+".name", "another key has this name on line %d", line)
		}
		p.names[name] = e.Value.Line
	}
	e = entries["sha256"]
	if text, ok := p.Text(e.Value, path+".sha256"); ok {
		sum, err := hex.DecodeString(text)
		if err != nil || copy(k.Digest[:], sum) != len(k.Digest) || len(sum) != len(k.Digest) {
			p.Fault(e.Value, path+".sha256", "64 hexadecimal digits belong here, as herbarium key new writes them")
		} else if other, twice := p.sums[k.Digest]; twice {
			p.Fault(e.Value, path+".sha256", "this is the key %s again; each entry needs a key of its own", other)
		}
		p.sums[k.Digest] = k.Name
	}
	k.Scopes = p.scopes(entries["scopes"].Value, path+".scopes")
	if e, ok := entries["expires"]; ok {
		k.Expires = p.expires(e.Value, path+".expires")
	}
	p.file.Keys = append(p.file.Keys, k)
}

// keyNameForm says how keys are named, for messages.
const keyNameForm = "a key's name has 1 to 64 letters, digits, dots, dashes and underscores, and begins with a letter or a digit"

// ValidKeyName reports whether a key can have the name.
func ValidKeyName(name string) bool { return keyName.MatchString(name) }

// expires reads the last day of a key, and returns when it ends.
func (p *parser) expires(n *yaml.Node, path string) time.Time {
	text, ok := p.Text(n, path)
	if !ok {
		return time.Time{}
	}
	end, err := EndOf(text)
	if err != nil {
		p.Fault(n, path, "the key's last day belongs here, as 2027-06-30, not %s", datasets.DescribeValue(n))
	}
	return end
}

// EndOf returns the end of a day such as 2027-06-30, in UTC.
func EndOf(day string) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return time.Time{}, err
	}
	return t.AddDate(0, 0, 1), nil
}

// scopes reads a list of scopes.
func (p *parser) scopes(n *yaml.Node, path string) []Scope {
	var found []Scope
	for _, it := range p.Texts(n, path) {
		scope, ok := ParseScope(it.Text)
		if !ok {
			p.Fault(it.Node, it.Path, "%s, not %s", scopeForm, datasets.DescribeValue(it.Node))
			continue
		}
		found = append(found, scope)
		p.file.granted = append(p.file.granted, grant{place{it.Node, it.Path}, scope})
	}
	return found
}

// secret reads the secret.
func (p *parser) secret(n *yaml.Node) {
	text, ok := p.Text(n, "secret")
	if !ok {
		return
	}
	secret, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(secret) < minSecret {
		// The value is not shown: it may be the secret, mistyped.
		p.Fault(n, "secret", "%d random bytes or more belong here, in base64, as of: openssl rand -base64 32", minSecret)
		return
	}
	p.file.secret, p.file.sealed = secret, true
}

// index makes the keys findable, and their callers.
func (f *File) index() {
	for i := range f.Keys {
		k := &f.Keys[i]
		k.caller = f.newCaller(ByKey, k.Name, newScopes(k.Scopes), nil)
		f.byDigest[[8]byte(k.Digest[:8])] = append(f.byDigest[[8]byte(k.Digest[:8])], k)
	}
}

// indexed is the path of an item of a list.
func indexed(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

func byName(entries []datasets.Entry) map[string]datasets.Entry {
	m := make(map[string]datasets.Entry, len(entries))
	for _, e := range entries {
		m[e.Name] = e
	}
	return m
}

// ReadFile reads an auth file, to show what is in it: its policies and limits may name keys that
// are yet to be made.
func ReadFile(path string) (*File, error) {
	text, err := filewatch.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseFile(filepath.Base(path), text, true)
}
