package page

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"
)

// drawing writes an SVG. Colours are classes, which the page's style sheet
// defines for light and dark; so the same drawing is part of a page and, with
// those rules within, a picture of its own.
type drawing struct {
	b             strings.Builder
	width, height float64
	label         string // says the chart in a sentence
	stretched     bool   // fills its place, whatever that is
}

func newDrawing(width, height float64) *drawing { return &drawing{width: width, height: height} }

// coordinate writes a position to a tenth of a pixel.
func coordinate(f float64) string {
	return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64)
}

func (d *drawing) rect(class string, x, y, w, h float64, title string) {
	fmt.Fprintf(&d.b, `<rect class="%s" x="%s" y="%s" width="%s" height="%s"`, class, coordinate(x), coordinate(y), coordinate(max(w, 0)), coordinate(max(h, 0)))
	if title == "" {
		d.b.WriteString("/>")
		return
	}
	d.b.WriteString("><title>" + html.EscapeString(title) + "</title></rect>")
}

func (d *drawing) line(class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(&d.b, `<line class="%s" x1="%s" y1="%s" x2="%s" y2="%s"/>`, class, coordinate(x1), coordinate(y1), coordinate(x2), coordinate(y2))
}

func (d *drawing) circle(class string, x, y, r float64, title string) {
	fmt.Fprintf(&d.b, `<circle class="%s" cx="%s" cy="%s" r="%s"><title>%s</title></circle>`, class, coordinate(x), coordinate(y), coordinate(r), html.EscapeString(title))
}

func (d *drawing) path(class string, points [][2]float64) {
	d.b.WriteString(`<path class="` + class + `" d="`)
	for i, p := range points {
		letter := "L"
		if i == 0 {
			letter = "M"
		}
		d.b.WriteString(letter + coordinate(p[0]) + " " + coordinate(p[1]))
	}
	d.b.WriteString(`"/>`)
}

// text writes a text; anchor is start, middle or end.
func (d *drawing) text(class, anchor string, x, y float64, text string) {
	fmt.Fprintf(&d.b, `<text class="%s" text-anchor="%s" x="%s" y="%s">%s</text>`, class, anchor, coordinate(x), coordinate(y), html.EscapeString(text))
}

// link begins what leads to a URL when it is clicked, until the returned function
// is called. It is no link to the keyboard and to screen readers, for which a
// drawing is one picture: the table of its numbers has the same links.
func (d *drawing) link(url string) (end func()) {
	if url == "" {
		return func() {}
	}
	d.b.WriteString(`<g data-href="` + html.EscapeString(url) + `">`)
	return func() { d.b.WriteString("</g>") }
}

// inline returns the drawing as a part of a page.
func (d *drawing) inline() template.HTML {
	return template.HTML(d.open(`class="chart" role="img"`) + d.b.String() + "</svg>") //nolint:gosec // texts are escaped
}

// file returns the drawing as a file. Its links would lead nowhere in a picture.
func (d *drawing) file(style string) []byte {
	return []byte(d.open(`xmlns="http://www.w3.org/2000/svg" class="chart" role="img"`) + "<style>" + style + "</style>" + d.b.String() + "</svg>\n")
}

func (d *drawing) open(attributes string) string {
	if d.stretched {
		attributes += ` preserveAspectRatio="none"`
	}
	return fmt.Sprintf(`<svg %s viewBox="0 0 %s %s" aria-label="%s">`, attributes, coordinate(d.width), coordinate(d.height), html.EscapeString(d.label))
}

// scale maps values to positions, linearly.
type scale struct{ from, to, start, end float64 }

func (s scale) at(v float64) float64 {
	if s.to == s.from {
		return (s.start + s.end) / 2
	}
	return s.start + (v/2-s.from/2)/(s.to/2-s.from/2)*(s.end-s.start) // a difference of whole ones might be no float64
}

// ticks returns about n round values within an interval: multiples of 1, 2 or 5
// times a power of ten. Each is computed from a whole number, so 0.3 is 0.3.
func ticks(from, to float64, n int) []float64 {
	if !(to > from) {
		return []float64{from}
	}
	step, digits := niceStep((to/2 - from/2) / (float64(max(n, 1)) / 2))
	var found []float64
	for k := math.Ceil(from/step - 1e-9); k*step <= to+step*1e-9 && len(found) < 100; k++ {
		found = append(found, rounded(k*step, digits))
	}
	return found
}

// tickTexts writes the ticks of an axis: shortly, with the decimals and digits that
// tell one from the next.
func tickTexts(values []float64) []string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = short(v)
	}
	if len(slices.Compact(slices.Clone(texts))) == len(texts) {
		return texts
	}
	_, decimals := niceStep(values[1] - values[0])
	for i, v := range values {
		texts[i] = grouped(strconv.FormatFloat(v, 'f', min(decimals, 20), 64))
	}
	return texts
}

// leftOf is the place that the ticks of a vertical axis need.
func leftOf(texts []string) float64 {
	longest := 0
	for _, text := range texts {
		longest = max(longest, len([]rune(text)))
	}
	return min(max(64, 20+7*float64(longest)), 180)
}

// ticksAcross writes the ticks of a horizontal axis at the height y. Long ones that would
// touch are left out, and the outermost end within the drawing.
func (d *drawing) ticksAcross(x scale, values []float64, y float64) {
	const advance, apart = 7.0, 10.0
	next := math.Inf(-1)
	for i, text := range tickTexts(values) {
		half := float64(len([]rune(text))) * advance / 2
		at := max(min(x.at(values[i]), d.width-half), half)
		if at-half >= next {
			d.text("tick", "middle", at, y, text)
			next = at + half + apart
		}
	}
}

// niceStep returns the least of 1, 2 and 5 times a power of ten that is not below
// raw, and how many decimals it has.
func niceStep(raw float64) (step float64, decimals int) {
	power := math.Floor(math.Log10(raw))
	for _, m := range []float64{1, 2, 5, 10} {
		if step = m * math.Pow(10, power); step >= raw*(1-1e-9) {
			break
		}
	}
	return step, max(0, -int(math.Floor(math.Log10(step)+1e-9)))
}

func rounded(v float64, decimals int) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'f', min(decimals, 340), 64), 64)
	if err != nil {
		return v
	}
	return r
}

// short writes a number for an axis or a label: four significant digits, and
// groups of three.
func short(v float64) string {
	a := math.Abs(v)
	switch {
	case v == 0:
		return "0"
	case a >= 1e15 || a < 1e-4:
		return strings.ReplaceAll(strconv.FormatFloat(v, 'g', 4, 64), "-", "−")
	case a >= 1000:
		return grouped(strconv.FormatFloat(v, 'f', 0, 64))
	}
	text := strconv.FormatFloat(v, 'f', max(0, 3-int(math.Floor(math.Log10(a)))), 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return grouped(text)
}

// grouped puts commas between groups of three digits of long numbers, and a true
// minus before. Four digits stay together: they may be a year.
func grouped(text string) string {
	whole, fraction, has := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	for i := len(whole) - 3; i > 0 && len(whole) > 4; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if has {
		whole += "." + fraction
	}
	if strings.HasPrefix(text, "-") {
		whole = "−" + whole
	}
	return whole
}

// clip shortens a label.
func clip(text string, n int) string {
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	return string(runes[:n-1]) + "…"
}
