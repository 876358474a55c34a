package engine

import (
	"testing"

	"herbarium/datasets"
)

func BenchmarkParseRemembered(b *testing.B) {
	ds, e := fakeDataset(b), New(&fakeStore{}, Options{CacheBytes: 1 << 20})
	body := []byte(`{"species":"setosa","lower":{"sepal_length":5.0,"sepal_width":3.0},"upper":{"sepal_length":5.1}}`)
	for b.Loop() {
		if _, err := e.Parse(ds, datasets.Range, body); err != nil {
			b.Fatal(err)
		}
	}
}
