// Package metrics counts and times what a server does, for Prometheus: requests, runs
// on the store, caches, datasets, MongoDB's driver, and the process itself. It keeps
// its own registry; nothing of it is global.
//
// Labels are bounded whatever is asked: datasets and operations are those of the
// registry, methods and codes those of fixed lists.
package metrics

import (
	"net/http"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are the metrics of one server. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	requests *requests
	runs     *runs
	mongodb  *MongoDB
}

// Build says what is running.
type Build struct{ Version, Revision string }

// New returns metrics that are all zero. Serve adds those that are read of an engine.
func New(build Build) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), requests: newRequests(), runs: newRuns()}
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "herbarium_build_info",
		Help:        "The program that is running; always 1.",
		ConstLabels: prometheus.Labels{"version": build.Version, "revision": build.Revision, "goversion": runtime.Version()},
	})
	info.Set(1)
	m.registry.MustRegister(info, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.registry.MustRegister(m.requests.all()...)
	m.registry.MustRegister(m.runs.all()...)
	return m
}

// WithMongoDB adds the metrics of MongoDB's driver, and returns what is to be told of
// its commands and connections.
func (m *Metrics) WithMongoDB() *MongoDB {
	if m.mongodb == nil {
		m.mongodb = newMongoDB()
		m.registry.MustRegister(m.mongodb.all()...)
	}
	return m.mongodb
}

// Handler returns the handler that writes the metrics in the form that the client
// prefers of those that Prometheus reads.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorHandling:       promhttp.ContinueOnError,
		MaxRequestsInFlight: maxScrapes,
		EnableOpenMetrics:   true,
	})
}

// maxScrapes is how many scrapes are answered at once: each asks the store about every
// dataset.
const maxScrapes = 4

// fast are the buckets of what takes from a tenth of a millisecond to half a minute,
// which is the longest that a query takes by default.
var fast = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
