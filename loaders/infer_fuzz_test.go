package loaders

import (
	"context"
	"errors"
	"strings"
	"testing"

	"herbarium/datasets"
	"herbarium/loaders/source"
)

// FuzzInfer holds that any bytes are either refused or described such that a
// load of the same bytes takes the description.
func FuzzInfer(f *testing.F) {
	for _, text := range []string{
		"", "\n", "a\n", "a,b\n1,2\n", "a;b\n1,5;2\n", "a\n\n1\n", "\xef\xbb\xbfa\n\"x\ny\"\n", "a,a\n", ",b\n", "a\n\xff\n",
		"mass (g),_id,$x,a.b,a,sort,é\n1.5,2,3,4,5,6,7\n", "d\n31/12/1999\n1/2/2000\n", "t\n2019-03-23T20:21:09+01:00\n",
		"a\n1,\n", "n\n\"1,234\"\n12\n", "a\tb\nyes\tNA\nno\t-\n", "null\nnull\nNA\n1\n", "a|b\n1|x\n 2 |\n", "a\n0\n-0\n00\n",
		`[{"a":1,"b":{"c":"2019-03-23","d":[1,2]}},{"a":2.5,"b":null}]`, `{"features":[{"x":{"y":[1,2]},"t":["a","b","c","d","e"]}]}`,
		"{\"a\":1}\n{\"a\":\"x\",\"b.c\":true}\n", `{"a":{"b":[{"c":1}]},"d":[{"c":1},{"c":2}]}`, `[{"a":1},{"a":{"b":1}},{"":2,"x":{"y.z":3}}]`, `[]`, `[1]`, "{\n}",
		strings.Repeat("x\n", 20) + "y\n", "a\n\"\"\n \n\t\n", "a\n1e999\n", "a\n99999999999999999999\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(describesOrRefuses)
}

func describesOrRefuses(t *testing.T, text []byte) {
	in := Stream("f", strings.NewReader(string(text)))
	inferred, err := Infer(context.Background(), []Source{in}, InferOptions{limits: source.Limits{Record: 1 << 16, Chunk: 1 << 12, Inflated: 1 << 20, Ratio: 200}})
	if err != nil {
		var wrong *DataError
		if errors.As(err, &wrong) && (len(wrong.Faults) == 0 || wrong.Faults[0].Detail == "") {
			t.Errorf("no fault: %v", err)
		}
		return
	}
	if !inferred.Whole {
		t.Fatal("not all rows were seen")
	}
	ds, err := datasets.Parse("f.yaml", inferred.Descriptor, nil)
	if err != nil {
		t.Fatalf("%v in\n%s", err, inferred.Descriptor)
	}
	summary, err := Check(context.Background(), ds, []Source{Stream("f", strings.NewReader(string(text)))}, Options{})
	if err != nil {
		t.Fatalf("%v by\n%s", err, inferred.Descriptor)
	}
	if summary.Rows != inferred.Rows {
		t.Errorf("%d rows are loaded, %d were inferred from", summary.Rows, inferred.Rows)
	}
}
