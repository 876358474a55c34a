package api

import (
	"fmt"
	"testing"

	"herbarium/datasets"
)

func BenchmarkTheDocumentOfAThousandDatasets(b *testing.B) {
	all := make([]*datasets.Dataset, 1000)
	for i := range all {
		all[i] = rocks(b, fmt.Sprintf("rocks%d", i))
	}
	snapshot := datasets.NewSnapshot(all...)
	s := newServer(b, &fakeStore{}, Options{})
	b.ReportAllocs()
	for b.Loop() {
		text, err := s.document(snapshot, nil, openapi31)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(text)))
	}
}
