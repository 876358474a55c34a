package mongodb

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/internal/mongotest"
	"herbarium/engine/pipeline"
	"herbarium/engine/plan"
)

const pagedRows = `
dataset: readings
fields: {n: {type: integer}, kind: {type: string, enum: [even, odd]}}
selectors: {kind: kind}
`

// examined returns how many documents the server looks at for a plan.
func examined(t testing.TB, db *mongo.Database, in engine.Table, p *plan.Plan) int64 {
	t.Helper()
	var report bson.Raw
	err := db.RunCommand(context.Background(), bson.D{
		{Key: "explain", Value: in.(*table).runCommand(p, pipeline.Compile(p), nil)},
		{Key: "verbosity", Value: "executionStats"},
	}).Decode(&report)
	if err != nil {
		t.Fatal(err)
	}
	if n, ok := lookFor(report, "totalDocsExamined"); ok {
		return n
	}
	t.Fatalf("the report does not say how many documents were examined: %s", report)
	return 0
}

// lookFor returns the first number of that name, at any depth: servers differ
// in where they put it.
func lookFor(d bson.Raw, name string) (int64, bool) {
	elements, err := d.Elements()
	if err != nil {
		return 0, false
	}
	for _, e := range elements {
		if n, ok := e.Value().AsInt64OK(); ok && e.Key() == name {
			return n, true
		}
		var inner bson.Raw
		switch e.Value().Type {
		case bson.TypeEmbeddedDocument:
			inner = e.Value().Document()
		case bson.TypeArray:
			inner = bson.Raw(e.Value().Array())
		default:
			continue
		}
		if n, ok := lookFor(inner, name); ok {
			return n, true
		}
	}
	return 0, false
}

// fillReadings loads rows of alternating kinds.
func fillReadings(t testing.TB, s *Store, ds *datasets.Dataset, rows int) {
	var batches []*engine.Batch
	for first := 0; first < rows; first += engine.BatchRows {
		b := &engine.Batch{Rows: min(engine.BatchRows, rows-first),
			Columns: []engine.Vector{{Type: datasets.Integer}, {Type: datasets.String, Dict: []string{"even", "odd"}}}}
		for i := range b.Rows {
			b.Columns[0].Ints = append(b.Columns[0].Ints, int64(first+i))
			b.Columns[1].Codes = append(b.Columns[1].Codes, uint32((first+i)%2))
		}
		batches = append(batches, b)
	}
	loadRows(t, s, ds, batches...)
}

// pageAfter returns the plan of the query's page after a row.
func pageAfter(t testing.TB, ds *datasets.Dataset, query string, row int64) *plan.Plan {
	p := planOf(t, ds, datasets.Range, query)
	if row > 0 {
		p.After = plan.RowPosition(row - 1)
	}
	return p
}

func TestADeepPageExaminesWhatTheFirstDoes(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, pagedRows)
	const rows = 20_000
	s := openIn(t, db)
	fillReadings(t, s, ds, rows)
	table := currentTable(t, s, ds)
	for _, query := range []string{`{"per_page":50}`, `{"kind":"odd","per_page":50}`, `{"kind":["even","odd"],"per_page":50}`} {
		t.Run(query, func(t *testing.T) {
			first := examined(t, db, table, pageAfter(t, ds, query, 0))
			deep := examined(t, db, table, pageAfter(t, ds, query, rows-1000))
			if 2*deep > 3*first {
				t.Errorf("the first page examines %d documents, a deep one %d", first, deep)
			}
		})
	}
}

func TestADeepPageIsAnsweredWithoutItsIndex(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, pagedRows)
	fillReadings(t, openIn(t, db), ds, 100)
	var refused atomic.Int64
	proxy := mongotest.NewProxy(t, func(_ context.Context, c mongotest.Command, pass func(bson.Raw) bson.Raw) bson.Raw {
		if _, err := c.LookupErr("hint"); err != nil {
			return pass(c.Raw)
		}
		refused.Add(1)
		refusal, err := bson.Marshal(mongotest.Failure(badValueCode, "BadValue", "error processing query: planner returned error :: caused by :: hint provided does not correspond to an existing index"))
		if err != nil {
			t.Error(err)
		}
		return refusal
	})
	s, err := Open("mongodb://"+proxy.Address+"/?directConnection=true", Options{Database: db.Name()})
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, s)
	rows, err := count(s, ds, pageAfter(t, ds, `{"kind":"odd","per_page":10}`, 50))
	if err != nil || rows != 10 {
		t.Errorf("a page has %d rows, %v", rows, err)
	}
	if refused.Load() == 0 {
		t.Error("no index was named")
	}
}

// BenchmarkDeepPage compares a page of 1,000,000 documents, half of them
// selected, with the first one: in time and in documents examined.
func BenchmarkDeepPage(b *testing.B) {
	db, ds := mongotest.Database(b), parseDataset(b, pagedRows)
	s := openIn(b, db)
	const rows = 1_000_000
	fillReadings(b, s, ds, rows)
	const query = `{"kind":"odd","per_page":100}`
	for _, row := range []int64{0, rows - 10_000} {
		b.Run(fmt.Sprintf("after %d rows", row), func(b *testing.B) {
			p := pageAfter(b, ds, query, row)
			table := currentTable(b, s, ds)
			for b.Loop() {
				cursor, err := table.Run(context.Background(), p)
				if err != nil {
					b.Fatal(err)
				}
				if batch, err := cursor.Next(context.Background()); err != nil || batch.Rows != 100 {
					b.Fatal(err)
				}
				if edge, err := cursor.PageEnd(context.Background()); err != nil || !edge.More {
					b.Fatal(edge, err)
				}
				closing(b, cursor)
			}
			b.ReportMetric(float64(examined(b, db, table, p)), "docs-examined")
		})
	}
}
