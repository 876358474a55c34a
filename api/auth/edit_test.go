package auth

import (
	"context"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

func digestA(t testing.TB) Digest {
	t.Helper()
	sum, err := hex.DecodeString(sumA)
	if err != nil {
		t.Fatal(err)
	}
	return Digest(sum)
}

const lineA = `- {name: "new", sha256: "` + sumA + `", scopes: ["walks:range", "*"], expires: "2027-06-30"}`

func keyNew(t testing.TB) Key {
	end, err := EndOf("2027-06-30")
	if err != nil {
		t.Fatal(err)
	}
	return Key{Name: "new", Digest: digestA(t), Scopes: []Scope{{"walks", "range"}, {"*", "*"}}, Expires: end}
}

// edits are files, and what they are with the key new.
var edits = []struct{ name, before, after string }{
	{"no keys", "# who\nanonymous: [\"*\"] # all\n", "# who\nanonymous: [\"*\"] # all\nkeys:\n  " + lineA + "\n"},
	{"no end of line", "anonymous: [\"*\"]", "anonymous: [\"*\"]\nkeys:\n  " + lineA + "\n"},
	{"empty list", "keys: [] # none yet\nanonymous: []\n", "keys: # none yet\n  " + lineA + "\nanonymous: []\n"},
	{"one", "keys:\n  - {name: b, sha256: " + sumB + ", scopes: [\"*\"]} # Bob\n\n# Others.\nanonymous: []\n",
		"keys:\n  - {name: b, sha256: " + sumB + ", scopes: [\"*\"]} # Bob\n  " + lineA + "\n\n# Others.\nanonymous: []\n"},
	{"several lines", "keys:\n- name: b\n  sha256: " + sumB + "\n  scopes:\n  - walks:range\n", "keys:\n- name: b\n  sha256: " + sumB + "\n  scopes:\n  - walks:range\n" + lineA + "\n"},
	{"flow over lines", "keys:\n  - {name: b, sha256: " + sumB + ",\n     scopes: [\"*\"]\n    }\npolicies: {}\n", "keys:\n  - {name: b, sha256: " + sumB + ",\n     scopes: [\"*\"]\n    }\n  " + lineA + "\npolicies: {}\n"},
	{"lines of Windows", "keys:\r\n  - {name: b, sha256: " + sumB + ", scopes: [\"*\"]}\r\nanonymous: []\r\n", "keys:\r\n  - {name: b, sha256: " + sumB + ", scopes: [\"*\"]}\r\n  " + lineA + "\r\nanonymous: []\r\n"},
	{"named by a policy and a limit", "policies:\n  walks:\n    - {for: \"key:new\"}\nlimits:\n  - {for: \"key:new\", rate: 1/s}\n",
		"policies:\n  walks:\n    - {for: \"key:new\"}\nlimits:\n  - {for: \"key:new\", rate: 1/s}\nkeys:\n  " + lineA + "\n"},
	{"nothing behind keys", "keys:\n  # none yet\nanonymous: []\n", "keys:\n  " + lineA + "\n  # none yet\nanonymous: []\n"},
	{"nothing behind keys at the end", "anonymous: []\nkeys: # none yet", "anonymous: []\nkeys: # none yet\n  " + lineA + "\n"},
	{"null behind keys", "keys: null # none yet\r\nanonymous: []\r\n", "keys: # none yet\r\n  " + lineA + "\r\nanonymous: []\r\n"},
	{"one that has expired", "keys:\n  # Theirs.\n  - {name: new, sha256: " + sumB + ", scopes: [\"*\"], expires: 2020-01-01} # Ann\n  - {name: b, sha256: " + sumB[1:] + "0, scopes: []}\npolicies:\n  walks:\n    - {for: \"key:new\"}\n",
		"keys:\n  # Theirs.\n  " + lineA + " # Ann\n  - {name: b, sha256: " + sumB[1:] + "0, scopes: []}\npolicies:\n  walks:\n    - {for: \"key:new\"}\n"},
	{"one that has expired, over lines", "keys:\r\n- name: new\r\n  sha256: " + sumB + "\r\n  scopes:\r\n    - \"*\"\r\n  expires: 2020-01-01", "keys:\r\n" + lineA},
	{"last without end of line", "keys:\n  - {name: b, sha256: " + sumB + ", scopes: [\"*\"]}", "keys:\n  - {name: b, sha256: " + sumB + ", scopes: [\"*\"]}\n  " + lineA + "\n"},
}

func TestAKeysEntryIsAddedAndAllElseStays(t *testing.T) {
	for _, c := range edits {
		path := filepath.Join(t.TempDir(), "auth.yaml")
		write(t, path, c.before)
		if err := os.Chmod(path, 0o640); err != nil {
			t.Fatal(err)
		}
		if _, err := AddKey(t.Context(), path, keyNew(t), func(*File) error { return nil }); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		text, _ := os.ReadFile(path)
		info, _ := os.Stat(path)
		if string(text) != c.after || info.Mode().Perm() != 0o640 {
			t.Errorf("%s: %s\n%q\n%q", c.name, info.Mode(), text, c.after)
		}
	}
}

func TestAKeysEntryIsRemovedAndAllElseStays(t *testing.T) {
	const b = "  # Bob's\n  - {name: b, sha256: " + sumB + ", scopes: [\"*\"]}\n"
	for _, c := range []struct{ name, before, after string }{
		{"first", "keys:\n  " + lineA + "\n" + b + "anonymous: []\n", "keys:\n" + b + "anonymous: []\n"},
		{"last", "keys:\n" + b + "  " + lineA + "\n\n# Others.\nanonymous: []\n", "keys:\n" + b + "\n# Others.\nanonymous: []\n"},
		{"only", "keys: # all\n  " + lineA + "\n", "keys: [] # all\n"},
		{"several lines", "keys:\n  - name: new\n    sha256: " + sumA + "\n    scopes:\n      - walks:range\n" + b, "keys:\n" + b},
		{"dash alone", "keys:\n  -\n    name: new\n    sha256: " + sumA + "\n    scopes: []\n" + b, "keys:\n" + b},
	} {
		path := filepath.Join(t.TempDir(), "auth.yaml")
		write(t, path, c.before)
		if edited, err := RevokeKey(t.Context(), path, "new"); err != nil || edited.Ended {
			t.Errorf("%s: %v", c.name, err)
		}
		if text, _ := os.ReadFile(path); string(text) != c.after {
			t.Errorf("%s: %q\n%q", c.name, text, c.after)
		}
	}
}

func TestAnEditThatCannotBeRightChangesNothing(t *testing.T) {
	const inFlow = "keys: [{name: new, sha256: " + sumA + ", scopes: []}, {name: b, sha256: " + sumB + ", scopes: []}]\n"
	add := func(path string) error {
		k := keyNew(t)
		k.Name, k.Digest = "another", Digest{1}
		_, err := AddKey(t.Context(), path, k, func(*File) error { return nil })
		return err
	}
	for _, c := range []struct {
		name, text, want string
		edit             func(path string) error
	}{
		{"added in flow", inFlow, "edit the file by hand", add},
		{"removed in flow", inFlow, "edit the file by hand", func(path string) error { return revoke(t, path, "new") }},
		{"same name", "keys:\n  " + lineA + "\n", "has a key called new already", func(path string) error {
			_, err := AddKey(t.Context(), path, keyNew(t), func(*File) error { return nil })
			return err
		}},
		{"unknown", "keys:\n  " + lineA + "\n", "has no key called x; there are: new", func(path string) error { return revoke(t, path, "x") }},
		{"broken", "keys: [\n", "this is not YAML", add},
		{"wrong elsewhere", "keys: []\nanonymous: [walks]\n", "a scope is DATASET:OPERATION", add},
		{"refused", "keys: []\n", "no such dataset", func(path string) error {
			_, err := AddKey(t.Context(), path, keyNew(t), func(*File) error { return errors.New("no such dataset") })
			return err
		}},
		{"mapping in flow", "{keys: [], anonymous: [\"*\"]}\n", "edit the file by hand", add},
		{"list with an anchor", "keys: &all\n  - {name: b, sha256: " + sumB + ", scopes: []}\n", "edit the file by hand", add},
	} {
		path := filepath.Join(t.TempDir(), "auth.yaml")
		write(t, path, c.text)
		if err := c.edit(path); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if text, _ := os.ReadFile(path); string(text) != c.text {
			t.Errorf("%s: %q", c.name, text)
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".auth.yaml.[0-9]*")); len(left) > 0 {
			t.Errorf("%s: %v is left", c.name, left)
		}
	}
}

func TestANewFileIsItsOwnersAndHasASecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "auth.yaml")
	if _, err := AddKey(t.Context(), path, keyNew(t), func(*File) error { return nil }); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	file, err := ReadFile(path)
	if err != nil || !file.sealed || len(file.Keys) != 1 || len(file.secret) != 32 {
		t.Errorf("%v %v", file, err)
	}
}

func TestAFileWithNothingInItIsBegun(t *testing.T) {
	for _, comments := range []string{"", "# Who may ask.", "# Who may ask.\n\n"} {
		path := filepath.Join(t.TempDir(), "auth.yaml")
		write(t, path, comments)
		if _, err := AddKey(t.Context(), path, keyNew(t), func(*File) error { return nil }); err != nil {
			t.Errorf("%q: %v", comments, err)
		}
		text, _ := os.ReadFile(path)
		file, err := ReadFile(path)
		if err != nil || !file.sealed || len(file.Keys) != 1 || !strings.HasPrefix(string(text), comments) {
			t.Errorf("%q: %q, %v", comments, text, err)
		}
	}
}

func TestSeveralKeysThatAreNamedAreMadeOneAfterAnother(t *testing.T) {
	path := filepath.Join(t.TempDir(), "auth.yaml")
	write(t, path, "policies:\n  walks:\n    - {for: \"key:a\"}\n    - {for: \"key:b\"}\nlimits:\n  - {for: \"key:c\", rate: 1/s}\n  - {for: \"key:b\", rate: 1/s}\n")
	for i, c := range []struct{ name, left string }{{"b", "a c"}, {"c", "a"}, {"a", ""}} {
		k := Key{Name: c.name, Digest: Digest{byte(i)}, Scopes: []Scope{{"*", "*"}}}
		edited, err := AddKey(t.Context(), path, k, func(*File) error { return nil })
		if err != nil || strings.Join(edited.Unmade, " ") != c.left {
			t.Fatalf("%s: %v, %v", c.name, edited, err)
		}
		if c.name == "c" { // one that is not named goes, while others are yet to be made
			if edited, err := RevokeKey(t.Context(), path, "c"); err != nil || !edited.Ended || strings.Join(edited.Unmade, " ") != "a" {
				t.Fatalf("%v, %v", edited, err)
			}
		}
	}
	text, _ := os.ReadFile(path)
	if _, err := ParseFile("auth.yaml", text); err != nil {
		t.Error(err)
	}
}

func TestAFolderThatIsNotThereIsNamed(t *testing.T) {
	_, err := AddKey(t.Context(), filepath.Join(t.TempDir(), "nowhere", "auth.yaml"), keyNew(t), func(*File) error { return nil })
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "there is no folder for ") || strings.Contains(err.Error(), "another process") {
		t.Error(err)
	}
}

func TestEditsOfSeveralProcessesFollowOneAnother(t *testing.T) {
	path := filepath.Join(t.TempDir(), "auth.yaml")
	var running sync.WaitGroup
	for i := range 20 {
		running.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			k := Key{Name: "k" + strconv.Itoa(i), Digest: Digest{byte(i)}, Scopes: []Scope{{"*", "*"}}}
			if _, err := AddKey(ctx, path, k, func(*File) error { return nil }); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	if file, err := ReadFile(path); err != nil || len(file.Keys) != 20 {
		t.Error(err)
	}
}

func revoke(t *testing.T, path, name string) error {
	t.Helper()
	_, err := RevokeKey(t.Context(), path, name)
	return err
}

func TestAKeyThatIsNamedEndsInPlaceOfGoing(t *testing.T) {
	for _, rest := range []string{"policies:\n  walks:\n    - {for: \"key:new\"}\n", "limits:\n  - {for: \"key:new\", rows: 1}\n"} {
		path := filepath.Join(t.TempDir(), "auth.yaml")
		if err := os.WriteFile(path, []byte("keys:\n  "+lineA+"\n"+rest), 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 { // once more changes nothing
			edited, err := RevokeKey(t.Context(), path, "new")
			if err != nil || !edited.Ended {
				t.Fatalf("%v, %v", edited, err)
			}
		}
		file, err := ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(file.Keys) != 1 || !file.Keys[0].Expired(time.Now()) || file.Keys[0].Expires.Before(time.Now().AddDate(0, 0, -2)) {
			t.Errorf("%+v", file.Keys)
		}
	}
}
