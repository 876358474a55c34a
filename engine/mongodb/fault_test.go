package mongodb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
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
	"herbarium/engine/plan"
)

// faultyApp is what the server's fail points know the stores by that they are
// meant for.
const faultyApp = "herbarium-faulty"

// faults are what a fail point can do to a command.
func faults() map[string]bson.D {
	return map[string]bson.D{
		"connection closed": {{Key: "closeConnection", Value: true}},
		"no primary":        {{Key: "errorCode", Value: 10107}},
		"time over":         {{Key: "errorCode", Value: 50}},
		"shards move":       {{Key: "errorCode", Value: 82}},
		"no majority": {{Key: "writeConcernError", Value: bson.D{
			{Key: "code", Value: 64}, {Key: "codeName", Value: "WriteConcernFailed"}, {Key: "errmsg", Value: "waiting for replication timed out"}}}},
		"slow": {{Key: "blockConnection", Value: true}, {Key: "blockTimeMS", Value: 700}},
	}
}

// arm makes the command fail for stores of faultyApp until the test ends, or
// the function is called that it returns. Times 0 is always.
func arm(t *testing.T, db *mongo.Database, command string, broken bson.D, times int) (disarm func()) {
	t.Helper()
	var mode any = "alwaysOn"
	if times > 0 {
		mode = bson.D{{Key: "times", Value: times}}
	}
	admin := db.Client().Database("admin")
	err := admin.RunCommand(context.Background(), bson.D{{Key: "configureFailPoint", Value: "failCommand"}, {Key: "mode", Value: mode},
		{Key: "data", Value: append(bson.D{{Key: "failCommands", Value: bson.A{command}}, {Key: "appName", Value: faultyApp}}, broken...)}}).Err()
	if err != nil {
		t.Skipf("the server has no fail points: %v", err)
	}
	disarm = func() {
		off := bson.D{{Key: "configureFailPoint", Value: "failCommand"}, {Key: "mode", Value: "off"}}
		if err := admin.RunCommand(context.Background(), off).Err(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(disarm)
	return disarm
}

// openFaulty opens a store that fail points are meant for. It asks how the
// server is as soon as that is in doubt: one whose fail point says that it is
// no primary has no change of its state to tell of.
func openFaulty(t *testing.T, db *mongo.Database) *Store {
	t.Helper()
	uri, err := url.Parse(mongotest.Server(t))
	if err != nil {
		t.Fatal("HERBARIUM_TEST_MONGODB is no URI") // which may hold a password
	}
	if uri.Path == "" {
		uri.Path = "/"
	}
	query := uri.Query()
	query.Set("serverMonitoringMode", "poll")
	query.Set("heartbeatFrequencyMS", "500")
	uri.RawQuery = query.Encode()
	s, err := Open(uri.String(), Options{Database: db.Name(), AppName: faultyApp, Keep: 5 * time.Minute, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, s)
	s.chunkRows = 100
	return s
}

// What a load comes to.
const (
	isNew       = "new"       // published
	isOld       = "old"       // failed, nothing published
	isUnsettled = "unsettled" // failed, and it could not learn which
)

func TestAFaultAtAnyCommandOfALoadIsRetriedOrReported(t *testing.T) {
	eachFault(t, []faultCase{
		{"findAndModify", "connection closed", isNew, isOld},
		{"findAndModify", "no primary", isNew, isOld},
		{"findAndModify", "time over", isOld, isOld},
		{"findAndModify", "no majority", isNew, isOld},
		{"findAndModify", "slow", isNew, isNew},
		// What cannot be swept waits for the next load.
		{"listCollections", "connection closed", isNew, isNew},
		{"listCollections", "no primary", isNew, isNew},
		{"listCollections", "time over", isNew, isNew},
		{"drop", "connection closed", isNew, isNew},
		{"drop", "no primary", isNew, isNew},
		{"drop", "time over", isNew, isNew},
		{"drop", "no majority", isNew, isNew},
		{"insert", "connection closed", isNew, isOld},
		{"insert", "no primary", isNew, isOld},
		{"insert", "time over", isOld, isOld},
		{"insert", "no majority", isNew, isOld},
		{"insert", "shards move", isNew, isOld},
		{"insert", "slow", isNew, isNew},
		{"createIndexes", "connection closed", isNew, isOld},
		{"createIndexes", "no primary", isNew, isOld},
		{"createIndexes", "time over", isOld, isOld},
		{"createIndexes", "no majority", isNew, isOld},
		{"createIndexes", "slow", isNew, isNew},
		{"update", "connection closed", isNew, isUnsettled},
		{"update", "no primary", isNew, isUnsettled},
		{"update", "time over", isOld, isUnsettled},
		{"update", "no majority", isNew, isUnsettled},
		{"update", "slow", isNew, isNew},
	}, loadWithFault)
}

// faultCase is a fault of a command, and what something comes to in which the command fails
// once, or always.
type faultCase struct{ command, fault, once, always string }

// eachFault runs a test of each case; times is how often the command fails, 0 for always.
func eachFault(t *testing.T, cases []faultCase, test func(t *testing.T, command string, broken bson.D, times int, want string)) {
	for _, c := range cases {
		for times, want := range []string{c.always, c.once} {
			t.Run(fmt.Sprintf("%s/%s/times=%d", c.command, c.fault, times), func(t *testing.T) {
				test(t, c.command, faults()[c.fault], times, want)
			})
		}
	}
}

// openFaultyFor opens a store of which a command fails so many times, 0 for always. A lease
// that is renewed meanwhile would take the one fault for itself.
func openFaultyFor(t *testing.T, db *mongo.Database, times int) *Store {
	s := openFaulty(t, db)
	s.leaseTime, s.retryTime = 60*time.Second, 10*time.Second
	if times == 0 {
		s.leaseTime, s.retryTime = 2*time.Second, 200*time.Millisecond
	}
	return s
}

// comesTo checks what something came to that was to replace so many rows by others, and that
// readers see the ones or the others accordingly.
func comesTo(t *testing.T, reader *Store, ds *datasets.Dataset, failure error, want string, before, after int) {
	t.Helper()
	got, err := outcome(failure)
	if got != want {
		t.Errorf("it came to %q, want %q: %v", got, want, err)
	}
	if err != nil && fault.CodeOf(err) != fault.StoreUnavailable {
		t.Errorf("the failure is %v, want one with the code %s", err, fault.StoreUnavailable)
	}
	reader.publications.forget(ds.Collection)
	rows := answered(t, reader, ds)
	if got == isNew && rows != after || got == isOld && rows != before || rows != before && rows != after {
		t.Errorf("readers see %d rows after what came to %q", rows, got)
	}
}

// loadWithFault replaces 150 rows by 250 while the command fails.
func loadWithFault(t *testing.T, command string, broken bson.D, times int, want string) {
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	reader, s := openIn(t, db), openFaultyFor(t, db, times)
	loadRows(t, reader, ds, readings(ds, 0, 150))
	leaveDebris(t, db, ds)

	disarm := arm(t, db, command, broken, times)
	err := tryLoad(t, s, ds, 250)
	disarm()
	comesTo(t, reader, ds, err, want, 150, 250)
	nextLoadCleansUp(t, reader, ds, 350)
}

// leaveDebris leaves the rows of a load that died.
func leaveDebris(t *testing.T, db *mongo.Database, ds *datasets.Dataset) {
	t.Helper()
	dead := rowsName(ds.Collection, strings.Repeat("a", 26))
	if _, err := db.Collection(dead).InsertOne(context.Background(), bson.D{{Key: "_id", Value: int64(0)}}); err != nil {
		t.Fatal(err)
	}
}

// tryLoad loads n rows, as package loaders does.
func tryLoad(t *testing.T, s *Store, ds *datasets.Dataset, n int) error {
	t.Helper()
	ctx := context.Background()
	l, err := s.Begin(ctx, ds, engine.LoadOptions{})
	if err != nil {
		return err
	}
	if err = l.Write(ctx, readings(ds, 0, n)); err == nil {
		_, err = l.Commit(ctx)
	}
	if err != nil {
		if failed := l.Abort(ctx); failed != nil {
			t.Logf("the cleaning up: %v", failed) // the next load does it
		}
	}
	return err
}

func outcome(err error) (string, error) {
	switch {
	case err == nil:
		return isNew, nil
	case errors.Is(err, errUnsettled):
		return isUnsettled, err
	default:
		return isOld, err
	}
}

// answered counts the rows of an answer, which are those of one version.
func answered(t *testing.T, s *Store, ds *datasets.Dataset) int {
	t.Helper()
	table := currentTable(t, s, ds)
	rows := ask(t, table, ds, datasets.Range, `{"fields":["read"]}`)
	if int64(len(rows)) != table.Info().Rows {
		t.Errorf("a version of %d rows answers %d", table.Info().Rows, len(rows))
	}
	for i, row := range rows {
		if want := fmt.Sprintf(`"1970-01-01T00:00:00.%03dZ"`, i); row != want {
			t.Fatalf("row %d is %s, want %s", i, row, want)
		}
	}
	return len(rows)
}

// nextLoadCleansUp loads n rows once the lease is free, and holds what is there
// then against what is published.
func nextLoadCleansUp(t *testing.T, s *Store, ds *datasets.Dataset, n int) {
	t.Helper()
	var err error
	waitFor(t, "the lease", func() bool {
		err = tryLoad(t, s, ds, n)
		return fault.CodeOf(err) != fault.LoadRunning || err == nil
	})
	if err != nil {
		t.Fatalf("the next load: %v", err)
	}
	if rows := answered(t, s, ds); rows != n {
		t.Errorf("readers see %d rows after the next load, want %d", rows, n)
	}
	noDebris(t, s, ds)
}

// noDebris fails the test if there are rows that stand in no publication.
func noDebris(t *testing.T, s *Store, ds *datasets.Dataset) {
	t.Helper()
	p, err := s.readPublication(context.Background(), ds.Collection, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{p.Current.Collection}
	for _, e := range p.Older {
		want = append(want, e.Collection)
	}
	got := collections(t, s, ds)
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what is there is not what is published (-published +there):\n%s", diff)
	}
}

func TestALoadOutlivesRenewalsThatFail(t *testing.T) {
	for name, broken := range faults() {
		t.Run(name, func(t *testing.T) {
			db, ds := mongotest.Database(t), parseDataset(t, weather)
			s := openFaulty(t, db)
			s.leaseTime, s.retryTime = 600*time.Millisecond, 50*time.Millisecond
			l := begin(t, s, ds)
			disarm := arm(t, db, "update", broken, 0)
			time.Sleep(time.Second)
			disarm()
			if err := l.Write(context.Background(), readings(ds, 0, 250)); err != nil {
				t.Fatal(err)
			}
			if _, err := l.Commit(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAFaultAtAnyCommandOfAQueryIsRetriedOrReported(t *testing.T) {
	const fine fault.Code = ""
	// More than the cursors have together that go on where one is lost.
	const all = (maxResumptions + 2) * firstRows
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	loadRows(t, openIn(t, db), ds, readings(ds, 0, all))
	for _, test := range []struct {
		command, fault string
		once, always   fault.Code
	}{
		{"find", "connection closed", fine, fault.StoreUnavailable},
		{"find", "no primary", fine, fault.StoreUnavailable},
		{"find", "time over", fine, fault.StoreUnavailable},
		{"find", "slow", fine, fine},
		{"aggregate", "connection closed", fine, fault.StoreUnavailable},
		{"aggregate", "no primary", fine, fault.StoreUnavailable},
		{"aggregate", "time over", fault.TooSlow, fault.TooSlow},
		{"aggregate", "slow", fine, fine},
		// It is not asked twice, but another cursor goes on.
		{"getMore", "connection closed", fine, fault.StoreUnavailable},
		{"getMore", "no primary", fine, fault.StoreUnavailable},
		{"getMore", "time over", fault.TooSlow, fault.TooSlow},
		{"getMore", "slow", fine, fine},
	} {
		for times, want := range []fault.Code{test.always, test.once} {
			t.Run(fmt.Sprintf("%s/%s/times=%d", test.command, test.fault, times), func(t *testing.T) {
				s := openFaulty(t, db)
				s.publications.wait = time.Minute
				unread := test.command == "find" && want != fine
				if unread { // the publication
					s.publications.wait = 2 * time.Second
				}
				disarm := arm(t, db, test.command, faults()[test.fault], times)
				rows, err := count(s, ds, planOf(t, ds, datasets.Range, "{}"))
				disarm()
				if want == fine {
					if err != nil || rows != all {
						t.Errorf("%d rows, %v", rows, err)
					}
					return
				}
				wantCode(t, err, want)
				if detail := failureIn(t, err).Detail; detail == "" || strings.Contains(detail, "127.0.0.1") {
					t.Errorf("who asked is told %q", detail)
				}
				if unread {
					s.publications.wait = time.Minute
				}
				if rows, err := count(s, ds, planOf(t, ds, datasets.Range, "{}")); err != nil || rows != all {
					t.Errorf("the next query: %d rows, %v", rows, err)
				}
			})
		}
	}
}

// count runs a plan and counts the rows of the answer.
func count(s *Store, ds *datasets.Dataset, p *plan.Plan) (rows int, err error) {
	err = eachBatch(context.Background(), s, ds, p, func(b *engine.Batch) error {
		rows += b.Rows
		return nil
	})
	return rows, err
}

// eachBatch runs a plan and calls visit with what is answered.
func eachBatch(ctx context.Context, s engine.Store, ds *datasets.Dataset, p *plan.Plan, visit func(*engine.Batch) error) (err error) {
	table, err := s.Table(ctx, ds)
	if err != nil {
		return err
	}
	cursor, err := table.Run(ctx, p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cursor.Close()) }()
	for {
		b, err := cursor.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = visit(b)
		}
		if err != nil {
			return err
		}
	}
}
