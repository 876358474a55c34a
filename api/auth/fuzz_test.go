package auth

import (
	"net/url"
	"strings"
	"testing"
)

// FuzzParseFile reads files that anybody could have written.
func FuzzParseFile(f *testing.F) {
	f.Add(whole)
	f.Add(policed)
	f.Add("policies:\n  walks:\n    - {for: \"*\", rows: {any: [{island: $claim.x}, {not: {missing: [day]}}]}, hide: [level]}\n")
	f.Add("keys:\n-\n  name: 1\njwt: [{}]\nsecret: \"\"\n")
	snapshot := snapshotOf(f, walks, stones)
	f.Fuzz(func(t *testing.T, text string) {
		file, err := ParseFile("auth.yaml", []byte(text))
		if err != nil {
			return
		}
		if file.Check(snapshot) != nil {
			return
		}
		v := newViewer(file, snapshot)
		view := v.of(file.newCaller(Anonymous, "", file.anonymous, nil))
		for _, name := range view.Snapshot.Names() {
			ds, _ := view.Snapshot.Dataset(name)
			for _, op := range ds.Operations {
				if !file.anonymous.covers(name, op.Path) {
					t.Errorf("anonymous callers get %s of %s", op.Path, name)
				}
			}
		}
	})
}

// FuzzInURL looks for keys in URLs: none is left in a URL that was cleaned.
func FuzzInURL(f *testing.F) {
	for _, target := range []string{"/iris/range?x=" + keyA, "/%68b1_" + keyA[4:], "/?%61pi_key=x&y", "/" + keyA + "?" + keyB, "/a?b=%", "/?=&&;"} {
		f.Add(target)
	}
	f.Fuzz(func(t *testing.T, target string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			return
		}
		clean, found := InURL(u)
		if !found {
			clean = u
		}
		decoded, _ := url.QueryUnescape(clean.RawQuery)
		for _, text := range []string{clean.Path, clean.RawQuery, decoded} {
			if looksLikeKey.MatchString(text) && strings.Contains(text, keyPrefix) {
				t.Errorf("%q has a key", clean)
			}
		}
	})
}
