package data

// wide is what the formats are measured with: decimals as measurements are,
// whole float64s, integers short and long, a text.
const wide = `
dataset: wide
data: wide.csv
fields:
  i: {type: integer, required: true}
  a: {type: number}
  b: {type: number}
  c: {type: number}
  j: {type: integer}
  s: {type: string}
`

// Wide returns a table of six columns without nulls. The first numbers the
// rows.
func Wide(rows int, seed uint64) (*Table, error) {
	t, err := newTable(wide, rows)
	if err != nil {
		return nil, err
	}
	c := t.Columns
	c[5].Dict = []string{"east", "north", "south", "west"}
	r := random(seed, 0)
	for i := range rows {
		c[0].Ints[i] = int64(i)
		c[1].Floats[i] = float64(r.IntN(100)) / 10
		c[2].Floats[i] = float64(r.IntN(100_000)) / 100
		c[3].Floats[i] = r.Float64()
		c[4].Ints[i] = r.Int64N(1 << 40)
		c[5].Codes[i] = r.Uint32N(4)
	}
	return t, nil
}
