package engine_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"herbarium/api/format"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/query"
)

// sparseRows loads 40,000 rows into each of two stores: into the first one those that the
// view shows in front of all hidden ones, into the second one evenly among them.
func sparseRows(t *testing.T, shown int) (stores [2]engine.Target, view *datasets.Dataset) {
	t.Helper()
	ds, err := datasets.Parse("sparse.yaml", []byte("dataset: sparse\nfields: {n: {type: integer}, kind: {type: string}, open: {type: boolean}, size: {type: number}}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	view, err = query.Restrict(ds, datasets.Restriction{Hide: []string{"open"}, Rows: []byte(`{"open":true}`), Secret: []byte("secret")})
	if err != nil {
		t.Fatal(err)
	}
	const all = 40000
	for i := range stores {
		stores[i] = columnar.NewStore(columnar.Options{})
		load, err := stores[i].Begin(t.Context(), ds, engine.LoadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for first := 0; first < all; first += 1000 {
			b := &engine.Batch{Rows: 1000, Columns: []engine.Vector{{Type: datasets.Integer}, {Type: datasets.String}, {Type: datasets.Boolean}, {Type: datasets.Number, Valid: make([]uint64, 16)}}}
			for row := range 1000 {
				open := first+row < shown
				if i == 1 {
					open = (first+row+1)*shown/all > (first+row)*shown/all
				}
				value, kind := -1, fmt.Sprint("hidden ", first+row)
				if open {
					value, kind = n, fmt.Sprint("kind ", n%50)
					n++
				}
				if value%3 != 0 { // of what is shown, every third has no size
					b.Columns[3].Valid[row>>6] |= 1 << (row & 63)
				}
				b.Columns[0].Ints = append(b.Columns[0].Ints, int64(value))
				b.Columns[1].Dict = append(b.Columns[1].Dict, kind)
				b.Columns[1].Codes = append(b.Columns[1].Codes, uint32(row))
				b.Columns[2].Ints = append(b.Columns[2].Ints, map[bool]int64{true: 1}[open])
				b.Columns[3].Floats = append(b.Columns[3].Floats, float64(value)/2)
			}
			if err := load.Write(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := load.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n != shown {
			t.Fatalf("%d rows are shown", n)
		}
	}
	return stores, view
}

func TestWhereHiddenRowsLieChangesNoByte(t *testing.T) {
	stores, view := sparseRows(t, 9000)
	for _, f := range format.All() {
		var got [2][]byte
		for i, store := range stores {
			e := engine.New(store, engine.Options{})
			defer e.Close()
			got[i] = bodyOf(t, e, view, f, `{}`)
		}
		if len(got[0]) == 0 || string(got[0]) != string(got[1]) {
			t.Errorf("%s: %d bytes where hidden rows are behind, %d where they are between", f.Name, len(got[0]), len(got[1]))
		}
	}
}

func TestARestrictedViewHasFullBatches(t *testing.T) {
	stores, view := sparseRows(t, 9000)
	table, err := stores[1].Table(t.Context(), view.View.Base)
	if err != nil {
		t.Fatal(err)
	}
	if rows := table.Info().Rows; rows != 40000 {
		t.Fatalf("%d rows", rows)
	}
	e := engine.New(stores[1], engine.Options{})
	defer e.Close()
	q, err := e.Parse(view, datasets.Range, []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for row, err := range e.Rows(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		var size any
		if n%3 != 0 {
			size = float64(n) / 2
		}
		if row.Value("n") != int64(n) || row.Value("kind") != fmt.Sprint("kind ", n%50) || row.Value("size") != size {
			t.Fatalf("row %d is %v, %v, %v", n, row.Value("n"), row.Value("kind"), row.Value("size"))
		}
		n++
	}
	if n != 9000 {
		t.Errorf("%d rows", n)
	}
}

// Whether a page's total is known must not tell in which block of the table the page ends.
func TestWhetherATotalIsKnownTellsNothingOfHiddenRows(t *testing.T) {
	for shown, known := range map[int]bool{9000: false, 8000: true} {
		stores, view := sparseRows(t, shown)
		var servers [2]string
		for i, store := range stores {
			servers[i] = serve(t, store, view)
		}
		for i, page := range []int{1, 100, shown / 2, shown - 2} {
			for _, sort := range []string{"", "&sort=-n"} {
				var totals, tokens [2]string
				for s, server := range servers {
					target := fmt.Sprintf("%s/sparse/range?lower[n]=0.%d&per_page=1&page=%d%s", server, i+1, page, sort)
					_, header, _ := send(t, http.MethodGet, target, "", nil)
					totals[s], tokens[s] = header.Get("X-Total-Count"), header.Get("X-Next-After")
					_, header, _ = send(t, http.MethodGet, strings.Replace(target, fmt.Sprintf("page=%d&", page), "", 1)+"&after="+tokens[s], "", nil)
					totals[s] += ", then " + header.Get("X-Total-Count")
				}
				if totals[0] != totals[1] {
					t.Errorf("of %d rows, page %d%s has the total %s, and where hidden rows are between, %s", shown, page, sort, totals[0], totals[1])
				}
				if want := map[bool]string{true: "7999"}[known]; sort == "" && !strings.HasPrefix(totals[0], want+",") {
					t.Errorf("of %d rows, page %d has the total %s, want %q", shown, page, totals[0], want)
				}
			}
		}
		for s, server := range servers {
			_, header, _ := send(t, http.MethodGet, fmt.Sprintf("%s/sparse/range?lower[n]=0.9&per_page=7&page=9999", server), "", nil)
			if total := header.Get("X-Total-Count"); total != fmt.Sprint(shown-1) {
				t.Errorf("behind the last of %d rows, server %d has the total %q", shown, s, total)
			}
		}
	}
}
