// Package overload measures what a server answers when it is asked for more than it
// can (S13).
package overload

import (
	"context"
	"fmt"
	"strings"
	"time"

	"herbarium/bench/contest"
	"herbarium/bench/load"
	"herbarium/bench/peers"
)

const (
	// few are the connections with which the most that a server answers is looked for.
	few = 16
	// many are the connections of an overload.
	many = 2000
	// during is how long a server is asked in each round.
	during = 5 * time.Second
	// share of the most at which a server is not busy.
	share = 0.5
)

// The goals: of the most that a server answers, what it goes on answering in an
// overload; and by how many times answers may be later than at half of the most.
const (
	minGoodput = 0.9
	maxTimes   = 5
)

// request returns the i-th query.
func request(i int64) load.Request { return load.Means(i, 13) }

// Measure asks a server for means between bounds, without a cache.
func Measure(ctx context.Context, rounds int) (*Overload, error) {
	o := &Overload{Name: "S13", What: fmt.Sprintf("means between bounds of %s, no cache: the most that %d connections get, half of it at a constant rate, and %d connections that ask again at once",
		load.MeansPath, few, many)}
	side, err := measure(ctx, rounds)
	if err != nil {
		return nil, err
	}
	side.Name, side.Goal = "herbarium", true
	o.Sides = append(o.Sides, *side)
	return o, nil
}

// measure asks one server.
func measure(ctx context.Context, rounds int) (*Side, error) {
	process, err := peers.Herbarium(ctx, peers.Embedded, "--cache", "0")
	if err != nil {
		return nil, err
	}
	defer process.Stop()
	address := strings.TrimPrefix(process.URL, "http://")
	var most, half, goodput, late []float64
	side := &Side{}
	for range rounds {
		peak, err := flood(ctx, address, few)
		if err != nil {
			return nil, err
		}
		clients, err := load.DialMix(ctx, address, request, few)
		if err != nil {
			return nil, err
		}
		calm, err := clients.Open(ctx, share*peak.Achieved, during)
		clients.Close()
		if err != nil {
			return nil, err
		}
		busy, err := flood(ctx, address, many)
		if err != nil {
			return nil, err
		}
		most, half = append(most, peak.Achieved), append(half, calm.Quantile(0.99).Seconds())
		goodput, late = append(goodput, busy.Achieved), append(late, busy.Quantile(0.99).Seconds())
		side.Refused += busy.Refused
	}
	side.Most, side.Half, side.Goodput, side.Late = contest.Median(most), contest.Median(half), contest.Median(goodput), contest.Median(late)
	side.Share, side.Times = side.Goodput/side.Most, side.Late/side.Half
	return side, nil
}

// flood asks with so many connections at once.
func flood(ctx context.Context, address string, connections int) (*load.Flooded, error) {
	clients, err := load.DialMix(ctx, address, request, connections)
	if err != nil {
		return nil, err
	}
	defer clients.Close()
	return clients.Flood(ctx, during)
}
