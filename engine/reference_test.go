package engine_test

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"herbarium/datasets"
)

// reference answers queries of a dataset that was drawn: by loops over its
// rows, with sums by math/big and numbers and texts written by encoding/json.
type reference struct {
	*madeDataset
	rows [][]cell
}

// plain is a text, a date or an instant as answers have it.
func (f *madeField) plain(c cell) string {
	switch f.kind {
	case datasets.Date:
		return day(c.i)
	case datasets.DateTime:
		return time.UnixMilli(c.i).UTC().Format("2006-01-02T15:04:05.000Z")
	default:
		return c.s
	}
}

// json is the value as JSON.
func (f *madeField) json(c cell) string {
	switch {
	case c.null:
		return "null"
	case c.raw != "":
		return c.raw
	case f.kind == datasets.Number:
		return fractional(asJSON(c.f))
	case f.kind == datasets.Integer:
		return strconv.FormatInt(c.i, 10)
	case f.kind == datasets.Boolean:
		return strconv.FormatBool(c.i == 1)
	default:
		return asJSON(f.plain(c))
	}
}

// fractional gives a number's text a fraction, if it has neither fraction nor
// exponent.
func fractional(text string) string {
	if strings.ContainsAny(text, ".e") {
		return text
	}
	return text + ".0"
}

func day(days int64) string { return time.Unix(days*86400, 0).UTC().Format("2006-01-02") }

// compare orders values: null first, text by bytes.
func (f *madeField) compare(a, b cell) int {
	switch {
	case a.null || b.null:
		return cmp.Compare(map[bool]int{false: 1}[a.null], map[bool]int{false: 1}[b.null])
	case f.kind == datasets.Number:
		return cmp.Compare(a.f+0, b.f+0)
	case f.kind == datasets.String:
		return strings.Compare(a.s, b.s)
	default:
		return cmp.Compare(a.i, b.i)
	}
}

// beside says where the value lies: below (-1), at (0) or above (1) the bound.
func (b *madeBound) beside(f *madeField, c cell) int {
	switch f.kind {
	case datasets.Number:
		limit, _ := strconv.ParseFloat(b.number, 64)
		return cmp.Compare(c.f, limit)
	case datasets.Integer:
		return new(big.Rat).SetInt64(c.i).Cmp(exactly(b.number))
	default:
		return f.compare(c, b.value)
	}
}

// answer returns the entries of the answer on all pages, each as JSON.
func (r *reference) answer(q *madeQuery, op string) []string {
	var rows [][]cell
	for _, row := range r.rows {
		if r.picks(q.madeCondition, row) {
			rows = append(rows, row)
		}
	}
	columns, order := r.columns(q, op), q.sort
	switch op {
	case "range":
	case correlation:
		rows = r.correlations(q, rows)
	case "stats/summary":
		rows = r.summaries(q, rows)
	case "stats/histogram":
		rows = r.histograms(q, rows)
	default:
		rows = r.groups(q, columns, rows, op)
	}
	if op == "stats/distinct" && order == nil {
		order = []madeSort{{1, true}, {0, false}} // the most frequent first
	}
	slices.SortStableFunc(rows, func(a, b []cell) int {
		for _, part := range order {
			if c := columns[part.by].compare(a[part.by], b[part.by]); c != 0 {
				if part.descending {
					return -c
				}
				return c
			}
		}
		return 0
	})
	var entries []string
	for _, row := range rows {
		var o nested
		for i, c := range columns {
			if op != "range" || q.fields == nil || slices.Contains(q.fields, i) {
				f := madeField{kind: c.kind}
				o.set(c.name, f.json(row[i]))
			}
		}
		entries = append(entries, o.String())
	}
	return entries
}

// window returns the page that the query asks for.
func (r *reference) window(q *madeQuery, entries []string) []string {
	size := q.perPage
	if size == 0 {
		size = r.pageSize
	}
	if size == 0 && q.page > 0 {
		if size = 100; r.pageMax > 0 {
			size = min(size, r.pageMax)
		}
	}
	if size == 0 {
		return entries
	}
	from := min((max(q.page, 1)-1)*size, len(entries))
	return entries[from:min(from+size, len(entries))]
}

// nested is a JSON object of values by paths with dots, in the order in which
// their first parts were set.
type nested struct {
	keys   []string
	values map[string]string
	inner  map[string]*nested
}

func (o *nested) set(path, value string) {
	first, rest, deeper := strings.Cut(path, ".")
	if !slices.Contains(o.keys, first) {
		o.keys = append(o.keys, first)
	}
	if !deeper {
		if o.values == nil {
			o.values = map[string]string{}
		}
		o.values[first] = value
		return
	}
	if o.inner == nil {
		o.inner = map[string]*nested{}
	}
	if o.inner[first] == nil {
		o.inner[first] = &nested{}
	}
	o.inner[first].set(rest, value)
}

func (o *nested) String() string {
	var members []string
	for _, key := range o.keys {
		value := o.values[key]
		if inner := o.inner[key]; inner != nil {
			value = inner.String()
		}
		members = append(members, asJSON(key)+":"+value)
	}
	return "{" + strings.Join(members, ",") + "}"
}
