package pipeline_test

import (
	"testing"

	"herbarium/datasets"
	"herbarium/engine/pipeline"
	"herbarium/engine/plan"
)

func TestTheEndsAndCountsOfPagesAreFoundByPipelines(t *testing.T) {
	for _, test := range []struct {
		name, query string
		op          *datasets.Operation
		compile     func(*plan.Plan, bool) pipeline.Pipeline
		unmanaged   bool
		want        string
	}{
		{"the end of a page", `{"species":"setosa","page":3,"per_page":10}`, datasets.Range, pipeline.PageEnd, false,
			`[{"$match":{"label":{"$eq":"setosa"}}},
 {"$sort":{"_id":1}},
 {"$skip":29},
 {"$limit":2},
 {"$project":{"_id":1}}]`},
		{"the end of a unmanaged page", `{"fields":["label"],"per_page":1}`, datasets.Range, pipeline.PageEnd, true,
			`[{"$sort":{"_id":1}},
 {"$project":{"_id":1,"f4":{"$cond":[{"$eq":[{"$type":"$label"},"string"]},"$label",null]}}},
 {"$limit":2},
 {"$project":{"_id":1}}]`},
		{"a count of rows", `{"species":"setosa","page":3}`, datasets.Range, pipeline.Count, false,
			`[{"$match":{"label":{"$eq":"setosa"}}},
 {"$count":"n"}]`},
		{"a count of groups", `{"per_page":1}`, datasets.Mean, pipeline.Count, false,
			`[{"$group":{"_id":{"k0":{"$ifNull":["$label",null]}}}},
 {"$count":"n"}]`},
		{"a count of unmanaged rows", `{"species":"setosa"}`, datasets.Range, pipeline.Count, true,
			`[{"$match":{"label":{"$eq":"setosa"}}},
 {"$project":{"_id":0,"f4":{"$cond":[{"$eq":[{"$type":"$label"},"string"]},"$label",null]}}},
 {"$match":{"f4":{"$eq":"setosa"}}},
 {"$count":"n"}]`},
		{"a count of unmanaged groups", `{}`, datasets.Mean, pipeline.Count, true,
			`[{"$project":{"_id":0,"f4":{"$cond":[{"$eq":[{"$type":"$label"},"string"]},"$label",null]}}},
 {"$group":{"_id":{"k0":{"$ifNull":["$f4",null]}}}},
 {"$count":"n"}]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := planOf(t, iris(t), test.op, test.query)
			if got := test.compile(p, test.unmanaged).String(); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}
