package engine_test

import (
	"errors"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/engine/pipeline"
	"herbarium/engine/query"
)

// pipelineKeys are all the keys that a pipeline over iris may hold.
var pipelineKeys = map[string]bool{
	"$match": true, "$sort": true, "$skip": true, "$limit": true, "$project": true, "$group": true,
	"$eq": true, "$in": true, "$gte": true, "$lte": true, "$gt": true, "$avg": true, "$sum": true, "count": true, "$ifNull": true,
	"_id": true, "_id.k0": true, "k0": true, "m0": true, "m1": true, "m2": true, "m3": true,
	"sepal_length": true, "sepal_width": true, "petal_length": true, "petal_width": true, "label": true,
	"mean_sepal_length": true, "mean_sepal_width": true, "mean_petal_length": true, "mean_petal_width": true,
}

// FuzzParseQuery holds that any body is a query or has violations, and that no
// text of a query becomes a key or an operator of its pipeline.
func FuzzParseQuery(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"species":"setosa","lower":{"sepal_length":5.0,"sepal_width":3.0},"upper":{"sepal_length":5.1}}`,
		`{"species":["setosa",null],"fields":["label"],"page":2,"per_page":1e1}`, `{"species":{"$ne":""}}`,
		`{"lower":{"sepal_length":1e400}}`, `{"page":1,"page":1}`, `[[[[`, `{"$where":"1"}`,
	} {
		f.Add([]byte(seed))
	}
	snapshot, err := datasets.Embedded()
	if err != nil {
		f.Fatal(err)
	}
	iris, _ := snapshot.Dataset("iris")
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, op := range datasets.Operations() {
			q, err := query.Parse(iris, op, body)
			if err != nil {
				var failure *fault.Error
				if !errors.As(err, &failure) || len(failure.Violations) == 0 {
					t.Fatalf("%q: %v", body, err)
				}
				continue
			}
			plan, err := q.Plan()
			if err != nil {
				t.Fatalf("%q: %v", body, err)
			}
			for _, stage := range pipeline.Compile(plan) {
				checkKeys(t, stage)
			}
		}
	})
}

func checkKeys(t *testing.T, v any) {
	switch v := v.(type) {
	case bson.D:
		for _, e := range v {
			if !pipelineKeys[e.Key] {
				t.Fatalf("the pipeline has the key %q", e.Key)
			}
			checkKeys(t, e.Value)
		}
	case bson.A:
		for _, item := range v {
			checkKeys(t, item)
		}
	case string:
		// A string is a value, an enum's, or a path that the compiler made.
		switch v {
		case "setosa", "versicolor", "virginica", "$sepal_length", "$sepal_width", "$petal_length", "$petal_width", "$label",
			"$m0", "$m1", "$m2", "$m3", "$_id.k0":
		default:
			t.Fatalf("the pipeline has the string %q", v)
		}
	}
}
