//go:build unix

package mongodb

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/fault"
	"herbarium/engine/internal/mongotest"
	"herbarium/engine/internal/torture"
	"herbarium/engine/mirror"
	"herbarium/loaders"
)

// tortureMirror makes a process that is killed one that fills and asks a mirror in the
// folder, and loads.
const tortureMirror = "HERBARIUM_TORTURE_MIRROR"

// openMirror opens a mirror in the folder of what the store has.
func openMirror(s engine.Store, dir string) *mirror.Store {
	return mirror.New(s, mirror.Options{Mode: mirror.Auto, Budget: 1 << 30, Copies: columnar.CopyOptions{Dir: dir}, Logger: slog.New(slog.DiscardHandler)})
}

// mirrorsOf returns what loads a number, copies the version into the mirror, and asks it.
func mirrorsOf(database, dir string) func(number int64) error {
	s, err := openTorture(os.Getenv("HERBARIUM_TEST_MONGODB"), database)
	var m *mirror.Store
	if err == nil {
		m = openMirror(s, dir)
	}
	return func(number int64) error {
		if err != nil {
			return err
		}
		if err := loadNumber(s, loaders.Replace, number); err != nil {
			return err
		}
		got, err := mirroredNumber(m)
		if err == nil && got != number {
			err = errors.New("another load is mirrored")
		}
		return err
	}
}

// mirroredNumber has the current version copied, and returns its number from the copy.
func mirroredNumber(m *mirror.Store) (int64, error) {
	ds, err := numberedDataset()
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), stallTime)
	defer cancel()
	if err := m.Copy(ctx, ds); errors.Is(err, context.DeadlineExceeded) {
		return 0, &fault.Error{Code: fault.TooSlow, Err: err}
	} else if err != nil {
		return 0, err
	}
	t, err := m.Table(ctx, ds)
	if err != nil {
		return 0, err
	}
	if way := t.Info().Way; way != engine.ByMirror {
		return 0, errors.New("there is a copy, and the way is " + string(way))
	}
	return numberOf(m, loaders.Replace, "{}", tortureRows)
}

// TestAKilledServerLeavesNoHalfOfACopy kills processes that load, copy and ask at random
// moments, while another one asks a mirror in the same folder. To that one, the database
// is away now and then.
func TestAKilledServerLeavesNoHalfOfACopy(t *testing.T) {
	db, dir := mongotest.Database(t), t.TempDir()
	s, err := openTorture(mongotest.Server(t), db.Name())
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, s)
	proxy := mongotest.NewProxy(t, func(_ context.Context, c mongotest.Command, pass func(bson.Raw) bson.Raw) bson.Raw {
		return pass(c.Raw)
	})
	behind, err := openTorture("mongodb://"+proxy.Address, db.Name())
	if err != nil {
		t.Fatal(err)
	}
	m := openMirror(behind, dir)
	t.Cleanup(func() {
		if err := m.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	start := time.Now()
	if err := loadNumber(s, loaders.Replace, 1); err != nil {
		t.Fatal(err)
	}
	if number, err := mirroredNumber(m); number != 1 || err != nil {
		t.Fatalf("load %d is mirrored, %v", number, err)
	}
	took := time.Since(start)
	ctx, cancel := context.WithCancel(t.Context())
	answers := make(chan map[int64]int)
	go func() { answers <- readNumbers(ctx, t, loaders.Replace, m) }()
	published := int64(1)
	most, within := kills(t)
	for begun, killed := time.Now(), 0; killed < most && time.Since(begun) < within; killed++ {
		if killed%2 == 1 {
			proxy.Stop()
			time.AfterFunc(rand.N(took), func() { proxy.Start(t) })
		}
		done := torture.Kill(t, published+1, 3*took, tortureDatabase+"="+db.Name(), tortureMirror+"="+dir)
		var number int64
		err := reached(t, func() (err error) {
			behind.publications.forget("numbered")
			number, err = mirroredNumber(m)
			return err
		})
		if err != nil || number != done && number != done+1 {
			t.Errorf("load %d is mirrored after load %d was published, %v", number, done, err)
		}
		published = number + 1
		nextLoad(t, s, loaders.Replace, published)
	}
	cancel()
	stats := m.MirrorStats()
	t.Logf("%d loads published, %d answers in the meantime; %+v", published, total(<-answers), stats.Datasets[0].Filled)
	if n := stats.Datasets[0]; n.Damaged > 0 {
		t.Errorf("%d copies were damaged", n.Damaged)
	}
}
