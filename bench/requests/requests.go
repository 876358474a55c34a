// Package requests measures small requests over HTTP: how many a second a
// server answers, and how late answers are at a constant rate below that.
package requests

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
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
)

// example is a path and, below it, the body of a POST.
//
//go:embed example.txt
var example string

// wantRows is how many rows answer it.
const wantRows = 16

const (
	connections = 8
	// batch is how many requests one run of the contest is.
	batch = 5000
)

// side is a server that is asked.
type side struct {
	name    string
	process *peers.Process
	clients *load.Clients
}

// Measure asks Herbarium, with and without its cache, and a bare handler that
// writes the same bytes.
func Measure(ctx context.Context, folder string, rounds int) (*contest.Result, *Latency, error) {
	path, query, _ := strings.Cut(strings.TrimSpace(example), "\n")
	var sides []*side
	defer func() {
		for _, s := range sides {
			s.clients.Close()
			s.process.Stop()
		}
	}()
	add := func(name string, process *peers.Process, err error) ([]byte, error) {
		if err != nil {
			return nil, err
		}
		clients, err := load.Dial(ctx, strings.TrimPrefix(process.URL, "http://"), load.Post(path, query), connections)
		if err != nil {
			process.Stop()
			return nil, err
		}
		sides = append(sides, &side{name, process, clients})
		return clients.Ask()
	}
	process, err := peers.Herbarium(ctx, peers.Embedded)
	body, err := add(cached, process, err)
	if err != nil {
		return nil, nil, err
	}
	process, err = peers.Herbarium(ctx, peers.Embedded, "--cache", "0")
	if _, err := add(uncached, process, err); err != nil {
		return nil, nil, err
	}
	process, err = peers.Bare(ctx, folder, body)
	if _, err := add(bare, process, err); err != nil {
		return nil, nil, err
	}
	throughput, err := contestOf(path, sides, body).Run(ctx, rounds)
	if err != nil {
		return nil, nil, err
	}
	latency, err := latencyOf(ctx, sides, throughput)
	return throughput, latency, err
}

func contestOf(path string, sides []*side, body []byte) *contest.Contest {
	c := &contest.Contest{
		Name:  "S8",
		What:  fmt.Sprintf("%s, %d rows, %d connections that stay open, asked again as soon as answered", path, wantRows, connections),
		Units: batch,
		Unit:  "requests",
		Goals: []contest.Goal{{Contender: cached, Against: bare, Times: 0.9}, {Contender: uncached, Against: bare, Times: 0.5}},
		Check: func(context.Context) error {
			if rows := bytes.Count(body, []byte("{")); rows != wantRows {
				return fmt.Errorf("there are %d rows", rows)
			}
			for _, s := range sides {
				if got, err := s.clients.Ask(); err != nil || !bytes.Equal(got, body) {
					return fmt.Errorf("%s: %d bytes, not the %d: %w", s.name, len(got), len(body), err)
				}
			}
			return nil
		},
	}
	for _, s := range sides {
		c.Contenders = append(c.Contenders, contest.Contender{Name: s.name,
			Run: func(ctx context.Context) error { return s.clients.Saturate(ctx, batch) }})
	}
	return c
}
