package mongodb

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"

	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/engine/internal/mongotest"
)

// TestIndexesWaitForAMajorityWhereThereAreMembers holds what a load asks for
// against what the server says it is.
func TestIndexesWaitForAMajorityWhereThereAreMembers(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	s := openIn(t, db)
	var mu sync.Mutex
	var asked []string
	client, err := mongo.Connect(s.settings().SetMonitor(&event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) {
		if e.CommandName == "createIndexes" {
			mu.Lock()
			defer mu.Unlock()
			quorum, _ := e.Command.Lookup("commitQuorum").StringValueOK()
			asked = append(asked, quorum)
		}
	}}))
	if err != nil {
		t.Fatal(err)
	}
	s.client, s.preference = client, readpref.Primary()
	loadRows(t, s, ds, readings(ds, 0, 20))

	var hello struct {
		SetName string `bson:"setName"`
	}
	if err := db.RunCommand(t.Context(), bson.D{{Key: "hello", Value: 1}}).Decode(&hello); err != nil {
		t.Fatal(err)
	}
	want := "" // a standalone server refuses a quorum
	if hello.SetName != "" {
		want = "majority"
	}
	if len(asked) != 1 || asked[0] != want {
		t.Errorf("the quorums asked for are %q, want %q; the replica set is %q", asked, want, hello.SetName)
	}
}

// TestAStepThatTakesTooLongSaysWhatTheLoadWaitedFor makes the server keep a load
// waiting, as one does that has lost its majority.
func TestAStepThatTakesTooLongSaysWhatTheLoadWaitedFor(t *testing.T) {
	for command, want := range map[string]string{
		"findAndModify": "the load waited 200ms for a majority of the members to note that the load begins",
		"insert":        "the load waited 2s for a majority of the members to store rows",
		"createIndexes": "the load waited 2.05s for a majority of the members to build the indexes",
	} {
		t.Run(command, func(t *testing.T) {
			// To shard the collection may take longer than that.
			db, ds := mongotest.Database(t), parseDataset(t, weather+"shard_key: none\n")
			s := openFaulty(t, db)
			disarm := arm(t, db, command, bson.D{{Key: "blockConnection", Value: true}, {Key: "blockTimeMS", Value: 30_000}}, 1)
			took, err := tryShortLoad(t, s, ds, 1000, command == "findAndModify")
			disarm()
			wantCode(t, err, fault.StoreUnavailable)
			if detail := failureIn(t, err).Detail; !strings.Contains(detail, want) || !strings.HasSuffix(detail, "nothing was published") {
				t.Errorf("the failure says %q, want in it %q", detail, want)
			}
			if took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// tryShortLoad is tryLoad with a lease time of 50 ms, and returns how long it took. A busy
// machine may take longer than the load then waits for its begin: it is tried again, unless
// that is what the test is about.
func tryShortLoad(t *testing.T, s *Store, ds *datasets.Dataset, n int, ofBegin bool) (took time.Duration, err error) {
	t.Helper()
	s.leaseTime = 50 * time.Millisecond
	for end := time.Now().Add(time.Minute); ; {
		began := time.Now()
		err = tryLoad(t, s, ds, n)
		var e *fault.Error
		begins := errors.As(err, &e) && (strings.Contains(e.Detail, "to note that the load begins") || strings.Contains(e.Detail, "for the store to say what it is"))
		if ofBegin || !begins && fault.CodeOf(err) != fault.LoadRunning || time.Now().After(end) {
			return time.Since(began), err
		}
		time.Sleep(s.leaseTime) // such a begin may have taken the lease
	}
}

// TestPublishingThatTakesTooLongSaysWhatTheLoadWaitedFor keeps the update that publishes waiting,
// and none that renews the lease.
func TestPublishingThatTakesTooLongSaysWhatTheLoadWaitedFor(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, weather+"shard_key: none\n")
	proxy := mongotest.NewProxy(t, func(ctx context.Context, c mongotest.Command, pass func(bson.Raw) bson.Raw) bson.Raw {
		if c.Name == "update" && bytes.Contains(c.Message, []byte("magnitudes")) {
			<-ctx.Done()
			return nil
		}
		return pass(c.Raw)
	})
	s, err := Open("mongodb://"+proxy.Address+"/?directConnection=true", Options{Database: db.Name(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, s)
	_, err = tryShortLoad(t, s, ds, 250, false)
	wantCode(t, err, fault.StoreUnavailable)
	const want = "the load waited 2s for a majority of the members to confirm the new version"
	if detail := failureIn(t, err).Detail; !strings.Contains(detail, want) || !strings.HasSuffix(detail, "nothing was published") {
		t.Errorf("the failure says %q, want in it %q", detail, want)
	}
	_, err = s.Table(t.Context(), ds)
	wantCode(t, err, fault.NotLoaded)
}

// TestWhatIsSweptKeepsNoLoadWaiting lets commands hang by which a load drops what earlier ones left.
func TestWhatIsSweptKeepsNoLoadWaiting(t *testing.T) {
	for _, command := range []string{"listCollections", "drop"} {
		t.Run(command, func(t *testing.T) {
			db, ds := mongotest.Database(t), parseDataset(t, weather)
			leaveDebris(t, db, ds)
			r := mongotest.NewRouter(t, 21, "a")
			var log bytes.Buffer
			s := openRouted(t, db, r, &log)
			s.leaseTime = 500 * time.Millisecond
			r.Hang(command)
			began := time.Now()
			loadRows(t, s, ds, readings(ds, 0, 250))
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %v", took)
			}
			if !strings.Contains(log.String(), "of earlier loads could not be listed") && !strings.Contains(log.String(), "of an earlier load could not be dropped") {
				t.Errorf("it logs %q", log.String())
			}
		})
	}
}
