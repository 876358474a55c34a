//go:build unix

package mongodb

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"herbarium/engine/fault"
	"herbarium/engine/internal/mongotest"
	"herbarium/engine/internal/torture"
	"herbarium/loaders"
)

// TestAKilledDatabaseLeavesNoHalfOfACopy kills the database itself at random moments of
// loads and of copies into a mirror, in turn, and starts it again on the same data, while somebody
// asks the mirror without a pause. What is mirrored afterwards is what is published, and
// nobody saw what never was.
func TestAKilledDatabaseLeavesNoHalfOfACopy(t *testing.T) {
	server, dir := mongotest.Start(t), t.TempDir()
	open := func() *Store {
		s, err := openTorture(server.URI, "herbarium_torture")
		if err != nil {
			t.Fatal(err)
		}
		s.retryTime = 2 * tortureLease
		return s
	}
	s, behind := open(), open()
	closeAfter(t, s)
	m := openMirror(behind, dir)
	t.Cleanup(func() {
		if err := m.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	published, mirrored := int64(0), int64(0)
	load := func(number int64) func() error {
		return func() error { return loadAfterLease(s, number) }
	}
	mirror := func() (err error) {
		behind.publications.forget("numbered")
		mirrored, err = mirroredNumber(m)
		return err
	}
	var loading, copying time.Duration // what they took last without a kill
	if err := killDuring(t, server, false, &loading, load(1)); err != nil {
		t.Fatal(err)
	}
	if err := killDuring(t, server, false, &copying, mirror); err != nil {
		t.Fatal(err)
	}
	// What stands in for MongoDB does not open again after a kill soon after it made its first tables.
	server.Stop(t)
	server.Again(t)
	all := []int64{1} // that were published
	ctx, cancel := context.WithCancel(t.Context())
	seen := make(chan map[int64]int)
	go func() { seen <- readNumbers(ctx, t, loaders.Replace, m) }()
	most, said := torture.Times(t)
	if !said {
		most = 3
	}
	lost, cut := 0, 0
	for killed := range most {
		number, before := int64(killed)+2, all[len(all)-1]
		inLoad := killed%2 == 0
		if err := killDuring(t, server, inLoad, &loading, load(number)); err != nil && !inLoad {
			t.Fatal(err)
		}
		var err error
		if published, err = numberReached(t, s, loaders.Replace); err != nil || published != number && published != before {
			t.Fatalf("load %d is published after load %d and an attempt at load %d, %v", published, before, number, err)
		}
		if published == number {
			all = append(all, number)
		} else {
			lost++
		}
		if err := killDuring(t, server, !inLoad, &copying, mirror); err != nil {
			cut++
		}
		if err := reached(t, mirror); err != nil || mirrored != published {
			t.Fatalf("after %d kills, load %d is mirrored and load %d published, %v", killed+1, mirrored, published, err)
		}
	}
	cancel()
	answers := <-seen
	for number := range answers {
		if !slices.Contains(all, number) {
			t.Errorf("load %d was seen, and never published", number)
		}
	}
	stats := m.MirrorStats().Datasets[0]
	t.Logf("the database was killed %d times: %d loads published, %d lost, %d copies cut and %d made; %d answers in the meantime",
		most, len(all), lost, cut, stats.Filled, total(answers))
	if stats.Damaged > 0 {
		t.Errorf("%d copies were damaged", stats.Damaged)
	}
}

// killDuring kills the server, if so, at a random moment of work or shortly after it, and starts it again
// behind that. It notes what the work takes where it does not.
func killDuring(t *testing.T, server *mongotest.Started, kill bool, took *time.Duration, work func() error) error {
	t.Helper()
	if !kill {
		began := time.Now()
		err := work()
		*took = time.Since(began)
		return err
	}
	killed := make(chan struct{})
	time.AfterFunc(rand.N(*took+*took/4+time.Millisecond), func() {
		server.Kill()
		close(killed)
	})
	err := work()
	<-killed
	server.Again(t)
	return err
}

// loadAfterLease loads the number once the lease of a load that was cut off is over.
func loadAfterLease(s *Store, number int64) error {
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		err := loadNumber(s, loaders.Replace, number)
		if fault.CodeOf(err) != fault.LoadRunning || time.Since(began) > 5*tortureLease {
			return err
		}
	}
}
