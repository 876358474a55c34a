// Package retention checks what stores keep of the versions of a dataset: random loads and
// rollbacks, against a model of what was promised.
package retention

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
)

// contents is how many contents there are: that of number n has n rows.
const contents = 5

// long is a duration that does not end while a test runs.
const long = time.Hour

// version is what was promised of a content.
type version struct {
	rows         int
	label        string
	forever      bool
	versions     int
	lasting      bool // for a duration that does not end meanwhile
	replacements int
}

func (v *version) kept() bool {
	return v.forever || v.lasting || v.replacements < v.versions
}

// model is a dataset as it should be.
type model struct {
	store engine.Target
	ds    *datasets.Dataset
	names map[int]string // of contents that were loaded
	kept  []version      // the current one first
}

// Check publishes up to so many versions of the dataset in the store, whose own time for
// replaced versions has to be 0, and compares after each what there is. It returns how many
// versions are kept.
func Check(t *rapid.T, store engine.Target, ds *datasets.Dataset, most int) int {
	m := &model{store: store, ds: ds, names: map[int]string{}}
	for range rapid.IntRange(1, most).Draw(t, "publications") {
		rows := rapid.IntRange(0, contents-1).Draw(t, "rows")
		switch rapid.SampledFrom([]string{"load", "load", "abort", "roll back"}).Draw(t, "what") {
		case "load":
			m.load(t, rows, true)
		case "abort":
			m.load(t, rows, false)
		default:
			m.rollBack(t, rows)
		}
		m.compare(t)
	}
	return len(m.kept)
}

// load loads the content, and publishes it or not.
func (m *model) load(t *rapid.T, rows int, publish bool) {
	options := engine.LoadOptions{
		Label: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "label"),
		Keep: rapid.SampledFrom([]engine.Keep{{}, {}, {Versions: 1}, {Versions: 2}, {Versions: 3}, {For: long},
			{Forever: true}, {Versions: 2, For: long}}).Draw(t, "keep"),
	}
	info, err := Load(context.Background(), m.store, m.ds, rows, options, publish)
	if err != nil {
		t.Fatal(err)
	}
	if !publish {
		return
	}
	m.names[rows] = info.Version
	v := version{rows: rows, label: options.Label, forever: options.Keep.Forever, versions: options.Keep.Versions, lasting: options.Keep.For > 0}
	if i := m.index(rows); i >= 0 {
		old := m.kept[i]
		v.label = cmp.Or(v.label, old.label)
		v.forever, v.lasting, v.versions = v.forever || old.forever, v.lasting || old.lasting, max(v.versions, old.versions)
	}
	m.publish(v)
}

// Load writes that many rows and publishes them, or aborts the load.
func Load(ctx context.Context, store engine.Target, ds *datasets.Dataset, rows int, options engine.LoadOptions, publish bool) (engine.TableInfo, error) {
	load, err := store.Begin(ctx, ds, options)
	if err != nil {
		return engine.TableInfo{}, err
	}
	batch := &engine.Batch{Rows: rows, Columns: []engine.Vector{{Type: datasets.Integer, Ints: make([]int64, rows)}}}
	if rows > 0 {
		err = load.Write(ctx, batch)
	}
	if err != nil || !publish {
		return engine.TableInfo{}, errors.Join(err, load.Abort(ctx))
	}
	info, err := load.Commit(ctx)
	return info, errors.Join(err, load.Abort(ctx))
}

func (m *model) index(rows int) int {
	return slices.IndexFunc(m.kept, func(v version) bool { return v.rows == rows })
}

// publish makes v current.
func (m *model) publish(v version) {
	again := len(m.kept) > 0 && m.kept[0].rows == v.rows
	older := slices.DeleteFunc(slices.Clone(m.kept), func(old version) bool { return old.rows == v.rows })
	if !again {
		for i := range older {
			older[i].replacements++
		}
		older = slices.DeleteFunc(older, func(old version) bool { return !old.kept() })
	}
	m.kept = append([]version{v}, older...)
}

// rollBack makes the content current, if it can be.
func (m *model) rollBack(t *rapid.T, rows int) {
	name, loaded := m.names[rows]
	if !loaded {
		name = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
	}
	info, err := m.store.Rollback(context.Background(), m.ds, name)
	i := m.index(rows)
	switch {
	case len(m.kept) == 0:
		wantCode(t, err, fault.NotLoaded)
	case i == 0:
		wantCode(t, err, fault.AlreadyCurrent)
	case i < 0:
		wantCode(t, err, fault.Gone)
		var gone *fault.Error
		errors.As(err, &gone)
		if !slices.ContainsFunc(m.kept, func(v version) bool { return m.names[v.rows] == gone.Nearest }) {
			t.Fatalf("the nearest version to %s is %q, which is not kept", name, gone.Nearest)
		}
	case err != nil:
		t.Fatal(err)
	default:
		v := m.kept[i]
		v.replacements = 0
		m.publish(v)
		if info.Version != name || !info.Current || info.Rows != int64(rows) || info.Label != v.label {
			t.Fatalf("rolled back to %+v", info)
		}
	}
}

func wantCode(t *rapid.T, err error, code fault.Code) {
	if fault.CodeOf(err) != code {
		t.Fatalf("the error is %v, not %s", err, code)
	}
}

// compare compares what the store says and has with the model.
func (m *model) compare(t *rapid.T) {
	ctx := context.Background()
	list, err := m.store.Versions(ctx, m.ds)
	if len(m.kept) == 0 {
		wantCode(t, err, fault.NotLoaded)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for i, v := range m.kept {
		want = append(want, fmt.Sprintf("%s of %d rows, current %t, label %q, ends %t", m.names[v.rows], v.rows, i == 0, v.label,
			i > 0 && !v.forever && v.replacements >= v.versions))
	}
	for _, v := range list.Kept {
		got = append(got, fmt.Sprintf("%s of %d rows, current %t, label %q, ends %t", v.Version, v.Rows, v.Current, v.Label, !v.Until.IsZero()))
	}
	if !slices.Equal(want, got) {
		t.Fatalf("kept are\n%q\nnot\n%q", got, want)
	}
	for rows, name := range m.names {
		table, err := m.store.TableAt(ctx, m.ds, name)
		kept := m.index(rows) >= 0
		removed := slices.ContainsFunc(list.Removed, func(r engine.RemovedVersion) bool { return r.Version == name })
		switch {
		case kept == removed:
			t.Fatalf("the version of %d rows is kept: %t; listed as removed: %t", rows, kept, removed)
		case !kept:
			wantCode(t, err, fault.Gone)
		case err != nil:
			t.Fatal(err)
		case table.Info().Rows != int64(rows):
			t.Fatalf("the version of %d rows has %d", rows, table.Info().Rows)
		}
	}
}
