package engine_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"herbarium/api/format"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/query"
	"herbarium/loaders"
)

// TestAFormatHasTheSameBytesEitherWay compares what formats write that depend on how rows
// are cut into batches, of more rows than a batch or a reply of the server has, with
// nulls, few texts and many.
func TestAFormatHasTheSameBytesEitherWay(t *testing.T) {
	source := openMongoDB(t)
	ds, err := datasets.Parse("sundry.yaml", []byte(`dataset: sundry
fields: {n: {type: integer}, x: {type: number}, kind: {type: string}, name: {type: string}, on: {type: boolean}, day: {type: date}}
stats: {group_by: name}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	var csv strings.Builder
	csv.WriteString("n,x,kind,name,on,day\n")
	for i := range 9_000 {
		cells := []string{fmt.Sprint(i), fmt.Sprint(float64(i) / 3), "kind " + fmt.Sprint(i*7919%5001), "name " + fmt.Sprint(i*7919%1501), fmt.Sprint(i%3 == 0), fmt.Sprintf("2020-01-%02d", 1+i%28)}
		for c := range cells {
			if (i+1)*(c+5)%11 == 0 {
				cells[c] = ""
			}
		}
		csv.WriteString(strings.Join(cells, ",") + "\n")
	}
	rows := loaders.Source{Name: "sundry.csv", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(csv.String())), nil }}
	if _, err := loaders.Load(t.Context(), source, ds, []loaders.Source{rows}, loaders.Options{}); err != nil {
		t.Fatal(err)
	}
	mirrored, before := openMirror(t, source, "", 1<<30), openMirror(t, source, "", 1)
	if err := mirrored.Copy(t.Context(), ds); err != nil {
		t.Fatal(err)
	}
	for _, f := range format.All() {
		for i, c := range []struct {
			op   *datasets.Operation
			body string
		}{
			{datasets.Range, `{}`},
			{datasets.Range, `{"lower":{"n":100},"missing":["x"]}`},
			{datasets.Range, `{"per_page":8500,"page":1,"sort":["name","-x"]}`},
			{datasets.Mean, `{}`},
		} {
			if i > 1 && !f.Batched {
				continue // which writes rows as they come, however they were found
			}
			way, want := taggedAnswer(t, before, ds, c.op, c.body, f)
			if way != engine.ByPipeline {
				t.Fatalf("the source was to answer, and not the %s", way)
			}
			way, got := taggedAnswer(t, mirrored, ds, c.op, c.body, f)
			if way != engine.ByMirror || !bytes.Equal(got, want) {
				t.Errorf("%s of %s %s: %d bytes by the %s, %d by the pipeline, and they differ", f.Name, c.op.Path, c.body, len(got), way, len(want))
			}
		}
	}
}

// taggedAnswer returns an answer with its tag before it, and the way that it took.
func taggedAnswer(t *testing.T, store engine.Store, ds *datasets.Dataset, op *datasets.Operation, body string, f engine.Format) (way engine.Way, _ []byte) {
	t.Helper()
	eng := engine.New(store, engine.Options{Observe: func(r engine.Run) { way = r.Way }})
	q, err := query.Parse(ds, op, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	a, err := eng.Answer(t.Context(), q, f)
	if err != nil {
		t.Fatal(err)
	}
	all := []byte(a.Tag + "\n")
	for {
		chunk, err := a.Next(t.Context())
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, chunk...)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	eng.Close()
	return way, all
}
