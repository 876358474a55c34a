package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"herbarium/datasets"
)

// madeKey is a key of groups that was drawn, as the reference knows it: of a field's
// values, of units of time, or of intervals of a width or between edges.
type madeKey struct {
	field int
	name  string // of the column
	short string // the key as a text, where it can be one
	long  string // the key as an object

	every  int
	unit   string
	origin string // of days, or of a width
	zone   *time.Location
	width  string
	edges  []string
	kind   datasets.Type // of the labels
}

// madeMeasure is a measure that was drawn, of a field or of rows (-1).
type madeMeasure struct {
	name  string
	field int
}

// drawKeys draws keys with columns of different names.
func drawKeys(t *rapid.T, d *madeDataset) []madeKey {
	keys := []madeKey{}
	for i, f := range rapid.SliceOfN(rapid.IntRange(0, len(d.fields)-1), 0, 3).Draw(t, "keys") {
		k := drawKey(t, d, f)
		taken := func(other madeKey) bool { return other.name == k.name }
		if slices.ContainsFunc(keys, taken) || rapid.IntRange(0, 3).Draw(t, "as?") == 0 {
			k.name = fmt.Sprintf("größe %d", i)
			k.short = ""
			k.long = strings.TrimSuffix(k.long, "}") + `,"as":` + asJSON(k.name) + "}"
		}
		keys = append(keys, k)
	}
	return keys
}

func drawKey(t *rapid.T, d *madeDataset, field int) madeKey {
	f := &d.fields[field]
	k := madeKey{field: field, name: f.name, short: f.name, kind: f.kind, long: `{"field":` + asJSON(f.name) + "}"}
	add := func(property, value string) {
		k.long = strings.TrimSuffix(k.long, "}") + "," + asJSON(property) + ":" + value + "}"
	}
	if f.kind == datasets.Boolean || f.kind == datasets.String || rapid.IntRange(0, 3).Draw(t, "plain") == 0 {
		return k
	}
	if f.numeric() {
		drawIntervals(t, f, &k, add)
		return k
	}
	units := []string{"year", "quarter", "month", "3 months", "week", "day", "2 weeks", "10 days"}
	if k.kind = datasets.String; f.kind == datasets.DateTime {
		k.zone = f.zone
		units = append(units, "hour", "minute", "15 minutes", "6 hours", "hour", "2 hours")
	}
	by := rapid.SampledFrom(units).Draw(t, "unit")
	k.every, k.unit = 1, by
	if _, err := fmt.Sscanf(by, "%d %s", &k.every, &k.unit); err == nil {
		k.unit = strings.TrimSuffix(k.unit, "s")
	} else {
		k.every, k.unit = 1, by
	}
	add("by", asJSON(by))
	k.short += ":" + by
	if k.every > 1 && (k.unit == "week" || k.unit == "day") {
		k.origin, k.short = "2019-03-05", ""
		add("origin", asJSON(k.origin))
	}
	if k.zone != nil && rapid.Bool().Draw(t, "timezone?") {
		name := rapid.SampledFrom(zones[1:]).Draw(t, "timezone")
		k.zone, _ = time.LoadLocation(name)
		k.short = ""
		add("timezone", asJSON(name))
	}
	return k
}

func drawIntervals(t *rapid.T, f *madeField, k *madeKey, add func(property, value string)) {
	whole := func(numbers ...string) bool {
		return !slices.ContainsFunc(numbers, func(n string) bool { return n != "" && !exactly(n).IsInt() })
	}
	if rapid.Bool().Draw(t, "edges?") {
		edges := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"-1e3", "-2.5", "-1", "0", "0.1", "1", "3", "7.0", "100.25", "1e6", "1e21"}), 2, 6, rapid.ID).Draw(t, "edges")
		slices.SortFunc(edges, func(a, b string) int { return exactly(a).Cmp(exactly(b)) })
		k.edges, k.short = edges, ""
		add("edges", "["+strings.Join(edges, ",")+"]")
		// Labels are integers where all edges are.
		if k.kind = datasets.Number; f.kind == datasets.Integer && whole(edges...) && !slices.Contains(edges, "1e21") {
			k.kind = datasets.Integer
		}
		return
	}
	k.width = rapid.SampledFrom([]string{"1", "0.1", "2.5", "10", "1e3", "0.007", "9e15"}).Draw(t, "width")
	k.short += ":" + k.width
	add("width", k.width)
	if rapid.Bool().Draw(t, "origin?") {
		k.origin, k.short = rapid.SampledFrom([]string{"0", "5", "-0.05", "1e2"}).Draw(t, "origin"), ""
		add("origin", k.origin)
	}
	if k.kind = datasets.Number; f.kind == datasets.Integer && whole(k.width, k.origin) {
		k.kind = datasets.Integer
	}
}

// What is measured of numbers, and of dates and instants.
const (
	ofNumbers = "count missing sum mean min max stddev stddev_pop variance variance_pop median distinct mode p0 p5 p95 p100 p33_discrete"
	ofDates   = "count missing min max median distinct mode p10 p75 p90_discrete"
)

// measuresOf are the measures of each type.
var measuresOf = map[datasets.Type]string{
	datasets.Number: ofNumbers, datasets.Integer: ofNumbers, datasets.Date: ofDates, datasets.DateTime: ofDates,
	datasets.String: "count missing min max distinct mode p50_discrete", datasets.Boolean: "count missing sum mean distinct mode",
}

// drawMeasures draws measures, in the order in which answers have them, and writes
// them.
func drawMeasures(t *rapid.T, d *madeDataset) (measures []madeMeasure, members []string) {
	for f := -1; f < len(d.fields); f++ {
		if rapid.IntRange(0, 1).Draw(t, "measured?") == 0 {
			continue
		}
		name, names := "*", []string{"count"}
		if f >= 0 {
			name = d.fields[f].name
			names = rapid.SliceOfNDistinct(rapid.SampledFrom(strings.Fields(measuresOf[d.fields[f].kind])), 1, 4, rapid.ID).Draw(t, "measures")
		}
		for _, m := range names {
			measures = append(measures, madeMeasure{m, f})
		}
		members = append(members, asJSON(name)+":"+asJSON(names))
	}
	return measures, members
}
