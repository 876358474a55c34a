package engine

import (
	"errors"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/datasets"
)

// ofAll is the token of a version's row with so many before it, of the query
// that asks for everything.
func ofAll(t testing.TB, version string, row int64) string {
	t.Helper()
	return Mark{version, RowPosition(row)}.token(parseFake(t, `{}`), datasets.Range)
}

// tokenFault returns the code and pointer of the body's one fault.
func tokenFault(t *testing.T, op datasets.Operation, body string) (code, pointer string) {
	t.Helper()
	_, err := ParseQuery(fakeDataset(t), op, []byte(body))
	var failure *Error
	if !errors.As(err, &failure) || len(failure.Violations) != 1 {
		t.Fatalf("%s: got %v, want one fault", body, err)
	}
	return string(failure.Violations[0].Code), failure.Violations[0].Pointer
}

func TestATokenBringsBackWhereItsAnswerEnded(t *testing.T) {
	for _, mark := range []Mark{
		{"abcdefghijklmnopqrstuvwxyz", RowPosition(0)},
		{"abcdefghijklmnopqrstuvwxyz", RowPosition(1<<40 + 3)},
		{"", KeyPosition(bson.RawValue{Type: bson.TypeObjectID, Value: []byte("twelve bytes")})},
		{"", KeyPosition(rawValue(t, "a text"))},
		{"", KeyPosition(rawValue(t, 2.5))},
	} {
		q := parseFake(t, `{"species":"setosa","per_page":5}`)
		token := mark.token(q, datasets.Range)
		again := parseFake(t, `{"per_page":7,"after":"`+token+`","species":["setosa"]}`)
		if again.After == nil || *again.After != mark || again.PerPage != 7 {
			t.Errorf("%+v came back as %+v", mark, again.After)
		}
	}
}

func rawValue(t *testing.T, v any) bson.RawValue {
	t.Helper()
	kind, value, err := bson.MarshalValue(v)
	if err != nil {
		t.Fatal(err)
	}
	return bson.RawValue{Type: kind, Value: value}
}

func TestWhatIsNoTokenOfTheQueryIsRefused(t *testing.T) {
	token := ofAll(t, "abcdefghijklmnopqrstuvwxyz", 9)
	document := Mark{"", KeyPosition(rawValue(t, bson.D{{Key: "$gt", Value: ""}}))}.token(parseFake(t, `{}`), datasets.Range)
	uncounted := Mark{"abc", KeyPosition(rawValue(t, "x"))}.token(parseFake(t, `{}`), datasets.Range)
	broken := []byte(token)
	broken[12] ^= 1
	for _, test := range []struct {
		name, body, code, pointer string
		op                        datasets.Operation
	}{
		{"a number", `{"after":5}`, "wrong_type", "/after", datasets.Range},
		{"no text", `{"after":""}`, "bad_token", "/after", datasets.Range},
		{"no base64", `{"after":"§"}`, "bad_token", "/after", datasets.Range},
		{"a part", `{"after":"` + token[:len(token)-4] + `"}`, "bad_token", "/after", datasets.Range},
		{"a changed letter", `{"after":"` + string(broken) + `"}`, "bad_token", "/after", datasets.Range},
		{"a document as the place", `{"after":"` + document + `"}`, "bad_token", "/after", datasets.Range},
		{"a version's rows by another place", `{"after":"` + uncounted + `"}`, "bad_token", "/after", datasets.Range},
		{"another selector", `{"species":"setosa","after":"` + token + `"}`, "bad_token", "/after", datasets.Range},
		{"another bound", `{"lower":{"sepal_width":1},"after":"` + token + `"}`, "bad_token", "/after", datasets.Range},
		{"other fields", `{"fields":["label"],"after":"` + token + `"}`, "bad_token", "/after", datasets.Range},
		{"groups", `{"after":"` + token + `"}`, "bad_token", "/after", datasets.Mean},
		{"a page too", `{"page":2,"after":"` + token + `"}`, "after_with_page", "/after", datasets.Range},
	} {
		t.Run(test.name, func(t *testing.T) {
			if code, pointer := tokenFault(t, test.op, test.body); code != test.code || pointer != test.pointer {
				t.Errorf("got %s at %q, want %s at %q", code, pointer, test.code, test.pointer)
			}
		})
	}
	if q := parseFake(t, `{"page":2,"after":null}`); q.After != nil {
		t.Error("null is not absent")
	}
}

func TestAQueryThatGoesOnHasAPageSize(t *testing.T) {
	token := ofAll(t, "abcdefghijklmnopqrstuvwxyz", 9)
	plan, err := NewPlan(parseFake(t, `{"after":"`+token+`"}`), datasets.Range)
	if err != nil {
		t.Fatal(err)
	}
	if plan.Limit != 100 || plan.Skip != 0 {
		t.Errorf("limit %d, skip %d; want 100 and 0", plan.Limit, plan.Skip)
	}
	const want = `[{"$match":{"_id":{"$gt":9}}},
 {"$sort":{"_id":1}},
 {"$limit":100},
 {"$project":{"_id":0,"sepal_length":1,"sepal_width":1,"petal_length":1,"petal_width":1,"label":1}}]`
	if got := Compile(plan).String(); got != want {
		t.Errorf("pipeline %s", got)
	}
	if !strings.Contains(plan.String(), "after row 9 in load order") {
		t.Errorf("the plan says %s", plan)
	}
}

func TestTheEndsAndCountsOfPagesAreFoundByPipelines(t *testing.T) {
	for _, test := range []struct {
		name, query string
		op          datasets.Operation
		compile     func(*Plan, bool) Pipeline
		foreign     bool
		want        string
	}{
		{"the end of a page", `{"species":"setosa","page":3,"per_page":10}`, datasets.Range, CompileEdge, false,
			`[{"$match":{"label":{"$eq":"setosa"}}},
 {"$sort":{"_id":1}},
 {"$skip":29},
 {"$limit":2},
 {"$project":{"_id":1}}]`},
		{"the end of a foreign page", `{"fields":["label"],"per_page":1}`, datasets.Range, CompileEdge, true,
			`[{"$sort":{"_id":1}},
 {"$project":{"_id":1,"f4":{"$cond":[{"$eq":[{"$type":"$label"},"string"]},"$label",null]}}},
 {"$limit":2},
 {"$project":{"_id":1}}]`},
		{"a count of rows", `{"species":"setosa","page":3}`, datasets.Range, CompileCount, false,
			`[{"$match":{"label":{"$eq":"setosa"}}},
 {"$count":"n"}]`},
		{"a count of groups", `{"per_page":1}`, datasets.Mean, CompileCount, false,
			`[{"$group":{"_id":{"k0":{"$ifNull":["$label",null]}}}},
 {"$count":"n"}]`},
		{"a count of foreign rows", `{"species":"setosa"}`, datasets.Range, CompileCount, true,
			`[{"$match":{"label":{"$eq":"setosa"}}},
 {"$project":{"_id":0,"f4":{"$cond":[{"$eq":[{"$type":"$label"},"string"]},"$label",null]}}},
 {"$match":{"f4":{"$eq":"setosa"}}},
 {"$count":"n"}]`},
		{"a count of foreign groups", `{}`, datasets.Mean, CompileCount, true,
			`[{"$project":{"_id":0,"f4":{"$cond":[{"$eq":[{"$type":"$label"},"string"]},"$label",null]}}},
 {"$group":{"_id":{"k0":{"$ifNull":["$f4",null]}}}},
 {"$count":"n"}]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			q, err := ParseQuery(fakeDataset(t), test.op, []byte(test.query))
			if err != nil {
				t.Fatal(err)
			}
			plan, err := NewPlan(q, test.op)
			if err != nil {
				t.Fatal(err)
			}
			if got := test.compile(plan, test.foreign).String(); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// FuzzToken holds that any text is a token of the query or a fault, and that
// one that is read is written the same.
func FuzzToken(f *testing.F) {
	f.Add("")
	f.Add(ofAll(f, "abcdefghijklmnopqrstuvwxyz", 9))
	f.Add(Mark{"", Position("\x02\x02\x00\x00\x00a\x00")}.token(parseFake(f, `{}`), datasets.Range))
	q := parseFake(f, `{}`)
	f.Fuzz(func(t *testing.T, text string) {
		mark, err := parseToken(text, q, datasets.Range)
		if err != nil {
			return
		}
		if again := mark.token(q, datasets.Range); again != text {
			t.Errorf("%q is read as %q", text, again)
		}
		if mark.Last.key().Validate() != nil {
			t.Errorf("%q leads to no value", text)
		}
	})
}
