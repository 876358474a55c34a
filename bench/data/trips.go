package data

// trips is what loading is measured with.
const trips = `
dataset: trips
data: trips.csv
fields:
  kind: {type: string}
  at: {type: date-time}
  a: {type: number}
  b: {type: number}
  c: {type: number}
  d: {type: number}
  n: {type: integer}
stats: {fields: [a, b, c, d, n], group_by: kind}
`

// Trips returns a table of seven columns without nulls: a text of 50 values,
// a time, four numbers of one, two, three and four decimals, an integer.
func Trips(rows int, seed uint64) (*Table, error) {
	t, err := newTable(trips, rows)
	if err != nil {
		return nil, err
	}
	c := t.Columns
	c[0].Dict = labels("kind ", 50)
	r := random(seed, 0)
	const begin = 1546300800000 // 2019 in UTC
	for i := range rows {
		c[0].Codes[i] = r.Uint32N(50)
		c[1].Ints[i] = begin + int64(i)*7000
		c[2].Floats[i] = float64(r.IntN(1000)) / 10
		c[3].Floats[i] = float64(r.IntN(10_000)) / 100
		c[4].Floats[i] = float64(r.IntN(1_000_000)) / 1000
		c[5].Floats[i] = float64(r.IntN(10_000)) / 10_000
		c[6].Ints[i] = r.Int64N(100_000)
	}
	return t, nil
}
