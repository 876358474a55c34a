// Package overload measures what a server answers when it is asked for more than it
// can (S13).
package overload

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"herbarium/bench/load"
	"herbarium/bench/peers"
)

const (
	path   = "/diamonds/stats/mean"
	during = 2 * time.Second
)

// request returns the i-th query: means between bounds that no other has.
func request(i int64) load.Request {
	r := rand.New(rand.NewPCG(uint64(i), 13))
	body := fmt.Sprintf(`{"lower":{"carat":%.6f},"upper":{"carat":%.6f}}`, r.Float64(), 1+r.Float64())
	return load.Request{Bytes: []byte(load.Post(path, body))}
}

func Measure(ctx context.Context, counts []int, flags ...string) error {
	process, err := peers.Herbarium(ctx, peers.Embedded, append([]string{"--cache", "0"}, flags...)...)
	if err != nil {
		return err
	}
	defer process.Stop()
	for _, n := range counts {
		clients, err := load.DialMix(ctx, strings.TrimPrefix(process.URL, "http://"), request, n)
		if err != nil {
			return err
		}
		f, err := clients.Flood(ctx, during)
		clients.Close()
		if err != nil {
			return err
		}
		fmt.Printf("%5d connections: %7.0f answered/s  p50 %v p99 %v  refused %d (p50 %v)\n", n, f.Achieved, f.Quantile(.5), f.Quantile(.99), f.Refused, f.Sheds.Quantile(.5))
	}
	return nil
}
