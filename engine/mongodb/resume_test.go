package mongodb

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/internal/mongotest"
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
	lost := map[string]bson.D{
		"connection closed": {{Key: "closeConnection", Value: true}},
		"cursor lost":       {{Key: "errorCode", Value: 43}},
	}
	db, ds := mongotest.Database(t), parseDataset(t, many)
	loadRows(t, openIn(t, db), ds, manyRows(ds, 3*firstRows))
	for _, test := range []struct {
		op   *datasets.Operation
		body string
		rows int
	}{
		{datasets.Range, `{}`, 3 * firstRows},
		{datasets.Range, `{"kind":"south"}`, 3 * firstRows / 2},
		{datasets.Range, `{"sort":["-n"]}`, 3 * firstRows},
		{datasets.Range, fmt.Sprintf(`{"page":1,"per_page":%d}`, laterRows), 3 * firstRows},
		{datasets.Range, fmt.Sprintf(`{"sort":["kind"],"page":2,"per_page":%d}`, firstRows+1), firstRows + 1},
		{datasets.Mean, `{}`, 3 * firstRows},
		{datasets.Mean, `{"kind":"north"}`, 3 * firstRows / 2},
		{datasets.Mean, `{"sort":["-mean_n"]}`, 3 * firstRows}, // collected
	} {
		for name, broken := range lost {
			for _, times := range []int{1, 2} {
				t.Run(fmt.Sprintf("%s %s/%s/times=%d", test.op, test.body, name, times), func(t *testing.T) {
					want := ask(t, currentTable(t, openIn(t, db), ds), ds, test.op, test.body)
					if len(want) != test.rows {
						t.Fatalf("there are %d rows, want %d", len(want), test.rows)
					}
					s := openFaulty(t, db)
					table := currentTable(t, s, ds)
					disarm := arm(t, db, "getMore", broken, times)
					cursor, err := table.Run(context.Background(), planOf(t, ds, test.op, test.body))
					collected := test.body == `{"sort":["-mean_n"]}`
					if collected && times == 2 {
						disarm()
						wantCode(t, err, fault.StoreUnavailable) // it begins anew once
						return
					}
					if err != nil {
						t.Fatal(err)
					}
					defer closing(t, cursor)
					got, err := lines(cursor)
					disarm()
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
				})
			}
		}
	}
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
