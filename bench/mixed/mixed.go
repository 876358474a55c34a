// Package mixed measures how late the answers of a server are that many ask many
// things while its rows are replaced (S9).
package mixed

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"herbarium/bench/contest"
	"herbarium/bench/data"
	"herbarium/bench/load"
	"herbarium/bench/peers"
)

const (
	connections = 8
	// batch is how many requests one measuring of the most is.
	batch = 4000
	// during is how long the rate is held.
	during = 10 * time.Second
	// share of the most that the server answers.
	share = 0.5
	// pause is from the begin of one load to that of the next.
	pause = time.Second
)

// Measure serves two datasets from a kept store and asks for both while the
// rows of one are replaced, with a folder for files that may go afterwards.
func Measure(ctx context.Context, folder string, rows, rounds int, seed uint64) (*Mixed, error) {
	s, err := newServer(ctx, folder, rows, seed)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	most, err := most(ctx, s.clients, rounds)
	if err != nil {
		return nil, err
	}
	m := &Mixed{Name: "S9", Most: most, What: fmt.Sprintf("half of %.0f requests/s, a mix of %d kinds over %d connections, from when each was meant to start, while every second a load of %d rows publishes",
		most, len(s.asks), connections, rows)}
	quiet, err := s.clients.Open(ctx, share*most, during)
	if err != nil {
		return nil, err
	}
	m.add("all, while nothing is loaded", quiet, 0)
	busy, err := s.whileLoading(ctx, s.clients, share*most)
	if err != nil {
		return nil, err
	}
	m.Loads = s.loads
	m.add("all, while loads publish", busy, maxTimes)
	if err := s.floor(ctx, m, rounds); err != nil {
		return nil, err
	}
	for kind, a := range s.asks {
		m.add(a.name, busy.Of(kind), 0)
	}
	return m, nil
}

// floor asks a bare handler for one of the answers, at half of its own most,
// with and without the same loads beside it: what a server of these clients on
// this machine has that does nothing.
func (s *server) floor(ctx context.Context, m *Mixed, rounds int) error {
	first := s.asks[0]
	process, err := peers.Bare(ctx, s.folder, &peers.Answer{Header: http.Header{"Content-Type": {"application/json"}}, Body: first.wants[0][0]})
	if err != nil {
		return err
	}
	defer process.Stop()
	clients, err := load.Dial(ctx, strings.TrimPrefix(process.URL, "http://"), first.request(0), connections)
	if err != nil {
		return err
	}
	defer clients.Close()
	most, err := most(ctx, clients, rounds)
	if err != nil {
		return err
	}
	quiet, err := clients.Open(ctx, share*most, during)
	if err != nil {
		return err
	}
	m.add("a bare handler, while nothing is loaded", quiet, 0)
	busy, err := s.whileLoading(ctx, clients, share*most)
	m.add("a bare handler, while loads publish", busy, 0)
	return err
}

// server is the server, what it is asked, and what is loaded into its store.
type server struct {
	binary   string
	folder   string
	store    string
	changing string    // the dataset whose rows are replaced
	files    [2]string // its rows in turn
	process  *peers.Process
	asks     []*ask
	clients  *load.Clients
	loads    int
}

func newServer(ctx context.Context, folder string, rows int, seed uint64) (*server, error) {
	s := &server{folder: folder, store: "file:" + filepath.Join(folder, "store")}
	still, err := data.Wide(10_000, seed)
	if err != nil {
		return nil, err
	}
	if _, err := still.WriteFolder(folder); err != nil {
		return nil, err
	}
	for i := range s.files {
		table, err := data.Measurements{Rows: rows, Seed: seed + uint64(i), Order: data.Random, GroupBy: "kind"}.Table()
		if err != nil {
			return nil, err
		}
		written, err := table.WriteFolder(folder)
		if err != nil {
			return nil, err
		}
		s.changing, s.files[i] = table.Dataset.Name, fmt.Sprintf("%s-%d", written, i)
		if err := os.Rename(written, s.files[i]); err != nil {
			return nil, err
		}
	}
	if s.binary, err = peers.Build(ctx); err != nil {
		return nil, err
	}
	if err := s.load(ctx, still.Dataset.Name); err != nil {
		return nil, err
	}
	if err := s.publish(ctx); err != nil {
		return nil, err
	}
	if s.process, err = peers.Herbarium(ctx, folder, "--store", s.store); err != nil {
		return nil, err
	}
	s.asks = asksOf(still.Dataset.Name, s.changing)
	if err := s.learn(ctx); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// load loads a dataset from files, or from its descriptor's data.
func (s *server) load(ctx context.Context, dataset string, files ...string) error {
	return peers.LoadWith(ctx, s.binary, dataset, append(files, "--datasets", s.folder, "--store", s.store)...)
}

// publish replaces the rows by the others.
func (s *server) publish(ctx context.Context) error {
	err := s.load(ctx, s.changing, s.files[s.loads%2], "--input-format", "csv")
	s.loads++
	return err
}

// learn connects, and asks for the answers of both versions.
func (s *server) learn(ctx context.Context) (err error) {
	next := func(i int64) load.Request {
		kind := int(i) % len(s.asks)
		return s.asks[kind].next(kind)
	}
	if s.clients, err = load.DialMix(ctx, strings.TrimPrefix(s.process.URL, "http://"), next, connections); err != nil {
		return err
	}
	for _, a := range s.asks {
		if err := a.learn(s.clients); err != nil {
			return err
		}
	}
	if err := s.publish(ctx); err != nil {
		return err
	}
	// A server follows its store within a second.
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(2 * time.Second):
	}
	for _, a := range s.asks {
		if err := a.learn(s.clients); err != nil {
			return err
		}
	}
	if first := s.asks[0]; len(first.wants[0]) != 2 {
		return errors.New("the server does not follow its store")
	}
	return nil
}

func (s *server) stop() {
	if s.clients != nil {
		s.clients.Close()
	}
	s.process.Stop()
}

// most returns how many requests a second of the clients are answered at most,
// the median of rounds after one that does not count.
func most(ctx context.Context, clients *load.Clients, rounds int) (float64, error) {
	var rates []float64
	for range rounds + 1 {
		began := time.Now()
		if err := clients.Saturate(ctx, batch); err != nil {
			return 0, err
		}
		rates = append(rates, batch/time.Since(began).Seconds())
	}
	return contest.Median(rates[1:]), nil
}

// whileLoading asks at the rate while one load after the other publishes.
func (s *server) whileLoading(ctx context.Context, clients *load.Clients, rate float64) (*load.Latencies, error) {
	s.loads = 0
	loading, stop := context.WithCancel(ctx)
	failed := make(chan error, 1)
	go func() { failed <- s.publishAgain(loading) }()
	l, err := clients.Open(ctx, rate, during)
	stop()
	return l, errors.Join(err, <-failed)
}

func (s *server) publishAgain(ctx context.Context) error {
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for ctx.Err() == nil {
		// A load that has begun ends, or its end would be taken for a fault.
		if err := s.publish(context.WithoutCancel(ctx)); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
	return nil
}
