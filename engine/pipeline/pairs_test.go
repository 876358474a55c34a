package pipeline_test

import (
	"testing"

	"herbarium/engine/pipeline"
	"herbarium/engine/plan"
)

// TestRowsOfPairsHaveKeysAndValuesAlone correlates a number with integers, by a nested
// text.
func TestRowsOfPairsHaveKeysAndValuesAlone(t *testing.T) {
	p := plan.ByGroup(parsed(t, kinds), nil, []plan.Key{{Field: 3}}, []plan.Measured{
		{Measure: plan.PairCount, Field: 0, With: 1}, {Measure: plan.Correlation, Field: 0, With: 1}})
	p.Filter.Where = []plan.Predicate{{Field: 0, Min: &plan.Value{Float: 2}}}
	want := `[{"$match":{"n":{"$gte":2.0}}},
 {"$project":{"_id":0,"k0":"$s.t","v0":"$n","v1":"$i"}}]`
	if got := pipeline.PairRows(p, pipeline.GroupOptions{}).Pipeline.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if pipeline.Streams(p) {
		t.Error("the server is said to know all of the groups")
	}
	want = `[{"$match":{"n":{"$gte":2.0}}},
 {"$group":{"_id":{"k0":{"$ifNull":["$s.t",null]}},"n":{"$sum":1}}}]`
	if got := pipeline.Group(p, pipeline.GroupOptions{}).Pipeline.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
