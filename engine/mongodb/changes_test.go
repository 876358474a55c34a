package mongodb

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/internal/mongotest"
	"herbarium/engine/mirror"
)

// changingDatabase returns a database of a server that has change streams, and the dataset of
// a collection in it, which is read when it has changed.
func changingDatabase(t *testing.T) (*mongo.Database, *datasets.Dataset) {
	t.Helper()
	db := mongotest.Database(t)
	var hello struct {
		SetName string `bson:"setName"`
		Message string `bson:"msg"`
	}
	if err := db.RunCommand(t.Context(), bson.D{{Key: "hello", Value: 1}}).Decode(&hello); err != nil {
		t.Fatal(err)
	}
	if hello.SetName == "" && hello.Message != "isdbgrid" {
		t.Skip("HERBARIUM_TEST_MONGODB names a standalone server, which has no change streams")
	}
	return db, parseDataset(t, strange+"refresh: changes\n")
}

// insert puts documents with these integers into the collection.
func insert(t testing.TB, c *mongo.Collection, integers ...int) {
	t.Helper()
	var all []any
	for _, i := range integers {
		all = append(all, bson.D{{Key: "_id", Value: i}, {Key: "integer", Value: i}})
	}
	if _, err := c.InsertMany(context.Background(), all); err != nil {
		t.Fatal(err)
	}
}

// watching begins to watch the dataset's collection.
func watching(t *testing.T, s *Store, ds *datasets.Dataset) engine.Changes {
	t.Helper()
	c, err := currentTable(t, s, ds).(mirror.Watched).Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// noChange waits for a change, and for none to come.
func noChange(t *testing.T, c engine.Changes) time.Time {
	t.Helper()
	until, changed, err := c.Next(t.Context())
	if err != nil || changed {
		t.Fatalf("there is a change: %v, or %v", changed, err)
	}
	return until
}

// aChange waits for a change to come.
func aChange(t *testing.T, c engine.Changes) {
	t.Helper()
	for range 5 {
		_, changed, err := c.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if changed {
			return
		}
	}
	t.Fatal("there is no change")
}

func TestACopyOfAWatchedCollectionAnswersAsItsPipelinesDo(t *testing.T) {
	db, ds := changingDatabase(t)
	if _, err := db.Collection(ds.Collection).InsertMany(t.Context(), mixed(t)); err != nil {
		t.Fatal(err)
	}
	s := openIn(t, db)
	m := refreshed(t, s)
	table := copied(t, m, ds, time.Time{})
	answersAlike(t, ds, currentTable(t, s, ds), table)
	if err := db.Collection(ds.Collection).FindOneAndReplace(t.Context(), bson.D{{Key: "_id", Value: "text"}}, bson.D{{Key: "integer", Value: 77}}).Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Collection(ds.Collection).DeleteOne(t.Context(), bson.D{{Key: "_id", Value: 2.5}}); err != nil {
		t.Fatal(err)
	}
	table = copied(t, m, ds, time.Now())
	if table.Info().Rows != 11 {
		t.Errorf("the copy is %+v", table.Info())
	}
	answersAlike(t, ds, currentTable(t, s, ds), table)
}

// Whatever was written before the time that a copy names is in it, while writers never rest.
// After the last write the copy has everything, and says that it is current.
func TestNoChangeIsLostWhileACollectionIsRead(t *testing.T) {
	db, ds := changingDatabase(t)
	collection := db.Collection(ds.Collection)
	insert(t, collection, 0)
	s := openIn(t, db)
	m := refreshed(t, s)

	// Each writer inserts what follows its last document, and deletes each third one.
	const writers, most = 3, 1_000_000
	var mu sync.Mutex
	inserted, deleted := map[int]time.Time{}, map[int]time.Time{} // by integer, when that was acknowledged
	note := func(of map[int]time.Time, id int, at time.Time, err error) {
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		of[id] = at
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for id := most * (w + 1); ctx.Err() == nil && id < most*(w+2); id++ {
				_, err := collection.InsertOne(context.Background(), bson.D{{Key: "_id", Value: id}, {Key: "integer", Value: id}})
				note(inserted, id, time.Now(), err)
				if id%3 == 2 {
					note(deleted, id-1, time.Now().Add(time.Hour), nil) // it may go from now on
					_, err := collection.DeleteOne(context.Background(), bson.D{{Key: "_id", Value: id - 1}})
					note(deleted, id-1, time.Now(), err)
				}
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
	check := func(table engine.Table) {
		t.Helper()
		read := table.Info().Read
		has := map[string]bool{}
		for _, row := range ask(t, table, ds, datasets.Range, `{"fields":["integer"]}`) {
			has[row] = true
		}
		mu.Lock()
		defer mu.Unlock()
		for id, at := range inserted {
			gone, isGone := deleted[id]
			if at.Before(read) && !isGone && !has[fmt.Sprint(id)] {
				t.Fatalf("%d was written %v before the time of the copy, and is not in it", id, read.Sub(at))
			}
			if isGone && gone.Before(read) && has[fmt.Sprint(id)] {
				t.Fatalf("%d was deleted %v before the time of the copy, and is in it", id, read.Sub(gone))
			}
		}
	}
	versions := map[string]bool{}
	for end := time.Now().Add(time.Minute); len(versions) < 4 && time.Now().Before(end); {
		table := copied(t, m, ds, time.Time{})
		if !versions[table.Info().Version] {
			versions[table.Info().Version] = true
			check(table)
		}
		time.Sleep(20 * time.Millisecond)
	}
	stop()
	writing.Wait()
	if len(versions) < 4 {
		t.Errorf("there were %d copies", len(versions))
	}
	table := copied(t, m, ds, time.Now())
	check(table)
	if want, got := ask(t, currentTable(t, s, ds), ds, datasets.Range, `{"fields":["integer"]}`), ask(t, table, ds, datasets.Range, `{"fields":["integer"]}`); !slices.Equal(want, got) || len(want) < writers {
		t.Errorf("the copy has %d rows, the collection %d, or others", len(got), len(want))
	}
	again := copied(t, m, ds, table.Info().Read)
	if again.Info().Version != table.Info().Version {
		t.Errorf("without a write, %+v follows %+v", again.Info(), table.Info())
	}
}

// A change at any moment of the reading is told of, whether the reading finds it or not.
func TestAChangeDuringTheReadingIsToldOf(t *testing.T) {
	db, ds := changingDatabase(t)
	collection := db.Collection(ds.Collection)
	for name, write := range map[string]func() error{
		"of a row that was read": func() error {
			return collection.FindOneAndUpdate(t.Context(), bson.D{{Key: "_id", Value: 1}}, bson.D{{Key: "$set", Value: bson.D{{Key: "integer", Value: -1}}}}).Err()
		},
		"of a row that was not yet read": func() error {
			return collection.FindOneAndDelete(t.Context(), bson.D{{Key: "_id", Value: 1499}}).Err()
		},
		"before the first row": func() error {
			_, err := collection.InsertOne(t.Context(), bson.D{{Key: "_id", Value: -5}})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err := collection.Drop(t.Context()); err != nil {
				t.Fatal(err)
			}
			all := make([]int, 1500) // more than the server sends at first
			for i := range all {
				all[i] = i
			}
			insert(t, collection, all...)
			c := watching(t, openIn(t, db), ds)
			rows := 0
			err := c.ReadRows(t.Context(), 1, func(b *engine.Batch) error {
				if rows += b.Rows; rows == b.Rows {
					return write()
				}
				return nil
			})
			if err != nil || rows < 1499 || rows > 1500 {
				t.Fatalf("%d rows were read: %v", rows, err)
			}
			aChange(t, c)
		})
	}
}

func TestEveryKindOfChangeIsToldOf(t *testing.T) {
	db, ds := changingDatabase(t)
	ctx := context.Background()
	collection, other := db.Collection(ds.Collection), db.Collection("other")
	name := func(of string) string { return db.Name() + "." + of }
	for kind, change := range map[string]func() error{
		"insert": func() error { _, err := collection.InsertOne(ctx, bson.D{}); return err },
		"update": func() error {
			_, err := collection.UpdateMany(ctx, bson.D{}, bson.D{{Key: "$inc", Value: bson.D{{Key: "integer", Value: 1}}}})
			return err
		},
		"replace": func() error {
			_, err := collection.ReplaceOne(ctx, bson.D{}, bson.D{{Key: "number", Value: 7}})
			return err
		},
		"delete": func() error { _, err := collection.DeleteOne(ctx, bson.D{}); return err },
		"drop":   func() error { return collection.Drop(ctx) },
		"drop of the database": func() error {
			return db.Drop(ctx)
		},
		"rename": func() error {
			return db.Client().Database("admin").RunCommand(ctx, bson.D{{Key: "renameCollection", Value: name(ds.Collection)}, {Key: "to", Value: name("away")}, {Key: "dropTarget", Value: true}}).Err()
		},
		"rename of another to it": func() error {
			return db.Client().Database("admin").RunCommand(ctx, bson.D{{Key: "renameCollection", Value: name("other")}, {Key: "to", Value: name(ds.Collection)}, {Key: "dropTarget", Value: true}}).Err()
		},
		"$out": func() error {
			cursor, err := other.Aggregate(ctx, bson.A{bson.D{{Key: "$out", Value: ds.Collection}}})
			if err != nil {
				return err
			}
			return cursor.Close(ctx)
		},
	} {
		t.Run(kind, func(t *testing.T) {
			for _, c := range []*mongo.Collection{collection, other} {
				if err := c.Drop(ctx); err != nil {
					t.Fatal(err)
				}
			}
			insert(t, collection, 1, 2, 3)
			insert(t, other, 4)
			c := watching(t, openIn(t, db), ds)
			before := time.Now()
			if until := noChange(t, c); until.Before(before.Add(-2*time.Second)) || until.After(time.Now()) {
				t.Errorf("nothing has changed until %v; it was asked at %v", until, before)
			}
			insert(t, other, 5) // which is no change of the collection
			noChange(t, c)
			if err := change(); err != nil {
				t.Fatal(err)
			}
			aChange(t, c)
		})
	}
}

func TestAStreamThatIsLostGoesOnWhereItWas(t *testing.T) {
	db, ds := changingDatabase(t)
	collection := db.Collection(ds.Collection)
	for name, broken := range map[string]bson.D{
		"connection": {{Key: "closeConnection", Value: true}},
		"primary":    {{Key: "errorCode", Value: 10107}, {Key: "errorLabels", Value: bson.A{"ResumableChangeStreamError"}}},
		"cursor":     {{Key: "errorCode", Value: 43}, {Key: "errorLabels", Value: bson.A{"ResumableChangeStreamError"}}},
	} {
		t.Run(name, func(t *testing.T) {
			if err := collection.Drop(t.Context()); err != nil {
				t.Fatal(err)
			}
			insert(t, collection, 1)
			c := watching(t, openFaulty(t, db), ds)
			noChange(t, c)
			disarm := arm(t, db, "getMore", broken, 1)
			noChange(t, c)
			disarm()
			// What is written while there is no stream is told of by the next one.
			disarmMore := arm(t, db, "getMore", broken, 3)
			disarmOpen := arm(t, db, "aggregate", broken, 2)
			insert(t, collection, 2)
			aChange(t, c)
			disarmOpen()
			disarmMore()
		})
	}
}

func TestAStreamThatCannotGoOnIsAnError(t *testing.T) {
	db, ds := changingDatabase(t)
	collection := db.Collection(ds.Collection)
	insert(t, collection, 1)
	c := watching(t, openFaulty(t, db), ds)
	noChange(t, c)
	arm(t, db, "getMore", bson.D{{Key: "errorCode", Value: 286}}, 0) // ChangeStreamHistoryLost
	if until, changed, err := c.Next(t.Context()); err == nil || changed || !until.IsZero() || !strings.Contains(err.Error(), "watch strange for changes") {
		t.Errorf("%v, %v, %v", until, changed, err)
	}
}

func TestWhatCannotBeWatchedSaysWhatToDo(t *testing.T) {
	db, ds := changingDatabase(t)
	insert(t, db.Collection(ds.Collection), 1)
	for _, test := range []struct {
		code int
		says string
	}{
		{13, "the rights find and changeStream on the collection, which the role read has"},
		{166, "a view has no changes; use refresh: 60s for it"},
		{40324, "refresh: changes needs a replica set or a sharded cluster"},
		{148, "needs read concern majority"},
	} {
		s := openFaulty(t, db)
		table := currentTable(t, s, ds)
		disarm := arm(t, db, "aggregate", bson.D{{Key: "errorCode", Value: test.code}}, 0)
		_, err := table.(mirror.Watched).Watch(t.Context())
		if err == nil || !strings.Contains(err.Error(), "watch strange for changes: ") || !strings.Contains(err.Error(), test.says) {
			t.Errorf("code %d: %v", test.code, err)
		}
		disarm()
	}
}

func TestAStandaloneServerHasNoChanges(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, strange+"refresh: changes\n")
	var hello bson.M
	if err := db.RunCommand(t.Context(), bson.D{{Key: "hello", Value: 1}}).Decode(&hello); err != nil {
		t.Fatal(err)
	}
	if hello["setName"] != nil || hello["msg"] != nil {
		t.Skip("HERBARIUM_TEST_MONGODB names a server with change streams")
	}
	insert(t, db.Collection(ds.Collection), 1, 2)
	s := openIn(t, db)
	_, err := currentTable(t, s, ds).(mirror.Watched).Watch(t.Context())
	if err == nil || !strings.Contains(err.Error(), "refresh: changes needs a replica set or a sharded cluster; use refresh: 60s on a standalone server") {
		t.Errorf("it is watched: %v", err)
	}
	m := refreshed(t, s)
	for range 50 {
		table, err := m.Table(t.Context(), ds)
		if err != nil || table.Info().Way != engine.ByPipeline {
			t.Fatalf("%+v answers, %v", table, err)
		}
		if got := ask(t, table, ds, datasets.Range, `{"fields":["integer"]}`); !slices.Equal(got, []string{"1", "2"}) {
			t.Fatalf("the rows are %v", got)
		}
		time.Sleep(10 * time.Millisecond)
	}
	if stats := m.MirrorStats().Datasets; len(stats) != 1 || len(stats[0].Copies) != 1 || !strings.Contains(stats[0].Copies[0].Error, "use refresh: 60s") {
		t.Errorf("the mirror says %+v", stats)
	}
}

// asker keeps the commands that a store sends through a proxy.
type asker struct {
	mu   sync.Mutex
	all  []bson.Raw
	edit func(reply bson.D) bson.D // of replies to getMore; may be nil
	ping func(reply bson.D) bson.D // of replies to ping; may be nil
}

// openThrough opens a store that asks through a proxy.
func openThrough(t *testing.T, db *mongo.Database, a *asker) *Store {
	t.Helper()
	proxy := mongotest.NewProxy(t, func(_ context.Context, c mongotest.Command, pass func(bson.Raw) bson.Raw) bson.Raw {
		a.mu.Lock()
		a.all = append(a.all, slices.Clone(c.Raw))
		a.mu.Unlock()
		answer := pass(c.Raw)
		edit := map[string]func(bson.D) bson.D{"getMore": a.edit, "ping": a.ping}[c.Name]
		if edit == nil {
			return answer
		}
		var d bson.D
		if err := bson.Unmarshal(answer, &d); err != nil {
			return answer
		}
		edited, err := bson.Marshal(edit(d))
		if err != nil {
			return answer
		}
		return edited
	})
	s, err := Open((&url.URL{Scheme: "mongodb", Host: proxy.Address, Path: "/", RawQuery: "directConnection=true"}).String(), Options{Database: db.Name()})
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, s)
	return s
}

// The rows are read as a majority had them when the stream begins, or later.
func TestTheReadingBeginsWhereTheStreamDoes(t *testing.T) {
	db, ds := changingDatabase(t)
	insert(t, db.Collection(ds.Collection), 1)
	a := &asker{}
	c := watching(t, openThrough(t, db, a), ds)
	if err := c.ReadRows(t.Context(), 1, func(*engine.Batch) error { return nil }); err != nil {
		t.Fatal(err)
	}
	noChange(t, c)
	a.mu.Lock()
	defer a.mu.Unlock()
	var start, after bson.RawValue
	for _, command := range a.all {
		if _, err := command.LookupErr("aggregate"); err != nil {
			if await, err := command.LookupErr("getMore"); err == nil {
				if ms := command.Lookup("maxTimeMS"); ms.AsInt64() != 1000 {
					t.Errorf("getMore of %v waits %v ms", await, ms)
				}
			}
			continue
		}
		concern := command.Lookup("readConcern")
		if at, err := command.LookupErr("pipeline", "0", "$changeStream", "startAtOperationTime"); err == nil {
			start = at
			if level := concern.Document().Lookup("level").StringValue(); level != "majority" {
				t.Errorf("the stream has the read concern %s", concern)
			}
			if kind := command.Lookup("pipeline", "1", "$project").String(); !strings.Contains(kind, "operationType") {
				t.Errorf("events are %s", kind)
			}
			continue
		}
		after = concern.Document().Lookup("afterClusterTime")
		if level := concern.Document().Lookup("level").StringValue(); level != "majority" {
			t.Errorf("the reading has the read concern %s", concern)
		}
	}
	if start.IsZero() || !start.Equal(after) {
		t.Errorf("the stream begins at %v, the reading at %v or later", start, after)
	}
}

// A stream tells of changes up to a time of the cluster that may be behind, as where a shard
// has no writes.
func TestAStreamThatIsBehindSaysSo(t *testing.T) {
	db, ds := changingDatabase(t)
	insert(t, db.Collection(ds.Collection), 1)
	for _, test := range []struct {
		name        string
		less        int64 // seconds of the token before the newest time
		least, most time.Duration
	}{{"not behind", 0, 0, 0}, {"seven seconds", 7, 8 * time.Second, 8 * time.Second}, {"ahead", -3, 0, 0}} {
		t.Run(test.name, func(t *testing.T) {
			a := &asker{edit: func(reply bson.D) bson.D {
				var newest bson.Timestamp
				for _, e := range reply {
					if e.Key == "operationTime" {
						newest = e.Value.(bson.Timestamp)
					}
				}
				for _, e := range reply {
					if cursor, ok := e.Value.(bson.D); ok && e.Key == "cursor" {
						for i := range cursor {
							if cursor[i].Key == "postBatchResumeToken" {
								cursor[i].Value = bson.D{{Key: "_data", Value: fmt.Sprintf("82%08X%08X2B0229296E04", int64(newest.T)-test.less, newest.I)}}
							}
						}
					}
				}
				return reply
			}}
			c := watching(t, openThrough(t, db, a), ds)
			before := time.Now()
			until := noChange(t, c)
			if behind := before.Sub(until); behind > test.most+100*time.Millisecond || behind < test.least-2*time.Second {
				t.Errorf("it is %v behind", behind)
			}
		})
	}
}

// A member that lags has an earlier time of the cluster than others have told it of.
func TestAStreamThatBeginsOnAMemberThatLagsSaysSo(t *testing.T) {
	db, ds := changingDatabase(t)
	insert(t, db.Collection(ds.Collection), 1)
	for _, less := range []uint32{0, 7} {
		a := &asker{ping: func(reply bson.D) bson.D {
			for i, e := range reply {
				if at, ok := e.Value.(bson.Timestamp); ok && e.Key == "operationTime" {
					reply[i].Value = bson.Timestamp{T: at.T - less, I: at.I}
				}
			}
			return reply
		}}
		s := openThrough(t, db, a)
		before := time.Now()
		c := watching(t, s, ds)
		// In a second that has begun, members may differ.
		if at := c.Began(); less == 0 && at.Before(before.Add(-2*time.Second)) || less > 0 && at.After(before.Add(-time.Duration(less)*time.Second)) {
			t.Errorf("where the member lags %d s, the stream begins %v after it was asked for", less, at.Sub(before))
		}
	}
}

func TestTokensBeginWithATime(t *testing.T) {
	for _, test := range []struct {
		data any
		t, i uint32
		ok   bool
	}{
		// The first two were made by MongoDB, and their times read by its own decoder.
		{"82612E8513000000012B022C0100296E5A1004A5093ABB38FE4B9EA67F01BB1A96D812463C5F6964003C5F5F5F78000004", 1630438675, 1, true},
		{"82612F617F000000012B022C0100296E5A100492EF51FC540B4ED5AC1D50BA2C9C519C46645F69640064612F617F37A5DD163BA238230004", 0x612f617f, 1, true},
		{"2a000000107300020000001174000700000016520c6b026e0004", 0, 0, false},
		{"82612E85", 0, 0, false},
		{"82612E8513zz000001", 0, 0, false},
		{"", 0, 0, false},
		{bson.Binary{Data: []byte{0x82, 1, 2, 3, 4, 5, 6, 7, 8}}, 0, 0, false},
	} {
		token, err := bson.Marshal(bson.D{{Key: "_data", Value: test.data}})
		if err != nil {
			t.Fatal(err)
		}
		if at, ok := tokenTime(token); at.T != test.t || at.I != test.i || ok != test.ok {
			t.Errorf("%v is of %v, %v", test.data, at, ok)
		}
	}
	if _, ok := tokenTime(nil); ok {
		t.Error("no token has a time")
	}
}
