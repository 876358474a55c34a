//go:build unix

package mongodb

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/internal/mongotest"
	"herbarium/engine/internal/torture"
	"herbarium/engine/query"
	"herbarium/loaders"
)

// The variables of a process that is killed.
const (
	tortureDatabase = "HERBARIUM_TORTURE_DATABASE" // makes this process one
	tortureMode     = "HERBARIUM_TORTURE_MODE"     // of its loads
)

const (
	// tortureRows are sent in ten chunks.
	tortureRows  = 1000
	tortureChunk = 100
	// tortureLease is shorter than that of other loads, to wait less, and
	// longer than what a killed load asked for last may take.
	tortureLease = time.Second
)

// numbered is a dataset whose rows have the number of their load.
const numbered = `dataset: numbered
key: [id]
fields: {load: {type: integer}, half: {type: string, enum: [first, second]}, id: {type: integer}}
`

func TestMain(m *testing.M) {
	if database := os.Getenv(tortureDatabase); database != "" {
		if dir := os.Getenv(tortureMirror); dir != "" {
			os.Exit(torture.Loads(mirrorsOf(database, dir)))
		}
		os.Exit(torture.Loads(loadsInto(database)))
	}
	goleak.VerifyTestMain(m)
}

// loadsInto returns what loads a number into the database.
func loadsInto(database string) func(number int64) error {
	mode, err := loaders.ParseMode(os.Getenv(tortureMode))
	var s *Store
	if err == nil {
		s, err = openTorture(os.Getenv("HERBARIUM_TEST_MONGODB"), database)
	}
	return func(number int64) error {
		if err != nil {
			return err
		}
		return loadNumber(s, mode, number)
	}
}

func openTorture(uri, database string) (*Store, error) {
	s, err := Open(uri, Options{Database: database, Keep: 5 * time.Second, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	s.leaseTime, s.chunkRows = tortureLease, tortureChunk
	return s, nil
}

func numberedDataset() (*datasets.Dataset, error) {
	return datasets.Parse("numbered.yaml", []byte(numbered), nil)
}

// loadNumber loads the rows of the number: over all that are there, or in the
// mode append behind them.
func loadNumber(s *Store, mode loaders.Mode, number int64) error {
	ds, err := numberedDataset()
	if err != nil {
		return err
	}
	var rows strings.Builder
	rows.WriteString("load,half,id\n")
	for i := range int64(tortureRows) {
		id, half := i, "first"
		if mode == loaders.Append {
			id += number * tortureRows
		}
		if 2*i >= tortureRows {
			half = "second"
		}
		fmt.Fprintf(&rows, "%d,%s,%d\n", number, half, id)
	}
	source := loaders.Source{Name: "numbers.csv", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(rows.String())), nil
	}}
	_, err = loaders.Load(context.Background(), s, ds, []loaders.Source{source}, loaders.Options{Mode: mode})
	return err
}

// numberOf asks for all rows that the query picks, of which each load has so
// many, and returns the number of the last load. In the mode append each load's
// rows have to be there, else those of one alone.
func numberOf(s engine.Store, mode loaders.Mode, body string, want int) (number int64, err error) {
	ds, err := numberedDataset()
	if err != nil {
		return 0, err
	}
	q, err := query.Parse(ds, datasets.Range, []byte(body))
	if err != nil {
		return 0, err
	}
	p, err := q.Plan()
	if err != nil {
		return 0, err
	}
	rows := 0
	ctx, cancel := context.WithTimeout(context.Background(), stallTime)
	defer cancel()
	err = eachBatch(ctx, s, ds, p, func(b *engine.Batch) error {
		for i := range b.Rows {
			switch {
			case mode == loaders.Append:
				number = int64(rows/want) + 1
			case rows == 0:
				number = b.Columns[0].Ints[0]
			}
			rows++
			if got := b.Columns[0].Ints[i]; got != number {
				return fmt.Errorf("row %d is of load %d among those of %d", rows, got, number)
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	if mode == loaders.Append {
		want *= int(number)
	}
	if rows != want {
		return 0, fmt.Errorf("load %d has %d rows, want %d", number, rows, want)
	}
	return number, nil
}

// modeName is the mode as ParseMode reads it.
func modeName(mode loaders.Mode) string {
	if mode == loaders.Replace {
		return "replace"
	}
	return string(mode)
}

// kills returns how often a load is killed, and for how long at most: as often
// as HERBARIUM_TORTURE says, however long that takes, or 10 times in a minute.
func kills(t *testing.T) (most int, within time.Duration) {
	t.Helper()
	most, said := torture.Times(t)
	if said {
		return most, time.Duration(math.MaxInt64)
	}
	return most, time.Minute
}

// Some servers stall for minutes where a client died in the middle of a command. That is their
// fault; what is there afterwards is ours. Nothing waits longer than stallTime for one answer,
// nor than longestStall for all.
const (
	stallTime    = 20 * time.Second
	longestStall = 5 * time.Minute
)

// reached calls work until the store answers it.
func reached(t *testing.T, work func() error) error {
	t.Helper()
	for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		err := work()
		if took := time.Since(began); !outOfReach(err) || took > longestStall {
			if took > stallTime {
				t.Logf("the server did not answer for %v", took)
			}
			return err
		}
	}
}

// numberReached returns the number of the last load, once the store answers.
func numberReached(t *testing.T, s *Store, mode loaders.Mode) (number int64, err error) {
	t.Helper()
	err = reached(t, func() (err error) {
		number, err = numberOf(s, mode, "{}", tortureRows)
		return err
	})
	return number, err
}

func outOfReach(err error) bool {
	code := fault.CodeOf(err)
	return err != nil && (code == fault.StoreUnavailable || code == fault.Overloaded || code == fault.TooSlow)
}

// TestAKilledLoadLeavesTheOldVersionOrTheNewOne kills loads of each mode at
// random moments while a reader asks without a pause.
func TestAKilledLoadLeavesTheOldVersionOrTheNewOne(t *testing.T) {
	for _, mode := range []loaders.Mode{loaders.Replace, loaders.Append, loaders.Upsert} {
		t.Run(modeName(mode), func(t *testing.T) { tortureLoads(t, mode) })
	}
}

func tortureLoads(t *testing.T, mode loaders.Mode) {
	db := mongotest.Database(t)
	open := func() *Store {
		s, err := openTorture(mongotest.Server(t), db.Name())
		if err != nil {
			t.Fatal(err)
		}
		closeAfter(t, s)
		return s
	}
	s, start := open(), time.Now()
	if err := loadNumber(s, mode, 1); err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	ctx, cancel := context.WithCancel(t.Context())
	answers, reader := make(chan map[int64]int), open()
	go func() { answers <- readNumbers(ctx, t, mode, reader) }()
	published, left := int64(1), 0
	most, within := kills(t)
	for begun, killed := time.Now(), 0; killed < most && time.Since(begun) < within; killed++ {
		done := torture.Kill(t, published+1, 3*took, tortureDatabase+"="+db.Name(), tortureMode+"="+modeName(mode))
		number, err := numberReached(t, open(), mode)
		if err != nil || number != done && number != done+1 {
			t.Errorf("load %d is there after load %d was published, %v", number, done, err)
		}
		if debris(t, s) > 0 {
			left++
		}
		published = number + 1
		nextLoad(t, s, mode, published)
		if n := debris(t, s); n > 0 {
			t.Errorf("after the next load, %d collections of dead loads are left", n)
		}
	}
	cancel()
	t.Logf("%d loads published, %d answers in the meantime, %d kills left something behind", published, total(<-answers), left)
}

// readNumbers asks until ctx ends, for all rows and for the second half in
// turn, and returns how often it was answered with which load. None is of a load before
// the one that was seen last.
func readNumbers(ctx context.Context, t *testing.T, mode loaders.Mode, s engine.Store) map[int64]int {
	seen := map[int64]int{}
	for last, answers := int64(0), 0; ctx.Err() == nil; {
		query, want := "{}", tortureRows
		if answers%2 == 1 {
			query, want = `{"half":"second"}`, tortureRows/2
		}
		number, err := numberOf(s, mode, query, want)
		if outOfReach(err) {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		if err != nil || number < last {
			t.Errorf("answer %d is of load %d after %d, %v", answers, number, last, err)
			return seen
		}
		last = number
		seen[number]++
		answers++
	}
	return seen
}

// total adds up how often there was an answer.
func total(answers map[int64]int) (n int) {
	for _, times := range answers {
		n += times
	}
	return n
}

// nextLoad loads once the lease of the killed process is over.
func nextLoad(t *testing.T, s *Store, mode loaders.Mode, number int64) {
	t.Helper()
	waited := time.Now()
	for {
		err := loadNumber(s, mode, number)
		switch {
		case err == nil:
			return
		case fault.CodeOf(err) == fault.LoadRunning && time.Since(waited) < 5*tortureLease:
			time.Sleep(20 * time.Millisecond)
		case outOfReach(err):
			// It may have published and not have heard of it.
			there, err := numberReached(t, s, mode)
			if err != nil {
				t.Fatalf("after the next load, which lost the store: %v", err)
			}
			if there == number {
				return
			}
			waited = time.Now()
		default:
			t.Fatalf("the next load: %v", err)
		}
	}
}

// debris counts the collections of loads that stand in no publication.
func debris(t *testing.T, s *Store) (n int) {
	t.Helper()
	ds, err := numberedDataset()
	if err != nil {
		t.Fatal(err)
	}
	var p *publication
	var all []string
	err = reached(t, func() (err error) {
		ctx, cancel := context.WithTimeout(context.Background(), stallTime)
		defer cancel()
		if p, err = s.readPublication(ctx, ds.Collection, nil); err == nil {
			all, err = listCollections(ctx, s, ds)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range all {
		if !p.holds(name) {
			n++
		}
	}
	return n
}
