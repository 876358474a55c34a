// Package apis asks Herbarium over HTTP what ROAPI and Datasette can answer too:
// a filtered page, and means by group.
package apis

import (
	"context"
	"fmt"
	"net/http"

	"herbarium/bench/contest"
	"herbarium/bench/data"
	"herbarium/bench/peers"
)

// The contenders' names.
const (
	ours      = "herbarium"
	cached    = "herbarium, asked before"
	roapi     = "roapi"
	datasette = "datasette"
)

// slow is how often what takes long runs.
const slow = 3

// Measure asks all over tables of these many rows, with a folder for files that
// may go afterwards.
func Measure(ctx context.Context, folder string, sizes []int, rounds int, seed uint64) ([]*contest.Result, error) {
	var all []*contest.Result
	for _, rows := range sizes {
		results, err := measure(ctx, folder, rows, rounds, seed)
		if err != nil {
			return nil, fmt.Errorf("%d rows: %w", rows, err)
		}
		all = append(all, results...)
	}
	return all, nil
}

func measure(ctx context.Context, folder string, rows, rounds int, seed uint64) ([]*contest.Result, error) {
	table, err := data.Measurements{Rows: rows, Seed: seed, Order: data.Random, GroupBy: "kind"}.Table()
	if err != nil {
		return nil, err
	}
	csv, err := table.WriteFolder(folder)
	if err != nil {
		return nil, err
	}
	s := &servers{table: table.Dataset.Name, client: &http.Client{Transport: &http.Transport{DisableCompression: true}}}
	defer s.stop()
	if err := s.start(ctx, folder, csv); err != nil {
		return nil, err
	}
	var results []*contest.Result
	for _, q := range []*question{pageOf(table), meansOf(table)} {
		r, err := s.contest(q, rows).Run(ctx, rounds)
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	return results, nil
}

// servers are those that are asked.
type servers struct {
	table   string
	client  *http.Client
	started []*peers.Process
	urls    map[string]string // by contender
}

func (s *servers) start(ctx context.Context, folder, csv string) error {
	s.urls = map[string]string{}
	for _, server := range []struct {
		name  string
		start func() (*peers.Process, error)
	}{
		{ours, func() (*peers.Process, error) { return peers.Herbarium(ctx, folder) }},
		{roapi, func() (*peers.Process, error) { return peers.ROAPI(ctx, folder, csv) }},
		{datasette, func() (*peers.Process, error) {
			return peers.Datasette(ctx, folder, csv, "REAL", "REAL", "REAL", "REAL", "INTEGER", "TEXT", "TEXT", "TEXT")
		}},
	} {
		p, err := server.start()
		if err != nil {
			return err
		}
		s.started, s.urls[server.name] = append(s.started, p), p.URL
	}
	s.urls[cached] = s.urls[ours]
	return nil
}

func (s *servers) stop() {
	s.client.CloseIdleConnections()
	for _, p := range s.started {
		p.Stop()
	}
}

// contest lets all answer the question. Each asks with another bound each time,
// but for the one that was asked before.
func (s *servers) contest(q *question, rows int) *contest.Contest {
	repeat := 1
	if rows <= 10_000 {
		repeat = 20
	}
	c := &contest.Contest{
		Name:  fmt.Sprintf("%s, %d rows", q.name, rows),
		What:  q.what + ", over HTTP as JSON, one request at a time",
		Units: 1,
		Unit:  "requests",
		Goals: []contest.Goal{{Contender: ours, Against: roapi}, {Contender: ours, Against: datasette}, {Contender: cached, Against: roapi}},
		Check: func(ctx context.Context) error {
			for _, name := range []string{ours, cached, roapi, datasette} {
				if err := s.check(ctx, q, name); err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
			}
			return nil
		},
	}
	for _, name := range []string{ours, cached, roapi, datasette} {
		asked := 0
		contender := contest.Contender{Name: name, Repeat: repeat, Run: func(ctx context.Context) error {
			if name != cached {
				asked++
			}
			_, err := s.ask(ctx, q, name, asked)
			return err
		}}
		if name == datasette {
			contender.Rounds = slow
		}
		c.Contenders = append(c.Contenders, contender)
	}
	return c
}
