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
	"herbarium/engine/fault"
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

func TestAFaultAtAnyCommandOfARollbackIsRetriedOrReported(t *testing.T) {
	eachFault(t, []faultCase{
		{"findAndModify", "connection closed", isNew, isOld},
		{"findAndModify", "no primary", isNew, isOld},
		{"findAndModify", "time over", isOld, isOld},
		{"findAndModify", "no majority", isNew, isOld},
		{"findAndModify", "slow", isNew, isNew},
		{"update", "connection closed", isNew, isUnsettled},
		{"update", "no primary", isNew, isUnsettled},
		{"update", "time over", isOld, isUnsettled},
		{"update", "no majority", isNew, isUnsettled},
		{"update", "slow", isNew, isNew},
	}, rollBackWithFault)
}

// rollBackWithFault goes back from 250 rows to 150 while the command fails.
func rollBackWithFault(t *testing.T, command string, broken bson.D, times int, want string) {
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	reader, s := openIn(t, db), openFaultyFor(t, db, times)
	first := loadRows(t, reader, ds, readings(ds, 0, 150))
	loadRows(t, reader, ds, readings(ds, 0, 250))

	disarm := arm(t, db, command, broken, times)
	_, err := s.Rollback(context.Background(), ds, first.Version)
	disarm()
	comesTo(t, reader, ds, err, want, 250, 150)
	list, err := reader.Versions(context.Background(), ds)
	if err != nil || len(list.Kept) != 2 {
		t.Errorf("kept are %+v, %v", list, err)
	}
	nextLoadCleansUp(t, reader, ds, 350)
}

func TestARollbackWaitsForNoLoad(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	s, other := openIn(t, db), openIn(t, db)
	first := loadRows(t, s, ds, readings(ds, 0, 15))
	loadRows(t, s, ds, readings(ds, 0, 25))
	l := begin(t, s, ds)
	_, err := other.Rollback(context.Background(), ds, first.Version)
	wantCode(t, err, fault.LoadRunning)
	if _, err := l.Commit(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Rollback(context.Background(), ds, first.Version); err != nil {
		t.Fatal(err)
	}
	if rows := answered(t, s, ds); rows != 15 {
		t.Errorf("readers see %d rows", rows)
	}
	// One that is refused leaves no lease.
	_, err = other.Rollback(context.Background(), ds, first.Version)
	wantCode(t, err, fault.AlreadyCurrent)
	begin(t, s, ds)
}

// TestALoadThatIsRefusedTakesNoVersionFromTheOneThatRuns lets an older version end while a
// load runs, and another load be refused meanwhile, which once removed it from the list.
func TestALoadThatIsRefusedTakesNoVersionFromTheOneThatRuns(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	s := openIn(t, db)
	ended := loadRows(t, s, ds, readings(ds, 0, 5))
	loadRows(t, s, ds, readings(ds, 0, 6))
	kept := loadRows(t, s, ds, readings(ds, 0, 7))
	l := begin(t, s, ds)
	endOlder(t, db, ds)
	_, err := openIn(t, db).Begin(context.Background(), ds, engine.LoadOptions{})
	wantCode(t, err, fault.LoadRunning)
	// An earlier build does that where its load is refused, too.
	if _, err := db.Collection(publicationsName).UpdateByID(context.Background(), ds.Collection,
		bson.D{{Key: "$pull", Value: bson.D{{Key: "older", Value: bson.D{{Key: "version", Value: ended.Version}}}}}}); err != nil {
		t.Fatal(err)
	}
	if err := l.Write(context.Background(), readings(ds, 0, 8)); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Commit(context.Background()); err != nil {
		t.Fatal(err)
	}
	list, err := s.Versions(context.Background(), ds)
	if err != nil || len(list.Kept) != 2 || list.Kept[0].Rows != 8 || list.Kept[1].Version != kept.Version || list.Kept[1].Until.IsZero() {
		t.Errorf("kept are %+v, %v", list, err)
	}
}
