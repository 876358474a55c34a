package engine_test

import (
	"cmp"
	"math"
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

func exactly(number string) *big.Rat {
	r, _ := new(big.Rat).SetString(number)
	return r
}

// crossed returns the fields whose lower bound is above the upper one.
func (r *reference) crossed(q *madeQuery) []string {
	var crossed []string
	for _, lower := range q.lower {
		for _, upper := range q.upper {
			if f := &r.fields[lower.field]; lower.field == upper.field && lower.above(&upper, f) {
				crossed = append(crossed, f.name)
			}
		}
	}
	return crossed
}

func (b *madeBound) above(upper *madeBound, f *madeField) bool {
	switch f.kind {
	case datasets.Number:
		limit, _ := strconv.ParseFloat(b.number, 64)
		return upper.beside(f, cell{f: limit}) > 0
	case datasets.Integer:
		return exactly(b.number).Cmp(exactly(upper.number)) > 0
	default:
		return f.compare(b.value, upper.value) > 0
	}
}

// picks reports whether the query picks the row.
func (r *reference) picks(q *madeQuery, row []cell) bool {
	for _, s := range q.selections {
		f := &r.fields[s.field]
		if !slices.ContainsFunc(s.values, func(c cell) bool { return f.compare(c, row[s.field]) == 0 }) {
			return false
		}
	}
	for _, b := range q.lower {
		if c := row[b.field]; c.null || b.beside(&r.fields[b.field], c) < 0 {
			return false
		}
	}
	for _, b := range q.upper {
		if c := row[b.field]; c.null || b.beside(&r.fields[b.field], c) > 0 {
			return false
		}
	}
	return true
}

// answer returns the entries of the answer on all pages, each as JSON.
func (r *reference) answer(q *madeQuery, op string) []string {
	var rows [][]cell
	for _, row := range r.rows {
		if r.picks(q, row) {
			rows = append(rows, row)
		}
	}
	if op == "range" {
		return r.ranged(q, rows)
	}
	return r.groups(q, rows, op)
}

func (r *reference) ranged(q *madeQuery, rows [][]cell) []string {
	var entries []string
	for _, row := range rows {
		var o nested
		for i := range r.fields {
			if q.fields == nil || slices.Contains(q.fields, i) {
				o.set(r.fields[i].name, r.fields[i].json(row[i]))
			}
		}
		entries = append(entries, o.String())
	}
	return entries
}

func (r *reference) groups(q *madeQuery, rows [][]cell, op string) []string {
	var groups [][][]cell // rows by group
	byKey := func(a, b []cell) int {
		for _, f := range r.groupBy {
			if c := r.fields[f].compare(a[f], b[f]); c != 0 {
				return c
			}
		}
		return 0
	}
next:
	for _, row := range rows {
		for i := range groups {
			if byKey(groups[i][0], row) == 0 {
				groups[i] = append(groups[i], row)
				continue next
			}
		}
		groups = append(groups, [][]cell{row})
	}
	slices.SortFunc(groups, func(a, b [][]cell) int { return byKey(a[0], b[0]) })
	var entries []string
	for _, group := range groups {
		var o nested
		if op == "stats/count" {
			o.set("count", strconv.Itoa(len(group)))
		}
		for _, f := range r.stats {
			if op != "stats/mean" {
				break
			}
			if q.fields == nil || slices.Contains(q.fields, f) {
				o.set("mean_"+r.fields[f].name, r.mean(group, f))
			}
		}
		for _, f := range r.groupBy {
			key := group[0][f]
			key.f += 0 // -0 and 0 are one group
			o.set(r.fields[f].name, r.fields[f].json(key))
		}
		entries = append(entries, o.String())
	}
	return entries
}

// mean is the exact sum, rounded once, divided by how many values there are.
func (r *reference) mean(rows [][]cell, f int) string {
	sum, n := new(big.Float).SetPrec(2200), 0
	for _, row := range rows {
		switch c := row[f]; {
		case c.null:
			continue
		case r.fields[f].kind == datasets.Number:
			sum.Add(sum, new(big.Float).SetPrec(2200).SetFloat64(c.f))
		default:
			sum.Add(sum, new(big.Float).SetPrec(2200).SetInt64(c.i))
		}
		n++
	}
	rounded, _ := sum.Float64()
	if n == 0 || math.IsInf(rounded, 0) {
		return "null"
	}
	return fractional(asJSON((rounded + 0) / float64(n)))
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
