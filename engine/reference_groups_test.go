package engine_test

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"herbarium/datasets"
)

// madeColumn is a column of an answer.
type madeColumn struct {
	name    string
	kind    datasets.Type
	variant bool // values are of several types
	instant bool // texts that name instants
}

// compare compares two values of the column. Instants are in the order of time,
// whatever hour they name.
func (c *madeColumn) compare(a, b cell) int {
	if c.instant && !a.null && !b.null {
		return instantOf(a).Compare(instantOf(b))
	}
	return (&madeField{kind: c.kind}).compare(a, b)
}

func instantOf(c cell) time.Time {
	t, err := time.Parse(time.RFC3339, c.s)
	if err != nil {
		panic(err)
	}
	return t
}

// columns are those of the answer; of rows, all that it can be sorted by.
func (d *madeDataset) columns(q *madeQuery, op string) []madeColumn {
	var columns []madeColumn
	if op == "range" {
		for i := range d.fields {
			columns = append(columns, madeColumn{name: d.fields[i].name, kind: d.fields[i].kind})
		}
		return columns
	}
	switch op {
	case correlation:
		columns = []madeColumn{{name: "x", kind: datasets.String}, {name: "y", kind: datasets.String},
			{name: "n", kind: datasets.Integer}, {name: "r", kind: datasets.Number}}
	case "stats/summary":
		columns = summaryColumns()
	case "stats/histogram":
		kind := d.edgeKind(q)
		columns = []madeColumn{{name: "from", kind: kind}, {name: "to", kind: kind}}
	}
	for _, m := range d.measures(q, op) {
		if m.field < 0 {
			columns = append(columns, madeColumn{name: "count", kind: datasets.Integer})
			continue
		}
		f := &d.fields[m.field]
		columns = append(columns, madeColumn{name: m.name + "_" + f.name, kind: measuredKind(m.name, f.kind)})
	}
	for _, k := range d.keys(q, op) {
		columns = append(columns, madeColumn{name: k.name, kind: k.kind, instant: k.unit == "hour" || k.unit == "minute"})
	}
	if op == "stats/distinct" {
		slices.Reverse(columns) // value, count
	}
	return columns
}

// measuredKind is the type of a measure of a field of that type.
func measuredKind(measure string, kind datasets.Type) datasets.Type {
	switch measure {
	case "count", "missing", "distinct":
		return datasets.Integer
	case "mean", "variance", "variance_pop", "stddev", "stddev_pop":
		return datasets.Number
	case "sum":
		if kind == datasets.Boolean {
			return datasets.Integer
		}
	case "min", "max", "mode":
	default:
		if kind == datasets.Integer && !strings.HasSuffix(measure, "_discrete") {
			return datasets.Number
		}
	}
	return kind
}

// measures are what is computed of each group.
func (d *madeDataset) measures(q *madeQuery, op string) []madeMeasure {
	if q.measures != nil {
		return q.measures
	}
	if op == "stats/summary" || op == correlation {
		return nil // of each field, or pair, others
	}
	if op != "stats/mean" {
		return []madeMeasure{{"count", -1}}
	}
	var means []madeMeasure
	for _, f := range d.stats {
		if q.fields == nil || slices.Contains(q.fields, f) {
			means = append(means, madeMeasure{"mean", f})
		}
	}
	return means
}

// keys are what groups are made by.
func (d *madeDataset) keys(q *madeQuery, op string) []madeKey {
	switch {
	case op == "stats/distinct":
		return []madeKey{{field: q.field, name: "value", kind: d.fields[q.field].kind}}
	case q.groupBy != nil:
		return q.groupBy
	}
	var keys []madeKey
	for _, f := range d.groupBy {
		keys = append(keys, madeKey{field: f, name: d.fields[f].name, kind: d.fields[f].kind})
	}
	return keys
}

// madeGroup is a group of rows, and the values of its keys.
type madeGroup struct {
	labels []cell
	rows   [][]cell
}

// grouped returns the groups in the order of their keys.
func (r *reference) grouped(q *madeQuery, rows [][]cell, op string) []*madeGroup {
	var groups []*madeGroup
	keys := r.keys(q, op)
	byLabels := func(a, b []cell) int {
		for i := range keys {
			f := madeField{kind: keys[i].kind}
			if c := f.compare(a[i], b[i]); c != 0 {
				return c
			}
		}
		return 0
	}
	for _, row := range rows {
		labels := make([]cell, len(keys))
		for i := range keys {
			labels[i] = keys[i].label(&r.fields[keys[i].field], row[keys[i].field])
		}
		at := slices.IndexFunc(groups, func(g *madeGroup) bool { return byLabels(g.labels, labels) == 0 })
		if at < 0 {
			at = len(groups)
			groups = append(groups, &madeGroup{labels: labels})
		}
		groups[at].rows = append(groups[at].rows, row)
	}
	// Instants are in the order of time, whatever hour their labels name.
	first := func(g *madeGroup, k *madeKey) cell {
		return slices.MinFunc(g.rows, func(a, b []cell) int { return r.fields[k.field].compare(a[k.field], b[k.field]) })[k.field]
	}
	slices.SortFunc(groups, func(a, b *madeGroup) int {
		for i := range keys {
			f := madeField{kind: keys[i].kind}
			c := f.compare(a.labels[i], b.labels[i])
			if c != 0 && keys[i].unit != "" && !a.labels[i].null && !b.labels[i].null {
				c = r.fields[keys[i].field].compare(first(a, &keys[i]), first(b, &keys[i]))
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
	return groups
}

// groups returns the groups in the order of their keys, each with the values of the
// columns.
func (r *reference) groups(q *madeQuery, columns []madeColumn, rows [][]cell, op string) [][]cell {
	var answer [][]cell
	for _, g := range r.grouped(q, rows, op) {
		var row []cell
		for i, m := range r.measures(q, op) {
			if m.field < 0 {
				row = append(row, cell{i: int64(len(g.rows))})
			} else {
				row = append(row, r.measure(m, columns[i].kind, g.rows))
			}
		}
		row = append(row, g.labels...)
		if op == "stats/distinct" {
			slices.Reverse(row)
		}
		answer = append(answer, row)
	}
	return answer
}

// label is the value that names the bucket of a value.
func (k *madeKey) label(f *madeField, c cell) cell {
	switch {
	case c.null:
		return c
	case k.unit != "":
		return cell{s: k.span(f, c.i)}
	case k.width != "":
		return k.interval(f, c)
	case k.edges != nil:
		return k.between(f, c)
	default:
		c.f += 0 // -0 and 0 are one group
		return c
	}
}

// span names the unit of time of a day, or of an instant.
func (k *madeKey) span(f *madeField, at int64) string {
	if f.kind == datasets.Date {
		return k.day(time.Unix(at*86400, 0).UTC())
	}
	local := time.UnixMilli(at).In(k.zone)
	if k.unit != "hour" && k.unit != "minute" {
		return k.day(local)
	}
	wall, offset := k.clock(local), local.Format("-07:00")
	if k.unit == "hour" && k.every > 1 {
		// The bucket is named by its first instant. No offset changes between
		// quarters of an hour.
		start := local
		for before := 0; before <= 4*26; before++ {
			if earlier := local.Truncate(15 * time.Minute).Add(time.Duration(-before) * 15 * time.Minute); k.clock(earlier) == wall && !earlier.After(start) {
				start = earlier
			}
		}
		wall, offset = start.Format("2006-01-02T15:04:05"), start.Format("-07:00")
	}
	if k.zone == time.UTC {
		offset = "Z"
	}
	return wall + offset
}

// clock is the time of a wall's clock at which the bucket of an hour or less
// begins.
func (k *madeKey) clock(local time.Time) string {
	minutes := 60*local.Hour() + local.Minute()
	every := k.every
	if k.unit == "hour" {
		every *= 60
	}
	minutes -= minutes % every
	return local.Format("2006-01-02") + fmt.Sprintf("T%02d:%02d:00", minutes/60, minutes%60)
}

// day names the unit of a day or more.
func (k *madeKey) day(t time.Time) string {
	switch k.unit {
	case "year":
		return t.Format("2006")
	case "quarter":
		return t.Format("2006-Q") + strconv.Itoa((int(t.Month())+2)/3)
	case "month":
		return t.Format("2006-") + fmt.Sprintf("%02d", int(t.Month())-(int(t.Month())-1)%k.every)
	case "week":
		if k.every == 1 {
			year, week := t.ISOWeek()
			return fmt.Sprintf("%04d-W%02d", year, week)
		}
	}
	if k.every == 1 {
		return t.Format("2006-01-02")
	}
	length := k.every
	if k.unit == "week" {
		length *= 7
	}
	origin, _ := time.Parse("2006-01-02", k.origin)
	date := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	days := int((date.Unix() - origin.Unix()) / 86400)
	over := (days%length + length) % length
	return date.AddDate(0, 0, -over).Format("2006-01-02")
}

// interval is the lower edge of the interval of one width. It is the last edge that
// is not above the value, as a float64 where the field is of numbers.
func (k *madeKey) interval(f *madeField, c cell) cell {
	width, origin := exactly(k.width), new(big.Rat)
	if k.origin != "" {
		origin = exactly(k.origin)
	}
	edge := func(n *big.Int) *big.Rat {
		e := new(big.Rat).SetInt(n)
		return e.Add(e.Mul(e, width), origin)
	}
	reached := func(n *big.Int) bool {
		if f.kind == datasets.Integer {
			return edge(n).Cmp(new(big.Rat).SetInt64(c.i)) <= 0
		}
		at, _ := edge(n).Float64()
		return at <= c.f
	}
	// Steps double until one is too far, then halve.
	n, step := big.NewInt(0), big.NewInt(1)
	for !reached(n) {
		n.Sub(n, step)
		step.Lsh(step, 1)
	}
	for step.SetInt64(1); reached(new(big.Int).Add(n, step)); {
		step.Lsh(step, 1)
	}
	for ; step.Sign() > 0; step.Rsh(step, 1) {
		if next := new(big.Int).Add(n, step); reached(next) {
			n = next
		}
	}
	return k.edge(edge(n))
}

// edge is the label of an interval that begins there.
func (k *madeKey) edge(e *big.Rat) cell {
	if k.kind == datasets.Integer {
		if e.Num().Cmp(big.NewInt(math.MinInt64)) < 0 {
			return cell{i: math.MinInt64}
		}
		return cell{i: e.Num().Int64()}
	}
	at, _ := e.Float64()
	return cell{f: max(at, -math.MaxFloat64) + 0}
}

// between is the lower edge of the interval between given edges.
func (k *madeKey) between(f *madeField, c cell) cell {
	side := func(edge string) int {
		b := madeBound{number: edge}
		return b.beside(f, c)
	}
	last := len(k.edges) - 1
	for i := range last {
		if side(k.edges[i]) >= 0 && (side(k.edges[i+1]) < 0 || i == last-1 && side(k.edges[last]) == 0) {
			return k.edge(exactly(k.edges[i]))
		}
	}
	return cell{null: true}
}

// measure computes a measure of a field's values, of that type.
func (r *reference) measure(m madeMeasure, kind datasets.Type, rows [][]cell) cell {
	f := &r.fields[m.field]
	var values []cell
	for _, row := range rows {
		if c := row[m.field]; !c.null {
			c.f += 0
			values = append(values, c)
		}
	}
	slices.SortFunc(values, f.compare)
	n := len(values)
	switch m.name {
	case "count":
		return cell{i: int64(n)}
	case "missing":
		return cell{i: int64(len(rows) - n)}
	case "distinct":
		return cell{i: int64(len(slices.CompactFunc(values, func(a, b cell) bool { return f.compare(a, b) == 0 })))}
	}
	if n == 0 {
		return cell{null: true}
	}
	switch m.name {
	case "min":
		return values[0]
	case "max":
		return values[n-1]
	case "mode":
		return f.mode(values)
	case "sum":
		sum := f.sum(values)
		if kind == datasets.Number {
			return finite(rounded(sum))
		}
		return cell{i: sum.Num().Int64(), null: !sum.Num().IsInt64()}
	case "mean":
		return finite(f.mean(values))
	case "variance", "stddev":
		return f.spread(values, 1, m.name == "stddev")
	case "variance_pop", "stddev_pop":
		return f.spread(values, 0, m.name == "stddev_pop")
	default:
		return f.quantile(values, m.name)
	}
}

// exact is the value as a number.
func (f *madeField) exact(c cell) *big.Rat {
	if f.kind == datasets.Number {
		return new(big.Rat).SetFloat64(c.f)
	}
	return new(big.Rat).SetInt64(c.i)
}

func (f *madeField) sum(values []cell) *big.Rat {
	sum := new(big.Rat)
	for _, c := range values {
		sum.Add(sum, f.exact(c))
	}
	return sum
}

func rounded(r *big.Rat) float64 {
	f, _ := r.Float64()
	return f + 0
}

func finite(f float64) cell { return cell{f: f, null: math.IsInf(f, 0)} }

// mean is the exact sum, rounded once, divided by how many values there are.
func (f *madeField) mean(values []cell) float64 { return rounded(f.sum(values)) / float64(len(values)) }

// mode is the most frequent of values that ascend, of several the first.
func (f *madeField) mode(values []cell) cell {
	best, most := 0, 0
	for from := 0; from < len(values); {
		to := from
		for to < len(values) && f.compare(values[from], values[to]) == 0 {
			to++
		}
		if to-from > most {
			best, most = from, to-from
		}
		from = to
	}
	return values[best]
}

// spread is (S - C²/n)/(n - lost) of the exact sums of deviations from the mean and
// of their squares, each rounded; or the root of that.
func (f *madeField) spread(values []cell, lost int64, root bool) cell {
	n, mean := int64(len(values)), f.mean(values)
	if n <= lost || math.IsInf(mean, 0) {
		return cell{null: true}
	}
	sum, squares := new(big.Rat), new(big.Rat)
	for _, c := range values {
		d := f.deviation(c, mean)
		square := float64(d * d)
		if math.IsInf(square, 0) {
			return cell{null: true}
		}
		sum.Add(sum, new(big.Rat).SetFloat64(d))
		squares.Add(squares, new(big.Rat).SetFloat64(square))
	}
	sum.Mul(sum, sum)
	squares.Sub(squares, sum.Quo(sum, big.NewRat(n, 1)))
	v := max(rounded(squares.Quo(squares, big.NewRat(n-lost, 1))), 0)
	if root && !math.IsInf(v, 0) {
		v = math.Sqrt(v)
	}
	return finite(v)
}

// deviation is what a value is above the mean, rounded once.
func (f *madeField) deviation(c cell, mean float64) float64 {
	if f.kind == datasets.Number {
		return c.f - mean
	}
	return rounded(new(big.Rat).Sub(new(big.Rat).SetInt64(c.i), new(big.Rat).SetFloat64(mean)))
}

// quantile is the quantile of values that ascend: median, p95 or p95_discrete.
func (f *madeField) quantile(values []cell, name string) cell {
	if name == "median" {
		name = "p50"
	}
	digits, discrete := strings.CutSuffix(strings.TrimPrefix(name, "p"), "_discrete")
	p := new(big.Rat).Quo(exactly(digits), big.NewRat(100, 1))
	n := int64(len(values))
	if discrete {
		h := new(big.Rat).Mul(p, big.NewRat(n, 1))
		above := new(big.Int).Add(h.Num(), new(big.Int).Sub(h.Denom(), big.NewInt(1)))
		return values[max(1, above.Div(above, h.Denom()).Int64())-1]
	}
	h := new(big.Rat).Mul(p, big.NewRat(n-1, 1))
	below := new(big.Int).Div(h.Num(), h.Denom())
	i := below.Int64()
	low, high := f.exact(values[i]), f.exact(values[min(i+1, n-1)])
	h.Sub(h, new(big.Rat).SetInt(below))
	at := high.Sub(high, low)
	at.Add(at.Mul(at, h), low)
	if f.numeric() {
		return cell{f: rounded(at)}
	}
	// To the nearest, half to even.
	whole := new(big.Int).Div(at.Num(), at.Denom())
	rest := new(big.Rat).Sub(at, new(big.Rat).SetInt(whole))
	if c := rest.Cmp(big.NewRat(1, 2)); c > 0 || c == 0 && whole.Bit(0) == 1 {
		whole.Add(whole, big.NewInt(1))
	}
	return cell{i: whole.Int64()}
}
