package page

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"herbarium/datasets"
)

// pairs is two numbers against each other: how many rows are in each cell of a
// grid, so that the drawing of many rows takes as long as that of few.
var pairs = kind{
	name:     "pairs",
	possible: func(b *builder) bool { return b.offers("stats") && len(b.numbers()) > 1 },
	controls: func(b *builder) []control {
		x, y := b.pair()
		return []control{
			b.fieldControl("chart[of]", "across", b.numbers(), x, false),
			b.fieldControl("chart[with]", "up", b.numbers(), y, false),
		}
	},
	asks: func(*builder) (string, []param) { return "", nil }, // widths follow from the extent
	draw: drawPairs,
}

// pair returns the two fields, which differ.
func (b *builder) pair() (x, y int) {
	all := b.numbers()
	x = b.named("chart[of]", all)
	return x, b.named("chart[with]", slices.DeleteFunc(all, func(i int) bool { return i == x }))
}

// A grid has about so many cells in each direction.
const acrossCells, upCells = 40, 28

// gridCell is a cell of the grid with rows in it.
type gridCell struct {
	x, y  float64 // its lower edges
	count int64
}

func drawPairs(ctx context.Context, b *builder) (*chart, error) {
	xi, yi := b.pair()
	x, y := &b.state.dataset.Fields[xi], &b.state.dataset.Fields[yi]
	c := &chart{path: "stats", title: b.texts.t("pairs title", b.label(yi), b.label(xi))}
	extent, err := b.ask(ctx, "stats", b.state.conditions(), false, param{"group_by", ""},
		param{"measures[" + x.Name + "]", "min"}, param{"measures[" + x.Name + "]", "max"}, param{"measures[" + y.Name + "]", "min"}, param{"measures[" + y.Name + "]", "max"})
	if err != nil {
		return nil, err
	}
	c.drawing = newDrawing(680, 380)
	c.drawing.label = c.title + ": " + b.texts.t("nothing")
	c.heads = []string{b.label(xi), b.label(yi), b.texts.t("rows head")}
	if len(extent.records) == 0 {
		return c, nil
	}
	across, okX := gridOf(extent.records[0], x, acrossCells)
	up, okY := gridOf(extent.records[0], y, upCells)
	if !okX || !okY {
		return c, nil
	}
	c.settings = []param{{"group_by", x.Name + ":" + across.text}, {"group_by", y.Name + ":" + up.text}}
	a, err := b.ask(ctx, c.path, b.state.conditions(), false, append(c.settings, param{"per_page", atMost(b.state.dataset, 5000)})...)
	if err != nil {
		return nil, err
	}
	var cells []gridCell
	var beyond int64
	for _, r := range a.records {
		cx, ok := r.number(x.Name)
		cy, ok2 := r.number(y.Name)
		if !ok || !ok2 {
			beyond += r.count("count")
			continue
		}
		cells = append(cells, gridCell{cx, cy, r.count("count")})
		c.rows = append(c.rows, []cell{newCell(r.value(x.Name)), newCell(r.value(y.Name)), newCell(r.value("count"))})
	}
	c.note = b.texts.t("pairs note", short(across.width)+unit(x), short(up.width)+unit(y))
	if beyond > 0 {
		c.note += " " + b.texts.t("pairs beyond", b.texts.rows(short(float64(beyond))))
	}
	b.drawGrid(c, cells, across, up, x, y)
	return c, nil
}

// grid is one direction of the grid: the extent of the values, and the width of
// cells.
type grid struct {
	low, high, width float64
	text             string // of the width
}

// gridOf returns the direction of a field, of which the record has the extent.
func gridOf(extent record, f *datasets.Field, n int) (grid, bool) {
	low, ok := extent.number("min_" + f.Name)
	high, ok2 := extent.number("max_" + f.Name)
	if !ok || !ok2 {
		return grid{}, false
	}
	span := high - low
	if span <= 0 || math.IsInf(span, 0) {
		span = max(math.Abs(low), 1)
	}
	width, decimals := niceStep(span / float64(n))
	if f.Type == datasets.Integer && width < 1 {
		width, decimals = 1, 0
	}
	width = rounded(width, decimals)
	return grid{math.Floor(low/width) * width, (math.Floor(high/width) + 1) * width, width, strconv.FormatFloat(width, 'f', -1, 64)}, true
}

// shades is how many colours a heat map has.
const shades = 7

func (b *builder) drawGrid(c *chart, cells []gridCell, across, up grid, fx, fy *datasets.Field) {
	const right, top, bottom = 16.0, 24.0, 48.0
	d := c.drawing
	rise := ticks(up.low, up.high, 6)
	said := tickTexts(rise)
	left := leftOf(said)
	x, y := scale{across.low, across.high, left, d.width - right}, scale{up.low, up.high, d.height - bottom, top}
	for _, t := range ticks(across.low, across.high, 8) {
		d.line("grid", x.at(t), top, x.at(t), d.height-bottom)
	}
	d.ticksAcross(x, ticks(across.low, across.high, 8), d.height-bottom+18)
	for i, t := range rise {
		d.line("grid", left, y.at(t), d.width-right, y.at(t))
		d.text("tick", "end", left-8, y.at(t)+4, said[i])
	}
	d.text("name", "end", d.width-right, d.height-bottom+38, clip(newField(fx).Label+strings.Replace(unit(fx), "\u00a0", ", ", 1), 40))
	d.text("name", "start", 4, 12, clip(newField(fy).Label+strings.Replace(unit(fy), "\u00a0", ", ", 1), 40))
	most, fullest := int64(1), gridCell{}
	for _, one := range cells {
		if one.count > most || fullest.count == 0 {
			most, fullest = max(most, one.count), one
		}
	}
	for _, one := range cells {
		// Counts of cells differ by powers of ten, so shades are of their logarithm.
		shade := 0
		if most > 1 {
			shade = int(math.Round(math.Log(float64(one.count)) / math.Log(float64(most)) * (shades - 1)))
		}
		d.rect(fmt.Sprintf("h%d", shade), x.at(one.x), y.at(one.y+up.width), x.at(one.x+across.width)-x.at(one.x), y.at(one.y)-y.at(one.y+up.width),
			short(one.x)+", "+short(one.y)+": "+short(float64(one.count)))
	}
	last := ""
	for i := range shades {
		if n := short(math.Round(math.Pow(float64(most), float64(i)/(shades-1)))); n != last {
			c.legend = append(c.legend, legend{Class: fmt.Sprintf("h%d", i), Text: n, Numeric: true})
			last = n
		}
	}
	if fullest.count > 0 {
		d.label = b.texts.t("pairs sentence", c.title, b.texts.rows(short(float64(fullest.count))), short(fullest.x)+unit(fx), short(fullest.y)+unit(fy))
	}
}
