package auth

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"herbarium/api/problem"
	"herbarium/datasets"
)

// day is a time on which the keys of the tests are valid.
var day = time.Date(2027, 6, 30, 12, 0, 0, 0, time.UTC)

// syncBuffer is a log that is written and read at once.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// tested is a guard with its file, its clock and its log.
type tested struct {
	*Guard
	path string
	log  *syncBuffer
}

// guardOf returns a guard of a file with that text.
func guardOf(t testing.TB, text string, snapshot *datasets.Snapshot, now func() time.Time) tested {
	t.Helper()
	path := filepath.Join(t.TempDir(), "auth.yaml")
	write(t, path, text)
	log := &syncBuffer{}
	g := open(path, snapshot, slog.New(slog.NewTextHandler(log, nil)), now)
	t.Cleanup(g.Close)
	return tested{g, path, log}
}

func fixed(at time.Time) func() time.Time { return func() time.Time { return at } }

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// admit asks the guard with headers such as "X-Api-Key: k".
func (g tested) admit(snapshot *datasets.Snapshot, headers ...string) (*Caller, *View, *problem.Error) {
	r, _ := http.NewRequest(http.MethodGet, "http://h/", nil)
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	c, v, err := g.Admit(r, snapshot)
	var p *problem.Error
	if err != nil && !errors.As(err, &p) {
		p = &problem.Error{Code: "not a problem", Detail: err.Error()}
	}
	return c, v, p
}

const keys = `keys:
  - {name: team, sha256: ` + sumA + `, scopes: ["walks:range", "stones:*"], expires: 2027-06-30}
  - {name: admin, sha256: ` + sumB + `, scopes: ["*"]}
anonymous: ["stones:range"]
secret: gYopzmAt44O6q0psOl6FX3qy2PCVECBOICneHleU13E=
`

func TestCallersAreKnownByTheirCredentials(t *testing.T) {
	snapshot := snapshotOf(t, walks, stones)
	g := guardOf(t, keys, snapshot, fixed(day))
	for _, c := range []struct {
		name    string
		headers []string
		want    string // the caller, or the problem's code and detail
	}{
		{"nobody", nil, "anonymous"},
		{"bearer", []string{"Authorization: Bearer " + keyA}, "key:team"},
		{"scheme in other letters", []string{"Authorization: bEARER  " + keyA}, "key:team"},
		{"header", []string{"X-API-Key: " + keyB}, "key:admin"},
		{"both, equal", []string{"X-API-Key: " + keyB, "Authorization: Bearer " + keyB}, "key:admin"},
		{"both, different", []string{"X-API-Key: " + keyA, "Authorization: Bearer " + keyB}, "two_credentials"},
		{"twice, different", []string{"X-API-Key: " + keyA, "X-API-Key: " + keyB}, "two_credentials"},
		{"unknown", []string{"X-API-Key: " + keyC}, "unauthenticated: the key is not known; it may have been revoked"},
		{"mistyped", []string{"X-API-Key: " + keyA[:52] + "X"}, "unauthenticated: it is no key of this server: its length or its checksum is wrong"},
		{"other scheme", []string{"Authorization: Basic dXNlcjpwYXNz"}, "unauthenticated: Authorization takes Bearer"},
		{"empty", []string{"Authorization: "}, "unauthenticated: Authorization takes Bearer"},
		{"empty key", []string{"X-API-Key: "}, "unauthenticated: X-API-Key takes a key"},
		{"something else", []string{"Authorization: Bearer secret"}, "unauthenticated: the credential is not valid: it is neither a key of this server nor a JSON Web Token"},
	} {
		caller, view, p := g.admit(snapshot, c.headers...)
		got := ""
		if p != nil {
			got = p.Code + ": " + p.Detail
		} else {
			got = caller.String()
		}
		if !strings.HasPrefix(got, c.want) || (p == nil) != (view != nil) {
			t.Errorf("%s: %s", c.name, got)
		}
		if p != nil && p.Code == problem.Unauthenticated && !strings.HasPrefix(p.Challenge, `Bearer realm="herbarium", error="invalid_token", error_description="`) {
			t.Errorf("%s: %s", c.name, p.Challenge)
		}
	}
}

func TestAKeyEndsWithItsLastDayInUTC(t *testing.T) {
	snapshot := snapshotOf(t, walks, stones)
	now := time.Date(2027, 6, 30, 23, 59, 59, 999999999, time.UTC)
	g := guardOf(t, keys, snapshot, func() time.Time { return now })
	if _, _, p := g.admit(snapshot, "X-API-Key: "+keyA); p != nil {
		t.Error(p)
	}
	now = now.Add(time.Nanosecond)
	if _, _, p := g.admit(snapshot, "X-API-Key: "+keyA); p == nil || p.Detail != "the key has expired" {
		t.Error(p)
	}
	if _, _, p := g.admit(snapshot, "X-API-Key: "+keyB); p != nil {
		t.Error(p)
	}
}

// seen describes what a view shows: each dataset with its operations.
func seen(v *View) string {
	var all []string
	for _, name := range v.Snapshot.Names() {
		ds, _ := v.Snapshot.Dataset(name)
		all = append(all, name+"("+strings.Join(ds.OperationNames(), " ")+")")
	}
	return strings.Join(all, " ")
}

func TestScopesDecideWhichDatasetsAndOperationsAreSeen(t *testing.T) {
	snapshot := snapshotOf(t, walks, stones).WithBroken(datasets.Broken{Name: "torn", File: "torn.yaml", Err: errNoKeys})
	g := guardOf(t, keys, snapshot, fixed(day))
	for _, c := range []struct{ key, want, withheld string }{
		{"", "stones(range)", "stones/stats"},
		{keyA, "stones(range stats) walks(range)", "walks/stats/mean"},
		{keyB, "stones(range stats) walks(range stats/mean stats)", ""},
	} {
		var headers []string
		if c.key != "" {
			headers = []string{"X-API-Key: " + c.key}
		}
		caller, view, p := g.admit(snapshot, headers...)
		if p != nil {
			t.Fatal(p)
		}
		if got := seen(view); got != c.want {
			t.Errorf("%s sees %s, not %s", caller, got, c.want)
		}
		if name, path, ok := strings.Cut(c.withheld, "/"); ok {
			if ds, _ := view.Snapshot.Dataset(name); !ds.Withholds(path) {
				t.Errorf("%s: %s is not withheld", caller, c.withheld)
			}
		}
		if broken := len(view.Snapshot.Broken()); (broken == 1) != (c.key == keyB) || view.Full != (c.key == keyB) {
			t.Errorf("%s sees %d broken descriptors", caller, broken)
		}
		// It is made once.
		if _, again, _ := g.admit(snapshot, headers...); again != view {
			t.Errorf("%s has two views", caller)
		}
	}
}

const policed = keys + `policies:
  walks:
    - {for: "key:team", rows: {island: [Biscoe]}, hide: [salary]}
    - {for: "scope:walks:all"}
`

func TestTheFirstPolicyThatFitsDecidesAndWithoutOneNothingIsSeen(t *testing.T) {
	snapshot := snapshotOf(t, walks, stones)
	text := strings.Replace(policed, `anonymous: ["stones:range"]`, `anonymous: ["stones:range", "walks:*"]`, 1)
	g := guardOf(t, text, snapshot, fixed(day))
	_, view, _ := g.admit(snapshot, "X-API-Key: "+keyA)
	ds, ok := view.Snapshot.Dataset("walks")
	if !ok {
		t.Fatal(seen(view))
	}
	if _, ok := ds.Field("salary"); ok || ds.View == nil || !ds.View.Sealed {
		t.Error("the salary is seen")
	}
	for _, headers := range [][]string{nil, {"X-API-Key: " + keyB}} {
		// A wildcard is not the scope that the policy is for.
		if caller, view, _ := g.admit(snapshot, headers...); strings.Contains(seen(view), "walks") {
			t.Errorf("%s sees %s", caller, seen(view))
		}
	}
	g = guardOf(t, strings.Replace(text, `scopes: ["*"]`, `scopes: ["*", "walks:all"]`, 1), snapshot, fixed(day))
	_, view, _ = g.admit(snapshot, "X-API-Key: "+keyB)
	if ds, _ = view.Snapshot.Dataset("walks"); ds == nil || ds.View != nil {
		t.Error(seen(view))
	}
}

func TestABrokenFileAtStartLetsNobodyInUntilItIsMended(t *testing.T) {
	snapshot := snapshotOf(t, walks, stones)
	g := guardOf(t, "anonymous: [\"wlaks:range\"]\n", snapshot, fixed(day))
	_, view, p := g.admit(snapshot)
	if view != nil || p == nil || p.Code != problem.AuthUnavailable || p.Detail != "the server does not know who may ask, so nobody may; its log says why" || !g.Blocked() || !g.Faulty() {
		t.Errorf("%v %v", view, p)
	}
	if log := g.log.String(); !strings.Contains(log, "nobody gets in") || !strings.Contains(log, "auth.yaml:1:13") {
		t.Error(log)
	}
	write(t, g.path, "anonymous: [\"walks:range\"]\n")
	g.refresh()
	if _, view, p = g.admit(snapshot); p != nil || seen(view) != "walks(range)" || g.Blocked() || g.Faulty() {
		t.Errorf("%v", p)
	}
}

func TestAFileThatIsNotThereLetsNobodyIn(t *testing.T) {
	snapshot := snapshotOf(t, walks)
	log := &syncBuffer{}
	g := Open(filepath.Join(t.TempDir(), "auth.yaml"), snapshot, slog.New(slog.NewTextHandler(log, nil)))
	defer g.Close()
	if _, _, p := (tested{Guard: g}).admit(snapshot); p == nil || p.Code != problem.AuthUnavailable || !strings.Contains(log.String(), "no such file") {
		t.Error(p, log)
	}
}

func TestABrokenChangeKeepsTheLastGoodFile(t *testing.T) {
	snapshot := snapshotOf(t, walks, stones)
	g := guardOf(t, keys, snapshot, fixed(day))
	for _, text := range []string{"anonymous: [", "anonymous: [\"*\"]\nnonsense: 1\n", "anonymous: [\"*\"]\npolicies:\n  wlaks:\n    - {for: \"*\"}\n", ""} {
		write(t, g.path, text)
		g.refresh()
		if _, view, p := g.admit(snapshot); p != nil || seen(view) != "stones(range)" || !g.Faulty() {
			t.Errorf("%q: %v", text, p)
		}
		if _, _, p := g.admit(snapshot, "X-API-Key: "+keyA); p != nil {
			t.Errorf("%q: %v", text, p)
		}
	}
	if err := os.Remove(g.path); err != nil {
		t.Fatal(err)
	}
	g.refresh()
	if _, view, p := g.admit(snapshot); p != nil || seen(view) != "stones(range)" {
		t.Error(p)
	}
	if n := strings.Count(g.log.String(), "the last good one stays in use"); n != 5 {
		t.Errorf("logged %d times:\n%s", n, g.log)
	}
	// A key that is no longer in a good file is refused at once.
	write(t, g.path, "anonymous: [\"stones:range\"]\n")
	g.refresh()
	if _, _, p := g.admit(snapshot, "X-API-Key: "+keyA); p == nil || p.Code != problem.Unauthenticated || g.Faulty() {
		t.Error(p)
	}
}

func TestDatasetsThatNoLongerFitTheirPoliciesAreShownToNobody(t *testing.T) {
	first := snapshotOf(t, walks, stones)
	text := strings.Replace(policed, `scopes: ["*"]`, `scopes: ["*", "walks:all"]`, 1)
	g := guardOf(t, text, first, fixed(day))
	// The field that was hidden has another name.
	renamed := snapshotOf(t, strings.ReplaceAll(walks, "salary", "pay"), stones)
	for _, key := range []string{keyA, keyB} {
		_, view, p := g.admit(renamed, "X-API-Key: "+key)
		if p != nil || strings.Contains(seen(view), "walks") || !strings.Contains(seen(view), "stones") {
			t.Errorf("%v %s", p, seen(view))
		}
	}
	if !strings.Contains(g.log.String(), "there is no field") {
		t.Error(g.log)
	}
	// The dataset itself has another name, and no policy fits that. What came with
	// it is not shown either, until the file fits again.
	moved := snapshotOf(t, strings.ReplaceAll(walks, "dataset: walks", "dataset: strolls"), stones)
	if _, view, _ := g.admit(moved, "X-API-Key: "+keyB); seen(view) != "stones(range stats)" {
		t.Error(seen(view))
	}
	// As it was.
	again := snapshotOf(t, walks, stones)
	if _, view, _ := g.admit(again, "X-API-Key: "+keyB); seen(view) != "stones(range stats) walks(range stats/mean stats)" {
		t.Error(seen(view))
	}
}

func TestAFileThatDoesNotFitYetIsTakenOnceTheDatasetsFit(t *testing.T) {
	before := snapshotOf(t, stones)
	g := guardOf(t, policed, before, fixed(day))
	if !g.Blocked() {
		t.Error("it fits")
	}
	after := snapshotOf(t, walks, stones)
	if _, view, p := g.admit(after); p != nil || seen(view) != "stones(range)" || g.Blocked() {
		t.Error(p)
	}
}

func TestTheGuardFollowsItsFile(t *testing.T) {
	snapshot := snapshotOf(t, walks, stones)
	shows := func(t *testing.T, g tested, want string) {
		t.Helper()
		for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
			_, view, p := g.admit(snapshot)
			if p == nil && seen(view) == want {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%v, want %s", p, want)
			}
		}
	}
	t.Run("written in place", func(t *testing.T) {
		g := guardOf(t, keys, snapshot, fixed(day))
		g.Follow()
		write(t, g.path, "anonymous: [\"walks:range\"]\n")
		shows(t, g, "walks(range)")
	})
	t.Run("renamed over", func(t *testing.T) {
		g := guardOf(t, keys, snapshot, fixed(day))
		g.Follow()
		write(t, g.path+".new", "anonymous: [\"walks:range\"]\n")
		if err := os.Rename(g.path+".new", g.path); err != nil {
			t.Fatal(err)
		}
		shows(t, g, "walks(range)")
	})
	t.Run("swapped as Kubernetes does", func(t *testing.T) {
		dir := t.TempDir()
		version := func(name, text string) {
			if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, name, "auth.yaml"), text)
			link := filepath.Join(dir, "..data_tmp")
			if err := errors.Join(os.Symlink(name, link), os.Rename(link, filepath.Join(dir, "..data"))); err != nil {
				t.Fatal(err)
			}
		}
		version("..2026_1", keys)
		if err := os.Symlink("..data/auth.yaml", filepath.Join(dir, "auth.yaml")); err != nil {
			t.Fatal(err)
		}
		g := tested{Guard: Open(filepath.Join(dir, "auth.yaml"), snapshot, nil)}
		defer g.Close()
		g.Follow()
		shows(t, g, "stones(range)")
		version("..2026_2", "anonymous: [\"walks:range\"]\n")
		shows(t, g, "walks(range)")
		if err := os.RemoveAll(filepath.Join(dir, "..2026_1")); err != nil {
			t.Fatal(err)
		}
		version("..2026_3", "anonymous: [\"walks:stats\"]\n")
		shows(t, g, "walks(stats)")
	})
}

func TestManyAskWhileFileAndDatasetsChange(t *testing.T) {
	all := []*datasets.Snapshot{snapshotOf(t, walks, stones), snapshotOf(t, walks, stones), snapshotOf(t, strings.ReplaceAll(walks, "salary", "pay"), stones)}
	g := guardOf(t, policed, all[0], fixed(day))
	var running sync.WaitGroup
	for i := range 4 {
		running.Go(func() {
			for n := range 100 {
				snapshot := all[(i+n)%3]
				_, view, p := g.admit(snapshot, "X-API-Key: "+keyA)
				if p != nil {
					t.Error(p)
					return
				}
				if ds, ok := view.Snapshot.Dataset("walks"); ok {
					if names := ds.OperationNames(); !slices.Equal(names, []string{"range"}) {
						t.Error(names)
					}
					for _, hidden := range []string{"salary", "pay"} {
						if _, ok := ds.Field(hidden); ok {
							t.Errorf("%s is seen", hidden)
						}
					}
				}
			}
		})
	}
	for n := range 20 {
		write(t, g.path, policed+strings.Repeat("\n", n))
		g.refresh()
	}
	running.Wait()
}
