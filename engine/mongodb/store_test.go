package mongodb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/internal/mongotest"
	"herbarium/internal/porttest"
)

var _ engine.Target = (*Store)(nil)

func TestUnreachableStoreSaysSoAndRecoversByItself(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	loadRows(t, openIn(t, db), ds, readings(ds, 0, 3))
	relay := newRelay(t)
	s, err := Open("mongodb://"+relay.address+"/?directConnection=true", Options{Database: db.Name(), Keep: 5 * time.Minute, SelectTimeout: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, s)
	ctx := context.Background()

	_, err = s.Table(ctx, ds)
	wantCode(t, err, fault.StoreUnavailable)
	if e := failureIn(t, err); e.RetryAfter <= 0 {
		t.Errorf("the failure %v does not say when to ask again", e)
	}
	wantCode(t, s.Ping(ctx), fault.StoreUnavailable)
	for range 2 {
		relay.start(t)
		waitFor(t, "the store to recover", func() bool { return s.Ping(ctx) == nil })
		table := currentTable(t, s, ds)
		if got := ask(t, table, ds, datasets.Range, `{}`); len(got) != 3 {
			t.Errorf("got %d rows, want 3", len(got))
		}
		relay.stop()
		time.Sleep(publicationAge)
		_, err := table.Run(ctx, planOf(t, ds, datasets.Range, "{}"))
		wantCode(t, err, fault.StoreUnavailable)
	}
}

func TestBrokenConnectionsAreNotSeenByQueries(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	loadRows(t, openIn(t, db), ds, readings(ds, 0, 3))
	relay := newRelay(t)
	relay.start(t)
	s, err := Open("mongodb://"+relay.address+"/?directConnection=true", Options{Database: db.Name(), Keep: 5 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, s)
	for range 3 {
		if got := ask(t, currentTable(t, s, ds), ds, datasets.Range, `{}`); len(got) != 3 {
			t.Errorf("got %d rows, want 3", len(got))
		}
		relay.cut()
	}
}

func TestCredentialsAreInNoErrorAndNoLog(t *testing.T) {
	uri := mongotest.Server(t)
	host := strings.TrimPrefix(uri, "mongodb://")
	for _, test := range []struct {
		name, uri string
		timeout   time.Duration
	}{
		{"unreachable", "mongodb://annabel:s3cret%2Fpass@127.0.0.1:1/", 100 * time.Millisecond},
		// To deny a password takes a busy server a while.
		{"unknown user", "mongodb://annabel:s3cret%2Fpass@" + host, 20 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			var log strings.Builder
			s, err := Open(test.uri, Options{SelectTimeout: test.timeout, Logger: slog.New(slog.NewTextHandler(&log, nil))})
			if err != nil {
				t.Fatal(err)
			}
			closeAfter(t, s)
			ds := parseDataset(t, weather)
			_, tableErr := s.Table(context.Background(), ds)
			_, beginErr := s.Begin(context.Background(), ds, engine.LoadOptions{})
			texts := []string{s.Describe(), log.String()}
			for _, err := range []error{tableErr, beginErr, s.Ping(context.Background())} {
				wantCode(t, err, fault.StoreUnavailable)
				for ; err != nil; err = errors.Unwrap(err) {
					texts = append(texts, err.Error(), fmt.Sprintf("%+v", err))
				}
			}
			for _, text := range texts {
				for _, secret := range []string{"annabel", "s3cret", url.PathEscape("s3cret/pass")} {
					if strings.Contains(text, secret) {
						t.Errorf("%q shows %s", text, secret)
					}
				}
			}
		})
	}
}

func TestQueriesShareOneReadingOfThePublication(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var readings atomic.Int64
		release := make(chan struct{})
		ps := newPublications(func(context.Context, string, *publication) (*publication, error) {
			readings.Add(1)
			<-release
			return &publication{unmanaged: true}, nil
		})
		defer ps.close()
		gone, leave := context.WithCancel(context.Background())
		var waiting sync.WaitGroup
		waiting.Go(func() {
			if _, err := ps.read(gone, "weather"); !errors.Is(err, context.Canceled) {
				t.Errorf("who left got %v", err)
			}
		})
		for range 8 {
			waiting.Go(func() {
				if p, err := ps.read(context.Background(), "weather"); err != nil || !p.unmanaged {
					t.Errorf("got %v, %v", p, err)
				}
			})
		}
		synctest.Wait()
		leave()
		synctest.Wait()
		close(release)
		waiting.Wait()
		if _, err := ps.read(context.Background(), "weather"); err != nil || readings.Load() != 1 {
			t.Errorf("read %d times (%v), want once", readings.Load(), err)
		}
		ps.forget("weather")
		if _, err := ps.read(context.Background(), "weather"); err != nil || readings.Load() != 2 {
			t.Errorf("read %d times (%v) after forgetting, want twice", readings.Load(), err)
		}
	})
}

func TestAVersionThatIsUnknownIsLookedForOnce(t *testing.T) {
	readings := 0
	s := &Store{publications: newPublications(func(context.Context, string, *publication) (*publication, error) {
		readings++
		return &publication{Current: &edition{Version: "now"}}, nil
	})}
	defer s.publications.close()
	ds := parseDataset(t, weather)
	if _, err := s.TableAt(t.Context(), ds, "before"); fault.CodeOf(err) != fault.Gone {
		t.Fatal(err)
	}
	if _, err := s.Table(t.Context(), ds); err != nil {
		t.Fatal(err)
	}
	if readings != 2 {
		t.Errorf("the publication was read %d times, and not as it was known and once anew", readings)
	}
}

// TestAPublicationIsReadAnewBeforeQueriesWait asks without a pause, of a server that takes
// 50 ms to tell a publication.
func TestAPublicationIsReadAnewBeforeQueriesWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var readings atomic.Int64
		fail := false
		ps := newPublications(func(context.Context, string, *publication) (*publication, error) {
			time.Sleep(50 * time.Millisecond)
			if readings.Add(1); fail {
				return nil, io.ErrUnexpectedEOF
			}
			return &publication{Current: &edition{Rows: readings.Load()}}, nil
		})
		defer ps.close()
		read := func() (rows int64, took time.Duration, err error) {
			began := time.Now()
			p, err := ps.read(t.Context(), "weather")
			if err == nil {
				rows = p.Current.Rows
			}
			return rows, time.Since(began), err
		}
		if _, took, _ := read(); took != 50*time.Millisecond {
			t.Errorf("the first query waits %v", took)
		}
		last := int64(1)
		for began := time.Now(); time.Since(began) < 4*time.Second; time.Sleep(10 * time.Millisecond) {
			rows, took, err := read()
			if took != 0 || err != nil || rows < last {
				t.Fatalf("after %v a query waits %v, and has the reading %d after %d, %v", time.Since(began), took, rows, last, err)
			}
			last = rows
		}
		if last != 10 {
			t.Errorf("%d readings in 4 s, want one every 400 ms", last)
		}
		time.Sleep(publicationAge)
		if rows, took, _ := read(); took != 50*time.Millisecond || rows <= last {
			t.Errorf("after a pause a query waits %v, and has the reading %d", took, rows)
		}
		fail = true // in the background first, then to who waits
		for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
			if _, _, err := read(); err != nil {
				if known := time.Since(began) + 50*time.Millisecond; known < publicationAge {
					t.Errorf("what is known for %v fails: %v", known, err)
				}
				break
			}
			if time.Since(began) > time.Second {
				t.Fatal("it never fails")
			}
		}
	})
}

// watched opens a store whose commands started are given to see.
func watched(t *testing.T, db *mongo.Database, see func(*event.CommandStartedEvent)) *Store {
	t.Helper()
	s := openIn(t, db)
	client, err := mongo.Connect(s.settings().SetMonitor(&event.CommandMonitor{
		Started: func(_ context.Context, e *event.CommandStartedEvent) { see(e) }}))
	if err != nil {
		t.Fatal(err)
	}
	s.client, s.preference = client, readpref.Primary()
	return s
}

func TestCursorIsClosedWhereverReadingEnds(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(t *testing.T, c engine.Cursor)
	}{
		{"closed", func(t *testing.T, c engine.Cursor) {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
			if _, err := c.Next(context.Background()); !errors.Is(err, io.EOF) {
				t.Errorf("a closed cursor gives %v", err)
			}
		}},
		{"canceled", func(t *testing.T, c engine.Cursor) {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			if _, err := c.Next(ctx); !errors.Is(err, context.Canceled) || errors.As(err, new(*fault.Error)) {
				t.Errorf("a canceled read gives %v", err)
			}
		}},
		{"past the deadline", func(t *testing.T, c engine.Cursor) {
			ctx, cancel := context.WithTimeout(context.Background(), -1)
			defer cancel()
			_, err := c.Next(ctx)
			wantCode(t, err, fault.TooSlow)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var killed atomic.Int64
			db, ds := mongotest.Database(t), parseDataset(t, weather)
			s := watched(t, db, func(e *event.CommandStartedEvent) {
				if e.CommandName == "killCursors" {
					killed.Add(1)
				}
			})
			loadRows(t, s, ds, readings(ds, 0, 3*firstRows))
			c, err := currentTable(t, s, ds).Run(context.Background(), planOf(t, ds, datasets.Range, "{}"))
			if err != nil {
				t.Fatal(err)
			}
			if b, err := c.Next(context.Background()); err != nil || b.Rows != firstRows {
				t.Fatalf("the first batch is %v, %v", b, err)
			}
			test.end(t, c)
			if killed.Load() != 1 {
				t.Errorf("%d cursors were killed, want 1", killed.Load())
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestServerIsToldTheDeadlineWhereOneAnswerHasItAll(t *testing.T) {
	var told atomic.Int64
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	s := watched(t, db, func(e *event.CommandStartedEvent) {
		if e.CommandName == "aggregate" {
			limit, _ := e.Command.Lookup("maxTimeMS").AsInt64OK()
			told.Store(limit)
		}
	})
	loadRows(t, s, ds, readings(ds, 0, 3))
	for _, test := range []struct {
		name  string
		op    *datasets.Operation
		query string
		told  bool
	}{
		{"means", datasets.Mean, "{}", true},
		{"a page", datasets.Range, `{"page":1}`, true},
		{"a stream", datasets.Range, "{}", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			c, err := currentTable(t, s, ds).Run(ctx, planOf(t, ds, test.op, test.query))
			if err != nil {
				t.Fatal(err)
			}
			defer closing(t, c)
			if got := told.Load(); test.told != (got > 0) || got > 20_000 {
				t.Errorf("the server was told %d ms", got)
			}
		})
	}
}

func TestServersFailuresHaveTheirCodes(t *testing.T) {
	admin := mongotest.Database(t).Client().Database("admin")
	ds := parseDataset(t, weather)
	for _, test := range []struct {
		name  string
		times int
		data  bson.D
		want  fault.Code // "": none
	}{
		{"time over", 1, bson.D{{Key: "errorCode", Value: 50}}, fault.TooSlow},
		{"shard unreachable, once", 1, bson.D{{Key: "errorCode", Value: 6}}, ""},
		{"shard unreachable", queryAttempts, bson.D{{Key: "errorCode", Value: 6}}, fault.StoreUnavailable},
		{"no majority known yet, once", 1, bson.D{{Key: "errorCode", Value: 134}}, ""},
		{"no majority known yet", queryAttempts, bson.D{{Key: "errorCode", Value: 134}}, fault.StoreUnavailable},
		{"connection closed, once", 1, bson.D{{Key: "closeConnection", Value: true}}, ""},
		{"connection closed", queryAttempts, bson.D{{Key: "closeConnection", Value: true}}, fault.StoreUnavailable},
		{"not authorized", 1, bson.D{{Key: "errorCode", Value: 13}}, fault.StoreUnavailable},
		{"majority reads disabled", 1, bson.D{{Key: "errorCode", Value: 148}}, fault.StoreUnavailable},
		{"anything else", 1, bson.D{{Key: "errorCode", Value: 2}}, fault.Internal},
		{"slow", 1, bson.D{{Key: "blockConnection", Value: true}, {Key: "blockTimeMS", Value: 900}}, fault.TooSlow},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := openIn(t, mongotest.Database(t))
			loadRows(t, s, ds, readings(ds, 0, 3))
			table := currentTable(t, s, ds)
			ctx := context.Background()
			arm := bson.D{{Key: "configureFailPoint", Value: "failCommand"}, {Key: "mode", Value: bson.D{{Key: "times", Value: test.times}}},
				{Key: "data", Value: append(bson.D{{Key: "failCommands", Value: bson.A{"aggregate"}}}, test.data...)}}
			if err := admin.RunCommand(ctx, arm).Err(); err != nil {
				t.Skipf("the server has no fail points: %v", err)
			}
			defer admin.RunCommand(ctx, bson.D{{Key: "configureFailPoint", Value: "failCommand"}, {Key: "mode", Value: "off"}})
			wait := time.Minute
			if test.name == "slow" {
				wait = 300 * time.Millisecond
			}
			limited, cancel := context.WithTimeout(ctx, wait)
			defer cancel()
			c, err := table.Run(limited, planOf(t, ds, datasets.Range, "{}"))
			if test.want != "" {
				wantCode(t, err, test.want)
			} else if err != nil {
				t.Error(err)
			}
			if c != nil {
				closing(t, c)
			}
		})
	}
}

func TestOptionsAreThoseGivenThenTheAddresssThenOurs(t *testing.T) {
	for _, test := range []struct {
		name, uri string
		given     Options
		pool      uint64
		wait      time.Duration
	}{
		{"ours", "mongodb://db.example", Options{}, 100, 2 * time.Second},
		{"the address's", "mongodb://db.example/?maxPoolSize=7&serverSelectionTimeoutMS=3000", Options{}, 7, 3 * time.Second},
		{"given", "mongodb://db.example/?maxPoolSize=7&serverSelectionTimeoutMS=3000", Options{PoolSize: 9, SelectTimeout: time.Second}, 9, time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := Open(test.uri, test.given)
			if err != nil {
				t.Fatal(err)
			}
			closeAfter(t, s)
			c := s.settings()
			if *c.MaxPoolSize != test.pool || *c.ServerSelectionTimeout != test.wait {
				t.Errorf("pool of %d and wait of %v, want %d and %v", *c.MaxPoolSize, *c.ServerSelectionTimeout, test.pool, test.wait)
			}
		})
	}
}

func TestWhatSaysMoreOfTheReadPreferenceNeedsNone(t *testing.T) {
	for _, test := range []struct {
		options   string
		mode      string
		staleness time.Duration
		tags      int
	}{
		{"maxStalenessSeconds=120", "primaryPreferred", 2 * time.Minute, 0},
		{"readPreferenceTags=dc:ny&readPreferenceTags=", "primaryPreferred", 0, 2},
		{"readPreference=nearest&maxStalenessSeconds=90&readPreferenceTags=dc:ny", "nearest", 90 * time.Second, 1},
	} {
		s, err := Open("mongodb://db.example/?"+test.options, Options{})
		if err != nil {
			t.Errorf("%s: %v", test.options, err)
			continue
		}
		closeAfter(t, s)
		got := s.settings().ReadPreference
		staleness, _ := got.MaxStaleness()
		if got.Mode().String() != test.mode || staleness != test.staleness || len(got.TagSets()) != test.tags {
			t.Errorf("%s: queries are read by %v", test.options, got)
		}
	}
}

// relay passes connections on to the server for tests, while it is started.
type relay struct {
	address, target string
	mu              sync.Mutex
	listener        net.Listener
	open            []net.Conn
	running         sync.WaitGroup
}

func newRelay(t *testing.T) *relay {
	t.Helper()
	target, err := url.Parse(mongotest.Server(t))
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{address: porttest.Address(t), target: target.Host}
	t.Cleanup(r.stop)
	return r
}

func (r *relay) start(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	r.listener = l
	r.running.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", r.target)
			if err != nil {
				_ = in.Close()
				continue
			}
			r.mu.Lock()
			r.open = append(r.open, in, out)
			r.mu.Unlock()
			for _, pair := range [][2]net.Conn{{in, out}, {out, in}} {
				r.running.Go(func() {
					_, _ = io.Copy(pair[0], pair[1])
					_ = pair[0].Close()
				})
			}
		}
	})
}

// cut ends all connections; new ones are taken.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.open {
		_ = c.Close()
	}
	r.open = nil
}

func (r *relay) stop() {
	if r.listener != nil {
		_ = r.listener.Close()
	}
	r.cut()
	r.running.Wait()
}

// TestAReplacedVersionStaysForTwoSecondsAtLeast holds what package mongodb rests
// on; a longer time is the caller's.
func TestAReplacedVersionStaysForTwoSecondsAtLeast(t *testing.T) {
	for keep, want := range map[time.Duration]time.Duration{
		0: 2 * time.Second, time.Second: 2 * time.Second, time.Minute: time.Minute,
	} {
		s, err := Open("mongodb://db.example", Options{Keep: keep})
		if err != nil {
			t.Fatal(err)
		}
		closeAfter(t, s)
		if s.options.Keep != want {
			t.Errorf("by Keep %v a version stays %v, want %v", keep, s.options.Keep, want)
		}
	}
}
