package mongodb

import (
	"context"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/internal/mongotest"
	"herbarium/engine/plan"
	"herbarium/engine/query"
)

// weather has a field of every type, one of them nested.
const weather = `
dataset: weather
fields:
  station: {type: string, enum: [north, south]}
  temperature: {type: number}
  wind.speed: {type: integer}
  rain: {type: boolean}
  day: {type: date}
  read: {type: date-time}
stats: {fields: [temperature, wind.speed], group_by: station}
`

func parseDataset(t testing.TB, text string) *datasets.Dataset {
	t.Helper()
	ds, err := datasets.Parse("test.yaml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

// readings returns n rows of weather. Every seventh has no temperature, every
// fifth no wind; the rest follow from the row's number.
func readings(ds *datasets.Dataset, from, n int) *engine.Batch {
	b := &engine.Batch{Rows: n, Columns: make([]engine.Vector, len(ds.Fields))}
	for c := range b.Columns {
		b.Columns[c] = engine.Vector{Type: ds.Fields[c].Type, Valid: make([]uint64, (n+63)/64), Dict: []string{"north", "south"}}
	}
	for i := range n {
		row := from + i
		for c := range b.Columns {
			v := &b.Columns[c]
			v.Floats = append(v.Floats, float64(row)/4)
			v.Ints = append(v.Ints, int64(row))
			if v.Type == datasets.Boolean {
				v.Ints[i] = int64(row % 2)
			}
			v.Codes = append(v.Codes, uint32(row%2))
			if c == 1 && row%7 == 0 || c == 2 && row%5 == 0 {
				continue
			}
			v.Valid[i/64] |= 1 << (i % 64)
		}
	}
	return b
}

// openIn opens a store in the database.
func openIn(t testing.TB, db *mongo.Database) *Store {
	t.Helper()
	s, err := Open(mongotest.Server(t), Options{Database: db.Name(), Keep: 5 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, s)
	return s
}

func closeAfter(t testing.TB, s *Store) {
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// loadRows publishes the batches as the dataset's rows.
func loadRows(t testing.TB, s *Store, ds *datasets.Dataset, batches ...*engine.Batch) engine.TableInfo {
	t.Helper()
	ctx := context.Background()
	l := begin(t, s, ds)
	for _, b := range batches {
		if err := l.Write(ctx, b); err != nil {
			t.Fatal(err)
		}
	}
	info, err := l.Commit(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// begin starts a load that is aborted after the test, unless it was committed.
func begin(t testing.TB, s *Store, ds *datasets.Dataset) engine.Load {
	t.Helper()
	l, err := s.Begin(context.Background(), ds, engine.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Abort(context.Background()) })
	return l
}

func currentTable(t testing.TB, s *Store, ds *datasets.Dataset) engine.Table {
	t.Helper()
	table, err := s.Table(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func planOf(t testing.TB, ds *datasets.Dataset, op *datasets.Operation, body string) *plan.Plan {
	t.Helper()
	q, err := query.Parse(ds, op, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	p, err := q.Plan()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ask returns the answer's rows, each as its JSON values with spaces between.
func ask(t testing.TB, table engine.Table, ds *datasets.Dataset, op *datasets.Operation, body string) []string {
	t.Helper()
	cursor, err := table.Run(context.Background(), planOf(t, ds, op, body))
	if err != nil {
		t.Fatal(err)
	}
	defer closing(t, cursor)
	all, err := lines(cursor)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// lines returns the rest of the rows.
func lines(cursor engine.Cursor) (all []string, err error) {
	for {
		b, err := cursor.Next(context.Background())
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		for i := range b.Rows {
			all = append(all, rowText(b, i))
		}
	}
}

func closing(t testing.TB, c io.Closer) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func rowText(b *engine.Batch, i int) string {
	var values []string
	for c := range b.Columns {
		v := &b.Columns[c]
		if v.Null(i) {
			values = append(values, "null")
			continue
		}
		value := v.Value(i)
		if v.Type == datasets.Number {
			// The server for tests does not sum in twice the precision.
			value.Float = math.Round(value.Float*1e9) / 1e9
		}
		values = append(values, string(value.Append(nil, v.Type)))
	}
	return strings.Join(values, " ")
}

func wantCode(t testing.TB, err error, code fault.Code) {
	t.Helper()
	if e := failureIn(t, err); e.Code != code {
		t.Fatalf("got the error %v, want code %s", err, code)
	}
}

// failureIn returns the failure that err is or wraps.
func failureIn(t testing.TB, err error) fault.Error {
	t.Helper()
	var e *fault.Error
	if !errors.As(err, &e) {
		t.Fatalf("got the error %v, want one with a code", err)
	}
	return *e
}
