package query

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/engine/pipeline"
	"herbarium/engine/plan"
)

// ofAll is the token of a version's row with so many before it, of the query
// that asks for everything.
func ofAll(t testing.TB, version string, row int64) string {
	t.Helper()
	return parseFake(t, `{}`).Token(Mark{Version: version, Last: plan.RowPosition(row)})
}

// tokenFault returns the code and pointer of the body's one fault.
func tokenFault(t *testing.T, op *datasets.Operation, body string) (code, pointer string) {
	t.Helper()
	_, err := Parse(fakeDataset(t), op, []byte(body))
	var failure *fault.Error
	if !errors.As(err, &failure) || len(failure.Violations) != 1 {
		t.Fatalf("%s: got %v, want one fault", body, err)
	}
	return string(failure.Violations[0].Code), failure.Violations[0].Pointer
}

func TestATokenBringsBackWhereItsAnswerEnded(t *testing.T) {
	for _, mark := range []Mark{
		{Version: "abcdefghijklmnopqrstuvwxyz", Last: plan.RowPosition(0)},
		{Version: "abcdefghijklmnopqrstuvwxyz", Last: plan.RowPosition(1<<40 + 3)},
		{Version: "", Last: plan.DocumentPosition(byte(bson.TypeObjectID), []byte("twelve bytes"))},
		{Version: "", Last: placeOf(t, "a text")},
		{Version: "", Last: placeOf(t, 2.5)},
	} {
		q := parseFake(t, `{"species":"setosa","per_page":5}`)
		token := q.Token(mark)
		again := parseFake(t, `{"per_page":7,"after":"`+token+`","species":["setosa"]}`)
		if again.After == nil || !reflect.DeepEqual(*again.After, mark) || again.PerPage != 7 {
			t.Errorf("%+v came back as %+v", mark, again.After)
		}
	}
}

// placeOf is the place of a document with this _id.
func placeOf(t *testing.T, id any) plan.Position {
	t.Helper()
	kind, value, err := bson.MarshalValue(id)
	if err != nil {
		t.Fatal(err)
	}
	return plan.DocumentPosition(byte(kind), value)
}

func TestWhatIsNoTokenOfTheQueryIsRefused(t *testing.T) {
	token := ofAll(t, "abcdefghijklmnopqrstuvwxyz", 9)
	document := parseFake(t, `{}`).Token(Mark{Version: "", Last: placeOf(t, bson.D{{Key: "$gt", Value: ""}})})
	uncounted := parseFake(t, `{}`).Token(Mark{Version: "abc", Last: placeOf(t, "x")})
	broken := []byte(token)
	broken[12] ^= 1
	for _, test := range []struct {
		name, body, code, pointer string
		op                        *datasets.Operation
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
	p, err := parseFake(t, `{"after":"`+token+`"}`).Plan()
	if err != nil {
		t.Fatal(err)
	}
	if p.Limit != 100 || p.Skip != 0 {
		t.Errorf("limit %d, skip %d; want 100 and 0", p.Limit, p.Skip)
	}
	const want = `[{"$match":{"_id":{"$gt":9}}},
 {"$sort":{"_id":1}},
 {"$limit":100},
 {"$project":{"_id":0,"sepal_length":1,"sepal_width":1,"petal_length":1,"petal_width":1,"label":1}}]`
	if got := pipeline.Compile(p).String(); got != want {
		t.Errorf("pipeline %s", got)
	}
	if !strings.Contains(p.String(), "after row 9 in load order") {
		t.Errorf("the plan says %s", p)
	}
}

// FuzzToken holds that any text is a token of the query or a fault, and that
// one that is read is written the same.
func FuzzToken(f *testing.F) {
	f.Add("")
	f.Add(ofAll(f, "abcdefghijklmnopqrstuvwxyz", 9))
	f.Add(parseFake(f, `{}`).Token(Mark{Version: "", Last: plan.Position("\x02\x02\x00\x00\x00a\x00")}))
	q := parseFake(f, `{}`)
	f.Fuzz(func(t *testing.T, text string) {
		mark, err := parseToken(text, q)
		if err != nil {
			return
		}
		if again := q.Token(mark); again != text {
			t.Errorf("%q is read as %q", text, again)
		}
		if kind, value := mark.Last.Document(); (bson.RawValue{Type: bson.Type(kind), Value: value}).Validate() != nil {
			t.Errorf("%q leads to no value", text)
		}
	})
}
