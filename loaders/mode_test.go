package loaders_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/fault"
	"herbarium/engine/plan"
	"herbarium/loaders"
)

// storedRows returns what a store has of a dataset, as JSON arrays.
func storedRows(t *testing.T, store engine.Store, ds *datasets.Dataset) []string {
	t.Helper()
	table, err := store.Table(t.Context(), ds)
	if err != nil {
		t.Fatal(err)
	}
	cursor, err := table.Run(t.Context(), plan.AllRows(ds))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cursor.Close() }()
	var rows []string
	for {
		b, err := cursor.Next(t.Context())
		if err == io.EOF {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Rows {
			rows = append(rows, jsonRow(b, i))
		}
	}
}

const places = "dataset: places\nfields:\n  id: {type: string}\n  x: {type: number}\nkey: [id]\noperations: [stats/mean]\n"

func TestModesKeepWhatTheySayTheyKeep(t *testing.T) {
	for _, c := range []struct {
		name       string
		mode       loaders.Mode
		first, csv string
		want       []string
		summary    loaders.Summary // the counts
	}{
		{"replace", loaders.Replace, "id,x\na,1\nb,2\n", "id,x\nb,5\n", []string{`["b",5]`}, loaders.Summary{Rows: 1, Read: 1}},
		{"append", loaders.Append, "id,x\na,1\nb,\n", "id,x\nc,5\n", []string{`["a",1]`, `["b",null]`, `["c",5]`}, loaders.Summary{Rows: 3, Read: 1}},
		{"append to nothing", loaders.Append, "", "id,x\nc,5\n", []string{`["c",5]`}, loaders.Summary{Rows: 1, Read: 1}},
		{"a replaced row keeps its place, new ones go last", loaders.Upsert, "id,x\na,1\nb,2\nc,3\n", "id,x\nz,9\nb,\ny,8\n",
			[]string{`["a",1]`, `["b",null]`, `["c",3]`, `["z",9]`, `["y",8]`}, loaders.Summary{Rows: 5, Read: 3, Replaced: 1}},
		{"of rows with one key the last wins", loaders.Upsert, "id,x\na,1\n", "id,x\nb,\na,2\nb,5\na,3\nb,6\n",
			[]string{`["a",3]`, `["b",6]`}, loaders.Summary{Rows: 2, Read: 5, Replaced: 1, Repeated: 3}},
		{"upsert into nothing", loaders.Upsert, "", "id,x\na,1\na,2\n", []string{`["a",2]`}, loaders.Summary{Rows: 1, Read: 2, Repeated: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			store, ds := columnar.NewStore(columnar.Options{}), dataset(t, places, "")
			if c.first != "" {
				if _, err := loaders.Load(t.Context(), store, ds, []loaders.Source{text("first.csv", c.first)}, loaders.Options{}); err != nil {
					t.Fatal(err)
				}
			}
			dry, err := loaders.DryRun(t.Context(), store, ds, []loaders.Source{text("t.csv", c.csv)}, loaders.Options{Mode: c.mode})
			if err != nil {
				t.Fatal(err)
			}
			got, err := loaders.Load(t.Context(), store, ds, []loaders.Source{text("t.csv", c.csv)}, loaders.Options{Mode: c.mode})
			if err != nil {
				t.Fatal(err)
			}
			dry.Place, dry.Time = got.Place, got.Time
			if diff := cmp.Diff(got, dry); diff != "" {
				t.Errorf("the dry run's summary (-load +dry run):\n%s", diff)
			}
			if diff := cmp.Diff(c.want, storedRows(t, store, ds)); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			counts := loaders.Summary{Rows: got.Rows, Read: got.Read, Replaced: got.Replaced, Repeated: got.Repeated}
			if diff := cmp.Diff(c.summary, counts); diff != "" {
				t.Errorf("summary (-want +got):\n%s", diff)
			}
			// The same rows have the same version, however they came.
			again, err := loaders.Check(t.Context(), ds, []loaders.Source{text("all.csv", "id,x\n"+asCSV(c.want))}, loaders.Options{})
			if err != nil || again.Version != got.Version {
				t.Errorf("version %s, want %s, %v", got.Version, again.Version, err)
			}
		})
	}
}

func asCSV(rows []string) string {
	return strings.NewReplacer("[", "", "]", "", "null", "").Replace(strings.Join(rows, "\n") + "\n")
}

func TestManyRowsAreMerged(t *testing.T) {
	store, ds := columnar.NewStore(columnar.Options{}), dataset(t, places, "")
	csv := func(from, to, step, x int) loaders.Source {
		var b strings.Builder
		b.WriteString("id,x\n")
		for i := from; i < to; i += step {
			fmt.Fprintf(&b, "k%d,%d\n", i, i*x)
		}
		return text("t.csv", b.String())
	}
	if _, err := loaders.Load(t.Context(), store, ds, []loaders.Source{csv(0, 20_000, 1, 1)}, loaders.Options{}); err != nil {
		t.Fatal(err)
	}
	summary, err := loaders.Load(t.Context(), store, ds, []loaders.Source{csv(0, 30_000, 2, 10)}, loaders.Options{Mode: loaders.Upsert})
	if err != nil || summary.Replaced != 10_000 || summary.Rows != 25_000 {
		t.Fatalf("%+v, %v", summary, err)
	}
	rows := storedRows(t, store, ds)
	for i, want := range map[int]string{0: `["k0",0]`, 1: `["k1",1]`, 2: `["k2",20]`, 19_999: `["k19999",19999]`, 20_000: `["k20000",200000]`, 24_999: `["k29998",299980]`} {
		if rows[i] != want {
			t.Errorf("row %d is %s, want %s", i, rows[i], want)
		}
	}
}

func TestModesRefuseWhatTheyCannotKeep(t *testing.T) {
	load := func(store engine.Target, yaml, csv string, mode loaders.Mode) error {
		_, err := loaders.Load(t.Context(), store, dataset(t, yaml, ""), []loaders.Source{text("t.csv", csv)}, loaders.Options{Mode: mode})
		return err
	}
	store := columnar.NewStore(columnar.Options{})
	if err := load(store, places, "id,x\na,1\nb,\n", loaders.Replace); err != nil {
		t.Fatal(err)
	}
	err := load(store, places, "id,x\nc,1\nb,2\n", loaders.Append)
	want := []string{"t.csv:3:1: id: the row has the key of a row that is loaded already; --mode upsert replaces that (row 2)"}
	if diff := cmp.Diff(want, faultLines(t, err)); diff != "" {
		t.Errorf("append of a key twice (-want +got):\n%s", diff)
	}
	keyless := strings.Replace(places, "key: [id]\n", "", 1)
	if err := load(store, keyless, "id,x\nc,1\n", loaders.Upsert); !errors.Is(err, loaders.ErrNoKey) {
		t.Errorf("upsert without a key: %v", err)
	}
	if rows := storedRows(t, store, dataset(t, places, "")); len(rows) != 2 {
		t.Errorf("there are %d rows after loads that failed", len(rows))
	}
}

func TestAppendRefusesToKeepWhatTheEnumNoLongerAllows(t *testing.T) {
	const any = "dataset: cars\nfields:\n  n: {type: integer}\n  day: {type: date}\n  kind: {type: string}\n"
	for _, c := range []struct{ name, field, enum string }{
		{"an integer", "n: {type: integer", "enum: [4]"},
		{"a date", "day: {type: date", `enum: ["2019-03-23"]`},
		{"a text", "kind: {type: string", "enum: [bus]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := columnar.Open(t.TempDir(), columnar.FileOptions{})
			defer func() { _ = store.Close(t.Context()) }()
			load := func(yaml, csv string, mode loaders.Mode) error {
				_, err := loaders.Load(t.Context(), store, dataset(t, yaml, ""), []loaders.Source{text("t.csv", csv)}, loaders.Options{Mode: mode})
				return err
			}
			if err := load(any, "n,day,kind\n4,2019-03-23,bus\n,,\n5,2019-03-24,taxi\n", loaders.Replace); err != nil {
				t.Fatal(err)
			}
			err := load(strings.Replace(any, c.field, c.field+", "+c.enum, 1), "n,day,kind\n4,2019-03-23,bus\n", loaders.Append)
			if fault.CodeOf(err) != fault.InvalidData {
				t.Errorf("got %v", err)
			}
		})
	}
}

// retyped is a store whose rows were loaded with another type of a field, and which reads what
// it can of them, as MongoDB does.
type retyped struct{ engine.Target }

func (s retyped) Table(ctx context.Context, ds *datasets.Dataset) (engine.Table, error) {
	t, err := s.Target.Table(ctx, ds)
	return retypedTable{t}, err
}

type retypedTable struct{ engine.Table }

func (t retypedTable) Info() engine.TableInfo {
	info := t.Table.Info()
	info.OtherFields, info.OtherTypes = true, true
	return info
}

func TestModesRefuseToKeepRowsOfAnotherType(t *testing.T) {
	store := columnar.NewStore(columnar.Options{})
	load := func(store engine.Target, csv string, mode loaders.Mode) error {
		_, err := loaders.Load(t.Context(), store, dataset(t, places, ""), []loaders.Source{text("t.csv", csv)}, loaders.Options{Mode: mode})
		return err
	}
	if err := load(store, "id,x\na,1\n", loaders.Replace); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []loaders.Mode{loaders.Append, loaders.Upsert} {
		err := load(retyped{store}, "id,x\nb,2\n", mode)
		if fault.CodeOf(err) != fault.InvalidData || !strings.Contains(err.Error(), "load all anew with --mode replace") {
			t.Errorf("%s: %v", mode, err)
		}
	}
	if rows := storedRows(t, store, dataset(t, places, "")); len(rows) != 1 {
		t.Errorf("there are %d rows after loads that failed", len(rows))
	}
	if err := load(retyped{store}, "id,x\nb,2\nc,3\n", loaders.Replace); err != nil {
		t.Error(err)
	}
}
