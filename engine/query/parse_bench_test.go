package query

import (
	"encoding/json"
	"testing"

	"github.com/xeipuuv/gojsonschema"

	"herbarium/datasets"
	"herbarium/schemas"
)

const exampleBody = `{"species":"setosa","lower":{"sepal_length":5.0,"sepal_width":3.0},"upper":{"sepal_length":5.1}}`

func BenchmarkParseQuery(b *testing.B) {
	ds := fakeDataset(b)
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Parse(ds, datasets.Range, []byte(exampleBody)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("gojsonschema_alone", func(b *testing.B) {
		schema, err := gojsonschema.NewSchema(gojsonschema.NewBytesLoader(ds.QuerySchema().JSON()))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			result, err := schema.Validate(gojsonschema.NewBytesLoader([]byte(exampleBody)))
			if err != nil || !result.Valid() {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding_json_alone", func(b *testing.B) {
		for b.Loop() {
			var v any
			if err := json.Unmarshal([]byte(exampleBody), &v); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read_alone", func(b *testing.B) {
		for b.Loop() {
			if _, err := schemas.Parse([]byte(exampleBody)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
