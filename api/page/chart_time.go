package page

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"herbarium/datasets"
)

// overTime is a measure by calendar units of a date or a date and time.
var overTime = kind{
	name:     "time",
	possible: func(b *builder) bool { return b.offers("stats") && len(b.dates()) > 0 },
	controls: func(b *builder) []control {
		measure, units := b.timeMeasure(), b.timeUnit()
		controls := []control{
			b.fieldControl("chart[over]", "over", b.dates(), b.named("chart[over]", b.dates()), false),
			b.listControl("chart[unit]", "every", timeUnits, units),
			b.listControl("chart[measure]", "measure", b.timeMeasures(), measure),
		}
		if measure != "count" {
			controls = append(controls, b.fieldControl("chart[of]", "of field", b.numbers(), b.measure(), false))
		}
		return controls
	},
	asks: askTime,
	draw: drawTime,
}

func askTime(b *builder) (string, []param) {
	d := b.state.dataset
	settings := []param{{"group_by", d.Fields[b.named("chart[over]", b.dates())].Name + ":" + b.timeUnit()}}
	if m := b.timeMeasure(); m != "count" {
		settings = append(settings, param{"measures[" + d.Fields[b.measure()].Name + "]", m})
	}
	return "stats", settings
}

var timeUnits = []string{"month", "year", "quarter", "week", "day", "hour"}

// maxBuckets is how many units of time a chart shows.
const maxBuckets = 1000

func (b *builder) dates() []int { return b.ofType(datasets.Date, datasets.DateTime) }

func (b *builder) timeUnit() string {
	if u := b.state.get("chart[unit]"); slices.Contains(timeUnits, u) {
		return u
	}
	return timeUnits[0]
}

func (b *builder) timeMeasures() []string {
	if len(b.numbers()) == 0 {
		return []string{"count"}
	}
	return []string{"count", "mean", "sum", "median", "min", "max"}
}

func (b *builder) timeMeasure() string {
	if m := b.state.get("chart[measure]"); slices.Contains(b.timeMeasures(), m) {
		return m
	}
	return "count"
}

// listControl lets one choose among words.
func (b *builder) listControl(name, label string, words []string, chosen string) control {
	c := control{Name: name, Label: b.texts.t(label)}
	for _, w := range words {
		c.Options = append(c.Options, choiceOption{w, b.texts.t("choice " + w), w == chosen})
	}
	return c
}

func drawTime(ctx context.Context, b *builder) (*chart, error) {
	d := b.state.dataset
	over := b.named("chart[over]", b.dates())
	key := &d.Fields[over]
	unitName, measure := b.timeUnit(), b.timeMeasure()
	column, what, suffix := "count", b.texts.t("rows word"), ""
	c := &chart{}
	c.path, c.settings = askTime(b)
	if measure != "count" {
		f := &d.Fields[b.measure()]
		column, suffix = measure+"_"+f.Name, unit(f)
		what = b.texts.t("measure of", b.texts.t("choice "+measure), newField(f).Label)
	}
	// The latest ones count where there are too many.
	a, err := b.ask(ctx, c.path, b.state.conditions(), true, append(c.settings, param{"sort", "-" + key.Name}, param{"per_page", atMost(d, maxBuckets)})...)
	if err != nil {
		return nil, err
	}
	slices.Reverse(a.records)
	c.title = capital(b.texts.t("time title", what, b.texts.t("choice "+unitName)))
	c.heads = []string{b.label(over), capital(what)}
	var names []string
	var values []float64
	var known []bool
	for _, r := range a.records {
		c.rows = append(c.rows, []cell{{Text: b.groupText(r.value(key.Name))}, newCell(r.value(column))})
		if r.value(key.Name) == nil {
			c.note = b.texts.t("time missing", b.texts.rows(newCell(r.value("count")).Text), b.label(over))
			if measure != "count" {
				c.note = ""
			}
			continue
		}
		v, ok := r.number(column)
		names, values, known = append(names, b.groupText(r.value(key.Name))), append(values, v), append(known, ok)
	}
	if a.more {
		c.note = b.texts.t("latest", len(a.records)) + " " + c.note
	}
	c.drawing = drawSeries(names, values, known, suffix, measure == "count" || measure == "sum")
	c.drawing.label = c.title + ": " + b.texts.t("nothing")
	least, most, ok := extremes(values, known)
	if c.empty = !ok; ok {
		c.drawing.label = b.texts.t("time sentence", c.title, names[0], names[len(names)-1],
			short(values[least])+suffix, names[least], short(values[most])+suffix, names[most])
	}
	return c, nil
}

// capital begins a text with a capital letter.
func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// extremes returns the indexes of the least and the greatest value.
func extremes(values []float64, known []bool) (least, most int, ok bool) {
	for i, v := range values {
		if !known[i] {
			continue
		}
		if !ok || v < values[least] {
			least = i
		}
		if !ok || v > values[most] {
			most = i
		}
		ok = true
	}
	return least, most, ok
}

// drawSeries draws values as a line, each where its unit of time begins. Units
// without a row are not in it; the line joins those around. Counts and sums are
// drawn from zero; of others, zero may be too far away to show how they differ.
func drawSeries(names []string, values []float64, known []bool, suffix string, fromZero bool) *drawing {
	const width, height, right, top, bottom = 680.0, 300.0, 16.0, 12.0, 30.0
	d := newDrawing(width, height)
	least, most, ok := extremes(values, known)
	if !ok {
		return d
	}
	low, high := min(0, values[least]), max(0, values[most])
	if !fromZero && values[least] > values[most]*0.8 && values[least] < values[most] {
		low = values[least] - (values[most]-values[least])/4 // zero would flatten it
	}
	if high == low {
		high = low + 1
	}
	rise := ticks(low, high, 5)
	said := tickTexts(rise)
	left := leftOf(said)
	y := scale{low, high, height - bottom, top}
	places := placesOf(names)
	x := scale{places[0], places[len(places)-1], left + 8, width - right - 8}
	for i, t := range rise {
		d.line("grid", left, y.at(t), width-right, y.at(t))
		d.text("tick", "end", left-8, y.at(t)+4, said[i])
	}
	const apart = 84.0 // between the middles of labels
	last := math.Inf(-1)
	for i, place := range places {
		if at := x.at(place); at >= last+apart {
			d.text("tick", "middle", min(at, width-right-16), height-bottom+18, clip(names[i], 11))
			last = at
		}
	}
	var points [][2]float64
	for i, v := range values {
		if known[i] {
			points = append(points, [2]float64{x.at(places[i]), y.at(v)})
		}
	}
	d.path("series", points)
	if len(points) <= 120 {
		at := 0
		for i, v := range values {
			if known[i] {
				d.circle("point", points[at][0], points[at][1], 2.5, names[i]+": "+short(v)+suffix)
				at++
			}
		}
	}
	return d
}

// placesOf returns where units of time are on an axis, in seconds; their numbers
// where one of them is no name of a unit.
func placesOf(names []string) []float64 {
	places := make([]float64, len(names))
	for i, name := range names {
		begin, ok := beginOf(name)
		if !ok {
			for j := range places {
				places[j] = float64(j)
			}
			return places
		}
		places[i] = float64(begin.Unix())
	}
	return places
}

// beginOf returns when a unit of time begins: 2024, 2024-Q4, 2024-10, 2024-W43,
// 2024-10-27, or an instant.
func beginOf(name string) (time.Time, bool) {
	for _, layout := range []string{"2006", "2006-01", time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, name); err == nil {
			return t, true
		}
	}
	year, part, _ := strings.Cut(name, "-")
	begin, err := time.Parse("2006", year)
	if err != nil || len(part) < 2 {
		return time.Time{}, false
	}
	n, err := strconv.Atoi(part[1:])
	switch {
	case err != nil:
		return time.Time{}, false
	case part[0] == 'Q':
		return begin.AddDate(0, 3*(n-1), 0), true
	case part[0] == 'W':
		// The first ISO week has the year's fourth of January.
		fourth := begin.AddDate(0, 0, 3)
		monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
		return monday.AddDate(0, 0, 7*(n-1)), true
	}
	return time.Time{}, false
}
