package page

import "context"

// sketched is how many values a small distribution of text has at most.
const sketched = 12

// drawSketch draws a small distribution of a field, without axes.
func drawSketch(ctx context.Context, b *builder, of int) (*drawing, error) {
	const width, height = 120.0, 28.0
	f := &b.state.dataset.Fields[of]
	d := newDrawing(width, height)
	d.label, d.stretched = b.texts.t("distribution title", b.label(of)), true
	var counts []int64
	fewBars := 1
	if distributionOf(f) == histogram {
		h, err := b.histogramOf(ctx, []param{{"field", f.Name}, {"bins", "20"}, {"group_by", ""}}, b.state.conditions(), "")
		if err != nil {
			return nil, err
		}
		for _, one := range h.list {
			counts = append(counts, one.counts[0])
		}
	} else {
		a, err := b.ask(ctx, "stats/distinct", b.state.conditions(), false, param{"field", f.Name}, param{"per_page", b.listed(of)})
		if err != nil {
			return nil, err
		}
		fewBars = 8 // two values need no wide bars
		shown := a.records[:min(len(a.records), sketched)]
		inEnumOrder(shown, f, func(r record) any { return r.value("value") })
		for _, r := range shown {
			counts = append(counts, r.count("count"))
		}
	}
	most, step := int64(1), width/float64(max(len(counts), fewBars))
	for _, n := range counts {
		most = max(most, n)
	}
	for i, n := range counts {
		if h := float64(n) / float64(most) * (height - 2); n > 0 {
			h = max(h, 1)
			d.rect("bar", float64(i)*step+0.5, height-1-h, step-1, h, "")
		}
	}
	d.line("axis", 0, height-0.5, width, height-0.5)
	return d, nil
}
