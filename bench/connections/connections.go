// Package connections measures what a server answers beside connections that idle and
// connections that are slow (S14).
package connections

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
	// idle and slow are how many connections there are of either kind, and few is how
	// many ask as usual.
	idle, slow, few = 10_000, 1000, 16
	// during is how long is asked in each round, and calm after how long the server has
	// forgotten what was before.
	during, calm = 10 * time.Second, 2 * time.Second
	// share of the most at which is asked.
	share = 0.25
	// maxTimes is the goal: by how many times p99 may be later beside the others.
	maxTimes = 2
)

// request returns the i-th query.
func request(i int64) load.Request { return load.Means(i, 14) }

// Measure asks a server at a constant rate, in each round without and beside the others.
func Measure(ctx context.Context, rounds int) (*Connections, error) {
	process, err := peers.Herbarium(ctx, peers.Embedded, "--cache", "0")
	if err != nil {
		return nil, err
	}
	defer process.Stop()
	address := strings.TrimPrefix(process.URL, "http://")
	rate, err := most(ctx, address)
	if err != nil {
		return nil, err
	}
	c := &Connections{Name: "S14", Rate: share * rate, Idle: idle, Slow: slow,
		What: fmt.Sprintf("means between bounds of %s, no cache, at %v of the most that %d connections get; alone, and beside %d idle and %d slow connections", load.MeansPath, share, few, idle, slow)}
	var alone, beside []float64
	for range rounds {
		latencies, err := ask(ctx, address, c.Rate)
		if err != nil {
			return nil, err
		}
		alone = append(alone, latencies.Quantile(0.99).Seconds())
		if c.Before, err = process.Resident(); err != nil {
			return nil, err
		}
		if latencies, err = c.besideOthers(ctx, process, address); err != nil {
			return nil, err
		}
		beside = append(beside, latencies.Quantile(0.99).Seconds())
	}
	c.Alone, c.Beside = contest.Median(alone), contest.Median(beside)
	c.Times = c.Beside / c.Alone
	return c, nil
}

// besideOthers asks beside the others.
func (c *Connections) besideOthers(ctx context.Context, process *peers.Process, address string) (*load.Latencies, error) {
	others, err := gather(ctx, address, idle, slow)
	if err != nil {
		return nil, err
	}
	defer others.leave()
	latencies, err := ask(ctx, address, c.Rate)
	if err != nil {
		return nil, err
	}
	c.Lost += others.lost.Load()
	open := process.OpenFiles()
	if open > 0 && open < idle+slow/2 {
		return nil, fmt.Errorf("the server has only %d files open beside %d connections; each of the two processes needs 12000 (ulimit -n)", open, idle+slow)
	}
	c.Open = max(c.Open, open)
	c.Held, err = process.Resident()
	return latencies, err
}

// most returns how many answers a second few connections get.
func most(ctx context.Context, address string) (float64, error) {
	clients, err := load.DialMix(ctx, address, request, few)
	if err != nil {
		return 0, err
	}
	defer clients.Close()
	flooded, err := clients.Flood(ctx, during/2)
	if err != nil {
		return 0, err
	}
	return flooded.Achieved, nil
}

// ask asks at the rate.
func ask(ctx context.Context, address string, rate float64) (*load.Latencies, error) {
	time.Sleep(calm)
	clients, err := load.DialMix(ctx, address, request, few)
	if err != nil {
		return nil, err
	}
	defer clients.Close()
	return clients.Open(ctx, rate, during)
}
