// Package mongotest gives tests of the MongoDB store the server that they run
// on, and a database each.
package mongotest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Server returns the URI of the server that HERBARIUM_TEST_MONGODB names;
// without one the test skips.
func Server(t testing.TB) string {
	t.Helper()
	uri := os.Getenv("HERBARIUM_TEST_MONGODB")
	if uri == "" {
		t.Skip("HERBARIUM_TEST_MONGODB names no server")
	}
	return uri
}

// Database returns a database of the test's own on the server, dropped after.
func Database(t testing.TB) *mongo.Database {
	t.Helper()
	// A test may be longer than a server keeps a connection on which nobody asks.
	client, err := mongo.Connect(options.Client().ApplyURI(Server(t)).SetMaxConnIdleTime(10 * time.Second))
	if err != nil {
		t.Fatal(err)
	}
	db := client.Database(fmt.Sprintf("herbarium_test_%d_%d", os.Getpid(), time.Now().UnixNano()))
	t.Cleanup(func() {
		ctx := context.Background()
		if err := errors.Join(db.Drop(ctx), client.Disconnect(ctx)); err != nil {
			t.Error(err)
		}
	})
	return db
}
