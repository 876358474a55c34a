package engine_test

import (
	"math"
	"slices"
	"time"

	"pgregory.net/rapid"

	"herbarium/datasets"
	"herbarium/engine"
)

// cell is a row's value of one field, or none.
type cell struct {
	null bool
	f    float64 // of a number
	i    int64   // of an integer, a boolean, a date in days, an instant in milliseconds
	s    string
	raw  string // of a variant, as JSON
}

// firstDrawnDay is 0001-01-01.
const firstDrawnDay = -719162

// maxRows bounds the tables.
const maxRows = 80

// drawRows draws rows of the dataset.
func drawRows(t *rapid.T, d *madeDataset) [][]cell {
	rows := make([][]cell, rapid.IntRange(0, maxRows).Draw(t, "rows"))
	for i := range rows {
		for f := range d.fields {
			at := rapid.IntRange(-1, len(d.fields[f].values)-1).Draw(t, d.fields[f].name)
			switch {
			case at >= 0:
				rows[i] = append(rows[i], d.fields[f].values[at])
			case d.fields[f].required:
				rows[i] = append(rows[i], d.fields[f].values[0])
			default:
				rows[i] = append(rows[i], cell{null: true})
			}
		}
	}
	return rows
}

// batchOf writes rows as a batch.
func batchOf(ds *datasets.Dataset, rows [][]cell) *engine.Batch {
	b := &engine.Batch{Rows: len(rows)}
	for f := range ds.Fields {
		v := engine.Vector{Type: ds.Fields[f].Type, Valid: make([]uint64, (len(rows)+63)/64)}
		for i, row := range rows {
			c := row[f]
			if !c.null {
				v.Valid[i>>6] |= 1 << (i & 63)
			}
			switch v.Type {
			case datasets.Number:
				v.Floats = append(v.Floats, c.f)
			case datasets.String:
				code := slices.Index(v.Dict, c.s)
				if code < 0 {
					code = len(v.Dict)
					v.Dict = append(v.Dict, c.s)
				}
				v.Codes = append(v.Codes, uint32(code))
			default:
				v.Ints = append(v.Ints, c.i)
			}
		}
		b.Columns = append(b.Columns, v)
	}
	return b
}

// Numbers much closer to 0 are left to subnormals.txtar, which knows which
// servers order them.
var (
	texts = []string{"", "a", "b", "B", "é", "zz", "$x", "a.b", "null", "true", `"`, `"q"`, "a b&c=d+e%", "\U0001F33F", "\uFB00", "10", "9", "x\ny",
		"Straße", "\u017FTRA\u1E9EE", "\u212Ael", "KEL", "ΟΔΟΣ", "οδος", "a.*", "^a$"}
	quarters = []float64{0, math.Copysign(0, -1), 1, -2.5, 100.25, 3, 1e6}
	wild     = []float64{0, math.Copysign(0, -1), 0.1, -0.1, 1e-10, 1e300, -1e308, 1e21, 1e-7, 123456789.125}
	integers = []int64{0, 1, -1, 7, math.MaxInt64, math.MinInt64, math.MinInt64 + 1, 1<<53 + 1, 1 << 53}
)

// drawCell draws a value of the field. Numbers that are wide have any 53 bits, or
// are far from each other, so that their sums depend on the order in which a server
// adds them, unless it adds them exactly.
func drawCell(f *madeField, wide bool) *rapid.Generator[cell] {
	return rapid.Custom(func(t *rapid.T) cell {
		if f.enum != nil {
			return rapid.SampledFrom(f.enum).Draw(t, "of the enum")
		}
		var c cell
		switch f.kind {
		case datasets.Number:
			numbers := rapid.SampledFrom(quarters)
			if wide {
				numbers = rapid.OneOf(rapid.Float64Range(math.Ldexp(1, -10), math.Ldexp(1, 30)), rapid.SampledFrom(wild))
			}
			c.f = numbers.Draw(t, "number")
		case datasets.Integer:
			whole := rapid.OneOf(rapid.Int64Range(-9, 9), rapid.SampledFrom(integers))
			if wide {
				whole = rapid.OneOf(whole, rapid.Int64Range(-1<<60, 1<<60))
			}
			c.i = whole.Draw(t, "integer")
		case datasets.Boolean:
			c.i = rapid.Int64Range(0, 1).Draw(t, "boolean")
		case datasets.String:
			c.s = rapid.SampledFrom(texts).Draw(t, "text")
		case datasets.Date:
			c.i = rapid.OneOf(rapid.Int64Range(-3, 3), rapid.SampledFrom([]int64{firstDrawnDay, 2932896, 17978})).Draw(t, "day")
		case datasets.DateTime:
			c.i = drawInstant(t)
		}
		return c
	})
}

// changes are instants at which clocks of the zones change.
var changes = []time.Time{
	time.Date(2019, 3, 31, 1, 0, 0, 0, time.UTC), time.Date(2019, 10, 27, 1, 0, 0, 0, time.UTC), // Berlin
	time.Date(2019, 4, 6, 15, 0, 0, 0, time.UTC), time.Date(2019, 10, 5, 15, 30, 0, 0, time.UTC), // Lord Howe
	time.Date(2011, 12, 30, 10, 0, 0, 0, time.UTC), // Apia, which has no 30 December
	time.UnixMilli(0),
}

func drawInstant(t *rapid.T) int64 {
	at := rapid.SampledFrom(changes).Draw(t, "change").UnixMilli()
	return at + rapid.SampledFrom([]int64{0, -1, 1, 1800_000, -1800_000, 3600_000}).Draw(t, "beside")
}
