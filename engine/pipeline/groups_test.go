package pipeline_test

import (
	"math/big"
	"testing"
	"time"

	"herbarium/datasets"
	"herbarium/engine/pipeline"
	"herbarium/engine/plan"
)

// measured returns the plan of measures of fields of kinds, by their names.
func measured(t *testing.T, keys []plan.Key, measures map[int]string) *plan.Plan {
	t.Helper()
	var of []plan.Measured
	for f := range 6 {
		if name := measures[f]; name != "" {
			m, ok := plan.MeasureNamed(name)
			if !ok {
				t.Fatalf("there is no measure %s", name)
			}
			of = append(of, plan.Measured{Measure: m, Field: f})
		}
	}
	return plan.ByGroup(parsed(t, kinds), nil, keys, of)
}

func TestAggregatesAreAskedForAsMeasuresNeedThem(t *testing.T) {
	sizes := pipeline.Sizes{Rows: 1 << 20, Of: map[int]pipeline.Magnitude{0: {High: 3, Low: -30}, 1: {High: 40}}}
	for _, test := range []struct {
		name     string
		measures map[int]string
		want     string
	}{
		{"none", nil, `{"_id":null,"n":{"$sum":1}}`},
		{"extremes of text", map[int]string{3: "min"}, `{"_id":null,"n":{"$sum":1},"v3":{"$sum":{"$cond":[{"$gt":["$s.t",null]},1,0]}},"a3":{"$min":"$s.t"},"z3":{"$max":"$s.t"}}`},
		{"a sum that needs one part", map[int]string{0: "sum"}, `{"_id":null,"n":{"$sum":1},"v0":{"$sum":{"$cond":[{"$gt":["$n",null]},1,0]}},"s0_0":{"$sum":"$n"}}`},
		{"a mean of integers in two parts", map[int]string{1: "mean"}, `{"_id":null,"n":{"$sum":1},"v1":{"$sum":{"$cond":[{"$gt":["$i",null]},1,0]}},` +
			`"s1_0":{"$sum":{"$toDouble":{"$mod":["$i",8589934592]}}},"s1_1":{"$sum":{"$toDouble":{"$subtract":["$i",{"$mod":["$i",8589934592]}]}}}}`},
		{"how many booleans are true", map[int]string{2: "sum"}, `{"_id":null,"n":{"$sum":1},"v2":{"$sum":{"$cond":[{"$gt":["$b",null]},1,0]}},"s2_0":{"$sum":{"$cond":["$b",1,0]}}}`},
		{"a median, whose ranks follow from the number of values", map[int]string{4: "median"}, `{"_id":null,"n":{"$sum":1},"v4":{"$sum":{"$cond":[{"$gt":["$d",null]},1,0]}}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := pipeline.Group(measured(t, nil, test.measures), pipeline.GroupOptions{Sizes: sizes}).Pipeline.String()
			if want := `[{"$group":` + test.want + `}]`; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestValuesAreCountedInTheirOrder(t *testing.T) {
	p := measured(t, []plan.Key{{Field: 2}}, map[int]string{3: "distinct"})
	want := `[{"$match":{"s.t":{"$ne":null}}},
 {"$group":{"_id":{"k0":{"$ifNull":["$b",null]},"v":"$s.t"},"n":{"$sum":1}}},
 {"$sort":{"_id.v":1}}]`
	if got := pipeline.Values(p, 3, pipeline.GroupOptions{}).Pipeline.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestBucketsAreToldApartByRawKeys(t *testing.T) {
	located := func(name string) *time.Location {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return zone
	}
	span := func(unit plan.Unit, every int, zone *time.Location) plan.Buckets {
		b, err := plan.NewTimeBuckets(unit, every, nil, zone)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	ratio := func(text string) *big.Rat { r, _ := new(big.Rat).SetString(text); return r }
	const since = `{"$subtract":["$at",{"$date":{"$numberLong":"-62135596800000"}}]}`
	for _, test := range []struct {
		name string
		key  plan.Key
		want string
	}{
		{"months of dates", plan.Key{Field: 4, Buckets: span(plan.Month, 1, nil)},
			`{"$ifNull":[{"$dateToString":{"date":"$d","format":"%Y-%m"}},null]}`},
		{"quarters by their months", plan.Key{Field: 5, Buckets: span(plan.Quarter, 1, time.UTC)},
			`{"$ifNull":[{"$dateToString":{"date":"$at","format":"%Y-%m"}},null]}`},
		{"weeks in a zone", plan.Key{Field: 5, Buckets: span(plan.Week, 1, located("Europe/Berlin"))},
			`{"$cond":[{"$gt":["$at",null]},{"$cond":[{"$and":[{"$gte":["$at",{"$date":{"$numberLong":"-62135510400000"}}]},{"$lte":["$at",{"$date":"9999-12-30T23:59:59.999Z"}]}]},` +
				`{"$dateToString":{"date":"$at","format":"%G-W%V","timezone":"Europe/Berlin"}},"$at"]},null]}`},
		{"six hours in a zone of whole hours", plan.Key{Field: 5, Buckets: span(plan.Hour, 6, located("Europe/Berlin"))},
			`{"$subtract":[{"$ifNull":["$at",null]},{"$mod":[` + since + `,3600000]}]}`},
		{"hours in a zone of half hours", plan.Key{Field: 5, Buckets: span(plan.Hour, 1, located("Asia/Kolkata"))},
			`{"$subtract":[{"$ifNull":["$at",null]},{"$mod":[` + since + `,1800000]}]}`},
		{"15 minutes", plan.Key{Field: 5, Buckets: span(plan.Minute, 15, time.UTC)},
			`{"$subtract":[{"$ifNull":["$at",null]},{"$mod":[` + since + `,900000]}]}`},
		{"edges", plan.Key{Field: 0, Buckets: plan.NewEdgeBuckets(datasets.Number, []*big.Rat{ratio("0"), ratio("1"), ratio("5")})},
			`{"$cond":[{"$lt":["$n",5.0]},{"$cond":[{"$lt":["$n",1.0]},{"$cond":[{"$lt":["$n",0.0]},0,1]},2]},{"$cond":[{"$lt":["$n",5.000000000000001]},3,4]}]}`},
		{"edges of integers", plan.Key{Field: 1, Buckets: plan.NewEdgeBuckets(datasets.Integer, []*big.Rat{ratio("-1/2"), ratio("9223372036854775807")})},
			`{"$cond":[{"$lt":["$i",9223372036854775807]},{"$cond":[{"$lt":["$i",0]},0,1]},2]}`},
		{"a width", plan.Key{Field: 0, Buckets: plan.NewWidthBuckets(datasets.Number, ratio("1/2"), ratio("-3"))},
			`{"$cond":[{"$gt":["$n",null]},{"$let":{"vars":{"x":"$n"},"in":{"$let":{"vars":{"q":{"$divide":[{"$subtract":["$$x",-3.0]},0.5]}},"in":{"$let":{"vars":{"f":{"$floor":"$$q"}},` +
				`"in":{"$cond":[{"$lte":[{"$min":[{"$subtract":["$$q","$$f"]},{"$subtract":[{"$add":["$$f",1.0]},"$$q"]}]},{"$multiply":[{"$add":[{"$abs":"$$x"},3.0]},7.105427357601002E-15]}]},{"v":"$n"},"$$f"]}}}}}}},null]}`},
		{"a width beyond all measure, by the values", plan.Key{Field: 0, Buckets: plan.NewWidthBuckets(datasets.Number, ratio("1e-300"), ratio("0"))},
			`{"$ifNull":["$n",null]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := measured(t, []plan.Key{test.key}, nil)
			name := "$" + p.Dataset.Fields[test.key.Field].Name
			extremes := `,"b0":{"$min":"` + name + `"},"c0":{"$max":"` + name + `"},"n":{"$sum":1}}}]`
			if got, want := pipeline.Group(p, pipeline.GroupOptions{}).Pipeline.String(), `[{"$group":{"_id":{"k0":`+test.want+`}`+extremes; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			byValue := pipeline.GroupOptions{ByValue: []bool{true}}
			if got, want := pipeline.Group(p, byValue).Pipeline.String(), `[{"$group":{"_id":{"k0":{"$ifNull":["`+name+`",null]}}`+extremes; got != want {
				t.Errorf("by value: got  %s\nwant %s", got, want)
			}
		})
	}
}
