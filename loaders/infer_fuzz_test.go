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
		"a||b\n1||x\n2||y\n", "a::b::c\n1::2::3\n", "Gda\xf1sk,b\n1,2\n", "t\n20240105T101112Z\n",
		"a\n1,\n", "n\n\"1,234\"\n12\n", "a\tb\nyes\tNA\nno\t-\n", "null\nnull\nNA\n1\n", "a|b\n1|x\n 2 |\n", "a\n0\n-0\n00\n",
		`[{"a":1,"b":{"c":"2019-03-23","d":[1,2]}},{"a":2.5,"b":null}]`, `{"features":[{"x":{"y":[1,2]},"t":["a","b","c","d","e"]}]}`,
		"{\"a\":1}\n{\"a\":\"x\",\"b.c\":true}\n", `{"a":{"b":[{"c":1}]},"d":[{"c":1},{"c":2}]}`, `[{"a":1},{"a":{"b":1}},{"":2,"x":{"y.z":3}}]`, `[]`, `[1]`, "{\n}",
		"[id],[name]\n1,2\n", "\"\",{\n1,2\n", "5.1,3.5,setosa\n4.9,3.0,virginica\n", "sep=;\na;b\n1,5;2\n", "Report,,\n,,\na,b,c\n1,2,3\n", "# x\na,b\n1,2\n",
		"id,name\n1,a\n2,b\n(2 rows)\n", "id,name\n1,a,\n2,b,\n", "a,a,a#2\n1,2,3\n", "a,b\n1,5\" x\n2,\"y\" z\n", "a,b\n1,\"x \\\"y\\\", z\"\n", "a\tb\n1\t\"x\n2\ty\n",
		"Jos\xe9,b\n1,2\n", "\xff\xfea\x00,\x00b\x00\n\x001\x00,\x002\x00\n\x00", "a,b\r1,2\r", "a,b\r\r\n1,2\r\r\n\x1a", "a,b\nr1,1,2\nr2,3,4\n", "a^b\n1^2\n3^4\n",
		"a,b,c\n1,2,3\n4,5\n6,7\n", "'a';'b'\n'1;2';'x'\n'3;4';'y'\n", "a\u00a7b\n1\u00a72\n", "#a,b\n1,2\n", "a,b\nx,1\nTotal: 2\n", "d\n1.18.3\n", "t;x\n1.234;1,5\n",
		"{\"a\":{\"b\":1}}\n{\"a\":2}\n", "{\"a\":[1,2]}\n{\"a\":[1,2,3]}\n", "{\"a\":\"1,234\"}\n{\"a\":\"5\"}\n",
		",t,t\n,min,max\nsite,,\np,1,2\n", "t,x\ns,m\n1,2\n", ",A,,B\nr,2019,2020,2019\nx,1,2,3\n", "x\n1,000\n2,000\n", "text\na, b\nc\n", "n\n1 234,5\n", "\xc6\xf3\xea,b\n1,2\n", "x\ninf\n1\n",
		"{\"0\":{\"a\":1},\"1\":{\"a\":2}}", `{"x":{"a":1,"b":"p"},"y":{"a":2,"b":"q"}}`, `{"a":[1,2,3],"b":[4,5,6]}`, `{"a":{"0":1,"1":2}}`, `[[1,"a"],[2,"b"]]`, `{"columns":["a"],"index":["x"],"data":[[1]]}`,
		" id | n \n----+---\n  1 | a\n", "A    B\n1    2\n3    4\n",
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
