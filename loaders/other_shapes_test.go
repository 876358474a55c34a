package loaders_test

import (
	"errors"
	"strings"
	"testing"

	"herbarium/loaders"
)

// TestRowsOfOtherShapesCanBeLeftOut infers and loads with --on-error skip: the rows of
// the shape that most have are loaded.
func TestRowsOfOtherShapesCanBeLeftOut(t *testing.T) {
	for name, c := range map[string]struct{ text, says, rows string }{
		"objects":                     {`{"a":{"b":1}}` + "\n" + `{"a":{"b":2}}` + "\n" + `{"a":"x"}` + "\n" + `{"a":[7]}` + "\n", "a.b: {type: integer}", "[1] [2]"},
		"plain values":                {`{"a":{"b":1}}` + "\n" + `{"a":"x"}` + "\n" + `{"a":[7]}` + "\n" + `{"a":"y"}` + "\n", "a: {type: string}", `["x"] ["y"]`},
		"lists":                       {`{"a":"x"}` + "\n" + `{"a":[1,2]}` + "\n" + `{"a":{"b":1}}` + "\n" + `{"a":[3,4]}` + "\n", "a_0: {type: integer, column: a.0}", "[1,2] [3,4]"},
		"each row has another fault":  {`{"a":{"b":1},"c":"x"}` + "\n" + `{"a":"y","c":{"d":2}}` + "\n", "a.b: {type: integer}", `[1,"x"]`},
		"one plain value comes first": {`{"a":5}` + "\n" + `{"a":{"b":1}}` + "\n" + `{"a":{"b":2}}` + "\n", "a.b: {type: integer}", "[1] [2]"},
	} {
		inferred, err := loaders.Infer(t.Context(), []loaders.Source{text("t.ndjson", c.text)}, loaders.InferOptions{Skip: true})
		var wrong *loaders.DataError
		if err != nil && !errors.As(err, &wrong) || !strings.Contains(string(inferred.Descriptor), c.says) {
			t.Errorf("%s: %v\n%s", name, err, inferred.Descriptor)
			continue
		}
		target := &memory{}
		_, err = loaders.Load(t.Context(), target, dataset(t, string(inferred.Descriptor), ""), []loaders.Source{text("t.ndjson", c.text)}, loaders.Options{Skip: true})
		if got := strings.Join(target.rows, " "); err != nil || got != c.rows {
			t.Errorf("%s: got %s, %v by\n%s", name, got, err, inferred.Descriptor)
		}
	}
}
