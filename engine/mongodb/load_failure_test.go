package mongodb

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"herbarium/engine/fault"
	"herbarium/engine/internal/mongotest"
)

// TestALoadThatFailsSaysWhatToDo makes the server answer an insert as one does
// whose disk is full, and so on.
func TestALoadThatFailsSaysWhatToDo(t *testing.T) {
	for _, test := range []struct {
		name, command string
		fault         bson.D
		want          string
	}{
		{"full disk", "insert", bson.D{{Key: "errorCode", Value: 14031}}, "the disk of the store is full; free or add space there"},
		{"full disk, by an index", "createIndexes", bson.D{{Key: "errorCode", Value: 14031}}, "the disk of the store is full; free or add space there"},
		{"user without the right", "insert", bson.D{{Key: "errorCode", Value: 13}}, "grant it the role readWrite on the database herbarium_test_"},
		{"user without the right, at the lease", "findAndModify", bson.D{{Key: "errorCode", Value: 13}}, "grant it the role readWrite on the database herbarium_test_"},
		{"lost primary", "insert", faults()["no primary"], "the store has no primary, or the connection to it broke"},
		{"lost connection", "createIndexes", faults()["connection closed"], "the store has no primary, or the connection to it broke"},
		{"no majority", "insert", faults()["no majority"], "no majority of the store's members confirmed a write"},
		{"slow", "insert", faults()["time over"], "the store did not answer in time"},
	} {
		t.Run(test.name, func(t *testing.T) {
			db, ds := mongotest.Database(t), parseDataset(t, weather)
			s := openFaulty(t, db)
			s.retryTime = 100 * time.Millisecond
			disarm := arm(t, db, test.command, test.fault, 0)
			err := tryLoad(t, s, ds, 250)
			disarm()
			wantCode(t, err, fault.StoreUnavailable)
			detail := failureIn(t, err).Detail
			if !strings.Contains(detail, test.want) || !strings.HasSuffix(detail, "nothing was published") {
				t.Errorf("the failure says %q, want in it %q", detail, test.want)
			}
			_, err = s.Table(context.Background(), ds)
			wantCode(t, err, fault.NotLoaded)
			nextLoadCleansUp(t, s, ds, 20)
		})
	}
}

func TestAFullDiskIsToldByItsWordsToo(t *testing.T) {
	s, err := Open("mongodb://annabel:s3cret@db.example/plants", Options{})
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, s)
	failed := mongo.BulkWriteException{WriteErrors: make([]mongo.BulkWriteError, 9000)}
	for i := range failed.WriteErrors {
		failed.WriteErrors[i].WriteError = mongo.WriteError{Index: i, Code: 8, Message: "/data/db/journal for annabel: No space left on device"}
	}
	e := failureIn(t, s.loadFailure(context.Background(), step{operation: "insert into x"}, failed))
	const detail = "the disk of the store is full; free or add space there and try again; nothing was published"
	if e.Detail != detail {
		t.Errorf("the detail is %q, want %q", e.Detail, detail)
	}
	const cause = "insert into x: /data/db/journal for ***: No space left on device (the first of 9000 documents that failed)"
	if e.Err.Error() != cause {
		t.Errorf("the cause is %q, want %q", e.Err, cause)
	}
}

// TestAChunkThatIsSentAgainMeetsItsOwnRows inserts a part of a chunk
// beforehand, as an insert does whose answer is lost.
func TestAChunkThatIsSentAgainMeetsItsOwnRows(t *testing.T) {
	for _, test := range []struct {
		name  string
		times int // how often the insert fails before
		want  string
	}{
		{"sent again", 1, isNew},
		{"sent once", 0, isOld}, // then somebody else wrote them
	} {
		t.Run(test.name, func(t *testing.T) {
			db, ds := mongotest.Database(t), parseDataset(t, weather)
			s := openFaulty(t, db)
			ctx := context.Background()
			l := begin(t, s, ds).(*load)
			rows := readings(ds, 0, 50)
			var first []any
			for i := range 20 {
				first = append(first, bson.Raw(l.layout.appendDocument(nil, int64(i), rows, i)))
			}
			if _, err := db.Collection(l.rows.Name()).InsertMany(ctx, first); err != nil {
				t.Fatal(err)
			}
			if test.times > 0 {
				arm(t, db, "insert", faults()["connection closed"], test.times)
			}
			if err := l.Write(ctx, rows); err != nil {
				t.Fatal(err)
			}
			_, err := l.Commit(ctx)
			if got, _ := outcome(err); got != test.want {
				t.Fatalf("the load came to %q, want %q: %v", got, test.want, err)
			}
			if test.want == isNew {
				if rows := answered(t, s, ds); rows != 50 {
					t.Errorf("there are %d rows, want 50", rows)
				}
				return
			}
			if detail := failureIn(t, err).Detail; !strings.Contains(detail, "something else writes") {
				t.Errorf("the failure says %q", detail)
			}
		})
	}
}

// TestALoadWaitsForAServerThatIsAwayForAWhile takes the server away between
// two writes.
func TestALoadWaitsForAServerThatIsAwayForAWhile(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	relay := newRelay(t)
	relay.start(t)
	s, err := Open((&url.URL{Scheme: "mongodb", Host: relay.address, Path: "/", RawQuery: "directConnection=true"}).String(),
		Options{Database: db.Name(), SelectTimeout: 200 * time.Millisecond, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, s)
	s.chunkRows = 10
	l := begin(t, s, ds)
	ctx := context.Background()
	if err := l.Write(ctx, readings(ds, 0, 100)); err != nil {
		t.Fatal(err)
	}
	relay.stop()
	var starting sync.WaitGroup
	defer starting.Wait()
	starting.Go(func() {
		time.Sleep(time.Second)
		relay.start(t)
	})
	if err := l.Write(ctx, readings(ds, 100, 100)); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if rows := answered(t, s, ds); rows != 200 {
		t.Errorf("there are %d rows, want 200", rows)
	}
}
