package openapi_test

import (
	"fmt"
	"testing"

	"herbarium/api/openapi"
	"herbarium/datasets"
)

func BenchmarkTheDocumentOfAThousandDatasets(b *testing.B) {
	all := make([]*datasets.Dataset, 1000)
	for i := range all {
		ds, err := datasets.Parse("rocks.yaml", fmt.Appendf(nil, `
dataset: rocks%d
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
`, i), nil)
		if err != nil {
			b.Fatal(err)
		}
		all[i] = ds
	}
	b.ReportAllocs()
	for b.Loop() {
		text, err := openapi.Document(all, openapi.Options{Version: openapi.V31})
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(text)))
	}
}
