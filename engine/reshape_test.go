package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/google/go-cmp/cmp"

	"herbarium/api/format"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/query"
)

// numberedEngine is an engine over 14 numbered rows.
func numberedEngine(t *testing.T) (*engine.Engine, *datasets.Dataset) {
	t.Helper()
	store, ds := columnar.NewStore(columnar.Options{}), numberedRows(t, "numbered")
	publishNumbered(t, store, ds, 14, 1)
	e := engine.New(store, engine.Options{})
	t.Cleanup(e.Close)
	return e, ds
}

func parsed(t *testing.T, ds *datasets.Dataset, op *datasets.Operation, body string) *query.Query {
	t.Helper()
	q, err := query.Parse(ds, op, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// wholeAnswer is the answer's bytes.
func wholeAnswer(t *testing.T, e *engine.Engine, q *query.Query, f engine.Format) []byte {
	t.Helper()
	ctx := context.Background()
	a, err := e.WholeAnswer(ctx, q, f)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	var all []byte
	for {
		chunk, err := a.Next(ctx)
		if err != nil {
			return all
		}
		all = append(all, chunk...)
	}
}

func TestAVariantColumnIsTextWhereColumnsHaveOneType(t *testing.T) {
	e, ds := numberedEngine(t)
	q := parsed(t, ds, datasets.Summary, `{"fields":["n","kind"],"group_by":[]}`)
	r, err := ipc.NewReader(bytes.NewReader(wholeAnswer(t, e, q, format.Arrow)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	types := map[string]arrow.DataType{}
	for _, f := range r.Schema().Fields() {
		types[f.Name] = f.Type
	}
	text := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}
	for name, want := range map[string]arrow.DataType{"field": text, "count": arrow.PrimitiveTypes.Int64, "min": text, "p25": text, "most_frequent": text,
		"mean": arrow.PrimitiveTypes.Float64, "stddev": arrow.PrimitiveTypes.Float64} {
		if !arrow.TypeEqual(types[name], want) {
			t.Errorf("%s is of the type %v, want %v", name, types[name], want)
		}
	}
	if !r.Next() {
		t.Fatal("no record")
	}
	var got []string
	for i, f := range r.Schema().Fields() {
		if f.Name == "min" || f.Name == "median" || f.Name == "most_frequent" {
			got = append(got, fmt.Sprint(r.RecordBatch().Column(i).ValueStr(0), " ", r.RecordBatch().Column(i).ValueStr(1)))
		}
	}
	if want := []string{"0 even", "6.5 (null)", "0 even"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRowsHaveTheValuesOfVariants(t *testing.T) {
	e, ds := numberedEngine(t)
	var got []any
	for row, err := range e.Rows(context.Background(), parsed(t, ds, datasets.Summary, `{"fields":["n","kind"],"group_by":[]}`)) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, row.Value("min"), row.Value("median"), row.Value("type"))
	}
	if diff := cmp.Diff([]any{int64(0), 6.5, "integer", "even", nil, "string"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestExplainShowsBothPlansOfAHistogram(t *testing.T) {
	e, ds := numberedEngine(t)
	x, err := e.Explain(context.Background(), parsed(t, ds, datasets.Histogram, `{"field":"n","bins":2,"group_by":["kind"],"sort":["-count"],"per_page":3}`))
	if err != nil {
		t.Fatal(err)
	}
	const want = `stats/histogram of numbered
  measures count
  group by kind, n by bins 0 10 20
  answer a row for each bin between the edges 0, 10, 20
  sort by -count
  limit 3
`
	if diff := cmp.Diff(want, x.Plan); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	first := `[{"$group":{"_id":null,"n":{"$sum":1},"v0":{"$sum":{"$cond":[{"$gt":["$n",null]},1,0]}},"a0":{"$min":"$n"},"z0":{"$max":"$n"}}}]`
	second := `[{"$group":{"_id":{"k0":{"$ifNull":["$kind",null]},"k1":{"$cond":[{"$gt":["$n",null]},{"$cond":[{"$lt":["$n",20]},{"$cond":[{"$lt":["$n",10]},`
	if got := strings.ReplaceAll(x.Pipeline.String(), "\n ", ""); got != first {
		t.Errorf("the first pipeline is %s", got)
	}
	if len(x.Further) != 1 || !strings.HasPrefix(x.Further[0].String(), second) {
		t.Errorf("the second pipeline is %s", x.Further)
	}
}

func TestAReshapedAnswerIsCountedWithoutItsPage(t *testing.T) {
	e, ds := numberedEngine(t)
	for _, c := range []struct {
		op    *datasets.Operation
		query string
		want  int64
	}{
		{datasets.Summary, `{"group_by":[]}`, 4},
		{datasets.Summary, `{"fields":["n"],"group_by":["size"]}`, 7},
		{datasets.Summary, `{"lower":{"n":100}}`, 0},
		{datasets.Histogram, `{"field":"n","bins":2,"group_by":["kind"]}`, 4},
		{datasets.Histogram, `{"field":"n","edges":[3,5,7],"group_by":[]}`, 4}, // and rows below and above
	} {
		for _, page := range []string{"", `"per_page":1`} {
			body := c.query
			if page != "" {
				body = strings.Replace(strings.TrimSuffix(body, "}")+","+page+"}", "{,", "{", 1)
			}
			a, err := e.Answer(context.Background(), parsed(t, ds, c.op, body), format.JSON)
			if err != nil {
				t.Fatal(err)
			}
			if err := a.Count(context.Background()); err != nil || a.Total != c.want {
				t.Errorf("%s %s: %d, %v; want %d", c.op, body, a.Total, err, c.want)
			}
			_ = a.Close()
		}
	}
}
