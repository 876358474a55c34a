package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"herbarium/datasets"
	"herbarium/engine/internal/mongotest"
	"herbarium/engine/mongodb"
)

func TestConformanceOfMongoDB(t *testing.T) {
	store := openMongoDB(t)
	same := equalBytes
	var skip []string
	if !sumsTwice(t) {
		t.Log("the server sums in single precision, so it is no MongoDB: means are compared to 1e-12, and diamonds.txtar, which takes it long, is left out")
		same = nearlyEqual
		skip = append(skip, "diamonds.txtar")
	}
	if !ordersSubnormals(t) {
		t.Log("the server does not order subnormal numbers: subnormals.txtar is left out")
		skip = append(skip, "subnormals.txtar")
	}
	conform(t, store, same, skip...)
}

// openMongoDB opens a store in a database of the test's own, dropped after, on
// the server that HERBARIUM_TEST_MONGODB names; without one the test skips.
func openMongoDB(t *testing.T) *mongodb.Store {
	t.Helper()
	db := mongotest.Database(t)
	store, err := mongodb.Open(mongotest.Server(t), mongodb.Options{Database: db.Name(), Keep: 5 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close(context.Background()) })
	return store
}

// sumsTwice reports whether the server's $avg sums in twice the precision, as
// MongoDB's does.
func sumsTwice(t *testing.T) bool {
	t.Helper()
	ctx := context.Background()
	c := mongotest.Database(t).Collection("probe")
	docs := []any{map[string]float64{"x": 1e16}, map[string]float64{"x": 1}, map[string]float64{"x": -1e16}}
	if _, err := c.InsertMany(ctx, docs); err != nil {
		t.Fatal(err)
	}
	cursor, err := c.Aggregate(ctx, []map[string]any{{"$group": map[string]any{"_id": nil, "m": map[string]any{"$avg": "$x"}}}})
	if err != nil {
		t.Fatal(err)
	}
	var got []struct{ M float64 }
	if err := cursor.All(ctx, &got); err != nil {
		t.Fatal(err)
	}
	return got[0].M == 1.0/3
}

// ordersSubnormals reports whether the server finds the smallest number by an
// index, as MongoDB does.
func ordersSubnormals(t *testing.T) bool {
	t.Helper()
	ctx := context.Background()
	c := mongotest.Database(t).Collection("probe")
	if _, err := c.Indexes().CreateOne(ctx, mongo.IndexModel{Keys: map[string]int{"x": 1}}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.InsertMany(ctx, []any{map[string]float64{"x": 5e-324}, map[string]float64{"x": 0}, map[string]float64{"x": 1}}); err != nil {
		t.Fatal(err)
	}
	n, err := c.CountDocuments(ctx, map[string]any{"x": map[string]any{"$gte": 5e-324}})
	if err != nil {
		t.Fatal(err)
	}
	return n == 2
}

// nearlyEqual compares the numbers of means to twelve digits.
func nearlyEqual(t *testing.T, op *datasets.Operation, got, want string) {
	t.Helper()
	if op == datasets.Range {
		equalBytes(t, op, got, want)
		return
	}
	if !near(got, want) {
		t.Errorf("answer\n got %s\nwant %s", got, want)
	}
}

// near reports whether two answers are the same but for what of their numbers
// is beyond twelve digits.
func near(got, want string) bool {
	var g, w any
	if errors.Join(json.Unmarshal([]byte(got), &g), json.Unmarshal([]byte(want), &w)) != nil {
		return false
	}
	return cmp.Equal(w, g, cmp.Comparer(func(a, b float64) bool { return a == b || math.Abs(a-b) <= 1e-12*math.Abs(b) }))
}
