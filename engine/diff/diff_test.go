package diff_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/diff"
	"herbarium/engine/fault"
	"herbarium/engine/internal/mongotest"
	"herbarium/engine/mongodb"
	"herbarium/engine/plan"
)

// stock is a dataset whose key has two parts, one of each of which may be missing.
const stock = `
dataset: stock
key: [shelf, item]
fields:
  count: {type: number}
  shelf: {type: integer}
  item: {type: string}
  sold: {type: boolean}
`

func parse(t testing.TB, text string) *datasets.Dataset {
	t.Helper()
	ds, err := datasets.Parse("stock.yaml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

// row is a row of stock; an empty text is a missing value.
type row struct{ count, shelf, item, sold string }

func (r row) key() string { return r.shelf + "/" + r.item }

// publish loads the rows and returns the version's name.
func publish(t interface{ Fatal(args ...any) }, store engine.Target, ds *datasets.Dataset, rows []row) string {
	ctx := context.Background()
	load, err := store.Begin(ctx, ds, engine.LoadOptions{Keep: engine.Keep{Forever: true}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = load.Abort(ctx) }()
	b := &engine.Batch{Rows: len(rows), Columns: make([]engine.Vector, 4)}
	for c := range b.Columns {
		b.Columns[c] = engine.Vector{Type: ds.Fields[c].Type, Valid: make([]uint64, len(rows)/64+1)}
	}
	add := func(c, i int, text string, number int64) {
		v := &b.Columns[c]
		if text != "" {
			v.Valid[i/64] |= 1 << (i % 64)
		}
		v.Floats, v.Ints = append(v.Floats, float64(number)), append(v.Ints, number)
		v.Codes, v.Dict = append(v.Codes, uint32(i)), append(v.Dict, text)
	}
	for i, r := range rows {
		var count, shelf int64
		_, _ = fmt.Sscan(r.count, &count)
		_, _ = fmt.Sscan(r.shelf, &shelf)
		add(0, i, r.count, count)
		add(1, i, r.shelf, shelf)
		add(2, i, r.item, 0)
		add(3, i, r.sold, int64(len(r.sold)%2))
	}
	if len(rows) > 0 {
		if err := load.Write(ctx, b); err != nil {
			t.Fatal(err)
		}
	}
	info, err := load.Commit(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return info.Version
}

// expected compares as the documentation says, with maps.
func expected(old, new []row) (changes []string, counts string) {
	group := func(rows []row) map[string][]row {
		m := map[string][]row{}
		for _, r := range rows {
			m[r.key()] = append(m[r.key()], r)
		}
		return m
	}
	a, b := group(old), group(new)
	keys := map[string]bool{}
	for _, r := range slices.Concat(old, new) {
		keys[r.key()] = true
	}
	var added, removed, changed, unchanged int
	for key := range keys {
		x, y := a[key], b[key]
		for i := range max(len(x), len(y)) {
			switch {
			case i >= len(x):
				added++
				changes = append(changes, fmt.Sprintf("added %s", show(y[i])))
			case i >= len(y):
				removed++
				changes = append(changes, fmt.Sprintf("removed %s", show(x[i])))
			case x[i] == y[i]:
				unchanged++
			default:
				changed++
				changes = append(changes, fmt.Sprintf("changed %s to %s", show(x[i]), show(y[i])))
			}
		}
	}
	slices.Sort(changes)
	repeated := len(old) + len(new) - len(a) - len(b)
	return changes, fmt.Sprintf("%d+ %d- %d~ %d= of %d and %d, %d repeated", added, removed, changed, unchanged, len(old), len(new), repeated)
}

func show(r row) string { return strings.Join([]string{r.count, r.shelf, r.item, r.sold}, ",") }

// found compares with the package.
func found(t *rapid.T, store engine.Store, ds *datasets.Dataset, old, new string) (changes []string, counts string) {
	text := func(r diff.Row) string {
		var parts []string
		for f := range ds.Fields {
			v := r.Value(f)
			switch {
			case v.Null:
				parts = append(parts, "")
			case ds.Fields[f].Type == datasets.Boolean:
				parts = append(parts, map[int64]string{0: "no", 1: "yes"}[v.Int])
			default:
				parts = append(parts, string(v.AppendText(nil, ds.Fields[f].Type)))
			}
		}
		parts[0] = strings.TrimSuffix(parts[0], ".0")
		return strings.Join(parts, ",")
	}
	var last []plan.Nullable
	s, err := diff.Versions(context.Background(), store, ds, old, new, func(c *diff.Change) error {
		r := c.New
		if c.Kind == diff.Removed {
			r = c.Old
		}
		key := []plan.Nullable{r.Value(1), r.Value(2)}
		key[1].Str = strings.Clone(key[1].Str)
		if last != nil && plan.CompareNullable(last[0], key[0], datasets.Integer) > 0 {
			t.Fatalf("the key %v comes after %v", key, last)
		}
		last = key
		switch c.Kind {
		case diff.Added:
			changes = append(changes, "added "+text(c.New))
		case diff.Removed:
			changes = append(changes, "removed "+text(c.Old))
		case diff.Changed:
			changes = append(changes, "changed "+text(c.Old)+" to "+text(c.New))
			for f := range ds.Fields {
				differs := plan.CompareNullable(c.Old.Value(f), c.New.Value(f), ds.Fields[f].Type) != 0
				if differs != slices.Contains(c.Fields, f) {
					t.Fatalf("of %s and %s, %v are said to differ", text(c.Old), text(c.New), c.Fields)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(changes)
	return changes, fmt.Sprintf("%d+ %d- %d~ %d= of %d and %d, %d repeated", s.Added, s.Removed, s.Changed, s.Unchanged, s.Old, s.New, s.Repeated)
}

func drawRows(t *rapid.T, label string) []row {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) row {
		return row{
			count: rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "count"),
			shelf: rapid.SampledFrom([]string{"", "-3", "0", "7"}).Draw(t, "shelf"),
			item:  rapid.SampledFrom([]string{"", "pin", "Pin", "nail", "näil"}).Draw(t, "item"),
			sold:  rapid.SampledFrom([]string{"", "no", "yes"}).Draw(t, "sold"),
		}
	}), 0, 40).Draw(t, label)
}

// eachStore runs a test on an empty store of each kind.
func eachStore(t *testing.T, test func(t *testing.T, store engine.Target)) {
	for name, open := range map[string]func(t *testing.T) engine.Target{
		"memory": func(*testing.T) engine.Target { return columnar.NewStore(columnar.Options{}) },
		"files":  func(t *testing.T) engine.Target { return columnar.Open(t.TempDir(), columnar.FileOptions{}) },
		"mongodb": func(t *testing.T) engine.Target {
			store, err := mongodb.Open(mongotest.Server(t), mongodb.Options{Database: mongotest.Database(t).Name()})
			if err != nil {
				t.Fatal(err)
			}
			return store
		},
	} {
		t.Run(name, func(t *testing.T) {
			store := open(t)
			t.Cleanup(func() { _ = store.Close(context.Background()) })
			test(t, store)
		})
	}
}

func TestVersionsAreComparedByTheirKey(t *testing.T) {
	eachStore(t, func(t *testing.T, store engine.Target) {
		ds := parse(t, stock)
		rapid.Check(t, func(t *rapid.T) {
			old, new := drawRows(t, "old"), drawRows(t, "new")
			wantChanges, wantCounts := expected(old, new)
			changes, counts := found(t, store, ds, publish(t, store, ds, old), publish(t, store, ds, new))
			if counts != wantCounts || !slices.Equal(changes, wantChanges) {
				t.Fatalf("got %s\n%q\nwant %s\n%q", counts, changes, wantCounts, wantChanges)
			}
		})
	})
}

func TestVersionsWithOtherFieldsAreNotCompared(t *testing.T) {
	eachStore(t, func(t *testing.T, store engine.Target) {
		ds := parse(t, stock)
		first := publish(t, store, ds, []row{{"1", "1", "pin", "no"}})
		second := publish(t, store, ds, []row{{"2", "1", "pin", "no"}})
		if s, err := diff.Versions(t.Context(), store, ds, first, "", nil); err != nil || s.OldVersion != first || s.NewVersion != second || s.Changed != 1 {
			t.Errorf("up to the current version: %+v, %v", s, err)
		}
		changed := parse(t, strings.Replace(stock, "count: {type: number}", "count: {type: integer}", 1))
		if _, memory := store.(*columnar.Store); memory {
			load, err := store.Begin(t.Context(), changed, engine.LoadOptions{}) // as memory does by itself
			if err != nil {
				t.Fatal(err)
			}
			if _, err := load.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		// MongoDB could read the second one, since it is the current one.
		for _, of := range [][2]string{{first, ""}, {second, ""}, {first, second}, {second, first}, {second, second}} {
			_, err := diff.Versions(t.Context(), store, changed, of[0], of[1], nil)
			if fault.CodeOf(err) != fault.Gone || !strings.Contains(err.Error(), "version "+of[0]+" of dataset stock has other fields than its descriptor declares") {
				t.Errorf("%v: %v", of, err)
			}
		}
	})
}

func TestWhatCannotBeComparedIsRefused(t *testing.T) {
	store := columnar.NewStore(columnar.Options{})
	ds := parse(t, stock)
	version := publish(t, store, ds, []row{{"1", "1", "pin", "no"}})
	var gone *fault.Error
	_, err := diff.Versions(context.Background(), store, ds, strings.Repeat("a", 26), version, nil)
	if !errors.As(err, &gone) || gone.Code != fault.Gone || gone.Nearest != version {
		t.Errorf("a version that is gone: %v", err)
	}
	keyless := parse(t, strings.Replace(stock, "key: [shelf, item]\n", "", 1))
	if _, err := diff.Versions(context.Background(), store, keyless, version, version, nil); !errors.Is(err, diff.ErrNoKey) {
		t.Errorf("without a key: %v", err)
	}
	stop := errors.New("enough")
	empty := publish(t, store, ds, nil)
	if _, err := diff.Versions(context.Background(), store, ds, version, empty, func(*diff.Change) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("a visitor that stops: %v", err)
	}
}
