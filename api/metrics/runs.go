package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"herbarium/engine"
	"herbarium/engine/fault"
)

// runs are the metrics of runs on the store. They go by operation and not by dataset,
// since a histogram for each of a thousand datasets is more than anybody reads.
type runs struct {
	first    *prometheus.HistogramVec
	store    *prometheus.HistogramVec
	encode   *prometheus.HistogramVec
	rows     *prometheus.CounterVec
	scanned  *prometheus.CounterVec
	failures *prometheus.CounterVec
	ways     *prometheus.CounterVec
}

func newRuns() *runs {
	histogram := func(name, help string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: fast}, []string{"store", "operation"})
	}
	return &runs{
		first:  histogram("herbarium_store_first_rows_seconds", "Time from the start of a plan on the store to its first rows."),
		store:  histogram("herbarium_store_run_duration_seconds", "Time that a plan took in the store, altogether."),
		encode: histogram("herbarium_encode_duration_seconds", "Time that making bytes of the rows of a run took."),
		rows: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "herbarium_store_rows_total",
			Help: "Rows and groups that the store answered with. Answers from a cache add none.",
		}, []string{"store", "dataset", "operation"}),
		scanned: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "herbarium_store_rows_scanned_total",
			Help: "Rows that columnar stores looked at: those of the blocks that may have matches and of which nothing was known.",
		}, []string{"store", "dataset", "operation"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "herbarium_store_run_failures_total",
			Help: "Runs that failed, by the code of the fault.",
		}, []string{"store", "dataset", "operation", "code"}),
		ways: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "herbarium_mirror_runs_total",
			Help: "Runs on a store with a mirror, by the way that they took: mirror or pipeline.",
		}, []string{"dataset", "way"}),
	}
}

func (r *runs) all() []prometheus.Collector {
	return []prometheus.Collector{r.first, r.store, r.encode, r.rows, r.scanned, r.failures, r.ways}
}

// Ran counts a run on the store.
func (m *Metrics) Ran(r engine.Run) {
	dataset, operation := r.Query.Dataset.Name, r.Query.Operation.Path
	store := storeOf(&r)
	if r.Err != nil {
		m.runs.failures.WithLabelValues(store, dataset, operation, string(fault.CodeOf(r.Err))).Inc()
	}
	if r.Plan == nil {
		return
	}
	m.runs.first.WithLabelValues(store, operation).Observe(r.First.Seconds())
	m.runs.store.WithLabelValues(store, operation).Observe(r.Store.Seconds())
	m.runs.encode.WithLabelValues(store, operation).Observe(r.Encode.Seconds())
	if r.Way != "" {
		m.runs.ways.WithLabelValues(dataset, string(r.Way)).Inc()
	}
	m.runs.rows.WithLabelValues(store, dataset, operation).Add(float64(r.Rows))
	m.runs.scanned.WithLabelValues(store, dataset, operation).Add(float64(r.Scanned))
}

// storeOf is the label of the store that a run was on: that of the copy, if it was on one.
func storeOf(r *engine.Run) string {
	if r.Way == engine.ByMirror {
		return string(r.Way)
	}
	return r.Kind
}
