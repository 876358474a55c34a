package questions

import (
	"os"
	"testing"
)

func TestAllAgreeOnEveryQuestion(t *testing.T) {
	results, err := Measure(t.Context(), "", "", 50_000, 1, 3)
	if err != nil {
		t.Fatal(err)
	}
	if want := len(questions()) + 2; len(results) != want {
		t.Errorf("%d results, want %d", len(results), want)
	}
}

func TestAllAgreeOnMongoDB(t *testing.T) {
	uri := os.Getenv("HERBARIUM_TEST_MONGODB")
	if uri == "" {
		t.Skip("HERBARIUM_TEST_MONGODB names no server")
	}
	results, err := MeasureMongoDB(t.Context(), uri, "", 2_000, 1, 3)
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != 5 {
		t.Errorf("%d results", len(results))
	}
}

func TestAnswersThatDifferAreFound(t *testing.T) {
	want := answer{{"x", 0.1, nil}}
	if err := agree(want, answer{{"x", 0.1 * (1 + 1e-12), nil}}); err != nil {
		t.Error(err)
	}
	for name, got := range map[string]answer{
		"text": {{"y", 0.1, nil}}, "number": {{"x", 0.1001, nil}}, "null": {{"x", nil, nil}}, "value": {{"x", 0.1, 0.0}},
		"fewer values": {{"x", 0.1}}, "none": nil, "type": {{"x", "0.1", nil}},
	} {
		if agree(want, got) == nil {
			t.Errorf("%s: taken for the same", name)
		}
	}
}

func TestNoQuestionIsAskedTwice(t *testing.T) {
	bounds, patterns := map[float64]bool{}, map[string]bool{}
	for n := range asking(1000) {
		bounds[n.upperB()], patterns[n.pattern()] = true, true
		if n.upperB() >= 5.1 {
			t.Fatalf("the %dth bound is %v, which selects more", n, n.upperB())
		}
	}
	if len(bounds) != 1000 || len(patterns) != 1000 {
		t.Errorf("%d bounds and %d patterns of 1000", len(bounds), len(patterns))
	}
}
