package apis

import "testing"

func TestAnswersAreCompared(t *testing.T) {
	q := &question{want: []map[string]any{{"mean_a": 1.5, "kind": "x"}, {"mean_a": 0.1, "kind": "y"}}}
	for text, right := range map[string]bool{
		`[{"mean_a":1.5,"kind":"x"},{"mean_a":0.10000000000000001,"kind":"y"}]`: true,
		`[{"kind":"x","mean_a":1.5000000000000002},{"mean_a":1e-1,"kind":"y"}]`: true,
		`[{"mean_a":1.5,"kind":"x"}]`:                                           false,
		`[{"mean_a":1.5,"kind":"x"},{"mean_a":0.1001,"kind":"y"}]`:              false,
		`[{"mean_a":1.5,"kind":"x"},{"mean_a":0.1,"kind":"z"}]`:                 false,
		`[{"mean_a":1.5,"kind":"x"},{"mean_a":null,"kind":"y"}]`:                false,
		`[{"mean_a":1.5,"kind":"x"},{"mean_a":0.1,"kind":"y","n":1}]`:           false,
		`{"error":"no"}`: false,
	} {
		if err := q.agree([]byte(text)); (err == nil) != right {
			t.Errorf("%s: %v", text, err)
		}
	}
}
