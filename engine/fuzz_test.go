package engine_test

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/engine/pipeline"
	"herbarium/engine/plan"
	"herbarium/engine/query"
)

// allTypes has fields of every type.
const allTypes = `
dataset: all_types
fields:
  mass: {type: number}
  legs: {type: integer}
  wild: {type: boolean}
  kind.name: {type: string, ordered: true}
  born: {type: date}
  seen: {type: date-time, timezone: Europe/Berlin}
selectors: {legs: legs, wild: wild, kind: kind.name, born: born}
stats: {fields: [mass, legs], group_by: kind.name}
`

// FuzzParseQuery holds that any body is a query or has violations, and that no
// text of a query becomes a key, an operator or a path of its pipelines.
func FuzzParseQuery(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"species":"setosa","lower":{"sepal_length":5.0,"sepal_width":3.0},"upper":{"sepal_length":5.1}}`,
		`{"species":["setosa",null],"fields":["label"],"page":2,"per_page":1e1}`, `{"species":{"$ne":""}}`,
		`{"lower":{"sepal_length":1e400}}`, `{"page":1,"page":1}`, `[[[[`, `{"$where":"1"}`,
		`{"above":{"sepal_length":5},"below":{"petal_width":2},"missing":["label"],"present":["sepal_width"]}`,
		`{"any":[{"species":"setosa"},{"not":{"lower":{"sepal_width":3}}},{}],"not":{"any":[{"contains":{"label":"$ne"}}]}}`,
		`{"contains":{"label":["$where","(?i)x|.*","k\u212as\u017f"]},"starts_with":{"label":"^$sepal_length\u0000"}}`,
		`{"contains":{"label":""},"sort":["-sepal_length","label"],"fields":["label"],"page":2,"per_page":3}`,
		`{"sort":["-mean_sepal_length"]}`, `{"group_by":[]}`,
		`{"group_by":["label","sepal_length:0.5",{"field":"petal_width","edges":[0,1,2.5],"as":"width"}],"sort":["width","-label"]}`,
		`{"group_by":[{"field":"sepal_width","width":0.1,"origin":0.05,"as":"_id"}],"measures":{"*":["count"],"label":["mode","distinct","min"],"sepal_length":["sum","mean","stddev","p99.9","p5_discrete"]}}`,
		`{"field":"petal_width","bins":7,"sort":["-count"]}`, `{"field":"petal_width","edges":[0,1e-3,2.5],"group_by":["label"]}`,
		`{"field":"seen","edges":["2019-03-31","2019-03-31T02:30"],"per_page":2}`, `{"field":"born","bins":1,"upper":{"born":"0001-01-01"}}`,
		`{"fields":["label","mass"],"sort":["-missing","type"]}`,
		`{"field":"label","sort":["-value"]}`, `{"field":"$where"}`, `{"measures":{"$sum":["$sum"]}}`, `{"group_by":["$label"]}`,
		`{"kind":"$kind.name","above":{"kind.name":"$mass"},"upper":{"kind.name":"{$gt: 1}","seen":"2019-03-31T02:30"},"contains":{"kind.name":"$$ROOT"}}`,
		`{"group_by":["born:week","seen:15 minutes",{"field":"seen","by":"6 hours","timezone":"Pacific/Apia","as":"n"},{"field":"legs","width":7,"origin":-3,"as":"k0"}],` +
			`"measures":{"mass":["variance_pop","median"],"legs":["sum","missing"],"seen":["median"],"wild":["mean"],"kind.name":["max"]}}`,
		`{"group_by":[{"field":"seen","by":"2 weeks","origin":"2024-01-01"},{"field":"born","by":"quarter"}],"not":{"legs":[1,2],"missing":["mass"]}}`,
		`{"lower":{"born":"2019-01-01"},"below":{"born":"2020-01-01","legs":1e30},"sort":["-kind.name","born"]}`,
	} {
		f.Add([]byte(seed))
	}
	snapshot, err := datasets.Embedded()
	if err != nil {
		f.Fatal(err)
	}
	iris, _ := snapshot.Dataset("iris")
	all, err := datasets.Parse("all_types.yaml", []byte(allTypes), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, ds := range []*datasets.Dataset{iris, all} {
			for _, op := range datasets.Operations() {
				q, err := query.Parse(ds, op, body)
				if err != nil {
					var failure *fault.Error
					if !errors.As(err, &failure) || len(failure.Violations) == 0 {
						t.Fatalf("%q: %v", body, err)
					}
					continue
				}
				if wrong := refusedBySchema(t, ds, op, string(body)); ds == all && wrong != nil && !saysNullOfKeys(body) {
					t.Fatalf("the schema refuses %q: %v", body, wrong)
				}
				p, err := q.Plan()
				if err != nil {
					t.Fatalf("%q: %v", body, err)
				}
				for _, pl := range pipelinesOf(p) {
					checkStages(t, ds, pl)
				}
			}
		}
	})
}

// pipelinesOf returns every pipeline that a server may be asked for the plan.
func pipelinesOf(p *plan.Plan) []pipeline.Pipeline {
	if !p.Settled() {
		year := plan.Nullable{Value: plan.Value{Float: 365, Int: 365}}
		return append(pipelinesOf(p.Inner()), pipelinesOf(p.Settle(plan.Nullable{}, year))...)
	}
	p = p.Inner()
	pipelines := []pipeline.Pipeline{pipeline.Compile(p), pipeline.CompileUnmanaged(p), pipeline.Count(p, false), pipeline.Count(p, true)}
	if p.Groups == nil {
		if p.Limit > 0 {
			pipelines = append(pipelines, pipeline.PageEnd(p, false), pipeline.PageEnd(p, true))
		}
		return pipelines
	}
	for _, unmanaged := range []bool{false, true} {
		o := pipeline.GroupOptions{Unmanaged: unmanaged, ByValue: make([]bool, len(p.Groups.Keys))}
		pipelines = append(pipelines, pipeline.Extent(p, pipeline.SummedFields(p), unmanaged).Pipeline)
		for i := range o.ByValue {
			o.ByValue[i] = true
		}
		pipelines = append(pipelines, pipeline.Group(p, o).Pipeline)
		for _, m := range p.Groups.Measures {
			if m.Field != plan.NoField && pipeline.NeedsValues(p, m.Field) {
				pipelines = append(pipelines, pipeline.Values(p, m.Field, o).Pipeline)
			}
		}
	}
	return pipelines
}

// The keys that a pipeline may hold beside names of fields: stages, operators of
// $match, operators of expressions and their arguments, and names that the compiler
// generates.
var (
	stageKeys   = keySet("$match $sort $skip $limit $project $group $count")
	matchKeys   = keySet("$and $or $nor $eq $ne $in $gt $gte $lt $lte $regex _id")
	comparisons = keySet("$eq $ne $gt $gte $lt $lte")
	otherKeys   = keySet("$sum $min $max $ifNull $cond $gt $gte $lt $lte $eq $and $add $subtract $multiply $divide $mod $abs $floor " +
		"$let vars in $toDouble $toLong $convert input to onError onNull $type $isNumber $dateToString date format timezone _id v r x q f")
	generated = regexp.MustCompile(`^(?:n|[kvabczlf][0-9]+|s[0-9]+(?:_[0-9]+)?|_id\.k[0-9]+|_id\.v)$`)
)

// wordsOfExpressions are the strings that an expression may hold: formats, types
// and names of variables.
var wordsOfExpressions = keySet("%Y %Y-%m %Y-%m-%d %G-W%V double long int bool string date n $$v $$r $$x $$q $$f")

func keySet(words string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(words) {
		set[word] = true
	}
	return set
}

// namedIn reports whether a pipeline over the dataset may have a part of a document
// under that name: a field's, or one that the compiler generates.
func namedIn(ds *datasets.Dataset, name string) bool {
	return generated.MatchString(name) || slices.ContainsFunc(ds.Fields, func(f datasets.Field) bool { return f.Name == name })
}

func checkStages(t *testing.T, ds *datasets.Dataset, pl pipeline.Pipeline) {
	for _, stage := range pl {
		if len(stage) != 1 || !stageKeys[stage[0].Key] {
			t.Fatalf("the pipeline has the stage %v", stage)
		}
		if stage[0].Key == "$match" {
			checkMatch(t, ds, "", stage[0].Value)
		} else {
			checkExpression(t, ds, "", stage[0].Value)
		}
	}
}

// checkMatch checks what stands under a key of a $match. There a text that is an
// operand of a comparison is a value, whatever it is.
func checkMatch(t *testing.T, ds *datasets.Dataset, under string, v any) {
	switch v := v.(type) {
	case bson.D:
		for _, e := range v {
			if !matchKeys[e.Key] && !namedIn(ds, e.Key) {
				t.Fatalf("a $match has the key %q", e.Key)
			}
			checkMatch(t, ds, e.Key, e.Value)
		}
	case bson.A:
		if under != "$in" && under != "$and" && under != "$or" && under != "$nor" {
			t.Fatalf("a $match has a list under %q", under)
		}
		for _, item := range v {
			checkMatch(t, ds, under, item)
		}
	case string:
		switch {
		case under == "$regex":
			checkPattern(t, v)
		case !comparisons[under] && under != "$in":
			t.Fatalf("a $match has the string %q under %q", v, under)
		}
	case bson.Regex:
		if checkPattern(t, v.Pattern); under != "$in" || v.Options != "" {
			t.Fatalf("a $match has %v under %q", v, under)
		}
	default:
		checkScalar(t, v)
	}
}

// literalPattern is a pattern of literals, each alone or one of several forms, that
// may have to stand at the start.
var literalPattern = regexp.MustCompile(`^\^?(?:L|\(\?:L(?:\|L)+\))*$`)

// literal is a code point that stands for itself in a pattern.
var literal = regexp.MustCompile(`\\x[01][0-9a-f]|\\x7f|\\[\\^$.\[\]|()?*+{}]|[^\\^$.\[\]|()?*+{}\x00-\x1f\x7f]`)

// checkPattern checks that a regular expression has no operator that a text of the
// query brought in.
func checkPattern(t *testing.T, pattern string) {
	// The one operator with a letter of its own is taken out before literals are.
	skeleton := literal.ReplaceAllString(strings.ReplaceAll(pattern, "(?:", "\x00"), "L")
	if !literalPattern.MatchString(strings.ReplaceAll(skeleton, "\x00", "(?:")) {
		t.Fatalf("a $match has the pattern %q", pattern)
	}
}

// checkExpression checks what stands under a key of any other stage. There a text is
// a path that the compiler made, or one of a few words.
func checkExpression(t *testing.T, ds *datasets.Dataset, under string, v any) {
	switch v := v.(type) {
	case bson.D:
		for _, e := range v {
			if !otherKeys[e.Key] && !namedIn(ds, e.Key) {
				t.Fatalf("the pipeline has the key %q", e.Key)
			}
			checkExpression(t, ds, e.Key, e.Value)
		}
	case bson.A:
		for _, item := range v {
			checkExpression(t, ds, under, item)
		}
	case []any:
		checkExpression(t, ds, under, bson.A(v))
	case string:
		path, isPath := strings.CutPrefix(v, "$")
		_, notZone := datasets.LoadZone(v)
		if !wordsOfExpressions[v] && !(isPath && (path == "_id" || namedIn(ds, path))) && (under != "timezone" || notZone != nil) {
			t.Fatalf("the pipeline has the string %q under %q", v, under)
		}
	default:
		checkScalar(t, v)
	}
}

func checkScalar(t *testing.T, v any) {
	switch v.(type) {
	case nil, bool, int, int32, int64, float64, bson.DateTime:
	default:
		t.Fatalf("the pipeline has %T %v", v, v)
	}
}
