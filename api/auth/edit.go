package auth

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"gopkg.in/yaml.v3"

	"herbarium/api/internal/filewatch"
	"herbarium/datasets"
	"herbarium/schemas"
)

// The auth file is edited as text: a key's entry is one line that is added or removed,
// and all else, comments too, stays as it is. What comes out is parsed and compared
// with what was wanted before it takes the file's place by a rename. Edits of several
// processes follow one another by a lock beside the file.

// lockTimeout is how long an edit waits for another one.
const lockTimeout = 10 * time.Second

// newFile is how a new auth file begins.
const newFile = `# Who may ask: docs/access.md explains it.
# What versions and page tokens of restricted views are sealed with. Keep it secret.
secret: %s
keys: []
`

// Edited is what an edit left in the file.
type Edited struct {
	// Ended says that the entry of a revoked key stays.
	Ended bool
	// Unmade are the keys that policies or limits name and that the file does not have. No
	// server takes it until they are made, too.
	Unmade []string
}

// AddKey adds a key's entry to an auth file, which it makes if there is none. Policies and
// limits may name the key already, and others that are yet to be made. The entry takes the
// place of one of the same name that has expired. check is called with the file as it will be,
// and can refuse it.
func AddKey(ctx context.Context, path string, k Key, check func(*File) error) (Edited, error) {
	var want []Key
	after, err := edit(ctx, path, true, func(text string, before *File) (string, error) {
		want = slices.Clone(before.Keys)
		text = withList(text)
		if at := slices.IndexFunc(want, func(old Key) bool { return old.Name == k.Name }); at >= 0 {
			if !want[at].Expired(time.Now()) {
				return "", &TakenError{path, k.Name}
			}
			want[at] = k
			return replaceEntry(text, at, entryOf(k))
		}
		want = append(want, k)
		return addEntry(text, entryOf(k))
	}, func(after *File) error {
		if !sameKeys(after.Keys, want) {
			return errUneditable
		}
		return check(after)
	})
	if err != nil {
		return Edited{}, err
	}
	return Edited{Unmade: after.unmade}, nil
}

// TakenError is the error of adding a key under a name that another one has which has not
// expired.
type TakenError struct{ Path, Name string }

func (e *TakenError) Error() string {
	return e.Path + " has a key called " + e.Name + " already; revoke it first, or choose another name"
}

// RevokeKey takes a key out of an auth file. A key that policies or limits name keeps its
// entry, since they would be wrong without, and ends with the day before.
func RevokeKey(ctx context.Context, path, name string) (Edited, error) {
	var want []Key
	var ended bool
	after, err := edit(ctx, path, false, func(text string, before *File) (string, error) {
		at := slices.IndexFunc(before.Keys, func(k Key) bool { return k.Name == name })
		if at < 0 {
			return "", &NoKeyError{path, name, before.Keys}
		}
		want = slices.Clone(before.Keys)
		if ended = before.names(name); !ended {
			want = slices.Delete(want, at, at+1)
			return removeEntry(text, at)
		}
		k := &want[at]
		if today := time.Now().UTC().Truncate(24 * time.Hour); k.Expires.IsZero() || k.Expires.After(today) {
			k.Expires = today
		}
		return replaceEntry(text, at, entryOf(*k))
	}, func(after *File) error {
		if !sameKeys(after.Keys, want) {
			return errUneditable
		}
		return nil
	})
	if err != nil {
		return Edited{}, err
	}
	return Edited{Ended: ended, Unmade: after.unmade}, nil
}

// names reports whether a policy or a limit is for the key.
func (f *File) names(key string) bool {
	is := func(p *policy) bool { return p.audience == forKey && p.key == key }
	return f.refersTo(is) || slices.ContainsFunc(f.limits, func(l limit) bool { return is(&l.policy) })
}

// NoKeyError is the error of naming a key that a file does not have.
type NoKeyError struct {
	Path, Name string
	Keys       []Key // those that there are
}

func (e *NoKeyError) Error() string {
	names := make([]string, len(e.Keys))
	for i := range e.Keys {
		names[i] = e.Keys[i].Name
	}
	return fmt.Sprintf("%s has no key called %s%s; there are: %s", e.Path, e.Name, schemas.DidYouMean(e.Name, names), strings.Join(names, ", "))
}

// errUneditable is the error of a file that is written in a form that an edit does not
// know.
var errUneditable = errors.New("the list of keys is not written with one entry after another, each on lines of its own behind a dash; write it so, or edit the file by hand")

// edit replaces the file by what change makes of its text, if accept has nothing
// against it, and returns what it is then. create makes a file if there is none, or nothing in it.
func edit(ctx context.Context, path string, create bool, change func(string, *File) (string, error), accept func(*File) error) (*File, error) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	lock := flock.New(filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".lock"), flock.SetPermissions(0o600))
	ctx, cancel := context.WithTimeout(ctx, lockTimeout)
	defer cancel()
	switch _, err := lock.TryLockContext(ctx, 20*time.Millisecond); {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, fmt.Errorf("%s is being edited by another process; try again later", path)
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no folder for %s: %w", path, err)
	case err != nil:
		return nil, fmt.Errorf("%s cannot be locked: %w", path, err)
	}
	defer func() { _ = lock.Unlock() }()
	text, mode, err := readOrBegin(path, create)
	if err != nil {
		return nil, err
	}
	before, err := parseFile(filepath.Base(path), []byte(withList(text)), true)
	if err != nil {
		return nil, err
	}
	changed, err := change(text, before)
	if err != nil {
		return nil, inFile(path, err)
	}
	after, err := parseFile(filepath.Base(path), []byte(changed), true)
	if err != nil { // it was right before, and entries are
		return nil, inFile(path, errUneditable)
	}
	if err := accept(after); err != nil {
		return nil, inFile(path, err)
	}
	return after, replace(path, changed, mode)
}

// inFile names the file of which errUneditable is.
func inFile(path string, err error) error {
	if errors.Is(err, errUneditable) {
		return fmt.Errorf("%s was not changed: %w", path, err)
	}
	return err
}

// readOrBegin returns the text of the file, or that of a new one.
func readOrBegin(path string, create bool) (text string, mode fs.FileMode, err error) {
	old, err := filewatch.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && create {
		return begun(""), 0o600, nil
	}
	if err != nil {
		return "", 0, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", 0, err
	}
	text = string(old)
	if create && isBlank(text) {
		text = begun(text)
	}
	return text, info.Mode().Perm(), nil
}

// begun returns the text of a new file, below comments that are there already.
func begun(comments string) string {
	var secret [minSecret]byte
	_, _ = rand.Read(secret[:]) // it never fails
	if comments != "" && !strings.HasSuffix(comments, "\n") {
		comments += "\n"
	}
	return comments + fmt.Sprintf(newFile, base64.StdEncoding.EncodeToString(secret[:]))
}

// isBlank reports whether there is nothing in a file but comments.
func isBlank(text string) bool {
	var doc yaml.Node
	return yaml.Unmarshal([]byte(text), &doc) == nil && len(doc.Content) == 0
}

// withList writes an empty list behind the key keys where nothing or null is.
func withList(text string) string {
	key, list, _ := keysNode(text)
	if list == nil || list.Tag != "!!null" || list.Anchor != "" || list.Line != key.Line {
		return text
	}
	lines := strings.SplitAfter(text, "\n")
	head, tail, found := strings.Cut(lines[key.Line-1], "keys:")
	if !found {
		return text
	}
	if list.Value != "" {
		tail = strings.TrimPrefix(strings.TrimLeft(tail, " "), list.Value)
	}
	lines[key.Line-1] = head + "keys: []" + tail
	return strings.Join(lines, "")
}

// replace writes the text beside the file, and renames it over the file.
func replace(path, text string, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // it is gone if it was renamed
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	if dir, err := os.Open(filepath.Dir(path)); err == nil {
		_ = dir.Sync() // where folders cannot be synced, the rename is still whole
		_ = dir.Close()
	}
	return nil
}

// entryOf writes a key's entry in one line.
func entryOf(k Key) string {
	var quoted []string
	for _, s := range k.Scopes {
		quoted = append(quoted, strconv.Quote(s.String()))
	}
	text := "- {name: " + strconv.Quote(k.Name) + ", sha256: " + strconv.Quote(k.Digest.String()) + ", scopes: [" + strings.Join(quoted, ", ") + "]"
	if day := k.ExpiresOn(); day != "" {
		text += ", expires: " + strconv.Quote(day)
	}
	return text + "}"
}

// keysNode returns the node of keys in the file and its key; nil if there is none.
// next is the line of the key that follows, 0 if none does.
func keysNode(text string) (key, list *yaml.Node, next int) {
	var doc yaml.Node
	if yaml.Unmarshal([]byte(text), &doc) != nil || len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, nil, 0
	}
	all := doc.Content[0].Content
	for i := 0; i+1 < len(all); i += 2 {
		switch {
		case list != nil:
			return key, list, all[i].Line
		case all[i].Value == "keys":
			key, list = all[i], all[i+1]
		}
	}
	return key, list, 0
}

// addEntry adds an entry to the list of keys.
func addEntry(text, entry string) (string, error) {
	ending := "\n"
	if strings.Contains(text, "\r\n") {
		ending = "\r\n"
	}
	key, list, next := keysNode(text)
	lines := strings.SplitAfter(text, "\n")
	switch {
	case list == nil:
		if text != "" && !strings.HasSuffix(text, "\n") {
			text += ending
		}
		return text + "keys:" + ending + "  " + entry + ending, nil
	case len(list.Content) == 0 && list.Line == key.Line:
		i := key.Line - 1
		head, tail, found := strings.Cut(lines[i], "[]")
		if !found {
			return "", errUneditable
		}
		lines[i] = strings.TrimRight(head, " ") + tail
		if !strings.HasSuffix(tail, "\n") {
			lines[i] += ending
		}
		return strings.Join(slices.Insert(lines, i+1, "  "+entry+ending), ""), nil
	case list.Style&yaml.FlowStyle != 0 || len(list.Content) == 0:
		return "", errUneditable
	}
	end := contentEnd(lines, list.Content[len(list.Content)-1].Line, next)
	if !strings.HasSuffix(lines[end-1], "\n") {
		lines[end-1] += ending
	}
	return strings.Join(slices.Insert(lines, end, strings.Repeat(" ", list.Column-1)+entry+ending), ""), nil
}

// contentEnd returns the last line, counted from 1, of what begins at the line from:
// before the line next, or the end of the file if that is 0, and without the comments
// and empty lines before that.
func contentEnd(lines []string, from, next int) int {
	end := len(lines)
	if next > 0 {
		end = next - 1
	}
	for end > from {
		line := strings.TrimSpace(lines[end-1])
		if line != "" && line[0] != '#' && line != "..." && line != "---" {
			break
		}
		end--
	}
	return end
}

// linesOf returns the text's lines, and which of them, counted from 1, have the entry with that
// index in the list of keys.
func linesOf(text string, list *yaml.Node, at, next int) (lines []string, start, end int, err error) {
	if list == nil || list.Style&yaml.FlowStyle != 0 || at >= len(list.Content) {
		return nil, 0, 0, errUneditable
	}
	lines = strings.SplitAfter(text, "\n")
	start = dashLine(lines, list.Content[at].Line, list.Column)
	if at+1 < len(list.Content) {
		next = dashLine(lines, list.Content[at+1].Line, list.Column)
	}
	return lines, start, contentEnd(lines, start, next), nil
}

// replaceEntry puts an entry in the place of the one with that index in the list of keys, behind
// which a comment stays.
func replaceEntry(text string, at int, entry string) (string, error) {
	_, list, next := keysNode(text)
	lines, start, end, err := linesOf(text, list, at, next)
	if err != nil {
		return "", err
	}
	last := lines[end-1]
	ending := last[len(strings.TrimRight(last, "\r\n")):]
	if comment := list.Content[at].LineComment; comment != "" {
		entry += " " + comment
	}
	return strings.Join(slices.Replace(lines, start-1, end, strings.Repeat(" ", list.Column-1)+entry+ending), ""), nil
}

// removeEntry removes the entry with that index from the list of keys.
func removeEntry(text string, at int) (string, error) {
	key, list, next := keysNode(text)
	lines, start, end, err := linesOf(text, list, at, next)
	if err != nil {
		return "", err
	}
	lines = slices.Delete(lines, start-1, end)
	if len(list.Content) == 1 {
		i := key.Line - 1
		head, tail, _ := strings.Cut(lines[i], "keys:")
		lines[i] = head + "keys: []" + tail
	}
	return strings.Join(lines, ""), nil
}

// dashLine returns the line of the dash of an entry that begins at a line, or above it.
func dashLine(lines []string, line, column int) int {
	for at := line; at > 0; at-- {
		if text := lines[at-1]; len(text) >= column && text[column-1] == '-' && strings.TrimSpace(text[:column-1]) == "" {
			return at
		}
	}
	return line
}

func sameKeys(a, b []Key) bool {
	return slices.EqualFunc(a, b, func(a, b Key) bool {
		return a.Name == b.Name && a.Digest == b.Digest && a.Expires.Equal(b.Expires) && slices.Equal(a.Scopes, b.Scopes)
	})
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

// CheckFile reads an auth file, and returns everything that is wrong with it, also for these
// datasets and with the files of tokens' keys, as a *datasets.DescriptorError. Keys that are
// fetched are not looked at. The file is that part of it which is right in itself.
func CheckFile(path string, snapshot *datasets.Snapshot) (*File, error) {
	text, err := filewatch.ReadFile(path)
	if err != nil {
		return nil, err
	}
	file, err := parseParts(filepath.Base(path), text, false)
	all := &datasets.DescriptorError{File: file.name}
	wrong := map[string]bool{}
	var parsing *datasets.DescriptorError
	if errors.As(err, &parsing) {
		all.Faults = slices.Clone(parsing.Faults)
		for _, f := range all.Faults {
			wrong[f.Path] = true
		}
	}
	// What is wrong in itself need not fit.
	for _, f := range append(file.check(snapshot), file.checkKeys(filepath.Dir(path))...) {
		if !wrong[f.fault.Path] {
			all.Faults = append(all.Faults, f.fault)
		}
	}
	if len(all.Faults) == 0 {
		return file, nil
	}
	slices.SortStableFunc(all.Faults, func(a, b datasets.Fault) int {
		return cmp.Or(a.Line-b.Line, a.Column-b.Column)
	})
	return file, all
}

// checkKeys finds what is wrong with the keys of tokens that the file takes from files.
func (f *File) checkKeys(dir string) []finding {
	var found []finding
	for _, of := range f.issuers {
		if of.remote {
			continue
		}
		if _, wrong := readKeysFile(keysPath(dir, of)); wrong != nil {
			found = append(found, finding{fault: keysFault(of, wrong)})
		}
	}
	return found
}

// keysPath is the path of the issuer's file of keys, for an auth file in the folder.
func keysPath(dir string, of *issuer) string {
	if path := filepath.FromSlash(of.jwks); filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, filepath.FromSlash(of.jwks))
}

// keysFault says that the keys of an issuer cannot be read.
func keysFault(of *issuer, err error) datasets.Fault {
	return datasets.Fault{Line: of.node.Line, Column: of.node.Column, Path: of.path + ".jwks", Detail: "the keys cannot be read: " + err.Error()}
}
