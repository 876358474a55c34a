package mongodb

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/internal/mongotest"
	"herbarium/engine/internal/retention"
)

func TestVersionsAreKeptAsPromised(t *testing.T) {
	db := mongotest.Database(t)
	s := openIn(t, db)
	s.options.Keep = 0 // below what Open allows, to wait for nothing
	var made atomic.Int64
	rapid.Check(t, func(t *rapid.T) {
		name := fmt.Sprintf("counters%d", made.Add(1))
		ds, err := datasets.Parse("test.yaml", []byte("dataset: "+name+"\nfields: {n: {type: integer}}\n"), nil)
		if err != nil {
			t.Fatal(err)
		}
		retention.Check(t, s, ds, 8)
		// What is left is what is published, once a load has begun.
		ctx := context.Background()
		if _, err := retention.Load(ctx, s, ds, 1, engine.LoadOptions{}, false); err != nil {
			t.Fatal(err)
		}
		var p publication
		if err := db.Collection(publicationsName).FindOne(ctx, bson.D{{Key: "_id", Value: name}}).Decode(&p); err != nil {
			t.Fatal(err)
		}
		names, err := db.ListCollectionNames(ctx, bson.D{{Key: "name", Value: bson.D{{Key: "$regex", Value: "^" + rowsPrefix + name + `\.`}}}})
		if err != nil {
			t.Fatal(err)
		}
		var wanted []string
		for _, e := range append(p.Older, *cmp.Or(p.Current, &edition{})) {
			if e.Rows > 0 { // what has no rows has no collection either
				wanted = append(wanted, e.Collection)
			}
		}
		slices.Sort(names)
		slices.Sort(wanted)
		if !slices.Equal(wanted, names) {
			t.Fatalf("left are the collections %q, and published are %q", names, wanted)
		}
	})
}
