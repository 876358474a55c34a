package mongodb

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/internal/mongotest"
)

// withoutTime returns what a load knows of the table that it published: the time is the
// server's.
func withoutTime(info engine.TableInfo) engine.TableInfo {
	info.Published = time.Time{}
	return info
}

func TestPublishedRowsAreServed(t *testing.T) {
	s, ds := openIn(t, mongotest.Database(t)), parseDataset(t, weather)
	_, err := s.Table(context.Background(), ds)
	wantCode(t, err, fault.NotLoaded)
	if e := failureIn(t, err); !strings.Contains(e.Detail, "herbarium load weather") || e.RetryAfter <= 0 {
		t.Errorf("the failure %v does not say how to load, or when to ask again", e)
	}
	begun := time.Now()
	info := loadRows(t, s, ds, readings(ds, 0, 3), readings(ds, 3, 3))
	table := currentTable(t, s, ds)
	served := table.Info()
	if at := served.Published; at.Before(begun.Add(-time.Minute)) || at.After(time.Now().Add(time.Minute)) { // by the server's clock
		t.Errorf("published at %v, loaded from %v", at, begun)
	}
	if diff := cmp.Diff(info, withoutTime(served)); diff != "" {
		t.Errorf("the table is not the one committed (-committed +served):\n%s", diff)
	}
	h := engine.NewHasher(ds)
	h.Write(readings(ds, 0, 6))
	if info.Version != h.Version() || info.Rows != 6 || info.Unmanaged {
		t.Errorf("committed %+v, want 6 rows of version %s", info, h.Version())
	}
	for _, test := range []struct {
		name  string
		op    *datasets.Operation
		query string
		want  []string
	}{
		{"all rows in load order", datasets.Range, `{}`, []string{
			`"north" null null false "1970-01-01" "1970-01-01T00:00:00.000Z"`,
			`"south" 0.25 1 true "1970-01-02" "1970-01-01T00:00:00.001Z"`,
			`"north" 0.5 2 false "1970-01-03" "1970-01-01T00:00:00.002Z"`,
			`"south" 0.75 3 true "1970-01-04" "1970-01-01T00:00:00.003Z"`,
			`"north" 1 4 false "1970-01-05" "1970-01-01T00:00:00.004Z"`,
			`"south" 1.25 null true "1970-01-06" "1970-01-01T00:00:00.005Z"`}},
		{"a page of some fields", datasets.Range, `{"station":"south","fields":["wind.speed"],"page":2,"per_page":2}`, []string{"null"}},
		{"past the end", datasets.Range, `{"page":9}`, nil},
		{"bounds", datasets.Range, `{"lower":{"wind.speed":2,"temperature":0.6},"upper":{"day":"1970-01-04"},"fields":["temperature"]}`, []string{"0.75"}},
		{"means", datasets.Mean, `{}`, []string{`0.75 3 "north"`, `0.75 2 "south"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, ask(t, table, ds, test.op, test.query)); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDatasetOfNoRowsIsServedEmpty(t *testing.T) {
	s, ds := openIn(t, mongotest.Database(t)), parseDataset(t, weather)
	loadRows(t, s, ds)
	if got := ask(t, currentTable(t, s, ds), ds, datasets.Range, "{}"); len(got) > 0 {
		t.Errorf("got %q, want nothing", got)
	}
}

func TestSecondLoadAtOnceIsRefused(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	first, second := openIn(t, db), openIn(t, db)
	l := begin(t, first, ds)
	_, err := second.Begin(context.Background(), ds, engine.LoadOptions{})
	wantCode(t, err, fault.LoadRunning)
	if e := failureIn(t, err); !strings.Contains(e.Detail, "weather") {
		t.Errorf("the failure %v does not name the dataset", e)
	}
	if err := l.Abort(context.Background()); err != nil {
		t.Fatal(err)
	}
	loadRows(t, second, ds, readings(ds, 0, 2))
	loadRows(t, first, ds, readings(ds, 0, 3))
}

// TestALoadThatStoodStillDropsNothingOfAnother stops a load, as a machine that is paused, just when
// it has its lease, and lets another take over and publish.
func TestALoadThatStoodStillDropsNothingOfAnother(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	taken, resume := make(chan struct{}), make(chan struct{})
	var once sync.Once
	p := mongotest.NewProxy(t, func(ctx context.Context, c mongotest.Command, pass func(bson.Raw) bson.Raw) bson.Raw {
		reply := pass(c.Raw)
		if c.Name == "findAndModify" {
			once.Do(func() { close(taken) })
			select {
			case <-resume:
			case <-ctx.Done():
			}
		}
		return reply
	})
	still, err := Open("mongodb://"+p.Address+"/?retryWrites=false&directConnection=true", Options{Database: db.Name(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, still)
	still.leaseTime = time.Second
	failed := make(chan error)
	go func() {
		load, err := still.Begin(context.Background(), ds, engine.LoadOptions{})
		if err == nil {
			_, err = load.Commit(context.Background())
			err = errors.Join(err, load.Abort(context.Background()))
		}
		failed <- err
	}()
	<-taken
	other := openIn(t, db)
	waitFor(t, "the lease", func() bool { return tryLoad(t, other, ds, 150) == nil })
	close(resume)
	if err := <-failed; fault.CodeOf(err) != fault.LoadRunning {
		t.Errorf("the load that stood still ends with %v", err)
	}
	if rows := answered(t, other, ds); rows != 150 {
		t.Errorf("there are %d rows of the other load", rows)
	}
	noDebris(t, other, ds)
}

func TestARowThatIsTooLargeForADocumentIsWrongData(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, "dataset: texts\nfields: {text: {type: string}}\n")
	s := openIn(t, db)
	l := begin(t, s, ds)
	defer func() {
		if err := l.Abort(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	// A document of an _id and a text has 29 bytes more.
	texts := []string{"a", strings.Repeat("b", 16<<20-29), strings.Repeat("c", 16<<20-28)}
	err := l.Write(t.Context(), &engine.Batch{Rows: 3, Columns: []engine.Vector{{Type: datasets.String, Codes: []uint32{0, 1, 2}, Dict: texts}}})
	wantCode(t, err, fault.InvalidData)
	if got, want := failureIn(t, err).Detail, "row 3, in load order, takes 16777217 bytes as a document, and MongoDB takes at most 16777216; nothing was published"; got != want {
		t.Errorf("it says %q", got)
	}
}

// updatePublication changes what is published of the dataset, as time does.
func updatePublication(t *testing.T, db *mongo.Database, ds *datasets.Dataset, update bson.D) {
	t.Helper()
	if _, err := db.Collection(publicationsName).UpdateByID(context.Background(), ds.Collection, update); err != nil {
		t.Fatal(err)
	}
}

// endOlder lets the time of all replaced versions be over.
func endOlder(t *testing.T, db *mongo.Database, ds *datasets.Dataset) {
	t.Helper()
	updatePublication(t, db, ds, bson.D{{Key: "$set", Value: bson.D{{Key: "older.$[].end", Value: time.Now().Add(-time.Hour)}}}})
}

// leaseEnd returns until when the lease of the dataset's load holds.
func leaseEnd(t *testing.T, db *mongo.Database, ds *datasets.Dataset) time.Time {
	t.Helper()
	var found struct {
		Lease struct {
			Expires time.Time `bson:"expires"`
		} `bson:"lease"`
	}
	if err := db.Collection(publicationsName).FindOne(context.Background(), bson.D{{Key: "_id", Value: ds.Collection}}).Decode(&found); err != nil {
		t.Fatal(err)
	}
	return found.Lease.Expires
}

func TestLoadKeepsItsLeaseForAsLongAsItLives(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	s := openIn(t, db)
	s.leaseTime = 4500 * time.Millisecond
	l := begin(t, s, ds)
	first := leaseEnd(t, db, ds)
	waitFor(t, "the lease to be renewed", func() bool { return leaseEnd(t, db, ds).After(first) })
	_, err := openIn(t, db).Begin(context.Background(), ds, engine.LoadOptions{})
	wantCode(t, err, fault.LoadRunning)
	if _, err := l.Commit(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestLoadTakesOverFromOneThatDied(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	dead, alive := openIn(t, db), openIn(t, db)
	ctx := context.Background()
	l := begin(t, dead, ds).(*load)
	if err := l.Write(ctx, readings(ds, 0, 3)); err != nil {
		t.Fatal(err)
	}
	if err := l.flush(ctx); err != nil {
		t.Fatal(err)
	}
	// What a killed process leaves: nobody renews, nobody cleans up.
	l.lease.stop()
	waitFor(t, "the dead load's rows to arrive", func() bool { return len(collections(t, alive, ds)) == 1 })
	updatePublication(t, db, ds, bson.D{{Key: "$set", Value: bson.D{{Key: "lease.expires", Value: time.Now().Add(-time.Hour)}}}})

	info := loadRows(t, alive, ds, readings(ds, 0, 5))
	if diff := cmp.Diff([]string{info.Place}, collections(t, alive, ds)); diff != "" {
		t.Errorf("the dead load's rows are still there (-want +got):\n%s", diff)
	}
	_, err := l.Commit(ctx)
	wantCode(t, err, fault.LoadRunning)
	if got := withoutTime(currentTable(t, alive, ds).Info()); got != info {
		t.Errorf("the dead load changed what is published to %+v", got)
	}
	if err := l.Abort(ctx); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{info.Place}, collections(t, alive, ds)); diff != "" {
		t.Errorf("the aborted load left something (-want +got):\n%s", diff)
	}
}

func TestLoadEndsWhenItsLeaseIsLost(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	s := openIn(t, db)
	s.leaseTime = 300 * time.Millisecond
	ctx := context.Background()
	l := begin(t, s, ds)
	_, err := db.Collection(publicationsName).UpdateByID(ctx, ds.Collection, bson.D{{Key: "$set", Value: bson.D{{Key: "lease.owner", Value: "another"}}}})
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the load to notice", func() bool { return l.Write(ctx, readings(ds, 0, 1)) != nil })
	wantCode(t, l.Write(ctx, readings(ds, 0, 1)), fault.LoadRunning)
	_, err = l.Commit(ctx)
	wantCode(t, err, fault.LoadRunning)
}

func TestAbortedLoadLeavesNothing(t *testing.T) {
	s, ds := openIn(t, mongotest.Database(t)), parseDataset(t, weather)
	info := loadRows(t, s, ds, readings(ds, 0, 2))
	l := begin(t, s, ds)
	ctx, cancel := context.WithCancel(context.Background())
	if err := l.Write(ctx, readings(ds, 0, 20_001)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := l.Abort(ctx); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{info.Place}, collections(t, s, ds)); diff != "" {
		t.Errorf("collections (-want +got):\n%s", diff)
	}
	if got := withoutTime(currentTable(t, s, ds).Info()); got != info {
		t.Errorf("published is %+v, want %+v", got, info)
	}
	loadRows(t, s, ds, readings(ds, 0, 1))
}

func TestCanceledCommitPublishesNothing(t *testing.T) {
	s, ds := openIn(t, mongotest.Database(t)), parseDataset(t, weather)
	l := begin(t, s, ds)
	ctx, cancel := context.WithCancel(context.Background())
	if err := l.Write(ctx, readings(ds, 0, 3)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := l.Commit(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("the commit ended with %v", err)
	}
	if err := l.Abort(ctx); err != nil {
		t.Error(err)
	}
	_, err := s.Table(context.Background(), ds)
	wantCode(t, err, fault.NotLoaded)
}

func TestReplacedVersionStaysForItsTime(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	s := openIn(t, db)
	old := currentTable(t, s, loadedDataset(t, s, ds, 3))
	loadRows(t, s, ds, readings(ds, 0, 4))
	if got := ask(t, old, ds, datasets.Range, `{"fields":["rain"]}`); len(got) != 3 {
		t.Errorf("the replaced version answers %d rows, want 3", len(got))
	}
	endOlder(t, db, ds)
	info := loadRows(t, s, ds, readings(ds, 0, 5))
	if places := collections(t, s, ds); len(places) != 2 {
		t.Errorf("collections are %q, want the current and the last one", places)
	}
	if got := withoutTime(currentTable(t, s, ds).Info()); got != info {
		t.Errorf("published is %+v, want %+v", got, info)
	}
	// Its collection is gone, which MongoDB would answer with no rows.
	_, err := old.Run(context.Background(), planOf(t, ds, datasets.Range, "{}"))
	wantCode(t, err, fault.StoreUnavailable)
}

func loadedDataset(t *testing.T, s *Store, ds *datasets.Dataset, rows int) *datasets.Dataset {
	t.Helper()
	loadRows(t, s, ds, readings(ds, 0, rows))
	return ds
}

func TestReadersSeeOneVersionOrTheNext(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	writer, reader := openIn(t, db), openIn(t, db)
	loadRows(t, writer, ds, readings(ds, 0, 1))
	done := make(chan struct{})
	var loading sync.WaitGroup
	loading.Go(func() {
		defer close(done)
		for n := 2; n <= 12; n++ {
			loadRows(t, writer, ds, readings(ds, 0, n))
		}
	})
	for last, published := int64(0), true; published; {
		select {
		case <-done:
			published = false
		default:
		}
		table := currentTable(t, reader, ds)
		rows := table.Info().Rows
		if got := len(ask(t, table, ds, datasets.Range, `{"fields":["rain"]}`)); int64(got) != rows {
			t.Errorf("a version of %d rows answers %d", rows, got)
		}
		if rows < last {
			t.Errorf("a version of %d rows came after one of %d", rows, last)
		}
		last = rows
	}
	loading.Wait()
	waitFor(t, "the last version to be served", func() bool { return currentTable(t, reader, ds).Info().Rows == 12 })
}

func TestLoadsOfTwoDatasetsDoNotMeet(t *testing.T) {
	s := openIn(t, mongotest.Database(t))
	one := parseDataset(t, weather)
	two := parseDataset(t, strings.Replace(weather, "dataset: weather", "dataset: weather2\ncollection: weather.2", 1))
	l := begin(t, s, one)
	info := loadRows(t, s, two, readings(two, 0, 2))
	if _, err := l.Commit(context.Background()); err != nil {
		t.Fatal(err)
	}
	loadRows(t, s, one, readings(one, 0, 1))
	if got := withoutTime(currentTable(t, s, two).Info()); got != info || len(ask(t, currentTable(t, s, two), two, datasets.Range, `{}`)) != 2 {
		t.Errorf("the other dataset is %+v, want %+v", got, info)
	}
}

// collections lists what loads of the dataset left.
func collections(t *testing.T, s *Store, ds *datasets.Dataset) []string {
	t.Helper()
	all, err := listCollections(context.Background(), s, ds)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func listCollections(ctx context.Context, s *Store, ds *datasets.Dataset) ([]string, error) {
	db, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	names, err := db.ListCollectionNames(ctx, bson.D{}, options.ListCollections().SetNameOnly(true))
	if err != nil {
		return nil, s.failure(ctx, "list the collections", err)
	}
	var found []string
	for _, name := range names {
		if strings.HasPrefix(name, rowsName(ds.Collection, "")) {
			found = append(found, name)
		}
	}
	return found, nil
}

func waitFor(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// TestAnOldVersionThatWasDroppedIsNoEmptyAnswer drops a version's rows as a
// load elsewhere does once its time is over: the server then answers without
// rows, and without an error.
func TestAnOldVersionThatWasDroppedIsNoEmptyAnswer(t *testing.T) {
	ctx := context.Background()
	db := mongotest.Database(t)
	s, ds := openIn(t, db), parseDataset(t, pagedRows)
	fillReadings(t, s, ds, 40)
	old := currentTable(t, s, ds).Info()
	fillReadings(t, s, ds, 30)
	table, err := s.TableAt(ctx, ds, old.Version)
	if err != nil {
		t.Fatal(err)
	}
	if rows := ask(t, table, ds, datasets.Range, `{"per_page":50}`); len(rows) != 40 {
		t.Fatalf("the old version has %d rows, want 40", len(rows))
	}
	published := db.Collection(publicationsName)
	if _, err := published.UpdateOne(ctx, bson.D{{Key: "_id", Value: ds.Collection}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "older", Value: bson.A{}}}}}); err != nil {
		t.Fatal(err)
	}
	if err := db.Collection(old.Place).Drop(ctx); err != nil {
		t.Fatal(err)
	}
	cursor, err := table.Run(ctx, planOf(t, ds, datasets.Range, `{"per_page":50}`))
	if err == nil {
		_, err = cursor.Next(ctx)
		closing(t, cursor)
	}
	wantCode(t, err, fault.Gone)
	if _, err := table.Count(ctx, planOf(t, ds, datasets.Range, `{"kind":"odd"}`)); err == nil {
		t.Error("the rows that are gone are counted")
	} else {
		wantCode(t, err, fault.Gone)
	}
}
