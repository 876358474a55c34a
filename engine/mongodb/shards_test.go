package mongodb

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/internal/mongotest"
)

// sharding are the commands by which a load shards its collection, and the first that needs it.
var sharding = []string{"enableSharding", "shardCollection", "listShards", "split", "moveChunk", "insert", "createIndexes"}

// openRouted opens a store on the router, which logs to log.
func openRouted(t *testing.T, db *mongo.Database, r *mongotest.Router, log *bytes.Buffer) *Store {
	t.Helper()
	s, err := Open(r.URI(), Options{Database: db.Name(), Keep: 5 * time.Minute, Logger: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, s)
	return s
}

// sharded returns the commands with short names of the database and of the rows.
func sharded(lines []string, db *mongo.Database, in engine.TableInfo) []string {
	short := strings.NewReplacer(db.Name(), "DB", in.Place, "ROWS")
	for i, line := range lines {
		lines[i] = short.Replace(line)
		if strings.HasPrefix(line, `{"insert"`) || strings.HasPrefix(line, `{"createIndexes"`) {
			lines[i], _, _ = strings.Cut(lines[i], ",")
		}
	}
	return slices.Compact(lines)
}

func TestALoadShardsItsCollectionBeforeTheFirstRow(t *testing.T) {
	const (
		create = `{"shardCollection":"DB.ROWS","key":{"_id":"hashed"},"collation":{"locale":"simple"}}`
		ranged = `{"shardCollection":"DB.ROWS","key":{"station":1,"wind.speed":1,"_id":1},"collation":{"locale":"simple"}}`
		insert = `{"insert":"ROWS"`
		index  = `{"createIndexes":"ROWS"`
		// Of 100 rows, every fifth has no speed, and those of even numbers are of the station north.
		first  = `{"station":"north","wind.speed":58,"_id":{"$minKey":1}}`
		second = `{"station":"south","wind.speed":17,"_id":{"$minKey":1}}`
		least  = `{"station":{"$minKey":1},"wind.speed":{"$minKey":1},"_id":{"$minKey":1}}`
		most   = `{"station":{"$maxKey":1},"wind.speed":{"$maxKey":1},"_id":{"$maxKey":1}}`
	)
	for _, test := range []struct {
		name, key string
		wire      int32
		shards    []string
		want      []string
	}{
		{"by default", "", 21, []string{"a", "b"}, []string{create, insert, index}},
		{"hashed, 4.4", "shard_key: hashed", 9, []string{"a", "b"}, []string{`{"enableSharding":"DB"}`, create, insert, index}},
		{"not", "shard_key: none", 21, []string{"a", "b"}, []string{insert, index}},
		{"by fields", "shard_key: [station, wind.speed]", 21, []string{"a", "b", "c"}, []string{ranged, `{"listShards":1}`,
			`{"split":"DB.ROWS","middle":` + first + `}`, `{"split":"DB.ROWS","middle":` + second + `}`,
			`{"moveChunk":"DB.ROWS","bounds":[` + least + "," + first + `],"to":"a"}`,
			`{"moveChunk":"DB.ROWS","bounds":[` + first + "," + second + `],"to":"b"}`,
			`{"moveChunk":"DB.ROWS","bounds":[` + second + "," + most + `],"to":"c"}`, insert, index}},
		{"by fields, one shard", "shard_key: [station, wind.speed]", 9, []string{"a"}, []string{`{"enableSharding":"DB"}`, ranged, `{"listShards":1}`, insert, index}},
	} {
		t.Run(test.name, func(t *testing.T) {
			db, ds := mongotest.Database(t), parseDataset(t, weather+test.key+"\n")
			r := mongotest.NewRouter(t, test.wire, test.shards...)
			var log bytes.Buffer
			s := openRouted(t, db, r, &log)
			s.chunkRows = 100
			info := loadRows(t, s, ds, readings(ds, 0, 250))
			if diff := cmp.Diff(test.want, sharded(r.Noted(t, sharding...), db, info)); diff != "" {
				t.Errorf("the commands (-want +got):\n%s", diff)
			}
			if log.Len() > 0 {
				t.Errorf("it logs %s", log.String())
			}
			if rows := answered(t, s, ds); rows != 250 {
				t.Errorf("there are %d rows", rows)
			}
			again := loadRows(t, s, ds, readings(ds, 0, 50)) // and drops nothing that is kept
			if again.Rows != 50 || answered(t, s, ds) != 50 {
				t.Errorf("the next load is %+v", again)
			}
		})
	}
}

func TestAShardedLoadThatFailsSaysWhatToDo(t *testing.T) {
	unauthorized := mongotest.Failure(13, "Unauthorized", "not authorized on admin to execute command")
	conflict := mongotest.Failure(117, "ConflictingOperationInProgress", "another one is in progress")
	lost := mongotest.Failure(10107, "NotWritablePrimary", "not primary")
	other := mongotest.Failure(8, "UnknownError", "it is Tuesday")
	for _, test := range []struct {
		name, key, command string
		errors             []bson.D
		detail             string // "": the load succeeds
		logs               string
	}{
		{"without the right, by default", "", "shardCollection", []bson.D{unauthorized}, "", "enableSharding on the database herbarium_test_"},
		{"without the right to enable, by default", "", "enableSharding", []bson.D{unauthorized}, "", "the rows are on one shard"},
		{"without the right", "shard_key: hashed", "shardCollection", []bson.D{unauthorized}, "grant it enableSharding on the database herbarium_test_", ""},
		{"without the right to enable", "shard_key: hashed", "enableSharding", []bson.D{unauthorized}, "grant it enableSharding on the database herbarium_test_", ""},
		{"without the right to split", "shard_key: [station]", "split", []bson.D{unauthorized}, "enableSharding, splitChunk and moveChunk on the database", ""},
		{"without the right to see shards", "shard_key: [station]", "listShards", []bson.D{unauthorized}, "listShards on the cluster", ""},
		{"without the right to move", "shard_key: [station]", "moveChunk", []bson.D{unauthorized}, "or declare shard_key: none", ""},
		{"while the balancer works", "shard_key: [station]", "moveChunk", []bson.D{conflict, conflict}, "", ""},
		{"while a primary is elected", "", "shardCollection", []bson.D{lost, lost}, "", ""},
		{"while a primary is elected, by fields", "shard_key: [station]", "split", []bson.D{lost}, "", ""},
		{"where a part stays", "shard_key: [station]", "moveChunk", []bson.D{other}, "", "the balancer does it later"},
		{"where nothing is split", "shard_key: [station]", "split", []bson.D{other}, "", "the balancer does it later"},
		{"sharded otherwise", "", "shardCollection", []bson.D{mongotest.Failure(23, "AlreadyInitialized", "sharding already enabled for collection")}, "shard herbarium_rows.", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			db, ds := mongotest.Database(t), parseDataset(t, weather+test.key+"\n")
			r := mongotest.NewRouter(t, 9, "a", "b")
			var log bytes.Buffer
			s := openRouted(t, db, r, &log)
			s.leaseTime = 2 * time.Second
			r.Refuse(test.command, test.errors...)
			err := tryLoad(t, s, ds, 250)
			if !strings.Contains(log.String(), test.logs) || test.logs == "" && log.Len() > 0 {
				t.Errorf("it logs %q, want %q", log.String(), test.logs)
			}
			if test.detail == "" {
				if err != nil {
					t.Fatal(err)
				}
				if rows := answered(t, s, ds); rows != 250 {
					t.Errorf("there are %d rows", rows)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.detail) {
				t.Fatalf("the failure is %v, want %q", err, test.detail)
			}
			_, err = s.Table(context.Background(), ds)
			wantCode(t, err, fault.NotLoaded)
			nextLoadCleansUp(t, s, ds, 20)
		})
	}
}

// TestAnUnshardedVersionIsServedOn reads through a router what a load wrote that knew none.
func TestAnUnshardedVersionIsServedOn(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	loadRows(t, openIn(t, db), ds, readings(ds, 0, 150))
	r := mongotest.NewRouter(t, 9, "a", "b")
	var log bytes.Buffer
	s := openRouted(t, db, r, &log)
	if rows := answered(t, s, ds); rows != 150 {
		t.Errorf("there are %d rows", rows)
	}
	if noted := r.Noted(t, sharding...); noted != nil {
		t.Errorf("to read, it sends %s", noted)
	}
}

// TestAnAnswerOfSomeShardsIsNone drops a version as a mongos does, on one shard after the
// other, while queries of it run: a shard that has dropped it has no rows, and no error.
func TestAnAnswerOfSomeShardsIsNone(t *testing.T) {
	for _, test := range []struct {
		name     string
		replaced bool // when the query begins
		ask      func(ctx context.Context, table engine.Table, ds *datasets.Dataset, dropped, forget func()) error
		want     fault.Code
	}{
		{"rows", true, func(ctx context.Context, table engine.Table, ds *datasets.Dataset, dropped, forget func()) error {
			dropped()
			c, err := table.Run(ctx, planOf(t, ds, datasets.Range, "{}"))
			if err == nil {
				_, err = lines(c)
			}
			return err
		}, fault.Gone},
		{"groups", true, func(ctx context.Context, table engine.Table, ds *datasets.Dataset, dropped, forget func()) error {
			dropped()
			c, err := table.Run(ctx, planOf(t, ds, datasets.Mean, "{}"))
			if err == nil {
				_, err = lines(c)
			}
			return err
		}, fault.Gone},
		{"a count", true, func(ctx context.Context, table engine.Table, ds *datasets.Dataset, dropped, forget func()) error {
			dropped()
			_, err := table.Count(ctx, planOf(t, ds, datasets.Range, `{"station":["north"]}`))
			return err
		}, fault.Gone},
		{"rows of what was current", false, func(ctx context.Context, table engine.Table, ds *datasets.Dataset, dropped, forget func()) error {
			c, err := table.Run(ctx, planOf(t, ds, datasets.Range, "{}"))
			if err != nil {
				return err
			}
			if _, err := c.Next(ctx); err != nil {
				return err
			}
			dropped()
			forget()
			_, err = lines(c)
			return err
		}, fault.StoreUnavailable},
	} {
		t.Run(test.name, func(t *testing.T) {
			db, ds := mongotest.Database(t), parseDataset(t, weather)
			r := mongotest.NewRouter(t, 9, "a", "b")
			var log bytes.Buffer
			s := openRouted(t, db, r, &log)
			info := loadRows(t, s, ds, readings(ds, 0, 3000))
			table := currentTable(t, s, ds)
			if test.replaced {
				loadRows(t, s, ds, readings(ds, 0, 20))
				var err error
				if table, err = s.TableAt(t.Context(), ds, info.Version); err != nil {
					t.Fatal(err)
				}
			}
			drop := func() {
				publications := db.Collection(publicationsName)
				update := bson.D{{Key: "$pull", Value: bson.D{{Key: "older", Value: bson.D{{Key: "collection", Value: info.Place}}}}}}
				if !test.replaced {
					update = bson.D{{Key: "$set", Value: bson.D{{Key: "current.collection", Value: "herbarium_rows.another"}}}}
				}
				if result, err := publications.UpdateByID(t.Context(), ds.Collection, update); err != nil || result.ModifiedCount != 1 {
					t.Fatal(result, err)
				}
				if _, err := db.Collection(info.Place).DeleteMany(t.Context(), bson.D{{Key: "_id", Value: bson.D{{Key: "$mod", Value: bson.A{2, 0}}}}}); err != nil {
					t.Fatal(err)
				}
				// Of what was published a moment ago, the server still goes by that.
				s.publications.mu.Lock()
				defer s.publications.mu.Unlock()
				known := s.publications.known[ds.Collection]
				known.at = time.Now()
				s.publications.known[ds.Collection] = known
			}
			err := test.ask(t.Context(), table, ds, drop, func() { s.publications.forget(ds.Collection) })
			wantCode(t, err, test.want)
		})
	}
}

func TestTheIndexOfAShardKeyIsNotBuiltAgain(t *testing.T) {
	l := &load{dataset: parseDataset(t, weather+"index: [[station, day], day]\nshard_key: [station, day]\n")}
	if l.isShardKey(mongo.IndexModel{Keys: inOrder("station", "day")}) {
		t.Error("a collection that is not sharded has an index of its shard key")
	}
	l.shards = &shardedLoad{key: shardKeyOf(l.dataset)}
	var left []string
	for _, model := range indexesOf(l.dataset) {
		if !l.isShardKey(model) {
			left = append(left, model.Keys.(bson.D)[0].Key)
		}
	}
	if diff := cmp.Diff([]string{"station", "day"}, left); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSplitPointsPartTheFirstRows(t *testing.T) {
	ds := parseDataset(t, weather)
	names := make([]string, len(ds.Fields))
	for i := range ds.Fields {
		names[i] = ds.Fields[i].Name
	}
	layout := newLayout(names)
	rows := readings(ds, 0, 1000)
	var c chunk
	for i := range rows.Rows {
		c.bytes = layout.appendDocument(c.bytes, int64(i), rows, i)
		c.ends = append(c.ends, len(c.bytes))
	}
	for _, test := range []struct {
		fields []string
		parts  int
		points int
		least  int // rows of the smallest part
	}{
		{[]string{"wind.speed"}, 4, 3, 240},
		{[]string{"temperature"}, 4, 3, 240},
		{[]string{"day"}, 10, 9, 90},
		{[]string{"rain", "read"}, 5, 4, 190},
		{[]string{"station"}, 8, 1, 450}, // of two values
		{[]string{"station", "rain"}, 1, 0, 1000},
	} {
		t.Run(strings.Join(test.fields, ","), func(t *testing.T) {
			keyed := parseDataset(t, weather+"shard_key: ["+strings.Join(test.fields, ", ")+"]\n")
			points := splitPoints(&c, shardKeyOf(keyed), test.parts)
			if len(points) != test.points {
				t.Fatalf("there are %d points, want %d: %v", len(points), test.points, points)
			}
			parts := make([]int, len(points)+1)
			for _, row := range c.values(shardKeyOf(keyed)[:len(test.fields)]) {
				part := 0
				for part < len(points) && compareKeys(row, rawKey(points[part])) >= 0 {
					part++
				}
				parts[part]++
			}
			if slices.Min(parts) < test.least {
				t.Errorf("the parts have %v rows", parts)
			}
		})
	}
	if points := splitPoints(&chunk{}, shardKeyOf(ds), 3); points != nil {
		t.Errorf("no rows are split at %v", points)
	}
}

// rawKey returns the fields of a split point.
func rawKey(point bson.D) []bson.RawValue {
	var key []bson.RawValue
	for _, e := range point[:len(point)-1] {
		key = append(key, e.Value.(bson.RawValue))
	}
	return key
}

// TestPagesAndGroupsThroughARouterAreThoseOfTheServer asks the same through a router and
// without.
func TestPagesAndGroupsThroughARouterAreThoseOfTheServer(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	r := mongotest.NewRouter(t, 9, "a", "b")
	var log bytes.Buffer
	routed := openRouted(t, db, r, &log)
	loadRows(t, routed, ds, readings(ds, 0, 250))
	plain := openIn(t, db)
	for _, test := range []struct {
		op   *datasets.Operation
		body string
	}{
		{datasets.Range, `{"per_page":20,"page":3}`}, {datasets.Range, `{"sort":["-wind.speed"],"per_page":20}`}, {datasets.Mean, `{}`},
	} {
		want := ask(t, currentTable(t, plain, ds), ds, test.op, test.body)
		if diff := cmp.Diff(want, ask(t, currentTable(t, routed, ds), ds, test.op, test.body)); diff != "" {
			t.Errorf("%s (-server +router):\n%s", test.body, diff)
		}
	}
}

// TestAStepOfShardingThatTakesTooLongSaysWhatTheLoadWaitedFor lets the router fall silent.
func TestAStepOfShardingThatTakesTooLongSaysWhatTheLoadWaitedFor(t *testing.T) {
	for _, test := range []struct{ command, key, detail, logs string }{
		{"hello", "", "the load waited 200ms for the store to say what it is", ""},
		{"enableSharding", "", "the load waited 2s for the shards to take the new collection", ""},
		{"shardCollection", "shard_key: [station]", "the load waited 2s for the shards to take the new collection", ""},
		{"listShards", "shard_key: [station]", "", "the balancer does it later"},
		{"split", "shard_key: [station]", "", "the balancer does it later"},
		{"moveChunk", "shard_key: [station]", "", "the balancer does it later"},
	} {
		t.Run(test.command, func(t *testing.T) {
			db, ds := mongotest.Database(t), parseDataset(t, weather+test.key+"\n")
			r := mongotest.NewRouter(t, 9, "a", "b")
			var log bytes.Buffer
			s := openRouted(t, db, r, &log)
			r.Hang(test.command)
			took, err := tryShortLoad(t, s, ds, 250, test.command == "hello")
			if took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
			if test.detail != "" {
				wantCode(t, err, fault.StoreUnavailable)
				if detail := failureIn(t, err).Detail; !strings.Contains(detail, test.detail) || !strings.HasSuffix(detail, "nothing was published") {
					t.Errorf("the failure says %q, want in it %q", detail, test.detail)
				}
				return
			}
			if err != nil || !strings.Contains(log.String(), test.logs) {
				t.Errorf("%v; it logs %s", err, log.String())
			}
		})
	}
}

// TestAShardThatIsAwayIsWaitedFor lets the router say that it finds no member of a shard.
func TestAShardThatIsAwayIsWaitedFor(t *testing.T) {
	away := mongotest.Failure(133, "FailedToSatisfyReadPreference", "Could not find host matching read preference")
	stale := mongotest.Failure(13388, "StaleConfig", "version mismatch detected")
	for _, test := range []struct {
		command string
		failure bson.D
	}{{"insert", away}, {"createIndexes", away}, {"insert", stale}} {
		db, ds := mongotest.Database(t), parseDataset(t, weather)
		r := mongotest.NewRouter(t, 21, "a", "b")
		var log bytes.Buffer
		s := openRouted(t, db, r, &log)
		r.Refuse(test.command, test.failure, test.failure)
		loadRows(t, s, ds, readings(ds, 0, 250))
		if rows := answered(t, s, ds); rows != 250 {
			t.Errorf("%s: there are %d rows", test.command, rows)
		}
		r.Refuse("aggregate", away)
		_, err := count(s, ds, planOf(t, ds, datasets.Range, "{}"))
		wantCode(t, err, fault.StoreUnavailable)
		r.Refuse("aggregate", stale, stale)
		if rows := answered(t, s, ds); rows != 250 {
			t.Errorf("%s: there are %d rows", test.command, rows)
		}
	}
}
