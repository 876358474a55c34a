package page

import (
	"context"
	"fmt"
	"math"
	"strconv"
)

// correlation is the matrix of Pearson's r of each pair of numbers.
var correlation = kind{
	name:     "correlation",
	possible: func(b *builder) bool { return b.offers("stats/correlation") && len(b.numbers()) > 1 },
	controls: func(*builder) []control { return nil },
	asks:     askCorrelation,
	draw:     drawCorrelation,
}

func askCorrelation(b *builder) (string, []param) {
	var settings []param
	for n, i := range b.numbers() {
		if n < maxCorrelated {
			settings = append(settings, param{"fields", b.state.dataset.Fields[i].Name})
		}
	}
	return "stats/correlation", append(settings, param{"group_by", ""})
}

// maxCorrelated is how many fields the matrix has.
const maxCorrelated = 14

func drawCorrelation(ctx context.Context, b *builder) (*chart, error) {
	fields := b.numbers()
	c := &chart{title: b.texts.t("correlation title")}
	c.path, c.settings = askCorrelation(b)
	if len(fields) > maxCorrelated {
		c.note = b.texts.t("more fields", maxCorrelated, len(fields))
		fields = fields[:maxCorrelated]
	}
	a, err := b.ask(ctx, c.path, b.state.conditions(), false, c.settings...)
	if err != nil {
		return nil, err
	}
	c.heads = []string{b.texts.t("field"), b.texts.t("other field"), "n", "r"}
	known := map[[2]string]float64{}
	strongest, best := [2]string{}, -1.0
	for _, r := range a.records {
		x, _ := r.value("x").(string)
		y, _ := r.value("y").(string)
		c.rows = append(c.rows, []cell{{Text: b.titleOf(x)}, {Text: b.titleOf(y)}, newCell(r.value("n")), newCell(r.value("r"))})
		if v, ok := r.number("r"); ok {
			known[[2]string{x, y}], known[[2]string{y, x}] = v, v
			if x != y && math.Abs(v) > best {
				strongest, best = [2]string{x, y}, math.Abs(v)
			}
		}
	}
	b.drawMatrix(c, fields, known)
	c.drawing.label = c.title + ": " + b.texts.t("nothing")
	if best >= 0 {
		x, _ := b.state.dataset.Field(strongest[0])
		y, _ := b.state.dataset.Field(strongest[1])
		c.drawing.label = b.texts.t("correlation sentence", c.title, b.label(x), b.label(y), twoDigits(known[strongest]))
	}
	return c, nil
}

// titleOf is the label of the field of a name.
func (b *builder) titleOf(name string) string {
	if i, ok := b.state.dataset.Field(name); ok {
		return b.label(i)
	}
	return name
}

// drawMatrix draws r of each pair: blue above zero, orange below, the deeper the
// further from it.
func (b *builder) drawMatrix(c *chart, fields []int, known map[[2]string]float64) {
	const left, top, row = 150.0, 8.0, 34.0
	n := float64(len(fields))
	width := min((680-left)/n, 90)
	d := newDrawing(680, top+row*n+30)
	for j, fy := range fields {
		d.text("name", "end", left-10, top+row*float64(j)+row/2+4, clip(b.label(fy), 20))
		for i, fx := range fields {
			x, y := left+width*float64(i), top+row*float64(j)
			names := [2]string{b.state.dataset.Fields[fx].Name, b.state.dataset.Fields[fy].Name}
			v, ok := known[names]
			if i == j {
				v, ok = 1, true
			}
			if !ok {
				d.text("tick", "middle", x+width/2, y+row/2+4, "–")
				continue
			}
			shade := int(math.Round(math.Abs(v) * (shades - 1)))
			sign := "p"
			if v < 0 {
				sign = "m"
			}
			d.rect(fmt.Sprintf("%s%d", sign, shade), x+1, y+1, width-2, row-2, b.label(fx)+", "+b.label(fy)+": "+strconv.FormatFloat(v, 'g', -1, 64))
			class := "on"
			if shade < shades-3 {
				class = "value"
			}
			if width < 46 {
				class += " tight" // so that a minus does not touch the number before
			}
			d.text(class, "middle", x+width/2, y+row/2+4, twoDigits(v))
		}
	}
	for i, fx := range fields {
		d.text("tick", "middle", left+width*float64(i)+width/2, top+row*n+18, clip(b.label(fx), int(width/6.5)))
	}
	c.drawing = d
}

func twoDigits(v float64) string {
	text := strconv.FormatFloat(v, 'f', 2, 64)
	if text == "-0.00" {
		text = "0.00"
	}
	return grouped(text)
}
