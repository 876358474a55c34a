package engine_test

import (
	"math"
	"math/big"
	"slices"
)

// correlation is the operation that answers with pairs of fields.
const correlation = "stats/correlation"

// numeric are the fields that pairs are made of.
func (d *madeDataset) numeric() []int {
	var fields []int
	for i := range d.fields {
		if d.fields[i].numeric() {
			fields = append(fields, i)
		}
	}
	return fields
}

// correlations returns a row for each pair in each group.
func (r *reference) correlations(q *madeQuery, rows [][]cell) [][]cell {
	fields := q.fields
	if fields == nil {
		if fields = slices.Sorted(slices.Values(r.stats)); len(fields) < 2 {
			fields = r.numeric()
		}
	}
	var answer [][]cell
	for _, g := range r.grouped(q, rows, correlation) {
		for i, x := range fields {
			for _, y := range fields[i+1:] {
				n, coefficient := r.correlate(x, y, g.rows)
				row := []cell{{s: r.fields[x].name}, {s: r.fields[y].name}, {i: n}, coefficient}
				answer = append(answer, append(row, g.labels...))
			}
		}
	}
	return answer
}

// correlate computes n and r of two fields: sums are exact, and r is a quotient of numbers of
// 9,000 bits, rounded.
func (r *reference) correlate(x, y int, rows [][]cell) (int64, cell) {
	fields := [2]*madeField{&r.fields[x], &r.fields[y]}
	var values [2][]cell
	for _, row := range rows {
		if !row[x].null && !row[y].null {
			values[0], values[1] = append(values[0], row[x]), append(values[1], row[y])
		}
	}
	n := int64(len(values[0]))
	null := cell{null: true}
	if n < 2 {
		return n, null
	}
	var deviations [2][]float64
	for i, f := range fields {
		mean := f.mean(values[i])
		if math.IsInf(mean, 0) {
			return n, null
		}
		for _, c := range values[i] {
			d := f.deviation(c, mean)
			if math.IsInf(d*d, 0) {
				return n, null
			}
			deviations[i] = append(deviations[i], d)
		}
	}
	centred := func(a, b []float64) *big.Float {
		sums := [3]*big.Rat{new(big.Rat), new(big.Rat), new(big.Rat)}
		for i := range a {
			for j, number := range []float64{a[i], b[i], float64(a[i] * b[i])} {
				sums[j].Add(sums[j], new(big.Rat).SetFloat64(number))
			}
		}
		sums[2].Mul(sums[2], big.NewRat(n, 1)) // n times the covariance's sum is a binary fraction
		sums[2].Sub(sums[2], sums[0].Mul(sums[0], sums[1]))
		return new(big.Float).SetPrec(9000).SetRat(sums[2])
	}
	xx, yy, xy := centred(deviations[0], deviations[0]), centred(deviations[1], deviations[1]), centred(deviations[0], deviations[1])
	if xx.Sign() <= 0 || yy.Sign() <= 0 {
		return n, null
	}
	root := new(big.Float).SetPrec(9000).Mul(xx, yy)
	quotient, _ := root.Quo(xy, root.Sqrt(root)).Float64()
	return n, cell{f: max(-1, min(1, quotient)) + 0}
}
