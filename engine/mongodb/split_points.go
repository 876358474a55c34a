package mongodb

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// splitPoints returns the shard keys at which the rows of the chunk fall into as many parts
// of about one size, ascending; fewer where the rows have few values. Between them rows have
// equal fields only, whatever their load order, so that later rows go where the first ones
// with their values are.
func splitPoints(c *chunk, key bson.D, parts int) []bson.D {
	fields := key[:len(key)-1] // without the load order
	rows := c.values(fields)
	if len(rows) == 0 {
		return nil
	}
	slices.SortFunc(rows, compareKeys)
	var points []bson.D
	before := rows[0] // nothing is below it
	for i := 1; i < parts; i++ {
		at := rows[i*len(rows)/parts]
		if compareKeys(before, at) == 0 {
			continue
		}
		point := make(bson.D, 0, len(key))
		for f, e := range fields {
			point = append(point, bson.E{Key: e.Key, Value: at[f]})
		}
		points = append(points, append(point, bson.E{Key: "_id", Value: bson.MinKey{}}))
		before = at
	}
	return points
}

// values reads the fields of each document; a missing one is null, as in a shard key.
func (c *chunk) values(fields bson.D) [][]bson.RawValue {
	rows := make([][]bson.RawValue, len(c.ends))
	start := 0
	for i, end := range c.ends {
		document := bson.Raw(c.bytes[start:end])
		start = end
		for _, e := range fields {
			v, err := document.LookupErr(strings.Split(e.Key, ".")...)
			if err != nil {
				v = bson.RawValue{Type: bson.TypeNull}
			}
			rows[i] = append(rows[i], v)
		}
	}
	return rows
}

// compareKeys compares two rows by their fields, each of one type or null, as MongoDB does.
func compareKeys(a, b []bson.RawValue) int {
	for i := range a {
		if c := compareRaw(a[i], b[i]); c != 0 {
			return c
		}
	}
	return 0
}

func compareRaw(a, b bson.RawValue) int {
	if a.Type == bson.TypeNull || b.Type == bson.TypeNull {
		return cmp.Compare(boolInt(a.Type != bson.TypeNull), boolInt(b.Type != bson.TypeNull))
	}
	switch a.Type {
	case bson.TypeDouble:
		return cmp.Compare(a.Double(), b.Double())
	case bson.TypeInt64:
		return cmp.Compare(a.Int64(), b.Int64())
	case bson.TypeDateTime:
		return cmp.Compare(a.DateTime(), b.DateTime())
	case bson.TypeBoolean:
		return cmp.Compare(boolInt(a.Boolean()), boolInt(b.Boolean()))
	case bson.TypeString:
		return strings.Compare(a.StringValue(), b.StringValue())
	default:
		panic(fmt.Sprintf("a load wrote a value of type %v", a.Type))
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
