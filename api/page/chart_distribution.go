package page

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"herbarium/datasets"
)

// distribution is how the values of a field are distributed: a histogram, by
// group if asked for, or the most frequent values of text.
var distribution = kind{
	name:     "distribution",
	possible: func(b *builder) bool { return len(b.distributed()) > 0 },
	controls: func(b *builder) []control {
		of := b.distributedField()
		controls := []control{b.fieldControl("chart[of]", "distribution of", b.distributed(), of, false)}
		if distributionOf(&b.state.dataset.Fields[of]) == histogram && len(b.grouping()) > 0 {
			controls = append(controls, b.fieldControl("chart[by]", "by", b.grouping(), b.by(), true))
		}
		return controls
	},
	asks: askDistribution,
	draw: func(ctx context.Context, b *builder) (*chart, error) {
		of := b.distributedField()
		if distributionOf(&b.state.dataset.Fields[of]) == histogram {
			return drawHistogram(ctx, b, of, b.by())
		}
		return drawFrequencies(ctx, b, of)
	},
}

const histogram = "stats/histogram"

func askDistribution(b *builder) (string, []param) {
	of := b.distributedField()
	f := &b.state.dataset.Fields[of]
	if distributionOf(f) != histogram {
		return distributionOf(f), []param{{"field", f.Name}}
	}
	group := ""
	if by := b.by(); by >= 0 && by != of {
		group = b.state.dataset.Fields[by].Name
	}
	return histogram, []param{{"field", f.Name}, {"bins", "30"}, {"group_by", group}}
}

// distributed are the fields that can be shown: numbers first.
func (b *builder) distributed() []int {
	all := append(b.numbers(), b.dates()...)
	for i := range b.state.dataset.Fields {
		if !slices.Contains(all, i) {
			all = append(all, i)
		}
	}
	return slices.DeleteFunc(all, func(i int) bool { return !b.offers(distributionOf(&b.state.dataset.Fields[i])) })
}

// distributedField returns the field whose distribution is shown: the one that the URL
// names, else the measure of all charts.
func (b *builder) distributedField() int {
	all := b.distributed()
	if i := b.measure(); b.state.get("chart[of]") == "" && slices.Contains(all, i) {
		return i
	}
	return b.named("chart[of]", all)
}

// maxSeries is how many groups a histogram tells apart.
const maxSeries = 7

func drawHistogram(ctx context.Context, b *builder, of, by int) (*chart, error) {
	f := &b.state.dataset.Fields[of]
	c := &chart{}
	c.path, c.settings = askDistribution(b)
	group := ""
	c.title = b.texts.t("distribution title", b.label(of))
	if by >= 0 && by != of {
		group = b.state.dataset.Fields[by].Name
		c.title = b.texts.t("distribution by title", b.label(of), b.label(by))
	}
	h, err := b.histogramOf(ctx, c.settings, b.state.conditions(), group)
	if err != nil {
		return nil, err
	}
	if group != "" {
		h.sortGroups(&b.state.dataset.Fields[by])
	}
	c.heads = []string{b.texts.t("from"), b.texts.t("to")}
	for i, g := range h.groups {
		name := b.texts.t("rows head")
		if group != "" {
			name = b.groupText(g)
			if i < maxSeries {
				c.legend = append(c.legend, legend{Class: fmt.Sprintf("s%d", i), Text: name})
			}
		}
		c.heads = append(c.heads, name)
	}
	for i, one := range h.list {
		row := []cell{{Text: one.fromText, Numeric: true, URL: b.between(f, one, i == len(h.list)-1)}, {Text: one.toText, Numeric: true}}
		for _, n := range one.counts {
			row = append(row, cell{Text: fmt.Sprint(n), Numeric: true})
		}
		c.rows = append(c.rows, row)
	}
	var notes []string
	if len(h.groups) > maxSeries {
		notes = append(notes, b.texts.t("more groups", maxSeries))
	}
	if h.beyond > 0 {
		notes = append(notes, b.texts.t("beyond", b.texts.rows(short(float64(h.beyond))), b.label(of)))
	}
	c.note = strings.Join(notes, " ")
	c.drawing = b.drawBins(h, f)
	c.drawing.label = b.binsSentence(c.title, h, f)
	return c, nil
}

// binsSentence says where most values are.
func (b *builder) binsSentence(title string, h *bins, f *datasets.Field) string {
	if len(h.list) == 0 {
		return title + ": " + b.texts.t("nothing")
	}
	top, most, total := 0, int64(-1), int64(0)
	for i, one := range h.list {
		var n int64
		for _, c := range one.counts {
			n += c
		}
		if total += n; n > most {
			top, most = i, n
		}
	}
	first, last := h.list[0], h.list[len(h.list)-1]
	return b.texts.t("bins sentence", title, b.texts.rows(short(float64(total))), first.fromText, last.toText+unit(f), short(float64(most)), h.list[top].fromText, h.list[top].toText+unit(f))
}

// drawBins draws a histogram: bars of one group, outlines of several.
func (b *builder) drawBins(h *bins, f *datasets.Field) *drawing {
	const width, height, left, right, top, bottom = 680.0, 300.0, 64.0, 16.0, 12.0, 44.0
	d := newDrawing(width, height)
	if len(h.list) == 0 {
		return d
	}
	var most int64 = 1
	for _, one := range h.list {
		most = max(most, slices.Max(one.counts))
	}
	low, high := h.list[0].from, h.list[len(h.list)-1].to
	x, y := scale{low, high, left, width - right}, scale{0, float64(most), height - bottom, top}
	for _, t := range ticks(0, float64(most), 4) {
		d.line("grid", left, y.at(t), width-right, y.at(t))
		d.text("tick", "end", left-8, y.at(t)+4, short(t))
	}
	b.axis(d, h, x, height-bottom, f)
	for i, one := range h.list {
		if len(h.groups) > 1 {
			break
		}
		end := d.link(b.between(f, one, i == len(h.list)-1))
		d.rect("bar", x.at(one.from)+0.5, y.at(float64(one.counts[0])), x.at(one.to)-x.at(one.from)-1, y.at(0)-y.at(float64(one.counts[0])),
			one.fromText+" – "+one.toText+": "+short(float64(one.counts[0])))
		end()
	}
	for g := range h.groups {
		if len(h.groups) == 1 || g >= maxSeries {
			break
		}
		points := [][2]float64{{x.at(low), y.at(0)}}
		for _, one := range h.list {
			v := y.at(float64(one.counts[g]))
			points = append(points, [2]float64{x.at(one.from), v}, [2]float64{x.at(one.to), v})
		}
		points = append(points, [2]float64{x.at(high), y.at(0)})
		d.path(fmt.Sprintf("area s%d", g), points)
		d.path(fmt.Sprintf("outline s%d", g), points)
	}
	d.line("axis", left, y.at(0), width-right, y.at(0))
	return d
}

// axis draws the axis below a histogram.
func (b *builder) axis(d *drawing, h *bins, x scale, y float64, f *datasets.Field) {
	if f.Type == datasets.Date || f.Type == datasets.DateTime {
		step := max(1, (len(h.list)+4)/5)
		for i := 0; i < len(h.list); i += step {
			d.text("tick", "middle", x.at(h.list[i].from), y+18, clip(h.list[i].fromText, 11))
		}
	} else {
		for _, t := range ticks(x.from, x.to, 8) {
			d.line("tickmark", x.at(t), y, x.at(t), y+4)
		}
		d.ticksAcross(x, ticks(x.from, x.to, 8), y+18)
	}
	d.text("name", "end", x.end, y+36, clip(newField(f).Label, 40)+strings.Replace(unit(f), "\u00a0", ", ", 1))
}

// between returns the page with the rows of an interval alone; "" where the field
// takes no bounds. The last interval has its upper edge too.
func (b *builder) between(f *datasets.Field, one bin, last bool) string {
	i, _ := b.state.dataset.Field(f.Name)
	if !slices.Contains(b.state.dataset.Bounds, i) {
		return ""
	}
	s := b.state.first().without("lower["+f.Name+"]", "upper["+f.Name+"]", "above["+f.Name+"]", "below["+f.Name+"]")
	end := "below["
	if last {
		end = "upper["
	}
	return s.with("lower["+f.Name+"]", one.fromText).with(end+f.Name+"]", one.toText).link("")
}

// drawFrequencies draws the most frequent values of a field as bars.
func drawFrequencies(ctx context.Context, b *builder, of int) (*chart, error) {
	c := &chart{}
	c.path, c.settings = askDistribution(b)
	a, err := b.ask(ctx, c.path, b.state.conditions(), true, append(c.settings, param{"per_page", atMost(b.state.dataset, maxGroups)})...)
	if err != nil {
		return nil, err
	}
	c.title = b.texts.t("frequencies title", b.label(of))
	c.heads = []string{b.label(of), b.texts.t("rows head")}
	inEnumOrder(a.records, &b.state.dataset.Fields[of], func(r record) any { return r.value("value") })
	var said []string
	const row = 30.0
	d := newDrawing(680, 8+row*float64(len(a.records))+8)
	most, longest := int64(1), 0
	for _, r := range a.records {
		most, longest = max(most, r.count("count")), max(longest, len([]rune(clip(b.groupText(r.value("value")), 28))))
	}
	left := min(40+float64(longest)*7, 230)
	x := scale{0, float64(most), left, 600}
	for i, r := range a.records {
		name, n, y := b.groupText(r.value("value")), r.count("count"), 8+row*float64(i)
		c.rows = append(c.rows, []cell{{Text: name, URL: b.picked(of, r.value("value"))}, newCell(r.value("count"))})
		if i < 10 {
			said = append(said, b.texts.t("frequency part", name, b.texts.rows(short(float64(n)))))
		}
		end := d.link(b.picked(of, r.value("value")))
		d.text("name above", "end", left-10, y+19, clip(name, 28))
		d.text("value narrow", "end", left-10, y+26, short(float64(n))) // as in the chart of means
		d.rect("bar", left, y+6, x.at(float64(n))-left, 18, name+": "+short(float64(n)))
		d.text("value broad", "start", x.at(float64(n))+8, y+19, short(float64(n)))
		end()
	}
	if a.more {
		c.note = b.texts.t("more values", len(a.records))
		if a.total >= 0 {
			c.note = b.texts.t("more values of", len(a.records), short(float64(a.total)))
		}
	}
	c.drawing = d
	d.label = c.title + ": " + b.texts.t("nothing")
	if len(said) > 0 {
		d.label = c.title + ": " + strings.Join(said, "; ") + "."
	}
	return c, nil
}
