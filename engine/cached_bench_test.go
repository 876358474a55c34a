package engine

import (
	"context"
	"testing"

	"herbarium/datasets"
	"herbarium/engine/query"
)

// BenchmarkCachedAnswer finds an answer that is kept, for everybody and for views.
func BenchmarkCachedAnswer(b *testing.B) {
	store := &fakeStore{version: fakeVersion, batches: 3, rows: 150}
	restricted := func(r datasets.Restriction) *datasets.Dataset {
		r.Secret = []byte("secret")
		view, err := query.Restrict(fakeDataset(b), r)
		if err != nil {
			b.Fatal(err)
		}
		return view
	}
	for _, c := range []struct {
		name string
		ds   *datasets.Dataset
	}{
		{"dataset", fakeDataset(b)},
		{"operations", restricted(datasets.Restriction{Operations: func(string) bool { return true }})},
		{"rows", restricted(datasets.Restriction{Rows: []byte(`{"species":"setosa"}`)})},
	} {
		b.Run(c.name, func(b *testing.B) {
			e := New(store, Options{CacheBytes: 1 << 20})
			defer e.Close()
			body := []byte(`{"lower":{"sepal_length":5}}`)
			b.ReportAllocs()
			for b.Loop() {
				q, err := e.Parse(c.ds, datasets.Range, body)
				if err != nil {
					b.Fatal(err)
				}
				a, err := e.Answer(context.Background(), q, fakeFormat(1))
				if err != nil {
					b.Fatal(err)
				}
				if _, err := a.Next(context.Background()); err != nil {
					b.Fatal(err)
				}
				if err := a.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
