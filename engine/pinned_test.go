package engine_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/fault"
	"herbarium/engine/query"
)

// eachStore runs a test on a store of each kind, which keeps replaced versions for long.
func eachStore(t *testing.T, test func(t *testing.T, store engine.Target)) {
	for name, open := range map[string]func(t *testing.T) engine.Target{
		"columnar": func(*testing.T) engine.Target { return columnar.NewStore(columnar.Options{Keep: 1 << 40}) },
		"files": func(t *testing.T) engine.Target {
			return columnar.Open(t.TempDir(), columnar.FileOptions{Keep: 1 << 40})
		},
		"mongodb": func(t *testing.T) engine.Target { return openMongoDB(t) },
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func TestFollowingNextVisitsEveryRowOnceWhileVersionsAreRolledBack(t *testing.T) {
	eachStore(t, func(t *testing.T, store engine.Target) {
		ds := numberedRows(t, "rolled")
		publishNumbered(t, store, ds, 10, 1)
		publishNumbered(t, store, ds, 400, 2)
		server := serve(t, store, ds)
		list, err := store.Versions(context.Background(), ds)
		if err != nil || len(list.Kept) != 2 {
			t.Fatalf("%+v, %v", list, err)
		}
		second, first := list.Kept[0].Version, list.Kept[1].Version
		roll := func(version string) {
			if _, err := store.Rollback(context.Background(), ds, version); err != nil {
				t.Fatal(err)
			}
		}
		rows := follow(t, server, "/rolled/range?per_page=37&sort=-n", func(page int) {
			switch page {
			case 2, 7:
				roll(first)
			case 5:
				roll(second)
			}
		})
		if len(rows) != 400 {
			t.Fatalf("%d rows, want 400", len(rows))
		}
		for i, row := range rows {
			if row["n"] != float64(399-i) || row["load"] != 2.0 {
				t.Fatalf("row %d is %v", i, row)
			}
		}
		if rows, _ := fetch(t, server+"/rolled/range?version="+second+"&per_page=1"); rows[0]["load"] != 2.0 {
			t.Errorf("the version that was rolled back from has %v", rows)
		}
	})
}

// TestAViewHasVersionsOfItsOwn asks a view and its base for versions by each other's names.
func TestAViewHasVersionsOfItsOwn(t *testing.T) {
	eachStore(t, func(t *testing.T, store engine.Target) {
		ds := numberedRows(t, "partly")
		publishNumbered(t, store, ds, 200, 1)
		publishNumbered(t, store, ds, 300, 2)
		view, err := query.Restrict(ds, oddOnly)
		if err != nil {
			t.Fatal(err)
		}
		other, err := query.Restrict(ds, datasets.Restriction{Hide: []string{"kind"}, Secret: []byte("secret")})
		if err != nil {
			t.Fatal(err)
		}
		e := engine.New(store, engine.Options{})
		t.Cleanup(e.Close)
		listOf := func(ds *datasets.Dataset) engine.Versions {
			list, err := e.Versions(context.Background(), ds)
			if err != nil || len(list.Kept) != 2 {
				t.Fatalf("%+v, %v", list, err)
			}
			return list
		}
		base, shown, others := listOf(ds), listOf(view), listOf(other)
		for i, rows := range []int64{100, 50} { // the odd ones from 100 on
			if v := shown.Kept[i]; v.Rows != rows || v.Current != (i == 0) || v.Version == base.Kept[i].Version || v.Version == others.Kept[i].Version {
				t.Errorf("the view's version %d is %+v; the base's is %+v", i, v, base.Kept[i])
			}
		}
		server := serve(t, store, view)
		rows, _ := fetch(t, server+"/partly/range?version="+shown.Kept[1].Version)
		if len(rows) != 50 || rows[0]["load"] != 1.0 || len(rows[0]) != 2 {
			t.Errorf("%d rows, first %v", len(rows), rows[0])
		}
		pin := engine.Pin(view, shown.Kept[1].Version)
		if rows, _ := fetch(t, server+"/partly/range?version="+pin); len(rows) != 50 {
			t.Errorf("pinned to the view, %d rows", len(rows))
		}
		for name, version := range map[string]string{"the base's": base.Kept[1].Version, "another view's": others.Kept[1].Version,
			"the current one's of the base": base.Kept[0].Version, "the view's, with the base's descriptor": engine.Pin(ds, shown.Kept[1].Version)} {
			status, _, body := send(t, http.MethodGet, server+"/partly/range?version="+version, "", nil)
			if status != http.StatusGone || strings.Contains(string(body), `"nearest":"`+base.Kept[0].Version) {
				t.Errorf("by %s name: status %d: %s", name, status, body)
			}
		}
	})
}

// refielded is numberedRows with another type of a field.
func refielded(t *testing.T) *datasets.Dataset {
	t.Helper()
	changed, err := datasets.Parse("refielded.yaml", []byte(`
dataset: refielded
fields: {n: {type: integer}, kind: {type: string}, size: {type: number}, load: {type: integer}}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

func TestAVersionWithOtherFieldsIsListedApartAndGone(t *testing.T) {
	eachStore(t, func(t *testing.T, store engine.Target) {
		ctx, ds := context.Background(), numberedRows(t, "refielded")
		publishNumbered(t, store, ds, 20, 1)
		list, err := store.Versions(ctx, ds)
		if err != nil {
			t.Fatal(err)
		}
		old, changed := list.Kept[0].Version, refielded(t)
		load, err := store.Begin(ctx, changed, engine.LoadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := load.Commit(ctx); err != nil {
			t.Fatal(err)
		}
		kept, err := store.Versions(ctx, changed)
		if err != nil || len(kept.Kept) != 1 || kept.Kept[0].Rows != 0 || !kept.Kept[0].Current {
			t.Fatalf("kept are %+v, %v", kept, err)
		}
		// In memory, what another descriptor left is for queries under way alone.
		if _, memory := store.(*columnar.Store); !memory && (len(kept.OtherFields) != 1 || kept.OtherFields[0].Version != old || kept.OtherFields[0].Rows != 20 || kept.OtherFields[0].Current) {
			t.Errorf("of other fields are %+v", kept.OtherFields)
		}
		server := serve(t, store, changed)
		status, _, body := send(t, http.MethodGet, server+"/refielded/range?version="+old, "", nil)
		if status != http.StatusGone || !strings.Contains(string(body), "has other fields than its descriptor declares") || !strings.Contains(string(body), `"nearest":"`+kept.Kept[0].Version+`"`) {
			t.Errorf("status %d: %s", status, body)
		}
		var gone *fault.Error
		if _, err := store.Rollback(ctx, changed, old); !errors.As(err, &gone) || gone.Code != fault.Gone || gone.Nearest != kept.Kept[0].Version ||
			!strings.HasPrefix(err.Error(), "gone: version "+old+" of dataset refielded has other fields than its descriptor declares") {
			t.Errorf("it was rolled back to: %v", err)
		}
	})
}

// TestVersionsAreListedAfterTheDescriptorHasChanged asks before anything was loaded with the
// new fields. MongoDB reads of the current version what it has of them.
func TestVersionsAreListedAfterTheDescriptorHasChanged(t *testing.T) {
	eachStore(t, func(t *testing.T, store engine.Target) {
		if _, memory := store.(*columnar.Store); memory {
			t.Skip("memory fills itself")
		}
		ctx, ds := context.Background(), numberedRows(t, "refielded")
		publishNumbered(t, store, ds, 20, 1)
		publishNumbered(t, store, ds, 30, 1)
		before, err := store.Versions(ctx, ds)
		if err != nil {
			t.Fatal(err)
		}
		changed := refielded(t)
		_, files := store.(*columnar.FileStore)
		list, err := store.Versions(ctx, changed)
		if err != nil || len(list.Kept)+len(list.OtherFields) != 2 || len(list.Kept) > 0 == files {
			t.Fatalf("%+v, %v", list, err)
		}
		older := list.OtherFields[len(list.OtherFields)-1]
		if want := before.Kept[1]; older.Version != want.Version || older.Rows != 20 || older.Current || !older.Published.Equal(want.Published) || !older.Until.Equal(want.Until) {
			t.Errorf("the older one is %+v, and was %+v", older, want)
		}
		server := serve(t, store, changed)
		instead := `"nearest":"` + before.Kept[0].Version + `"`
		if files {
			instead = "no version that is kept has the descriptor's fields; load rows that have them with: herbarium load refielded"
		}
		for name, detail := range map[string]string{older.Version: "has other fields than its descriptor declares", strings.Repeat("a", 26): "has no version"} {
			status, _, body := send(t, http.MethodGet, server+"/refielded/range?version="+name, "", nil)
			if status != http.StatusGone || !strings.Contains(string(body), detail) || !strings.Contains(string(body), instead) {
				t.Errorf("%s: status %d: %s", name, status, body)
			}
		}
		view, err := query.Restrict(changed, datasets.Restriction{Rows: []byte(`{"lower":{"n":10}}`), Secret: []byte("secret")})
		if err != nil {
			t.Fatal(err)
		}
		e := engine.New(store, engine.Options{})
		t.Cleanup(e.Close)
		shown, err := e.Versions(ctx, view)
		if err != nil || len(shown.OtherFields) != len(list.OtherFields) {
			t.Fatalf("a view's are %+v, %v", shown, err)
		}
		for i, v := range shown.OtherFields {
			if v.Rows >= 0 || v.Version == list.OtherFields[i].Version {
				t.Errorf("a view has %+v", v)
			}
		}
		hiding, err := query.Restrict(changed, oddOnly)
		if err != nil {
			t.Fatal(err)
		}
		if shown, err := e.Versions(ctx, hiding); err != nil || len(shown.OtherFields) > 0 {
			t.Errorf("where a field is hidden, which may be the one that differs: %+v, %v", shown, err)
		}
		server = serve(t, store, hiding)
		if files {
			status, _, body := send(t, http.MethodGet, server+"/refielded/range", "", nil)
			if status != http.StatusServiceUnavailable || strings.Contains(string(body), "fields") {
				t.Errorf("the current one: status %d: %s", status, body)
			}
		}
		status, _, body := send(t, http.MethodGet, server+"/refielded/range?version="+query.SealVersion(hiding.View, older.Version), "", nil)
		if status != http.StatusGone || !strings.Contains(string(body), "has no version") || strings.Contains(string(body), "fields") {
			t.Errorf("status %d: %s", status, body)
		}
	})
}

// TestAnOlderVersionAnswersWhileTheCurrentOneHasOtherFields is about files, which are read
// by the fields that they were loaded with.
func TestAnOlderVersionAnswersWhileTheCurrentOneHasOtherFields(t *testing.T) {
	ctx, ds := context.Background(), numberedRows(t, "refielded")
	store := columnar.Open(t.TempDir(), columnar.FileOptions{Keep: time.Hour})
	publishNumbered(t, store, ds, 20, 1)
	load, err := store.Begin(ctx, refielded(t), engine.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := load.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	list, err := store.Versions(ctx, ds)
	if err != nil || len(list.Kept) != 1 || len(list.OtherFields) != 1 || list.OtherFields[0].Current {
		t.Fatalf("%+v, %v", list, err)
	}
	if v := list.Kept[0]; v.Rows != 20 || !v.Current || v.Until.IsZero() {
		t.Errorf("what queries read is %+v", v)
	}
}

// TestVersionsAreAskedWhileTheyChange asks for versions by name while loads and rollbacks
// make others current. What a list names is there, since all is kept; and it never changes.
func TestVersionsAreAskedWhileTheyChange(t *testing.T) {
	eachStore(t, func(t *testing.T, store engine.Target) {
		ctx := context.Background()
		ds := numberedRows(t, "busy")
		publishNumbered(t, store, ds, 1, 1)
		e := engine.New(store, engine.Options{CacheBytes: 1 << 20})
		t.Cleanup(e.Close)
		done := make(chan struct{})
		var readers sync.WaitGroup
		for range 3 {
			readers.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
					}
					list, err := e.Versions(ctx, ds)
					if err != nil || len(list.Kept) == 0 || !list.Kept[0].Current {
						t.Errorf("%+v, %v", list, err)
						return
					}
					for _, v := range list.Kept {
						q, err := e.Parse(ds, datasets.Count, []byte(`{"group_by":[],"version":"`+v.Version+`"}`))
						if err != nil {
							t.Error(err)
							return
						}
						for row, err := range e.Rows(ctx, q) {
							if err != nil || row.Value("count") != v.Rows {
								t.Errorf("the version of %d rows has %v, %v", v.Rows, row.Value("count"), err)
								return
							}
						}
					}
				}
			})
		}
		for n := 2; n <= 8; n++ {
			publishNumbered(t, store, ds, n, 1)
			list, err := store.Versions(ctx, ds)
			if err != nil || len(list.Kept) != n {
				t.Fatalf("after %d loads: %+v, %v", n, list, err)
			}
			if n%2 == 0 {
				if _, err := store.Rollback(ctx, ds, list.Kept[n/2].Version); err != nil {
					t.Fatal(err)
				}
			}
		}
		close(done)
		readers.Wait()
	})
}
