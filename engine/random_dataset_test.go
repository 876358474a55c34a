package engine_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"pgregory.net/rapid"

	"herbarium/datasets"
)

// madeField is a field of a descriptor that was drawn.
type madeField struct {
	name     string
	kind     datasets.Type
	enum     []cell
	required bool
	ordered  bool
	zone     *time.Location
	// values are those that rows have; a few, so that queries find some.
	values []cell
}

// madeSelector is a selector of a descriptor that was drawn.
type madeSelector struct {
	name  string
	field int
}

// madeDataset is a descriptor that was drawn, as the reference knows it: all
// that it says and all that follows by default, without the package datasets.
type madeDataset struct {
	name       string
	text       string
	fields     []madeField
	selectors  []madeSelector
	bounds     []int
	stats      []int // in the order of fields
	statsGiven []int // as the descriptor lists them, which is the order of charts; nil: it does not
	groupBy    []int
	operations []string
	pageMax    int
	pageSize   int // page.default
	// wide says that numbers may be of any 53 bits, or far from each other.
	wide bool
	// oneText says that queries look for one text at a time.
	oneText bool
}

// names are what fields may be called; none is a part of another's path. Those
// that no selector may be called are the last.
var names = []string{
	"x", "has space", "größe 価格", "a[b]", "cash$", "semi;colon&=+%", `quo"te`, "slash/til~de", "null", "true", "0",
	"place.name", "place.spot.lat", "place.spot.since", "Place", "list.0", "list.1", "é=", "deep.er.and.deep er", "page", "lower", "query",
}

var reserved = []string{"page", "lower", "query"}

var zones = []string{"", "UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"}

// madeNames numbers the datasets, so that no store takes one for another.
var madeNames atomic.Int64

// drawDataset draws a descriptor; often it leaves to defaults what it may.
func drawDataset(t *rapid.T) *madeDataset {
	d := &madeDataset{name: fmt.Sprintf("made_%d", madeNames.Add(1))}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 8, rapid.ID).Draw(t, "names") {
		d.fields = append(d.fields, drawField(t, name))
	}
	lines := []string{"dataset: " + d.name, "data: none.csv", "fields:"}
	for i := range d.fields {
		lines = append(lines, "  "+d.fields[i].line())
	}
	lines = append(lines, d.drawSelectors(t)...)
	lines = append(lines, d.drawBounds(t)...)
	lines = append(lines, d.drawStats(t)...)
	lines = append(lines, d.drawPage(t)...)
	d.text = strings.Join(lines, "\n") + "\n"
	d.offer()
	d.wide = rapid.Bool().Draw(t, "wide")
	for i := range d.fields {
		d.fields[i].values = rapid.SliceOfN(drawCell(&d.fields[i], d.wide), 1, 6).Draw(t, "values of "+d.fields[i].name)
	}
	return d
}

// offer lists the operations that the dataset has by default; those that are asked for
// more often are in the list twice.
func (d *madeDataset) offer() {
	d.operations = []string{"range", "range", "stats", "stats/mean", "stats/distinct"}
	if d.canHold("count") {
		d.operations = append(d.operations, "stats/count")
	}
	if d.canHold(summaryNames()...) {
		d.operations = append(d.operations, "stats/summary")
	}
	if len(d.binnable()) > 0 && d.canHold("from", "to", "count") {
		d.operations = append(d.operations, "stats/histogram", "stats/histogram")
	}
	if len(d.numeric()) > 1 && d.canHold("x", "y", "n", "r") {
		d.operations = append(d.operations, correlation)
	}
}

// canHold reports whether an answer can have these columns beside the groups that the
// statistics have by default.
func (d *madeDataset) canHold(columns ...string) bool {
	return !slices.ContainsFunc(d.groupBy, func(f int) bool {
		return slices.ContainsFunc(columns, func(column string) bool { return datasets.NamesClash(d.fields[f].name, column) })
	})
}

func drawField(t *rapid.T, name string) madeField {
	f := madeField{name: name, kind: datasets.Type(rapid.IntRange(0, len(datasets.TypeNames())-1).Draw(t, "type")), zone: time.UTC}
	f.required = rapid.IntRange(0, 3).Draw(t, "required") == 0
	selectable := f.kind != datasets.Number && f.kind != datasets.DateTime
	if selectable && !slices.Contains(reserved, name) && rapid.IntRange(0, 2).Draw(t, "enum?") == 0 {
		// No enum has the empty text.
		right := drawCell(&madeField{kind: f.kind}, false).Filter(func(c cell) bool { return f.json(c) != `""` && c.i > -1<<53 && c.i < 1<<53 })
		f.enum = rapid.SliceOfNDistinct(right, 1, 2, f.json).Draw(t, "enum")
	}
	switch f.kind {
	case datasets.String:
		f.ordered = rapid.Bool().Draw(t, "ordered")
	case datasets.DateTime:
		if zone := rapid.SampledFrom(zones).Draw(t, "timezone"); zone != "" {
			f.zone, _ = time.LoadLocation(zone)
		}
	}
	return f
}

// line is the field in YAML, whose flow style takes JSON's strings.
func (f *madeField) line() string {
	parts := []string{"type: " + f.kind.String()}
	if f.enum != nil {
		var values []string
		for _, c := range f.enum {
			values = append(values, f.json(c))
		}
		parts = append(parts, "enum: ["+strings.Join(values, ", ")+"]")
	}
	if f.required {
		parts = append(parts, "required: true")
	}
	if f.ordered {
		parts = append(parts, "ordered: true")
	}
	if f.zone != time.UTC {
		parts = append(parts, "timezone: "+f.zone.String())
	}
	return asJSON(f.name) + ": {" + strings.Join(parts, ", ") + "}"
}

// binnable are the fields that can have a histogram.
func (d *madeDataset) binnable() []int {
	var fields []int
	for i := range d.fields {
		if f := &d.fields[i]; f.numeric() || f.kind == datasets.Date || f.kind == datasets.DateTime {
			fields = append(fields, i)
		}
	}
	return fields
}

func (f *madeField) numeric() bool {
	return f.kind == datasets.Number || f.kind == datasets.Integer
}

func (d *madeDataset) drawSelectors(t *rapid.T) []string {
	var fitting []int
	for i, f := range d.fields {
		if f.kind != datasets.Number && f.kind != datasets.DateTime && !slices.Contains(reserved, f.name) {
			d.selectors = append(d.selectors, madeSelector{f.name, i})
		}
		if f.kind != datasets.Number && f.kind != datasets.DateTime {
			fitting = append(fitting, i)
		}
	}
	if len(fitting) == 0 || rapid.IntRange(0, 3).Draw(t, "selectors?") == 0 {
		return nil
	}
	d.selectors = nil
	var entries []string
	for i, f := range rapid.SliceOfN(rapid.SampledFrom(fitting), 1, 5).Draw(t, "selected") {
		name := d.fields[f].name
		taken := func(s madeSelector) bool { return s.name == name }
		if slices.Contains(reserved, name) || slices.ContainsFunc(d.selectors, taken) {
			name = fmt.Sprintf("by %d[]", i)
		}
		d.selectors = append(d.selectors, madeSelector{name, f})
		entries = append(entries, asJSON(name)+": "+asJSON(d.fields[f].name))
	}
	return []string{"selectors: {" + strings.Join(entries, ", ") + "}"}
}

func (d *madeDataset) drawBounds(t *rapid.T) []string {
	for i, f := range d.fields {
		if f.numeric() || f.kind == datasets.Date || f.kind == datasets.DateTime || f.ordered {
			d.bounds = append(d.bounds, i)
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "bounds?") > 0 {
		return nil
	}
	d.bounds = some(t, "bounds", d.bounds)
	return []string{"bounds: " + d.list(d.bounds)}
}

func (d *madeDataset) drawStats(t *rapid.T) []string {
	for i := range d.fields {
		if d.fields[i].numeric() {
			d.stats = append(d.stats, i)
		}
	}
	var parts []string
	if rapid.IntRange(0, 2).Draw(t, "stats.fields?") == 0 {
		d.stats = some(t, "stats.fields", d.stats)
		parts = append(parts, "fields: "+d.list(d.stats))
		d.statsGiven = slices.Clone(d.stats)
		slices.Sort(d.stats)
	}
	if rapid.IntRange(0, 3).Draw(t, "group_by?") > 0 {
		all := make([]int, len(d.fields))
		for i := range all {
			all[i] = i
		}
		d.groupBy = some(t, "group_by", all)
		d.groupBy = d.groupBy[:min(3, len(d.groupBy))]
		if len(d.groupBy) == 1 && rapid.Bool().Draw(t, "by name") {
			parts = append(parts, "group_by: "+asJSON(d.fields[d.groupBy[0]].name))
		} else {
			parts = append(parts, "group_by: "+d.list(d.groupBy))
		}
	}
	if parts == nil {
		return nil
	}
	return []string{"stats: {" + strings.Join(parts, ", ") + "}"}
}

func (d *madeDataset) drawPage(t *rapid.T) []string {
	var parts []string
	if rapid.IntRange(0, 2).Draw(t, "page.max?") == 0 {
		d.pageMax = rapid.IntRange(1, 20).Draw(t, "page.max")
		parts = append(parts, fmt.Sprintf("max: %d", d.pageMax))
	}
	if rapid.IntRange(0, 2).Draw(t, "page.default?") == 0 {
		d.pageSize = rapid.IntRange(1, max(d.pageMax, 1)+9*(1-min(d.pageMax, 1))).Draw(t, "page.default")
		parts = append(parts, fmt.Sprintf("default: %d", d.pageSize))
	}
	if parts == nil {
		return nil
	}
	return []string{"page: {" + strings.Join(parts, ", ") + "}"}
}

// some draws some of the indexes, in any order.
func some(t *rapid.T, label string, of []int) []int {
	if len(of) == 0 {
		return of
	}
	mixed := rapid.Permutation(of).Draw(t, label)
	return mixed[:rapid.IntRange(0, len(of)).Draw(t, "how many")]
}

// list writes the fields' names as a list.
func (d *madeDataset) list(fields []int) string {
	list := []string{}
	for _, f := range fields {
		list = append(list, d.fields[f].name)
	}
	return asJSON(list)
}

// asJSON writes v as JSON with nothing escaped for HTML.
func asJSON(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // nothing that a test writes
	}
	return strings.TrimSuffix(b.String(), "\n")
}
