package mixed

import (
	"bytes"
	"fmt"
	"slices"
	"sync/atomic"

	"herbarium/bench/load"
)

// ask is one kind of request of the mix.
type ask struct {
	name string
	// request returns the n-th, from 0. What it is answered depends on
	// n % variants alone, as long as no rows are replaced.
	request  func(n int64) string
	variants int64
	wants    [][][]byte // of each variant, the answers that are right
	asked    atomic.Int64
}

// learn takes what the server answers now for right.
func (a *ask) learn(clients *load.Clients) error {
	if a.wants == nil {
		a.wants = make([][][]byte, a.variants)
	}
	for n := range a.variants {
		got, err := clients.AskFor([]byte(a.request(n)))
		if err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
		if !a.right(n, got) {
			a.wants[n] = append(a.wants[n], got)
		}
	}
	return nil
}

func (a *ask) right(n int64, got []byte) bool {
	return slices.ContainsFunc(a.wants[n%a.variants], func(want []byte) bool { return bytes.Equal(want, got) })
}

// next returns the next request of the kind.
func (a *ask) next(kind int) load.Request {
	n := a.asked.Add(1) - 1
	return load.Request{Kind: kind, Bytes: []byte(a.request(n)), Check: func(got []byte) error {
		if !a.right(n, got) {
			return fmt.Errorf("%s: %d bytes that are an answer of no version", a.name, len(got))
		}
		return nil
	}}
}

// asksOf returns the mix: rows and means, by POST and GET, of two datasets, in
// four formats, some from the cache and some that nobody asked before.
func asksOf(still, changing string) []*ask {
	pageOf := func(dataset, format string) func(n int64) string {
		return func(n int64) string {
			return load.Get(fmt.Sprintf("/%s/range?format=%s&per_page=100&page=%d", dataset, format, 1+n%pages))
		}
	}
	// A bound that is higher by less than values are apart is another question
	// with the same answer.
	bounded := func(path, more string, step float64) func(n int64) string {
		return func(n int64) string {
			return load.Post("/"+changing+path, fmt.Sprintf(`{"lower":{"a":5},"upper":{"b":%.7f}%s}`, 5+float64(n)*step, more))
		}
	}
	const step = 1e-7
	return []*ask{
		{name: "rows between bounds, JSON, from the cache", request: bounded("/range", `,"per_page":100`, 0), variants: 1},
		{name: "rows between bounds, JSON, new", request: bounded("/range", `,"per_page":100`, step), variants: 1},
		{name: "means between bounds, from the cache", request: bounded("/stats/mean", "", 0), variants: 1},
		{name: "means between bounds, new", request: bounded("/stats/mean", "", step), variants: 1},
		{name: "pages by GET, CSV", request: pageOf(still, "csv"), variants: pages},
		{name: "pages by GET, NDJSON", request: pageOf(changing, "ndjson"), variants: pages},
		{name: "pages by GET, Arrow", request: pageOf(still, "arrow"), variants: pages},
	}
}

// pages is how many pages are asked for in turn.
const pages = 50
