package auth

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"gopkg.in/yaml.v3"

	"herbarium/api/internal/filewatch"
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

func sameKeys(a, b []Key) bool {
	return slices.EqualFunc(a, b, func(a, b Key) bool {
		return a.Name == b.Name && a.Digest == b.Digest && a.Expires.Equal(b.Expires) && slices.Equal(a.Scopes, b.Scopes)
	})
}
