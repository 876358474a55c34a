//go:build unix

package mongodb

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"herbarium/datasets"
	"herbarium/engine"
)

// The variables of the torture test.
const (
	tortureTimes    = "HERBARIUM_TORTURE"          // how often a load is killed
	tortureDatabase = "HERBARIUM_TORTURE_DATABASE" // makes this process the one that is killed
	tortureFirst    = "HERBARIUM_TORTURE_FIRST"    // the number that its first load loads
)

const (
	// tortureRows are sent in ten chunks.
	tortureRows  = 1000
	tortureChunk = 100
	// tortureLease is shorter than that of other loads, to wait less, and
	// longer than what a killed load asked for last may take.
	tortureLease = time.Second
)

// numbered is a dataset whose rows all have the number of their load.
const numbered = "dataset: numbered\nfields: {load: {type: integer}, half: {type: string, enum: [first, second]}}\n"

func TestMain(m *testing.M) {
	if database := os.Getenv(tortureDatabase); database != "" {
		first, _ := strconv.ParseInt(os.Getenv(tortureFirst), 10, 64)
		os.Exit(loadForEver(database, first))
	}
	goleak.VerifyTestMain(m)
}

// loadForEver loads rows of the number first, then of the next one, and so on,
// and says so.
func loadForEver(database string, first int64) int {
	s, err := openTorture(os.Getenv("HERBARIUM_TEST_MONGODB"), database)
	if err != nil {
		fmt.Println("failed", err)
		return 1
	}
	for number := first; ; number++ {
		fmt.Println("begin", number)
		if err := loadNumber(s, number); err != nil {
			fmt.Println("failed", err)
			return 1
		}
		fmt.Println("done", number)
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

// loadNumber replaces all rows by those of the number.
func loadNumber(s *Store, number int64) error {
	ds, err := numberedDataset()
	if err != nil {
		return err
	}
	ctx := context.Background()
	l, err := s.Begin(ctx, ds)
	if err != nil {
		return err
	}
	loads := engine.Vector{Type: datasets.Integer, Ints: make([]int64, tortureRows), Valid: make([]uint64, tortureRows/64+1)}
	halves := engine.Vector{Type: datasets.String, Dict: []string{"first", "second"}, Codes: make([]uint32, tortureRows), Valid: loads.Valid}
	for i := range tortureRows {
		loads.Ints[i], halves.Codes[i] = number, uint32(2*i/tortureRows)
		loads.Valid[i/64] |= 1 << (i % 64)
	}
	if err = l.Write(ctx, &engine.Batch{Rows: tortureRows, Columns: []engine.Vector{loads, halves}}); err == nil {
		_, err = l.Commit(ctx)
	}
	if err != nil {
		return errors.Join(err, l.Abort(ctx))
	}
	return nil
}

// numberOf asks for all rows that the query picks, and returns the number that
// each of them has.
func numberOf(s *Store, query string, want int) (number int64, err error) {
	ds, err := numberedDataset()
	if err != nil {
		return 0, err
	}
	q, err := engine.ParseQuery(ds, datasets.Range, []byte(query))
	if err != nil {
		return 0, err
	}
	plan, err := engine.NewPlan(q, datasets.Range)
	if err != nil {
		return 0, err
	}
	ctx := context.Background()
	table, err := s.Table(ctx, ds)
	if err != nil {
		return 0, err
	}
	cursor, err := table.Run(ctx, plan)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, cursor.Close()) }()
	rows := 0
	for {
		b, err := cursor.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, err
		}
		for i := range b.Rows {
			if rows++; rows == 1 {
				number = b.Columns[0].Ints[0]
			}
			if got := b.Columns[0].Ints[i]; got != number {
				return 0, fmt.Errorf("row %d is of load %d among those of %d", rows, got, number)
			}
		}
	}
	if rows != want {
		return 0, fmt.Errorf("load %d has %d rows, want %d", number, rows, want)
	}
	return number, nil
}

// killLoads starts loads of the numbers from first on in a process of their
// own, kills it at a random moment, and returns the last number that it said
// it had loaded; first-1 if none.
func killLoads(t *testing.T, database string, first int64, within time.Duration) int64 {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	loads := exec.Command(binary)
	loads.Env = append(os.Environ(), tortureDatabase+"="+database, fmt.Sprintf("%s=%d", tortureFirst, first))
	out, err := loads.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := loads.Start(); err != nil {
		t.Fatal(err)
	}
	done, begun := first-1, false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		word, value, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case "begin":
			if !begun {
				begun = true
				time.AfterFunc(time.Duration(rand.Int64N(int64(within))), func() { _ = loads.Process.Kill() })
			}
		case "done":
			if done, err = strconv.ParseInt(value, 10, 64); err != nil {
				t.Fatal(err)
			}
		default:
			t.Errorf("the loads said %q", lines.Text())
		}
	}
	_ = loads.Wait() // killed
	return done
}

// kills returns how often a load is killed: 10 times, or as often as
// HERBARIUM_TORTURE says.
func kills(t *testing.T) int {
	t.Helper()
	text := os.Getenv(tortureTimes)
	if text == "" {
		return 10
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%s is no number", tortureTimes, text)
	}
	return n
}

// TestAKilledLoadLeavesTheOldVersionOrTheNewOne kills loads at random moments
// while a reader asks without a pause.
func TestAKilledLoadLeavesTheOldVersionOrTheNewOne(t *testing.T) {
	db := testDatabase(t)
	open := func() *Store {
		s, err := openTorture(server(t), db.Name())
		if err != nil {
			t.Fatal(err)
		}
		closeAfter(t, s)
		return s
	}
	s, start := open(), time.Now()
	if err := loadNumber(s, 1); err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	ctx, cancel := context.WithCancel(t.Context())
	answers, reader := make(chan int), open()
	go func() { answers <- readNumbers(ctx, t, reader) }()
	published, left := int64(1), 0
	for range kills(t) {
		done := killLoads(t, db.Name(), published+1, 3*took)
		number, err := numberOf(open(), "{}", tortureRows)
		if err != nil || number != done && number != done+1 {
			t.Errorf("load %d is there after load %d was published, %v", number, done, err)
		}
		if debris(t, s) > 0 {
			left++
		}
		published = number + 1
		nextLoad(t, s, published)
		if n := debris(t, s); n > 0 {
			t.Errorf("after the next load, %d collections of dead loads are left", n)
		}
	}
	cancel()
	t.Logf("%d loads published, %d answers in the meantime, %d kills left something behind", published, <-answers, left)
}

// readNumbers asks until ctx ends, for all rows and for the second half in
// turn, and returns how often.
func readNumbers(ctx context.Context, t *testing.T, s *Store) (answers int) {
	for last := int64(0); ctx.Err() == nil; answers++ {
		query, want := "{}", tortureRows
		if answers%2 == 1 {
			query, want = `{"half":"second"}`, tortureRows/2
		}
		number, err := numberOf(s, query, want)
		if err != nil || number < last {
			t.Errorf("answer %d is of load %d after %d, %v", answers, number, last, err)
			return answers
		}
		last = number
	}
	return answers
}

// nextLoad loads once the lease of the killed process is over.
func nextLoad(t *testing.T, s *Store, number int64) {
	t.Helper()
	for deadline := time.Now().Add(5 * tortureLease); ; time.Sleep(20 * time.Millisecond) {
		err := loadNumber(s, number)
		if err == nil {
			return
		}
		if engine.CodeOf(err) != engine.LoadRunning || time.Now().After(deadline) {
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
	p, err := s.readPublication(context.Background(), ds.Collection)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range collections(t, s, ds) {
		if !p.holds(name) {
			n++
		}
	}
	return n
}
