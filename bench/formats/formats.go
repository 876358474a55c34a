// Package formats measures how fast whole tables come over HTTP, in each
// format, beside what others send.
package formats

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"herbarium/bench/contest"
	"herbarium/bench/data"
	"herbarium/bench/peers"
)

// The contenders' names.
const (
	oursJSON   = "herbarium json"
	oursCSV    = "herbarium csv"
	oursArrow  = "herbarium arrow"
	fastapi    = "fastapi json"
	fastapiRaw = "fastapi orjson"
	datasette  = "datasette csv"
	copied     = "bare handler, arrow's bytes"
)

// slow is how often what takes a minute or so runs.
const slow = 2

// Measure runs the contest over a table of that many rows, with a folder for
// files that may go afterwards.
func Measure(ctx context.Context, folder string, rows, rounds int, seed uint64) (*contest.Result, error) {
	table, err := data.Wide(rows, seed)
	if err != nil {
		return nil, err
	}
	csv, err := table.WriteFolder(folder)
	if err != nil {
		return nil, err
	}
	server, err := peers.Herbarium(ctx, folder)
	if err != nil {
		return nil, err
	}
	defer server.Stop()
	client := newClient()
	defer client.CloseIdleConnections()
	theirs, stop, err := theirsOf(ctx, folder, csv)
	defer stop()
	if err != nil {
		return nil, err
	}
	arrow, err := (&side{url: server.URL + "/wide/range?format=arrow", read: readArrow}).check(ctx, client, table)
	if err != nil {
		return nil, err
	}
	bare, err := peers.Bare(ctx, folder, &peers.Answer{Body: arrow})
	if err != nil {
		return nil, err
	}
	defer bare.Stop()
	theirs = append(theirs, &side{name: copied, url: bare.URL, read: readArrow})
	return measure(ctx, table, client, slices.Concat(oursOf(server), theirs), rounds)
}

// oursOf returns what our server sends.
func oursOf(server *peers.Process) []*side {
	url := server.URL + "/wide/range?format="
	return []*side{
		{name: oursJSON, url: url + "json", read: readJSON},
		{name: "herbarium ndjson", url: url + "ndjson", read: readNDJSON},
		{name: oursCSV, url: url + "csv", read: readCSV},
		{name: oursArrow, url: url + "arrow", read: readArrow},
		{name: "herbarium parquet", url: url + "parquet", read: readParquet},
		{name: "herbarium json, gzip", url: url + "json", coding: "gzip", read: readJSON},
		{name: "herbarium json, zstd", url: url + "json", coding: "zstd", read: readJSON},
	}
}

// theirsOf starts the peers from PyPI. The function that it returns, also with
// an error, stops them.
func theirsOf(ctx context.Context, folder, csv string) (sides []*side, stop func(), err error) {
	var started []*peers.Process
	stop = func() {
		for _, p := range started {
			p.Stop()
		}
	}
	fast, err := peers.FastAPI(ctx, folder, csv)
	if err != nil {
		return nil, stop, err
	}
	started = append(started, fast)
	sette, err := peers.Datasette(ctx, folder, csv, "INTEGER PRIMARY KEY", "REAL", "REAL", "REAL", "INTEGER", "TEXT")
	if err != nil {
		return nil, stop, err
	}
	started = append(started, sette)
	return []*side{
		{name: fastapi, url: fast.URL + "/rows", read: readJSON, rounds: slow},
		{name: "fastapi json, typed", url: fast.URL + "/rows/typed", read: readJSON, rounds: slow},
		{name: fastapiRaw, url: fast.URL + "/rows/orjson", read: readJSON},
		{name: datasette, url: sette.URL + "/rows/wide.csv?_stream=1&_size=max", read: readCSV, rounds: slow},
	}, stop, nil
}

// measure lets the sides compete.
func measure(ctx context.Context, table *data.Table, client *http.Client, sides []*side, rounds int) (*contest.Result, error) {
	c := &contest.Contest{
		Name:  "S7",
		What:  fmt.Sprintf("%d rows of 6 columns over loopback, one request at a time, read to the end and not decoded", table.Rows),
		Units: float64(table.Rows),
		Unit:  "rows",
		Goals: []contest.Goal{
			{Contender: oursArrow, Against: oursJSON, Times: 5},
			{Contender: oursJSON, Against: fastapi, Times: 10},
			{Contender: oursCSV, Against: datasette, Times: 20},
			{Contender: oursArrow, Against: copied, Times: 0.5},
		},
		Check: func(ctx context.Context) error {
			for _, s := range sides {
				if _, err := s.check(ctx, client, table); err != nil {
					return fmt.Errorf("%s: %w", s.name, err)
				}
			}
			return nil
		},
	}
	for _, s := range sides {
		c.Contenders = append(c.Contenders, contest.Contender{Name: s.name, Rounds: s.rounds,
			Run: func(ctx context.Context) error { return s.fetch(ctx, client) }})
	}
	return c.Run(ctx, rounds)
}

// newClient returns a client with connections that stay open, and that asks
// for no content coding by itself.
func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableCompression: true, ReadBufferSize: readBytes}}
}
