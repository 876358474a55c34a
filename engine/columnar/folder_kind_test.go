package columnar

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFoldersOfStoresAndOfCopiesAreToldApart(t *testing.T) {
	version := strings.Repeat("a", 26) // which a dataset may be called, too
	for name, c := range map[string]struct {
		files         []string
		store, copies bool
	}{
		"nothing":                       {nil, false, false},
		"something else":                {[]string{"notes/text", "manifest.json", "lock"}, false, false},
		"a store":                       {[]string{"iris/manifest.json", "iris/lock", "iris/" + version + "/rows.arrow"}, true, false},
		"a store that a load began":     {[]string{"iris/lock", "iris/" + version + "/rows.arrow"}, true, false},
		"a store with an odd dataset":   {[]string{version + "/manifest.json", version + "/" + version + "/rows.arrow"}, true, false},
		"copies":                        {[]string{version + "/iris/manifest.json", version + "/iris/lock"}, false, true},
		"copies of which one was begun": {[]string{version + "/iris/lock"}, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for _, f := range c.files {
				f = filepath.Join(dir, filepath.FromSlash(f))
				if err := os.MkdirAll(filepath.Dir(f), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(f, nil, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if store, copies := IsStoreFolder(dir), IsCopiesFolder(dir); store != c.store || copies != c.copies {
				t.Errorf("a store's: %t, of copies: %t", store, copies)
			}
		})
	}
	if none := filepath.Join(t.TempDir(), "none"); IsStoreFolder(none) || IsCopiesFolder(none) {
		t.Error("a folder that is not there is one of them")
	}
}
