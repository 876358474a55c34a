package pipeline_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"herbarium/datasets"
	"herbarium/engine/pipeline"
)

const unmanagedDescriptor = `
dataset: strange
fields:
  mass: {type: number}
  count: {type: integer}
  flag: {type: boolean}
  kind.name: {type: string, enum: [a, b]}
  day: {type: date}
  read: {type: date-time}
selectors: {kind: kind.name, counts: count}
stats: {fields: [mass, count], group_by: kind.name}
`

func TestUnmanagedPipelines(t *testing.T) {
	unmanaged, err := datasets.Parse("test.yaml", []byte(unmanagedDescriptor), nil)
	if err != nil {
		t.Fatal(err)
	}
	const (
		mass  = `{"$cond":[{"$and":[{"$isNumber":"$mass"},{"$gte":["$mass",-1.7976931348623157E+308]},{"$lte":["$mass",1.7976931348623157E+308]}]},{"$convert":{"input":"$mass","to":"double","onError":null,"onNull":null}},null]}`
		count = `{"$let":{"vars":{"v":{"$convert":{"input":"$count","to":"long","onError":null,"onNull":null}}},"in":{"$cond":[{"$eq":["$count","$$v"]},"$$v",null]}}}`
		flag  = `{"$cond":[{"$eq":[{"$type":"$flag"},"bool"]},"$flag",null]}`
		kind  = `{"$cond":[{"$eq":[{"$type":"$kind.name"},"string"]},"$kind.name",null]}`
		day   = `{"$cond":[{"$eq":[{"$type":"$day"},"date"]},{"$cond":[{"$and":[{"$gte":[{"$toLong":"$day"},-62167219200000]},{"$lte":[{"$toLong":"$day"},253402300799999]},{"$eq":[{"$mod":[{"$toLong":"$day"},86400000]},0]}]},"$day",null]},null]}`
		read  = `{"$cond":[{"$eq":[{"$type":"$read"},"date"]},{"$cond":[{"$and":[{"$gte":[{"$toLong":"$read"},-62167219200000]},{"$lte":[{"$toLong":"$read"},253402300799999]}]},"$read",null]},null]}`
	)
	for _, test := range []struct {
		name, query string
		operation   *datasets.Operation
		want        string
	}{
		{"no condition", `{}`, datasets.Range, `[{"$sort":{"_id":1}},
 {"$project":{"_id":0,"f0":` + mass + `,"f1":` + count + `,"f2":` + flag + `,"f3":` + kind + `,"f4":` + day + `,"f5":` + read + `}},
 {"$project":{"_id":0,"mass":"$f0","count":"$f1","flag":"$f2","kind.name":"$f3","day":"$f4","read":"$f5"}}]`},
		{"conditions, a field and a page", `{"kind":"a","counts":[1,2],"lower":{"mass":1},"upper":{"mass":2,"count":7},"fields":["flag"],"page":2,"per_page":5}`, datasets.Range,
			`[{"$match":{"count":{"$in":[1,2],"$lte":7},"kind.name":{"$eq":"a"},"mass":{"$gte":0.9999999999999998,"$lte":2.000000000000001}}},
 {"$sort":{"_id":1}},
 {"$project":{"_id":0,"f0":` + mass + `,"f1":` + count + `,"f2":` + flag + `,"f3":` + kind + `}},
 {"$match":{"f1":{"$in":[1,2],"$lte":7},"f3":{"$eq":"a"},"f0":{"$gte":1.0,"$lte":2.0}}},
 {"$skip":5},
 {"$limit":5},
 {"$project":{"_id":0,"flag":"$f2"}}]`},
		{"null has no condition on stored values", `{"kind":["a",null],"fields":["flag"]}`, datasets.Range, `[{"$sort":{"_id":1}},
 {"$project":{"_id":0,"f2":` + flag + `,"f3":` + kind + `}},
 {"$match":{"f3":{"$in":[null,"a"]}}},
 {"$project":{"_id":0,"flag":"$f2"}}]`},
		{"bounds that nothing lies beyond", `{"lower":{"mass":-1.7976931348623157e308},"fields":["flag"]}`, datasets.Range, `[{"$sort":{"_id":1}},
 {"$project":{"_id":0,"f0":` + mass + `,"f2":` + flag + `}},
 {"$match":{"f0":{"$gte":-1.7976931348623157E+308}}},
 {"$project":{"_id":0,"flag":"$f2"}}]`},
		{"means", `{"lower":{"day":"1970-01-02"}}`, datasets.Mean, `[{"$match":{"day":{"$gte":{"$date":"1970-01-02T00:00:00Z"}}}},
 {"$project":{"_id":0,"f0":` + mass + `,"f1":` + count + `,"f3":` + kind + `,"f4":` + day + `}},
 {"$match":{"f4":{"$gte":{"$date":"1970-01-02T00:00:00Z"}}}},
 {"$group":{"_id":{"k0":{"$ifNull":["$f3",null]}},"n":{"$sum":1},"v0":{"$sum":{"$cond":[{"$gt":["$f0",null]},1,0]}},"s0_0":{"$sum":{"$subtract":[{"$add":["$f0",8.24633720832E+11]},8.24633720832E+11]}},"s0_1":{"$sum":{"$subtract":["$f0",{"$subtract":[{"$add":["$f0",8.24633720832E+11]},8.24633720832E+11]}]}},"v1":{"$sum":{"$cond":[{"$gt":["$f1",null]},1,0]}},"s1_0":{"$sum":"$f1"}}},
 {"$sort":{"_id.k0":1}}]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, pipeline.CompileUnmanaged(planOf(t, unmanaged, test.operation, test.query)).String()); diff != "" {
				t.Errorf("pipeline (-want +got):\n%s", diff)
			}
		})
	}
}
