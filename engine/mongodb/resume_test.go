package mongodb

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/internal/mongotest"
	"herbarium/engine/plan"
)

// many has more groups than the server sends at first.
const many = `
dataset: many
fields: {n: {type: integer}, kind: {type: string}}
selectors: {kind: kind}
stats: {fields: [n], group_by: n}
`

// manyRows returns n rows, each of which has a number of its own.
func manyRows(ds *datasets.Dataset, n int) *engine.Batch {
	b := readings(ds, 0, n)
	for c := range b.Columns {
		for i := range b.Columns[c].Valid {
			b.Columns[c].Valid[i] = ^uint64(0)
		}
	}
	return b
}

func TestAnAnswerGoesOnWhereItsCursorIsLost(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, many)
	loadRows(t, openIn(t, db), ds, manyRows(ds, 3*firstRows))
	const fine fault.Code = ""
	for _, test := range []struct {
		op    *datasets.Operation
		body  string
		rows  int
		twice fault.Code // where the second cursor is lost, too
	}{
		{datasets.Range, `{}`, 3 * firstRows, fine},
		{datasets.Range, `{"sort":["-n"]}`, 3 * firstRows, fine},
		{datasets.Range, fmt.Sprintf(`{"kind":"south","page":1,"per_page":%d}`, laterRows), 3 * firstRows / 2, fine},
		{datasets.Range, fmt.Sprintf(`{"sort":["kind"],"page":2,"per_page":%d}`, firstRows+1), firstRows + 1, fine},
		{datasets.Mean, `{}`, 3 * firstRows, fine},
		{datasets.Mean, `{"sort":["-mean_n"]}`, 3 * firstRows, fault.StoreUnavailable}, // it is collected anew once
	} {
		want := ask(t, currentTable(t, openIn(t, db), ds), ds, test.op, test.body)
		if len(want) != test.rows {
			t.Fatalf("%s: there are %d rows, want %d", test.body, len(want), test.rows)
		}
		for times, code := range []fault.Code{1: fine, 2: test.twice} {
			if times > 0 {
				t.Run(fmt.Sprintf("%s %s/times=%d", test.op, test.body, times), func(t *testing.T) {
					s := openFaulty(t, db)
					got, err := askWithFault(t, s, db, ds, planOf(t, ds, test.op, test.body), times)
					if code != fine {
						wantCode(t, err, code)
					} else if diff := cmp.Diff(want, got); diff != "" || err != nil {
						t.Errorf("%v (-want +got):\n%s", err, diff)
					}
				})
			}
		}
	}
}

// askWithFault answers the plan while cursors are lost so many times.
func askWithFault(t *testing.T, s *Store, db *mongo.Database, ds *datasets.Dataset, p *plan.Plan, times int) ([]string, error) {
	t.Helper()
	table := currentTable(t, s, ds)
	broken := bson.D{{Key: "errorCode", Value: 43}}
	if times == 1 {
		broken = bson.D{{Key: "closeConnection", Value: true}}
	}
	defer arm(t, db, "getMore", broken, times)()
	cursor, err := table.Run(context.Background(), p)
	if err != nil {
		return nil, err
	}
	defer closing(t, cursor)
	return lines(cursor)
}

// TestAnAnswerWhoseRowsAreDroppedDoesNotLookWhole drops the rows between two answers of a cursor.
func TestAnAnswerWhoseRowsAreDroppedDoesNotLookWhole(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, many)
	s := openIn(t, db)
	loadRows(t, s, ds, manyRows(ds, 3*firstRows))
	current := currentTable(t, s, ds)
	cursor, err := current.Run(t.Context(), planOf(t, ds, datasets.Range, `{}`))
	if err != nil {
		t.Fatal(err)
	}
	defer closing(t, cursor)
	if _, err := cursor.Next(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Collection(publicationsName).DeleteOne(t.Context(), bson.D{}); err != nil {
		t.Fatal(err)
	}
	if err := db.Collection(current.(*table).collection).Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	time.Sleep(publicationAge)
	rows, err := lines(cursor)
	if err == nil && len(rows) < 2*firstRows {
		t.Fatalf("the rest has %d rows and no error", len(rows))
	}
	if err != nil && !slices.Contains([]fault.Code{fault.StoreUnavailable, fault.Gone}, fault.CodeOf(err)) {
		t.Errorf("the failure is %v", err)
	}
}

// TestARowOfAnUnmanagedCollectionIsNotReadAgain holds that such an answer ends: its rows may have
// changed.
func TestARowOfAnUnmanagedCollectionIsNotReadAgain(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, many)
	documents := make([]any, 3*firstRows)
	for i := range documents {
		documents[i] = bson.D{{Key: "_id", Value: i}, {Key: "n", Value: i}}
	}
	if _, err := db.Collection(ds.Collection).InsertMany(t.Context(), documents); err != nil {
		t.Fatal(err)
	}
	s := openFaulty(t, db)
	cursor, err := currentTable(t, s, ds).Run(t.Context(), planOf(t, ds, datasets.Range, `{}`))
	if err != nil {
		t.Fatal(err)
	}
	defer closing(t, cursor)
	arm(t, db, "getMore", faults()["connection closed"], 1)
	_, err = lines(cursor)
	wantCode(t, err, fault.StoreUnavailable)
}
