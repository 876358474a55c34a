package data

import (
	"fmt"
	"time"
)

// asked is what questions are measured with.
const asked = `
dataset: asked
data: asked.csv
fields:
  a: {type: number}
  b: {type: number}
  c: {type: number}
  d: {type: number}
  kind: {type: string}
  many: {type: string}
  most: {type: string}
  at: {type: date-time}
`

// The columns of Asked.
const (
	AskedA = iota
	AskedB
	AskedC
	AskedD
	AskedKind
	AskedMany
	AskedMost
	AskedAt
)

// Asked returns rows of four numbers, a and b in tenths below 10, c whole float64s below
// 100 and d in hundredths below 1,000; of texts of 3, 1,000 and a tenth as many values as
// there are rows, 1,000,000 at the most, of which the first are the most frequent; and of
// the seconds of four years from 2019 on. Of each text of the last, ten digits are
// random, hexadecimal and in lower case.
func Asked(rows int, seed uint64) (*Table, error) {
	t, err := newTable(asked, rows)
	if err != nil {
		return nil, err
	}
	c := t.Columns
	c[AskedKind].Dict, c[AskedMany].Dict = labels("kind", 3), labels("many", 1000)
	digits := random(seed, 50)
	for i := range max(1, min(1_000_000, rows/10)) {
		c[AskedMost].Dict = append(c[AskedMost].Dict, fmt.Sprintf("%06d %010x", i, digits.Uint64()>>24))
	}
	start := time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	for f := range c {
		v, r := &c[f], random(seed, f)
		for i := range rows {
			switch f {
			case AskedA, AskedB:
				v.Floats[i] = float64(r.IntN(100)) / 10
			case AskedC:
				v.Floats[i] = r.Float64() * 100
			case AskedD:
				v.Floats[i] = float64(r.IntN(100_000)) / 100
			case AskedKind:
				v.Codes[i] = r.Uint32N(3)
			case AskedMany, AskedMost:
				u := r.Float64()
				v.Codes[i] = uint32(u * u * float64(len(v.Dict)))
			case AskedAt:
				v.Ints[i] = start + r.Int64N(4*365*86_400)*1000
			}
		}
	}
	return t, nil
}
