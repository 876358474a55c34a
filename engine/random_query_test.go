package engine_test

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"pgregory.net/rapid"

	"herbarium/datasets"
)

// madeQuery is a query that was drawn, as the reference knows it.
type madeQuery struct {
	*madeCondition
	fields   []int // nil: none are named
	sort     []madeSort
	groupBy  []madeKey // nil: none are named
	measures []madeMeasure
	named    []string // measures, as JSON has them
	path     string   // of the operation, where it is a named one
	field    int      // of distinct values or of a histogram, else -1
	bins     int      // at most; 0: none are named
	edges    []madeEdge
	page     int // 0: none
	perPage  int
	body     string // as JSON
	whole    string // as JSON, without the page
	flat     string // as the parameters of a URL
	flatAll  string // as these, without the page
}

// madeSort is a part of an order: a field of rows, or a column of groups.
type madeSort struct {
	by         int
	descending bool
}

// selection is a selector's values, one of which a row must have.
type selection struct {
	name   string
	field  int
	values []cell
	list   bool
}

// madeBound is a bound: a number as it is written, anything else as a value.
type madeBound struct {
	field  int
	number string
	value  cell
	text   string // of a value, as it is written
}

// drawQuery draws a query of the dataset that is valid, but that a lower bound
// may be above the upper one.
func drawQuery(t *rapid.T, d *madeDataset, op string) *madeQuery {
	q := &madeQuery{madeCondition: drawCondition(t, d, 0), field: -1}
	answerable := d.stats
	if op == "range" || op == "stats/summary" {
		answerable = make([]int, len(d.fields))
		for i := range answerable {
			answerable[i] = i
		}
	}
	if op == correlation && rapid.IntRange(0, 2).Draw(t, "pairs?") == 0 {
		q.fields = rapid.SliceOfNDistinct(rapid.SampledFrom(d.numeric()), 2, -1, rapid.ID).Draw(t, "paired")
		slices.Sort(q.fields)
	}
	if (op == "range" || op == "stats/mean" || op == "stats/summary") && rapid.IntRange(0, 3).Draw(t, "fields?") == 0 {
		q.fields = some(t, "fields", answerable)
		if len(q.fields) == 0 {
			q.fields = nil // to name none is not a query
		}
	}
	switch {
	case op == "stats/distinct":
		q.field = rapid.IntRange(0, len(d.fields)-1).Draw(t, "field")
	case op != "range" && rapid.Bool().Draw(t, "group_by?"):
		q.groupBy = drawKeys(t, d)
		if op == correlation { // which has a column x of its own
			q.groupBy = slices.DeleteFunc(q.groupBy, func(k madeKey) bool { return k.name == "x" })
		}
	}
	if op == "stats/histogram" {
		q.drawBins(t, d)
	}
	if op == "stats" && rapid.IntRange(0, 3).Draw(t, "measures?") > 0 {
		q.measures, q.named = drawMeasures(t, d)
	}
	if columns := d.columns(q, op); len(columns) > 0 && rapid.Bool().Draw(t, "sort?") {
		for _, by := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(columns)-1), 1, 3, rapid.ID).Draw(t, "sort") {
			if columns[by].variant {
				continue // which has no order
			}
			q.sort = append(q.sort, madeSort{by, rapid.Bool().Draw(t, "descending")})
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "page?") == 0 {
		q.page = rapid.IntRange(1, 4).Draw(t, "page")
	}
	if rapid.IntRange(0, 3).Draw(t, "per_page?") == 0 {
		q.perPage = rapid.IntRange(1, 12).Draw(t, "per_page")
		if d.pageMax > 0 {
			q.perPage = min(q.perPage, d.pageMax)
		}
	}
	q.write(t, d, op)
	q.flatten(d, op)
	return q
}

func drawSelection(t *rapid.T, d *madeDataset, s madeSelector) selection {
	f := &d.fields[s.field]
	value := rapid.OneOf(rapid.SampledFrom(f.values), rapid.SampledFrom(f.values), drawCell(f, false), rapid.Just(cell{null: true}))
	values := rapid.SliceOfNDistinct(value, 1, 3, f.json).Draw(t, s.name)
	return selection{s.name, s.field, values, len(values) > 1 || values[0].null || rapid.Bool().Draw(t, "a list of one")}
}

// drawBound draws a bound. An open one of numbers is not 0: that is left to
// subnormals.txtar, which knows which servers order the numbers beside it. Nor is it
// the first day of the year 1: not every server has days before it.
func drawBound(t *rapid.T, f *madeField, index int, open bool) madeBound {
	b := madeBound{field: index}
	if f.numeric() {
		literals := []string{"0", "-0", "-2.5", "3", "0.1", "100.250", "1E2", "1e308", "-1e-400", "5.5", "-1.5",
			"9007199254740992.5", "9223372036854775807", "-9223372036854775809", "1e30"}
		for _, c := range f.values {
			literals = append(literals, f.json(c))
		}
		if open && f.kind == datasets.Number {
			literals = slices.DeleteFunc(literals, func(text string) bool { return text == "null" || zero(text) })
		}
		b.number = rapid.SampledFrom(literals).Draw(t, "number")
		b.text = b.number
		return b
	}
	b.value = rapid.OneOf(rapid.SampledFrom(f.values), drawCell(&madeField{kind: f.kind}, false)).Draw(t, "bound")
	if open && f.kind == datasets.Date {
		b.value.i = max(b.value.i, firstDrawnDay+1)
	}
	switch f.kind {
	case datasets.String:
		b.text = b.value.s
	case datasets.Date:
		b.text = day(b.value.i)
	default:
		b.text, b.value.i = drawClock(t, f, b.value.i)
	}
	return b
}

// drawClock writes an instant in some form, or a wall clock of the field's time
// zone, and returns which instant that is.
func drawClock(t *rapid.T, f *madeField, millis int64) (text string, at int64) {
	utc := time.UnixMilli(millis).UTC()
	switch rapid.IntRange(0, 5).Draw(t, "form") {
	case 0:
		return utc.Format("2006-01-02 15:04:05.000z"), millis
	case 1:
		return utc.In(time.FixedZone("", 5*3600+1800)).Format("2006-01-02T15:04:05.000-07:00"), millis
	case 2:
		return utc.Format("2006-01-02t15:04+00:00"), utc.Truncate(time.Minute).UnixMilli()
	case 3:
		// Without an offset, by the clock on the field's wall; where that does
		// not settle the instant, package time does.
		wall := utc.In(f.zone)
		at := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), f.zone)
		return wall.Format("2006-01-02T15:04:05.000"), at.UnixMilli()
	case 4:
		// Clocks of Berlin and Apia do not show these.
		if rapid.Bool().Draw(t, "in Berlin") {
			return "2019-03-31 02:30", time.Date(2019, 3, 31, 2, 30, 0, 0, f.zone).UnixMilli()
		}
		return "2011-12-30T12:00", time.Date(2011, 12, 30, 12, 0, 0, 0, f.zone).UnixMilli()
	default:
		return utc.Format("2006-01-02T15:04:05.000Z"), millis
	}
}

// write writes the query as JSON, its properties in any order, with or without
// properties that are null.
func (q *madeQuery) write(t *rapid.T, d *madeDataset, op string) {
	members := append(q.members(t, d), q.others(t, d, op)...)
	add := func(name, value string) { members = append(members, asJSON(name)+":"+value) }
	q.whole = "{" + strings.Join(members, ",") + "}"
	for i, n := range []int{q.page, q.perPage} {
		name := []string{"page", "per_page"}[i]
		if n > 0 {
			add(name, fmt.Sprintf(rapid.SampledFrom([]string{"%d", "%d.0", "%d00e-2"}).Draw(t, "form of "+name), n))
		} else if rapid.IntRange(0, 5).Draw(t, "null") == 0 {
			add(name, "null")
		}
	}
	if members == nil && rapid.Bool().Draw(t, "no body") {
		return
	}
	q.body = "{" + strings.Join(rapid.Permutation(members).Draw(t, "order"), ", ") + "}"
}

// others writes what is neither a condition nor a page.
func (q *madeQuery) others(t *rapid.T, d *madeDataset, op string) (members []string) {
	add := func(name, value string) { members = append(members, asJSON(name)+":"+value) }
	if q.fields != nil {
		add("fields", d.list(q.fields))
	}
	if q.sort != nil {
		add("sort", asJSON(q.sorted(d, op)))
	}
	if q.groupBy != nil {
		var keys []string
		for i := range q.groupBy {
			k := &q.groupBy[i]
			if k.short == "" || rapid.IntRange(0, 2).Draw(t, "long") == 0 {
				keys = append(keys, k.long)
			} else {
				keys = append(keys, asJSON(k.short))
			}
		}
		add("group_by", "["+strings.Join(keys, ",")+"]")
	}
	if q.named != nil {
		add("measures", "{"+strings.Join(rapid.Permutation(q.named).Draw(t, "order of measures"), ",")+"}")
	}
	if q.field >= 0 {
		add("field", asJSON(d.fields[q.field].name))
	}
	if q.bins > 0 {
		add("bins", strconv.Itoa(q.bins))
	}
	if q.edges != nil {
		var edges []string
		for _, e := range q.edges {
			edges = append(edges, e.json)
		}
		add("edges", "["+strings.Join(edges, ",")+"]")
	}
	return members
}

// sorted names the columns that the query sorts by.
func (q *madeQuery) sorted(d *madeDataset, op string) []string {
	var names []string
	for _, part := range q.sort {
		name := d.columns(q, op)[part.by].name
		if part.descending {
			name = "-" + name
		}
		names = append(names, name)
	}
	return names
}

// flatten writes the query as the parameters of a URL, and as query=JSON where they
// cannot say it.
func (q *madeQuery) flatten(d *madeDataset, op string) {
	parts, ok := q.parameters(d, "")
	add := func(name, value string) {
		parts = append(parts, url.QueryEscape(name)+"="+url.QueryEscape(value))
	}
	for _, f := range q.fields {
		add("fields", inURL(d.fields[f].name))
	}
	for _, name := range q.sorted(d, op) {
		add("sort", inURL(name))
	}
	for _, k := range q.groupBy {
		ok = ok && k.short != ""
		add("group_by", inURL(k.short))
	}
	if q.groupBy != nil && len(q.groupBy) == 0 {
		add("group_by", "")
	}
	for _, m := range q.measures {
		if m.field < 0 {
			add("measures[*]", m.name)
		} else {
			add("measures["+d.fields[m.field].name+"]", m.name)
		}
	}
	if q.field >= 0 {
		add("field", inURL(d.fields[q.field].name))
	}
	if q.bins > 0 {
		add("bins", strconv.Itoa(q.bins))
	}
	for _, e := range q.edges {
		add("edges", strings.Trim(e.json, `"`))
	}
	if q.flatAll = strings.Join(parts, "&"); !ok {
		parts = []string{"query=" + url.QueryEscape(q.whole)}
		q.flatAll = parts[0]
	}
	if q.page > 0 {
		add("page", strconv.Itoa(q.page))
	}
	if q.perPage > 0 {
		add("per_page", strconv.Itoa(q.perPage))
	}
	q.flat = strings.Join(parts, "&")
}

// flat is the value as a URL has it, but for what inURL does.
func (f *madeField) flat(c cell) string {
	if f.kind == datasets.Integer || f.kind == datasets.Boolean {
		return f.json(c)
	}
	return f.plain(c)
}

// inURL writes a text as a URL's value: as JSON where it would be read as
// something else.
func inURL(text string) string {
	if text == "null" || strings.HasPrefix(text, `"`) {
		return asJSON(text)
	}
	return text
}
