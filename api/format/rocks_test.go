package format

import (
	"testing"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/plan"
)

// rocks is a dataset with prose, a text, a number and an integer.
func rocks(t testing.TB) *datasets.Dataset {
	t.Helper()
	ds, err := datasets.Parse("rocks.yaml", []byte(`
dataset: rocks
title: Rocks we found
description: Found on walks.
license: CC0-1.0
source: https://example.org/rocks
data: rocks.csv
fields:
  kind: {type: string, enum: [basalt, slate], title: Kind of rock}
  mass: {type: number, unit: kg}
  pieces: {type: integer}
stats: {fields: [mass], group_by: kind}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func rocksColumns() []plan.Column {
	return []plan.Column{{Name: "kind", Type: datasets.String}, {Name: "mass", Type: datasets.Number}, {Name: "pieces", Type: datasets.Integer}}
}

// twoRocks is a batch with a null and an integer beyond 2^53.
func twoRocks() *engine.Batch {
	return &engine.Batch{Rows: 2, Columns: []engine.Vector{
		{Type: datasets.String, Codes: []uint32{1, 0}, Dict: []string{"basalt", "slate"}},
		{Type: datasets.Number, Floats: []float64{1.5, 0}, Valid: []uint64{0b01}},
		{Type: datasets.Integer, Ints: []int64{3, -9007199254740993}},
	}}
}

// manyRocks is a batch of n rows.
func manyRocks(n int) *engine.Batch {
	b := &engine.Batch{Rows: n, Columns: []engine.Vector{
		{Type: datasets.String, Codes: make([]uint32, n), Dict: []string{"basalt", "slate"}},
		{Type: datasets.Number, Floats: make([]float64, n)},
		{Type: datasets.Integer, Ints: make([]int64, n)},
	}}
	for i := range n {
		b.Columns[0].Codes[i] = uint32(i % 2)
		b.Columns[1].Floats[i] = float64(i%97) / 10
		b.Columns[2].Ints[i] = int64(i)
	}
	return b
}
