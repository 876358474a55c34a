// Package soak measures how much memory a server holds at the most while it is asked what
// costs the most memory, for long (S15).
package soak

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"herbarium/bench/data"
	"herbarium/bench/peers"
)

const (
	// clients ask at once, of which slow ones read slowReaders a few bytes at a time.
	clients     = 32
	slowReaders = 32
	// pause is between two looks at the process.
	pause = 100 * time.Millisecond
	// mega is by which limits and figures are written.
	mega = 1 << 20
)

// Measure serves so many rows from memory with each limit, and without one, and asks the
// worst mix for so long.
func Measure(ctx context.Context, folder string, rows int, during time.Duration, seed uint64) (*Soak, error) {
	table, err := data.Asked(rows, seed)
	if err != nil {
		return nil, err
	}
	if _, err := table.WriteFolder(folder); err != nil {
		return nil, err
	}
	s := &Soak{Name: "S15", What: fmt.Sprintf("%d rows in memory (%d MiB of columns), %d clients that ask for large groups, sorts, summaries and pages in all formats, %d slow readers, %v each",
		rows, table.Bytes()/mega, clients, slowReaders, during)}
	least := table.Bytes() + 160*mega
	table.Columns = nil // the file has them
	for _, limit := range []int64{least, 2 * least, 0} {
		side, err := measure(ctx, folder, limit, during, seed)
		if err != nil {
			return nil, err
		}
		s.Sides = append(s.Sides, *side)
	}
	return s, nil
}

// measure asks one server.
func measure(ctx context.Context, folder string, limit int64, during time.Duration, seed uint64) (*Side, error) {
	flags := []string{"--timeout", "20s", "--write-timeout", "60s"}
	if limit > 0 {
		flags = append(flags, "--max-memory", fmt.Sprint(limit))
	}
	p, err := peers.Herbarium(ctx, folder, flags...)
	if err != nil {
		return nil, err
	}
	defer p.Stop()
	m := &mix{url: p.URL + "/asked/", side: Side{Limit: limit}}
	if m.side.Idle, err = p.Resident(); err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, during)
	defer cancel()
	var running sync.WaitGroup
	for i := range clients + slowReaders {
		running.Go(func() { m.ask(limited, rand.New(rand.NewPCG(seed, uint64(i))), i >= clients) })
	}
	m.side.Most, err = p.MaxResident(func() error {
		for limited.Err() == nil {
			now, err := p.Resident()
			if err != nil {
				return err // the server is gone
			}
			m.side.Sampled = max(m.side.Sampled, now)
			select {
			case <-limited.Done():
			case <-time.After(pause):
			}
		}
		return nil
	})
	cancel()
	running.Wait()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	m.side.Answered, m.side.Refused, m.side.TooLarge, m.side.Cut, m.side.Failed = m.answered.Load(), m.refused.Load(), m.tooLarge.Load(), m.cut.Load(), m.failed.Load()
	return &m.side, err
}

// mix is what is asked.
type mix struct {
	url  string
	side Side

	answered, refused, tooLarge, cut, failed atomic.Int64
}

// ask asks one query after the other. A slow reader takes a few kilobytes a second.
func (m *mix) ask(ctx context.Context, r *rand.Rand, slow bool) {
	client := &http.Client{Transport: &http.Transport{DisableCompression: true, ReadBufferSize: 4 << 10}}
	defer client.CloseIdleConnections()
	for ctx.Err() == nil {
		path, body := query(r)
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, m.url+path, strings.NewReader(body))
		if err != nil {
			m.failed.Add(1)
			return
		}
		request.Header.Set("Content-Type", "application/json")
		if r.IntN(3) == 0 {
			request.Header.Set("Accept-Encoding", []string{"gzip", "zstd"}[r.IntN(2)])
		}
		response, err := client.Do(request) //nolint:bodyclose // read closes it
		if err != nil {
			if ctx.Err() == nil {
				m.failed.Add(1)
			}
			continue
		}
		m.read(ctx, response, slow)
	}
}

// read reads an answer and counts it.
func (m *mix) read(ctx context.Context, response *http.Response, slow bool) {
	defer func() { _ = response.Body.Close() }()
	var err error
	if slow {
		limit := 1 << 20 // then it leaves
		for buf := make([]byte, 4<<10); err == nil && limit > 0 && ctx.Err() == nil; limit -= len(buf) {
			_, err = response.Body.Read(buf)
			time.Sleep(20 * time.Millisecond)
		}
	} else {
		_, err = io.Copy(io.Discard, response.Body)
	}
	switch {
	case ctx.Err() != nil:
	case response.StatusCode == http.StatusServiceUnavailable:
		m.refused.Add(1)
		time.Sleep(50 * time.Millisecond) // less than Retry-After says
	case response.StatusCode == http.StatusUnprocessableEntity || response.StatusCode == http.StatusGatewayTimeout:
		m.tooLarge.Add(1)
	case response.StatusCode != http.StatusOK:
		m.failed.Add(1)
	case err != nil && err != io.EOF:
		m.cut.Add(1)
	default:
		m.answered.Add(1)
	}
}

// query returns a query that no other is, mostly.
func query(r *rand.Rand) (path, body string) {
	bound := fmt.Sprintf(`"lower":{"c":%.5f}`, r.Float64()*20)
	narrow := fmt.Sprintf(`"lower":{"c":%.5f},"upper":{"c":%.5f}`, r.Float64()*50, 50+r.Float64()*50)
	format := []string{"json", "csv", "ndjson", "arrow", "parquet"}[r.IntN(5)]
	at := func(path string) string { return path + "?format=" + format }
	switch r.IntN(12) {
	case 0: // groups by a field that has a value of its own in nearly every row
		return at("stats"), `{"group_by":["c"],"measures":{"a":["mean","min","max"]},` + bound + `}`
	case 1:
		return at("stats"), `{"group_by":["most","kind"],"measures":{"c":["mean","stddev"]},` + bound + `}`
	case 2:
		return at("stats"), `{"group_by":["at:hour","kind"],"measures":{"c":["median","p95"],"d":["distinct"]},` + bound + `}`
	case 3:
		return at("stats/summary"), `{"group_by":["many"],` + bound + `}`
	case 4:
		return at("stats/distinct"), `{"field":"c",` + bound + `}`
	case 5: // a page deep in an order
		return at("range"), fmt.Sprintf(`{"sort":["-c","at"],%s,"page":%d,"per_page":1000}`, bound, 100+r.IntN(200))
	case 6: // all of an order
		return at("range"), `{"sort":["d","most"],` + narrow + `}`
	case 7:
		return at("range"), fmt.Sprintf(`{%s,"page":1,"per_page":%d}`, narrow, 5000+r.IntN(20_000))
	case 8:
		return at("stats/correlation"), `{"group_by":["many"],"fields":["a","b","c","d"],` + bound + `}`
	case 9:
		return at("stats/histogram"), fmt.Sprintf(`{"group_by":["many"],"field":"c","bins":%d,%s}`, 10+r.IntN(90), bound)
	default: // many that are small, and cached
		return at("range"), fmt.Sprintf(`{%s,"page":1,"per_page":%d}`, bound, 10+r.IntN(500))
	}
}
