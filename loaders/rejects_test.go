package loaders_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"herbarium/loaders"
)

func TestFaultyRowsAreLeftOutAndWrittenDown(t *testing.T) {
	target, rejects := &memory{}, &bytes.Buffer{}
	content := "part,x,id\na,1,1\na,one,2\nb,2,1\na,3.0,1\nc\n\"d\"\"\",4,3\n"
	summary, err := loaders.Load(t.Context(), target, dataset(t, keyed, ""), []loaders.Source{text("t.csv", content)},
		loaders.Options{Skip: true, Rejects: rejects})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{`[1,"a",1]`, `[1,"b",2]`, `[3,"d\"",4]`}, target.rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	want := `{"file":"t.csv","row":2,"faults":[{"file":"t.csv","line":3,"column":3,"row":2,"field":"x","detail":"\"one\" is not an integer"}],"values":{"part":"a","x":"one","id":"2"}}
{"file":"t.csv","row":4,"faults":[{"file":"t.csv","line":5,"column":1,"row":4,"field":"id, part","detail":"the row has the key of row 1"}],"values":{"part":"a","x":"3.0","id":"1"}}
{"file":"t.csv","row":5,"faults":[{"file":"t.csv","line":6,"column":1,"row":5,"detail":"the row has 1 value, the header 3; csv: {ragged: fill} reads missing values at its end"}],"values":{"part":"c"}}
`
	if diff := cmp.Diff(want, rejects.String()); diff != "" {
		t.Errorf("rejects (-want +got):\n%s", diff)
	}
	if summary.Read != 6 || summary.Rejected != 3 || summary.Rows != 3 {
		t.Errorf("summary %+v", summary)
	}
}

func TestRowsOfAKnownKeyAreWrittenDownAsTheyStand(t *testing.T) {
	ds := dataset(t, "dataset: d\nfields: {id: {type: integer}, x: {type: number}, ok: {type: boolean}}\nkey: [id]\n", "")
	for name, c := range map[string]struct{ content, values string }{
		"t.csv":  {"ok,x,id\nyes,2.50,1\nno,1,7\nYES,\" 2.50\",001\n", `{"ok":"YES","x":" 2.50","id":"001"}`},
		"t.json": {`{"id": 1, "x": 2.50}` + "\n" + `{"id": 1.0, "x": "2.50", "ok": "YES", "more": null}` + "\n", `{"id":1.0,"x":"2.50","ok":"YES","more":null}`},
	} {
		var rejects bytes.Buffer
		_, err := loaders.Load(t.Context(), &memory{}, ds, []loaders.Source{text(name, c.content)}, loaders.Options{Skip: true, Rejects: &rejects})
		if err != nil || !strings.HasSuffix(rejects.String(), `"the row has the key of row 1"}],"values":`+c.values+"}\n") {
			t.Errorf("%s: %v, %s", name, err, rejects.String())
		}
	}
}

func TestWhatIsNoRowsFaultCannotBeLeftOut(t *testing.T) {
	for name, content := range map[string]string{
		"a wrong header": "part,x,idd\n",
		"an open quote":  "part,x,id\na,1,1\n\"a,1,1\n",
	} {
		target := &memory{}
		_, err := loaders.Load(t.Context(), target, dataset(t, keyed, ""), []loaders.Source{text("t.csv", content)}, loaders.Options{Skip: true})
		if faultLines(t, err) == nil || target.committed {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := loaders.Check(t.Context(), dataset(t, keyed, ""), []loaders.Source{text("t.csv", strings.Repeat("x", 100))}, loaders.Options{Skip: true})
	if faultLines(t, err) == nil {
		t.Error("a file without any column passes")
	}
}
