package page

import (
	"context"
	"math"
	"strings"
)

// means is the mean of a field by group: bars with the standard deviation as a
// line, and how many values each is of.
var means = kind{
	name:     "means",
	possible: func(b *builder) bool { return b.offers("stats") && len(b.numbers()) > 0 && len(b.grouping()) > 0 },
	controls: func(b *builder) []control {
		return []control{
			b.fieldControl("chart[of]", "mean of", b.numbers(), b.measure(), false),
			b.fieldControl("chart[by]", "by", b.grouping(), b.named("chart[by]", b.grouping()), false),
		}
	},
	asks: askMeans,
	draw: drawMeans,
}

func askMeans(b *builder) (string, []param) {
	d := b.state.dataset
	of, by := &d.Fields[b.measure()], &d.Fields[b.named("chart[by]", b.grouping())]
	name := "measures[" + of.Name + "]"
	return "stats", []param{{"group_by", by.Name}, {name, "count"}, {name, "mean"}, {name, "stddev"}}
}

// maxGroups is how many groups a chart shows.
const maxGroups = 30

// bar is the mean of one group.
type bar struct {
	label          string
	url            string
	mean, spread   float64
	known, spread1 bool // there is a mean; there is a deviation
	count          int64
}

func drawMeans(ctx context.Context, b *builder) (*chart, error) {
	d := b.state.dataset
	of, by := b.measure(), b.named("chart[by]", b.grouping())
	f, group := &d.Fields[of], &d.Fields[by]
	c := &chart{}
	c.path, c.settings = askMeans(b)
	a, err := b.ask(ctx, c.path, b.state.conditions(), true, append(c.settings, param{"per_page", atMost(d, maxGroups)})...)
	if err != nil {
		return nil, err
	}
	c.title = b.texts.t("means title", b.label(of), b.label(by))
	c.heads = []string{b.label(by), b.texts.t("mean"), b.texts.t("stddev"), b.texts.t("values")}
	var bars []bar
	var said []string
	inEnumOrder(a.records, group, func(r record) any { return r.value(group.Name) })
	for _, r := range a.records {
		one := bar{label: b.groupText(r.value(group.Name)), url: b.picked(by, r.value(group.Name)), count: r.count("count_" + f.Name)}
		one.mean, one.known = r.number("mean_" + f.Name)
		one.spread, one.spread1 = r.number("stddev_" + f.Name)
		bars = append(bars, one)
		c.rows = append(c.rows, []cell{{Text: one.label, URL: one.url}, newCell(r.value("mean_" + f.Name)), newCell(r.value("stddev_" + f.Name)), newCell(r.value("count_" + f.Name))})
		if one.known {
			said = append(said, b.texts.t("means part", one.label, short(one.mean)+unit(f), b.texts.values(short(float64(one.count)))))
		}
	}
	c.note = b.texts.t("means note")
	if a.more {
		c.note = b.texts.t("more groups", len(bars)) + " " + c.note
	}
	c.drawing = b.drawBars(bars, unit(f))
	c.drawing.label = c.title + ": " + b.texts.t("nothing")
	if len(said) > 0 {
		c.drawing.label = c.title + ": " + strings.Join(said, "; ") + "."
	}
	return c, nil
}

// drawBars draws means as horizontal bars from zero, or from the left edge where
// zero is far.
func (b *builder) drawBars(bars []bar, unit string) *drawing {
	const width, row, top, bottom = 680.0, 34.0, 8.0, 30.0
	low, high, longest, widest := 0.0, 0.0, 0, 0
	for _, one := range bars {
		longest = max(longest, len([]rune(clip(one.label, 24))))
		if one.known {
			widest = max(widest, len([]rune(short(one.mean)+unit)))
			low, high = min(low, one.mean-one.spread), max(high, one.mean+one.spread)
		}
	}
	if low < 0 && !anyBelow(bars) {
		low = 0 // an error bar may be cut, and then says nothing wrong of the mean
	}
	if high == low {
		high = low + 1
	}
	// On a small screen, whose edge cuts the right side off, a mean stands below its
	// group instead.
	left, right := min(40+float64(max(longest, widest))*7, 200), 78+float64(widest)*8 // where the mean and the count stand
	d := newDrawing(width, top+row*float64(len(bars))+bottom)
	x := scale{low, high, left, width - right}
	for _, t := range ticks(low, high, 5) {
		d.line("grid", x.at(t), top, x.at(t), d.height-bottom+4)
	}
	d.ticksAcross(x, ticks(low, high, 5), d.height-bottom+18)
	for i, one := range bars {
		y := top + row*float64(i)
		end := d.link(one.url)
		class := "name"
		if one.known {
			class = "name above"
			d.text("value narrow", "end", left-10, y+row/2+11, short(one.mean)+unit)
		}
		d.text(class, "end", left-10, y+row/2+4, clip(one.label, 24))
		if one.known {
			title := one.label + ": " + short(one.mean) + unit
			d.rect("bar", math.Min(x.at(0), x.at(one.mean)), y+6, math.Abs(x.at(one.mean)-x.at(0)), row-12, title)
			if one.spread1 {
				from, to := x.at(max(one.mean-one.spread, low)), x.at(min(one.mean+one.spread, high))
				d.line("error", from, y+row/2, to, y+row/2)
				d.line("error", to, y+row/2-5, to, y+row/2+5)
				if one.mean-one.spread >= low {
					d.line("error", from, y+row/2-5, from, y+row/2+5)
				}
			}
			d.text("value broad", "end", width-62, y+row/2+4, short(one.mean)+unit)
		}
		d.text("count", "end", width-2, y+row/2+4, "n "+short(float64(one.count)))
		end()
	}
	d.line("axis", x.at(0), top, x.at(0), d.height-bottom+4)
	return d
}

func anyBelow(bars []bar) bool {
	for _, one := range bars {
		if one.known && one.mean < 0 {
			return true
		}
	}
	return false
}
