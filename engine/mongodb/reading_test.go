package mongodb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/internal/mongotest"
)

// playSet starts a replica set of three members and opens a store on it, with these
// further options in its URI.
func playSet(t *testing.T, db *mongo.Database, uriOptions string) (*mongotest.Members, *Store) {
	t.Helper()
	members := mongotest.NewMembers(t, 3)
	s, err := Open(members.URI()+uriOptions, Options{Database: db.Name(), Keep: 5 * time.Minute, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, s)
	return members, s
}

// TestNoQueryFailsWhileAPrimaryIsElected asks all the time while the primary goes away, there
// is none for a while, and another is elected.
func TestNoQueryFailsWhileAPrimaryIsElected(t *testing.T) {
	for name, leave := range map[string]func(*mongotest.Members){
		"it steps down": func(m *mongotest.Members) { m.Elect(-1) },
		"it is killed":  func(m *mongotest.Members) { m.Elect(-1); m.Down(0) },
		"it is cut off": func(m *mongotest.Members) { m.CutOff(0); m.Elect(-1) },
	} {
		t.Run(name, func(t *testing.T) {
			db, ds := mongotest.Database(t), parseDataset(t, weather)
			members, s := playSet(t, db, "&connectTimeoutMS=1000")
			loadRows(t, s, ds, readings(ds, 0, 50))
			ctx, stop := context.WithCancel(t.Context())
			var asking sync.WaitGroup
			defer asking.Wait()
			defer stop()
			for i := range 3 {
				asking.Go(func() {
					for ctx.Err() == nil {
						rows, err := count(s, ds, planOf(t, ds, datasets.Range, fmt.Sprintf(`{"lower":{"wind.speed":%d}}`, i)))
						// Every fifth row has no speed, the others their number.
						if want := 40 - max(i-1, 0); err != nil || rows != want {
							t.Errorf("%d rows (%v), want %d", rows, err, want)
							return
						}
						time.Sleep(5 * time.Millisecond)
					}
				})
			}
			time.Sleep(300 * time.Millisecond)
			leave(members)
			time.Sleep(3 * time.Second)
			before := members.Asked(1, "aggregate")
			members.Elect(1)
			waitFor(t, "the new primary to be asked", func() bool { return members.Asked(1, "aggregate") > before+20 })
			stop()
			asking.Wait()
			if members.Asked(2, "aggregate") == 0 {
				t.Error("no secondary was asked")
			}
			info := loadRows(t, s, ds, readings(ds, 0, 60))
			if info.Rows != 60 {
				t.Errorf("a load to the new primary has %d rows", info.Rows)
			}
		})
	}
}

// TestAMemberThatLagsIsPassedOver asks members one of which never has what was loaded.
func TestAMemberThatLagsIsPassedOver(t *testing.T) {
	for _, test := range []struct {
		name, options string
		leave         bool
	}{
		{"while a primary is elected", "", true},
		{"where the URI wants secondaries", "&readPreference=secondary", false},
		{"where the URI wants the nearest", "&readPreference=nearest&readConcernLevel=local", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			db, ds := mongotest.Database(t), parseDataset(t, weather)
			// On a busy machine the members are not equally near.
			members, s := playSet(t, db, test.options+"&localThresholdMS=60000")
			loadRows(t, s, ds, readings(ds, 0, 50))
			currentTable(t, s, ds)
			members.Behind(2)
			if test.leave {
				members.Elect(-1)
			}
			began := time.Now()
			for time.Since(began) < 2*time.Second || members.Asked(2, "aggregate") == 0 && time.Since(began) < 30*time.Second {
				if rows := answered(t, s, ds); rows != 50 {
					t.Fatalf("there are %d rows", rows)
				}
				if rows, err := count(s, ds, planOf(t, ds, datasets.Mean, `{"station":"north"}`)); rows != 1 || err != nil {
					t.Fatalf("there are %d groups (%v)", rows, err)
				}
			}
			if members.Asked(2, "aggregate") == 0 {
				t.Error("the member that lags was never asked")
			}
		})
	}
}

// TestAnOlderVersionIsNotSeenAgain lets only members answer that have missed the newest
// version.
func TestAnOlderVersionIsNotSeenAgain(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	members, s := playSet(t, db, "")
	info := loadRows(t, s, ds, readings(ds, 0, 50))
	if v := currentTable(t, s, ds).Info().Version; v != info.Version {
		t.Fatalf("the version is %s, want %s", v, info.Version)
	}
	members.Elect(-1)
	members.Behind(0, 1, 2)
	time.Sleep(publicationAge)
	for range 3 {
		s.publications.forget(ds.Collection)
		if v := currentTable(t, s, ds).Info().Version; v != info.Version {
			t.Fatalf("the version is %s, want %s", v, info.Version)
		}
	}
	members.Elect(0)
	members.Behind()
	waitFor(t, "the primary", func() bool { return s.Ping(t.Context()) == nil && !s.members.withoutPrimary() })
	next := loadRows(t, openIn(t, db), ds, readings(ds, 0, 60))
	waitFor(t, "the new version", func() bool { return currentTable(t, s, ds).Info().Version == next.Version })
}

// TestAnEmptyAnswerOfAMemberThatDroppedTheRowsIsNotBelieved goes by a publication that
// a member behind the others told, whose rows are dropped.
func TestAnEmptyAnswerOfAMemberThatDroppedTheRowsIsNotBelieved(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	_, s := playSet(t, db, "")
	loadRows(t, s, ds, readings(ds, 0, 50))
	table := currentTable(t, s, ds).(*table)
	ctx := t.Context()
	if rows, err := count(s, ds, planOf(t, ds, datasets.Range, `{"lower":{"wind.speed":1000}}`)); err != nil || rows != 0 {
		t.Errorf("an answer without rows has %d, %v", rows, err)
	}
	if _, err := db.Collection(publicationsName).DeleteOne(ctx, bson.D{{Key: "_id", Value: ds.Collection}}); err != nil {
		t.Fatal(err)
	}
	if err := db.Collection(table.collection).Drop(ctx); err != nil {
		t.Fatal(err)
	}
	s.publications.mu.Lock()
	known := s.publications.known[ds.Collection]
	known.at = time.Now().Add(time.Hour) // it is believed
	s.publications.known[ds.Collection] = known
	s.publications.mu.Unlock()
	_, err := count(s, ds, planOf(t, ds, datasets.Range, "{}"))
	wantCode(t, err, fault.StoreUnavailable)
	if detail := failureIn(t, err).Detail; !strings.Contains(detail, "the rows were replaced") {
		t.Errorf("the detail is %q", detail)
	}
}

func TestReadConcernsThatQueriesCannotHaveAreRefused(t *testing.T) {
	for level, want := range map[string]string{
		"local": "", "majority": "", "available": "would show rows twice", "linearizable": "do not change", "snapshot": "do not change",
	} {
		s, err := Open("mongodb://db.example/?readConcernLevel="+level, Options{})
		if err == nil {
			closeAfter(t, s)
			seen := sighting{time: &bson.Timestamp{T: 7, I: 1}}
			if got := s.readConcern(seen); len(got) != 2 || got[0].Value != level {
				t.Errorf("%s: the read concern is %v", level, got)
			}
		}
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", level, err, want)
		}
	}
}

// TestWhoLooksAnewSeesWhatIsPublished asks a store that read just before another published.
func TestWhoLooksAnewSeesWhatIsPublished(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	s, other := openIn(t, db), openIn(t, db)
	first := loadRows(t, other, ds, readings(ds, 0, 20))
	if v := currentTable(t, s, ds).Info().Version; v != first.Version {
		t.Fatalf("the version is %s, want %s", v, first.Version)
	}
	s.publications.mu.Lock()
	known := s.publications.known[ds.Collection]
	s.publications.mu.Unlock()
	second := loadRows(t, other, ds, readings(ds, 0, 30))
	remember := func() {
		s.publications.mu.Lock()
		defer s.publications.mu.Unlock()
		known.at = time.Now() // as if the load had taken no time
		s.publications.known[ds.Collection] = known
	}
	waitFor(t, "the machine to ask at once", func() bool {
		remember()
		asked := time.Now()
		v := currentTable(t, s, ds).Info().Version
		atOnce := time.Since(asked) < publicationAge/2
		if atOnce && v != first.Version {
			t.Errorf("the version that is remembered is %s, want %s", v, first.Version)
		}
		return atOnce
	})
	table, err := s.Table(engine.Anew(t.Context()), ds)
	if err != nil || table.Info().Version != second.Version {
		t.Fatalf("looking anew: %v, %v, want %s", table, err, second.Version)
	}
	if v := currentTable(t, s, ds).Info().Version; v != second.Version {
		t.Errorf("afterwards the version is %s, want %s", v, second.Version)
	}
}

func TestReadingsThatBeganBeforeAreNotAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var number atomic.Int64
		release := make(chan struct{})
		ps := newPublications(func(context.Context, string, *publication) (*publication, error) {
			number.Add(1)
			<-release
			return &publication{}, nil
		})
		defer ps.close()
		var asking sync.WaitGroup
		asking.Go(func() { _, _ = ps.read(t.Context(), "weather") })
		time.Sleep(time.Millisecond)
		synctest.Wait()
		for range 8 {
			asking.Go(func() {
				if err := ps.renew(t.Context(), "weather"); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		release <- struct{}{}
		synctest.Wait()
		close(release)
		asking.Wait()
		if n := number.Load(); n != 2 {
			t.Errorf("%d readings, want one for all who came during the first", n)
		}
	})
	failing := newPublications(func(context.Context, string, *publication) (*publication, error) { return nil, io.ErrUnexpectedEOF })
	defer failing.close()
	if err := failing.renew(t.Context(), "weather"); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a reading that fails: %v", err)
	}
}

// TestALoadGoesOnWithTheNextPrimary steps the primary down between two writes of a load.
func TestALoadGoesOnWithTheNextPrimary(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	members, s := playSet(t, db, "")
	s.chunkRows = 20
	l := begin(t, s, ds)
	if err := l.Write(t.Context(), readings(ds, 0, 100)); err != nil {
		t.Fatal(err)
	}
	members.Elect(-1)
	var electing sync.WaitGroup
	defer electing.Wait()
	electing.Go(func() {
		time.Sleep(time.Second)
		members.Elect(2)
	})
	if err := l.Write(t.Context(), readings(ds, 100, 100)); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if rows := answered(t, s, ds); rows != 200 {
		t.Errorf("there are %d rows, want 200", rows)
	}
}
