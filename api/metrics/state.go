package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"herbarium/api/status"
	"herbarium/datasets"
	"herbarium/engine"
)

// state collects what is read when somebody scrapes: caches, runs under way, requests
// in flight, and the datasets. Nothing of it costs a request anything.
type state struct {
	engine   *engine.Engine
	registry *datasets.Registry
	http     HTTP
}

// HTTP is a server, as state sees it.
type HTTP struct {
	// InFlight returns how many requests are being answered, with those that wait.
	InFlight func() int64
	// Waiting returns how many requests wait, and how many waited and were refused.
	Waiting func() (waiting, refused int64)
	// AuthError reports whether something is wrong with the auth file.
	AuthError func() bool
}

// statusTimeout is how long a scrape waits for the store.
const statusTimeout = 2 * time.Second

// Serve adds what is read of an engine, of the datasets of a registry, and of a server.
// It is called once.
func (m *Metrics) Serve(eng *engine.Engine, registry *datasets.Registry, server HTTP) {
	m.registry.MustRegister(&state{eng, registry, server})
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// These are the metrics of state.
var (
	inFlightDesc = describe("herbarium_http_requests_in_flight", "Requests that are being answered, with those that wait.")
	hitsDesc     = describe("herbarium_cache_hits_total", "Look-ups in a cache that found something.", "cache")
	missesDesc   = describe("herbarium_cache_misses_total", "Look-ups in a cache that found nothing.", "cache")
	entriesDesc  = describe("herbarium_cache_entries", "Entries of a cache.", "cache")
	bytesDesc    = describe("herbarium_cache_bytes", "Bytes that a cache holds: files on disk, all others in memory.", "cache")
	limitDesc    = describe("herbarium_cache_limit_bytes", "Bytes that a cache may hold.", "cache")
	sharedDesc   = describe("herbarium_runs_shared_total", "Requests that were answered by a run on the store that another had begun.")
	runningDesc  = describe("herbarium_runs_in_flight", "Runs on the store that requests can share.")
	heldDesc     = describe("herbarium_runs_held_bytes", "Bytes of runs under way.")
	memoryDesc   = describe("herbarium_query_memory_bytes", "Bytes that queries have taken of the memory that --max-memory gives to them.")
	memLimitDesc = describe("herbarium_query_memory_limit_bytes", "Bytes that queries may take together; 0 without --max-memory.")
	memFullDesc  = describe("herbarium_query_memory_refused_total", "Times that a query was refused memory.")
	waitingDesc  = describe("herbarium_http_requests_waiting", "Requests that were read and wait until they are worked on, or refused.")
	refusedDesc  = describe("herbarium_http_requests_refused_total", "Requests that waited and were refused, since more was asked than could be answered.")
	authDesc     = describe("herbarium_auth_file_error", "Whether something is wrong with the auth file, or with a newer version of it: what was changed does not count.")
	storeDesc    = describe("herbarium_store_up", "Whether the store can be reached.")
	rowsDesc     = describe("herbarium_dataset_rows", "Rows of the version that is served.", "dataset")
	loadedDesc   = describe("herbarium_dataset_published_timestamp_seconds", "When the version that is served was published, in seconds since 1970. Its age is time() minus this.", "dataset")
	stateDesc    = describe("herbarium_dataset_state", "1 for the state that the dataset is in: ready, not_loaded, faulty, unknown or broken.", "dataset", "state")
	errorDesc    = describe("herbarium_dataset_error", "Whether something is wrong with the dataset, or with a newer version of its descriptor.", "dataset")
)

// Describe implements prometheus.Collector.
func (s *state) Describe(all chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{inFlightDesc, hitsDesc, missesDesc, entriesDesc, bytesDesc, limitDesc, sharedDesc,
		runningDesc, heldDesc, memoryDesc, memLimitDesc, memFullDesc, waitingDesc, refusedDesc, authDesc, storeDesc, rowsDesc, loadedDesc, stateDesc, errorDesc} {
		all <- d
	}
	for _, d := range mirrorDescs() {
		all <- d
	}
}

// Collect implements prometheus.Collector.
func (s *state) Collect(all chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		all <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	counter := func(d *prometheus.Desc, value int64, labels ...string) {
		all <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(value), labels...)
	}
	stats := s.engine.Stats()
	for _, c := range stats.Caches {
		counter(hitsDesc, c.Hits, c.Name)
		counter(missesDesc, c.Misses, c.Name)
		gauge(entriesDesc, float64(c.Entries), c.Name)
		gauge(bytesDesc, float64(c.Bytes), c.Name)
		gauge(limitDesc, float64(c.Limit), c.Name)
	}
	counter(sharedDesc, stats.Shared)
	gauge(runningDesc, float64(stats.Running))
	gauge(heldDesc, float64(stats.Held))
	gauge(memoryDesc, float64(stats.Memory.Taken))
	gauge(memLimitDesc, float64(stats.Memory.Limit))
	counter(memFullDesc, stats.Memory.Refused)
	waiting, refused := s.http.Waiting()
	gauge(waitingDesc, float64(waiting))
	counter(refusedDesc, refused)
	gauge(inFlightDesc, float64(s.http.InFlight()))
	gauge(authDesc, number(s.http.AuthError()))
	if stats.Mirror != nil {
		collectMirror(stats.Mirror, gauge, func(d *prometheus.Desc, value float64, labels ...string) {
			all <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, value, labels...)
		})
	}
	s.collectDatasets(gauge)
}

// collectDatasets asks the store about every dataset.
func (s *state) collectDatasets(gauge func(d *prometheus.Desc, value float64, labels ...string)) {
	ctx, cancel := context.WithTimeout(context.Background(), statusTimeout)
	defer cancel()
	down := s.engine.Store().Ping(ctx) != nil
	gauge(storeDesc, number(!down))
	last := ""
	for _, d := range status.Of(ctx, s.engine, s.registry.Current(), down) {
		if d.Name == last {
			continue // two broken descriptors of one name
		}
		last = d.Name
		gauge(stateDesc, 1, d.Name, d.State)
		gauge(errorDesc, number(d.Error != ""), d.Name)
		if d.Info == nil {
			continue
		}
		if d.Info.Rows >= 0 {
			gauge(rowsDesc, float64(d.Info.Rows), d.Name)
		}
		if published := d.Info.Published; !published.IsZero() {
			gauge(loadedDesc, float64(published.UnixMilli())/1000, d.Name)
		}
	}
}

func number(holds bool) float64 {
	if holds {
		return 1
	}
	return 0
}
