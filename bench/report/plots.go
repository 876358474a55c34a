package report

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"herbarium/bench/contest"
	"herbarium/bench/requests"
	"herbarium/bench/scans"
)

// colors tell contenders apart, also for those who see fewer of them.
var colors = []color.Color{
	color.RGBA{0x00, 0x72, 0xb2, 0xff}, // blue
	color.RGBA{0xd5, 0x5e, 0x00, 0xff}, // vermilion
	color.RGBA{0x00, 0x9e, 0x73, 0xff}, // green
	color.RGBA{0xcc, 0x79, 0xa7, 0xff}, // purple
}

// plotThroughput draws how many rows a second each contender goes through, by
// the rows of the table.
func plotThroughput(path string, g *scans.Growth) error {
	p := newPlot(g.Lines[0].Work, "rows of the table", "rows a second")
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, decades(contest.Count)
	drawn := 0
	for _, l := range g.Lines {
		if l.Work != g.Lines[0].Work {
			continue
		}
		var points plotter.XYs
		for _, at := range l.Points {
			points = append(points, plotter.XY{X: float64(at.Rows), Y: float64(at.Rows) / at.Seconds})
		}
		if err := addLine(p, l.Contender, points, drawn, nil); err != nil {
			return err
		}
		drawn++
	}
	p.X.Max *= 1.3 // its label needs room
	spread(&p.Y, contest.Count, 2)
	return save(p, path)
}

// dashes tell quantiles apart.
var dashes = []struct {
	name   string
	dashes []vg.Length
	of     func(l requests.Late) float64
}{
	{"p50", nil, func(l requests.Late) float64 { return l.P50 }},
	{"p99", []vg.Length{vg.Points(6), vg.Points(3)}, func(l requests.Late) float64 { return l.P99 }},
	{"p99.9", []vg.Length{vg.Points(1.5), vg.Points(2.5)}, func(l requests.Late) float64 { return l.P999 }},
}

// maxDrawn is how many contenders a plot of latency has room for.
const maxDrawn = 3

// plotLatency draws quantiles of the time of an answer by the share of what the
// server answers at most.
func plotLatency(path string, l *requests.Latency) error {
	p := newPlot("the example's request at a constant rate", "share of what each answers at most, %", "milliseconds")
	var names []string
	var shares plot.ConstantTicks
	for _, row := range l.Rows {
		if !slices.Contains(names, row.Name) && len(names) < maxDrawn {
			names = append(names, row.Name)
		}
		if row.Name == l.Rows[0].Name {
			shares = append(shares, plot.Tick{Value: 100 * row.Share, Label: fmt.Sprintf("%.0f", 100*row.Share)})
		}
	}
	for i, name := range names {
		for _, quantile := range dashes {
			var points plotter.XYs
			for _, row := range l.Rows {
				if row.Name == name {
					points = append(points, plotter.XY{X: 100 * row.Share, Y: 1e3 * quantile.of(row)})
				}
			}
			if err := addLine(p, fmt.Sprintf("%s: %s", name, quantile.name), points, i, quantile.dashes); err != nil {
				return err
			}
		}
	}
	p.X.Tick.Marker = shares
	p.X.Min, p.X.Max = p.X.Min-3, p.X.Max+3
	spread(&p.Y, func(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }, len(names)*len(dashes))
	return save(p, path)
}

// decades marks the powers of ten.
type decades func(n float64) string

// Ticks returns the marks of an axis; those between the powers have no label.
func (label decades) Ticks(least, most float64) (ticks []plot.Tick) {
	for power := math.Pow(10, math.Floor(math.Log10(least))); power <= most*1.01; power *= 10 {
		for times := 1.0; times < 10; times++ {
			tick := plot.Tick{Value: times * power}
			if times == 1 {
				tick.Label = label(power)
			}
			if tick.Value >= least*0.99 && tick.Value <= most*1.01 {
				ticks = append(ticks, tick)
			}
		}
	}
	return ticks
}

// spread makes the axis logarithmic, by whole powers of ten, with room above
// what is drawn for so many lines of a legend.
func spread(axis *plot.Axis, label decades, legend int) {
	axis.Scale, axis.Tick.Marker = plot.LogScale{}, label
	axis.Min = math.Pow(10, math.Floor(math.Log10(axis.Min)))
	room := math.Pow(axis.Max/axis.Min, float64(legend)/float64(linesHigh-legend))
	axis.Max = math.Pow(10, math.Ceil(math.Log10(axis.Max*room)))
}

// linesHigh is how many lines of a legend a plot is high.
const linesHigh = 24

func newPlot(title, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	for _, style := range []*draw.TextStyle{&p.Title.TextStyle, &p.X.Label.TextStyle, &p.Y.Label.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label, &p.Legend.TextStyle} {
		style.Font.Variant = "Sans"
	}
	p.Legend.Top, p.Legend.Left = true, true
	p.BackgroundColor = color.White // also where the page is dark
	p.Add(plotter.NewGrid())
	return p
}

func addLine(p *plot.Plot, name string, points plotter.XYs, at int, dashes []vg.Length) error {
	line, marks, err := plotter.NewLinePoints(points)
	if err != nil {
		return fmt.Errorf("plot %s: %w", name, err)
	}
	line.Color, line.Width, line.Dashes = colors[at%len(colors)], vg.Points(1.5), dashes
	marks.Color, marks.Shape, marks.Radius = line.Color, draw.CircleGlyph{}, vg.Points(2)
	p.Add(line, marks)
	p.Legend.Add(name, line)
	return nil
}

func save(p *plot.Plot, path string) error { return p.Save(18*vg.Centimeter, 11*vg.Centimeter, path) }
