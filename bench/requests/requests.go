// Package requests measures small requests over HTTP: how many a second a
// server answers, and how late answers are at a constant rate below that.
package requests

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"

	"herbarium/bench/contest"
	"herbarium/bench/load"
	"herbarium/bench/peers"
)

// The contenders' names.
const (
	cached   = "herbarium, from the cache"
	uncached = "herbarium, no cache"
	bare     = "bare handler"
	bodyOnly = "bare handler, few headers"
	fastapi  = "fastapi and pymongo"
)

const (
	connections = 8
	// batch is how many requests one run of the contest is.
	batch = 5000
	// slow is how often what takes seconds for it runs.
	slow = 3
)

// side is a server that is asked.
type side struct {
	name    string
	path    string
	process *peers.Process
	rounds  int
	clients *load.Clients // once all servers have started
}

// sides are the servers of a run.
type sides struct {
	example *example
	all     []*side
	started []*peers.Process
}

// Measure asks Herbarium, with and without its cache, a bare handler that
// writes the same bytes, one that leaves most headers out, and FastAPI over
// documents.
func Measure(ctx context.Context, folder string, rounds int) (*contest.Result, *Latency, error) {
	example, err := newExample()
	if err != nil {
		return nil, nil, err
	}
	s := &sides{example: example}
	defer s.stop()
	want, err := s.start(ctx, folder)
	if err != nil {
		return nil, nil, err
	}
	throughput, err := s.contest(want).Run(ctx, rounds)
	if err != nil {
		return nil, nil, err
	}
	latency, err := latencyOf(ctx, s.all, throughput)
	return throughput, latency, err
}

// start starts the servers and returns what Herbarium answers.
func (s *sides) start(ctx context.Context, folder string) ([]byte, error) {
	path := s.example.path()
	process, err := peers.Herbarium(ctx, peers.Embedded)
	if err := s.add(&side{name: cached, path: path, process: process}, err); err != nil {
		return nil, err
	}
	want, err := s.ask(ctx, s.all[0])
	if err != nil {
		return nil, err
	}
	process, err = peers.Herbarium(ctx, peers.Embedded, "--cache", "0")
	if err := s.add(&side{name: uncached, path: path, process: process}, err); err != nil {
		return nil, err
	}
	header, err := s.header(ctx, s.all[0])
	if err != nil {
		return nil, err
	}
	process, err = peers.Bare(ctx, folder, &peers.Answer{Header: header, Body: want})
	if err := s.add(&side{name: bare, path: path, process: process}, err); err != nil {
		return nil, err
	}
	few := http.Header{"Content-Type": header["Content-Type"]}
	process, err = peers.Bare(ctx, folder, &peers.Answer{Header: few, Body: want})
	if err := s.add(&side{name: bodyOnly, path: path, process: process}, err); err != nil {
		return nil, err
	}
	process, err = s.documents(ctx, folder)
	if err := s.add(&side{name: fastapi, path: "/rows", process: process, rounds: slow}, err); err != nil {
		return nil, err
	}
	// A connection that says nothing while others start would be closed.
	for _, side := range s.all {
		if side.clients, err = s.dial(ctx, side, connections); err != nil {
			return nil, err
		}
	}
	return want, nil
}

// ask asks once.
func (s *sides) ask(ctx context.Context, side *side) ([]byte, error) {
	clients, err := s.dial(ctx, side, 1)
	if err != nil {
		return nil, err
	}
	defer clients.Close()
	return clients.Ask()
}

// header asks once and returns the answer's header.
func (s *sides) header(ctx context.Context, side *side) (http.Header, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, side.process.URL+side.path, bytes.NewReader(s.example.Query))
	if err != nil {
		return nil, err
	}
	r.Header = http.Header{"Content-Type": {"application/json"}}
	// A client that takes compressed answers would hide that this one is not.
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	return answer.Header, answer.Body.Close()
}

func (s *sides) dial(ctx context.Context, side *side, connections int) (*load.Clients, error) {
	request := load.Post(side.path, string(s.example.Query))
	return load.Dial(ctx, strings.TrimPrefix(side.process.URL, "http://"), request, connections)
}

// documents starts a MongoDB and FastAPI over it.
func (s *sides) documents(ctx context.Context, folder string) (*peers.Process, error) {
	mongodb, err := peers.MongoDB(ctx, folder)
	if err != nil {
		return nil, err
	}
	s.started = append(s.started, mongodb)
	csv, err := peers.Shipped(ctx, s.example.Dataset)
	if err != nil {
		return nil, err
	}
	return peers.DocumentsAPI(ctx, folder, mongodb.URL, peers.Documents{CSV: csv, Selector: s.example.Selector, Text: s.example.Text})
}

// add takes a server in, unless it did not start.
func (s *sides) add(side *side, err error) error {
	if err == nil {
		s.started, s.all = append(s.started, side.process), append(s.all, side)
	}
	return err
}

// stop ends all of them, the last first.
func (s *sides) stop() {
	for _, side := range s.all {
		if side.clients != nil {
			side.clients.Close()
		}
	}
	for i := len(s.started) - 1; i >= 0; i-- {
		s.started[i].Stop()
	}
}

// contest lets the servers answer as fast as they can.
func (s *sides) contest(want []byte) *contest.Contest {
	c := &contest.Contest{
		Name: "S8",
		What: fmt.Sprintf("%s, %d rows, %d connections that stay open, asked again as soon as answered",
			s.example.path(), s.example.Rows, connections),
		Units: batch,
		Unit:  "requests",
		Goals: []contest.Goal{
			{Contender: cached, Against: bare, Times: 0.9}, {Contender: uncached, Against: bare, Times: 0.5},
			{Contender: cached, Against: fastapi, Times: 50}, {Contender: uncached, Against: fastapi, Times: 30},
		},
		Check: func(context.Context) error {
			for _, side := range s.all {
				got, err := side.clients.Ask()
				if err == nil {
					err = s.example.check(want, got)
				}
				if err != nil {
					return fmt.Errorf("%s: %w", side.name, err)
				}
			}
			return nil
		},
	}
	for _, side := range s.all {
		c.Contenders = append(c.Contenders, contest.Contender{Name: side.name, Rounds: side.rounds,
			Run: func(ctx context.Context) error { return side.clients.Saturate(ctx, batch) }})
	}
	return c
}
