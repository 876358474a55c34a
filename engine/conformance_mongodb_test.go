package engine_test

import (
	"context"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"herbarium/engine/internal/mongotest"
	"herbarium/engine/mongodb"
)

func TestConformanceOfMongoDB(t *testing.T) {
	conform(t, openMongoDB(t), equalBytes, skipped(t)...)
}

// skipped names the scripts that the server cannot run, since it is no MongoDB.
func skipped(t *testing.T) (skip []string) {
	t.Helper()
	if !ordersSubnormals(t) {
		t.Log("the server does not order subnormal numbers, so it is no MongoDB: subnormals.txtar is left out, and diamonds.txtar, which takes it long")
		skip = append(skip, "subnormals.txtar", "diamonds.txtar")
	}
	if !findsPatternsByIndex(t) {
		t.Log("the server does not find lists of patterns by an index, so it is no MongoDB: text_lists.txtar is left out")
		skip = append(skip, "text_lists.txtar")
	}
	return skip
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

// findsPatternsByIndex reports whether the server finds what one of several patterns
// matches where the field has an index, as MongoDB does.
func findsPatternsByIndex(t *testing.T) bool {
	t.Helper()
	ctx := context.Background()
	c := mongotest.Database(t).Collection("patterns")
	if _, err := c.Indexes().CreateOne(ctx, mongo.IndexModel{Keys: map[string]int{"s": 1}}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.InsertOne(ctx, map[string]string{"s": "oak"}); err != nil {
		t.Fatal(err)
	}
	n, err := c.CountDocuments(ctx, map[string]any{"s": map[string]any{"$in": []bson.Regex{{Pattern: "^o"}, {Pattern: "k"}}}})
	if err != nil {
		t.Fatal(err)
	}
	return n == 1
}
