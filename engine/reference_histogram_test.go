package engine_test

import (
	"cmp"
	"math"
	"math/big"
	"slices"
	"sort"
	"time"

	"pgregory.net/rapid"

	"herbarium/datasets"
)

// madeEdge is an edge of a histogram: as JSON and exactly, dates in days and instants in
// milliseconds.
type madeEdge struct {
	json string
	at   *big.Rat
}

// drawBins draws what bins are of, and how many or which.
func (q *madeQuery) drawBins(t *rapid.T, d *madeDataset) {
	q.field = rapid.SampledFrom(d.binnable()).Draw(t, "field")
	if rapid.Bool().Draw(t, "bins?") {
		q.bins = rapid.SampledFrom([]int{1, 2, 3, 5, 10, 37}).Draw(t, "bins")
		return
	}
	if rapid.Bool().Draw(t, "default bins") {
		return
	}
	f := &d.fields[q.field]
	var edges []madeEdge
	add := func(text string, at *big.Rat) { edges = append(edges, madeEdge{text, at}) }
	if f.numeric() {
		for _, text := range []string{"-1e3", "-2.5", "-1", "0", "0.1", "1", "3", "7.0", "100.25", "1e6", "1e21"} {
			add(text, exactly(text))
		}
	} else {
		for _, c := range append(slices.Clone(f.values), cell{i: 0}, cell{i: 5}) {
			add(f.json(c), new(big.Rat).SetInt64(c.i))
		}
	}
	slices.SortFunc(edges, func(a, b madeEdge) int { return a.at.Cmp(b.at) })
	edges = slices.CompactFunc(edges, func(a, b madeEdge) bool { return a.at.Cmp(b.at) == 0 })
	from := rapid.IntRange(0, len(edges)-2).Draw(t, "first edge")
	q.edges = edges[from : from+rapid.IntRange(2, len(edges)-from).Draw(t, "edges")]
}

// edgeKind is the type of the edges.
func (d *madeDataset) edgeKind(q *madeQuery) datasets.Type {
	kind := d.fields[q.field].kind
	for _, e := range q.edges {
		if kind == datasets.Integer && (!e.at.IsInt() || !e.at.Num().IsInt64()) {
			return datasets.Number
		}
	}
	return kind
}

// histograms returns a row for each bin in each group.
func (r *reference) histograms(q *madeQuery, rows [][]cell) [][]cell {
	f, kind := &r.fields[q.field], r.edgeKind(q)
	var edges []cell
	exact := r.edges(q, rows)
	for _, e := range exact {
		c := cell{f: rounded(e)}
		if kind != datasets.Number {
			c = cell{i: e.Num().Int64()}
		}
		edges = append(edges, c)
	}
	last := len(edges) - 1
	side := func(c cell, edge int) int { // of a value, by where it lies beside an edge
		if f.kind == datasets.Number {
			return cmp.Compare(c.f, edges[edge].f)
		}
		return new(big.Rat).SetInt64(c.i).Cmp(exact[edge])
	}
	var answer [][]cell
	null := cell{null: true}
	for _, g := range r.grouped(q, rows, "stats/histogram") {
		add := func(from, to cell, always bool, in func(c cell) bool) {
			n := int64(0)
			for _, row := range g.rows {
				if in(row[q.field]) {
					n++
				}
			}
			if always || n > 0 {
				answer = append(answer, append([]cell{from, to, {i: n}}, g.labels...))
			}
		}
		add(null, null, false, func(c cell) bool { return c.null })
		if edges == nil {
			continue
		}
		add(null, edges[0], false, func(c cell) bool { return !c.null && side(c, 0) < 0 })
		for i := range last {
			add(edges[i], edges[i+1], true, func(c cell) bool {
				return !c.null && side(c, i) >= 0 && (side(c, i+1) < 0 || i+1 == last && side(c, last) == 0)
			})
		}
		add(edges[last], null, false, func(c cell) bool { return !c.null && side(c, last) > 0 })
	}
	return answer
}

// edges are the given ones, or those at the smallest step that needs no more bins than are
// asked for: each step is tried.
func (r *reference) edges(q *madeQuery, rows [][]cell) (edges []*big.Rat) {
	for _, e := range q.edges {
		edges = append(edges, e.at)
	}
	f := &r.fields[q.field]
	var values []cell
	for _, row := range rows {
		if !row[q.field].null {
			values = append(values, row[q.field])
		}
	}
	if edges != nil || values == nil {
		return edges
	}
	least, greatest, most := slices.MinFunc(values, f.compare), slices.MaxFunc(values, f.compare), cmp.Or(q.bins, 20)
	if f.numeric() {
		return f.decimalEdges(f.exact(least), f.exact(greatest), int64(most))
	}
	for step := range steps(f.kind) {
		edges = edges[:0]
		at := least.i
		for n := int64(0); len(edges) <= most && (n == 0 || at <= greatest.i); n++ {
			if at = f.momentOf(step, least.i, n); len(edges) == 0 || big.NewRat(at, 1).Cmp(edges[len(edges)-1]) > 0 {
				edges = append(edges, big.NewRat(at, 1))
			}
		}
		if at <= greatest.i {
			continue
		}
		begin, end := int64(-719528), int64(2932896)
		if f.kind == datasets.DateTime {
			begin, end = begin*86400_000, end*86400_000+86399_999
		}
		if edges[0].Cmp(big.NewRat(begin, 1)) < 0 {
			edges[0] = big.NewRat(begin, 1)
		}
		if n := len(edges); edges[n-1].Cmp(big.NewRat(end, 1)) > 0 {
			edges[n-1] = big.NewRat(end, 1)
		}
		if n := len(edges); edges[n-1].Cmp(edges[n-2]) > 0 {
			return edges
		}
	}
	panic("no step fits")
}

// decimalEdges tries the widths 1, 2 and 5 times powers of ten.
func (f *madeField) decimalEdges(least, greatest *big.Rat, most int64) []*big.Rat {
	whole := f.kind == datasets.Integer
	limit := new(big.Rat).SetFloat64(math.MaxFloat64)
	reach := new(big.Rat).Sub(greatest, least)
	for power := -330; ; power++ {
		for _, k := range []int64{1, 2, 5} {
			width := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(power, -power))), nil))
			if power < 0 {
				width.Inv(width)
			}
			width.Mul(width, big.NewRat(k, 1))
			if new(big.Rat).Mul(width, big.NewRat(most, 1)).Cmp(reach) < 0 || (whole || reach.Sign() == 0) && power < 0 {
				continue
			}
			first, last := floored(least, width), floored(greatest, width)
			top := new(big.Rat).Mul(new(big.Rat).SetInt(last), width)
			if whole || top.Cmp(greatest) < 0 || first.Cmp(last) == 0 {
				last.Add(last, big.NewInt(1))
			}
			n := new(big.Int).Sub(last, first).Int64()
			skip := int64(1)
			if most == 1 && first.Int64() == -1 && last.Int64() == 1 {
				skip = 2
			} else if n > most {
				continue
			}
			var edges []*big.Rat
			good := true
			for i := int64(0); i <= n; i += skip {
				e := new(big.Rat).SetInt(new(big.Int).Add(first, big.NewInt(i)))
				e.Mul(e, width)
				if whole {
					e = within(e, big.NewRat(math.MinInt64, 1), big.NewRat(math.MaxInt64, 1))
				} else {
					e = new(big.Rat).SetFloat64(rounded(within(e, new(big.Rat).Neg(limit), limit)))
				}
				good = good && (edges == nil || edges[len(edges)-1].Cmp(e) < 0)
				edges = append(edges, e)
			}
			if good {
				return edges
			}
		}
	}
}

func within(r, low, high *big.Rat) *big.Rat {
	if r.Cmp(low) < 0 {
		return low
	}
	if r.Cmp(high) > 0 {
		return high
	}
	return r
}

// floored is how many times the width is in the value, rounded down.
func floored(v, width *big.Rat) *big.Int {
	q := new(big.Rat).Quo(v, width)
	return new(big.Int).Div(q.Num(), q.Denom())
}

// madeStep is a step of dates or instants.
type madeStep struct {
	length              time.Duration // of a step within a day
	days, months, years int
}

// steps are the steps in ascending order.
func steps(kind datasets.Type) func(yield func(madeStep) bool) {
	var all []madeStep
	if kind == datasets.DateTime {
		for _, text := range []string{"1ms", "2ms", "5ms", "10ms", "20ms", "50ms", "100ms", "200ms", "500ms", "1s", "2s", "5s", "10s", "15s", "30s",
			"1m", "2m", "5m", "10m", "15m", "30m", "1h", "2h", "3h", "6h", "12h"} {
			length, _ := time.ParseDuration(text)
			all = append(all, madeStep{length: length})
		}
	}
	all = append(all, madeStep{days: 1}, madeStep{days: 7}, madeStep{months: 1}, madeStep{months: 3})
	for _, years := range []int{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000} {
		all = append(all, madeStep{years: years})
	}
	return slices.Values(all)
}

// momentOf is the n-th edge of the step from the one on that the value lies at or after.
func (f *madeField) momentOf(step madeStep, value, n int64) int64 {
	wall := time.Unix(value*86400, 0).UTC()
	if f.kind == datasets.DateTime {
		at := time.UnixMilli(value).In(f.zone)
		_, offset := at.Zone()
		wall = at.Add(time.Duration(offset) * time.Second).UTC()
		if step.length > 0 && step.length <= time.Hour {
			past := time.Duration(wall.Minute())*time.Minute + time.Duration(wall.Second())*time.Second + time.Duration(wall.Nanosecond())
			return at.Add(-past % step.length).Add(time.Duration(n) * step.length).UnixMilli()
		}
	}
	y, m, d := wall.Date()
	switch {
	case step.length > 0:
		hours := int(step.length / time.Hour)
		wall = time.Date(y, m, d, wall.Hour()/hours*hours+int(n)*hours, 0, 0, 0, time.UTC)
	case step.days == 1:
		wall = time.Date(y, m, d+int(n), 0, 0, 0, 0, time.UTC)
	case step.days == 7:
		wall = time.Date(y, m, d-(int(wall.Weekday())+6)%7+7*int(n), 0, 0, 0, 0, time.UTC)
	case step.months > 0:
		wall = time.Date(y, m-time.Month((int(m)-1)%step.months)+time.Month(int(n)*step.months), 1, 0, 0, 0, 0, time.UTC)
	default:
		wall = time.Date(y-y%step.years+int(n)*step.years, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if f.kind == datasets.Date {
		return wall.Unix() / 86400
	}
	return f.firstShown(wall)
}

// firstShown is the first instant at which a clock in the field's zone shows the time, or a
// later one.
func (f *madeField) firstShown(wall time.Time) int64 {
	shown := func(at time.Time) time.Duration {
		_, offset := at.In(f.zone).Zone()
		return at.Add(time.Duration(offset) * time.Second).Sub(wall)
	}
	best := time.Time{}
	for hours := -26; hours <= 26; hours++ {
		_, offset := wall.Add(time.Duration(hours) * time.Hour).In(f.zone).Zone()
		at := wall.Add(-time.Duration(offset) * time.Second)
		if shown(at) == 0 && (best.IsZero() || at.Before(best)) {
			best = at
		}
	}
	if !best.IsZero() {
		return best.UnixMilli()
	}
	begin := wall.Add(-26 * time.Hour)
	seconds := sort.Search(2*26*3600, func(i int) bool { return shown(begin.Add(time.Duration(i)*time.Second)) >= 0 })
	return begin.Add(time.Duration(seconds) * time.Second).UnixMilli()
}
