package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"herbarium/engine"
)

// These are the metrics of a mirror, which are there where the store has one.
var (
	mirrorBytesDesc   = describe("herbarium_mirror_bytes", "Bytes of the whole copies that the mirror holds of a dataset's versions.", "dataset")
	mirrorBudgetDesc  = describe("herbarium_mirror_budget_bytes", "Bytes that all copies may take together.")
	mirrorCopiesDesc  = describe("herbarium_mirror_copies", "Versions of a dataset by the state of their copies: whole, filling, queued, failed or none.", "dataset", "state")
	mirrorFilledDesc  = describe("herbarium_mirror_fills_total", "Copies that were completed.", "dataset")
	mirrorRowsDesc    = describe("herbarium_mirror_filled_rows_total", "Rows of the copies that were completed.", "dataset")
	mirrorTimeDesc    = describe("herbarium_mirror_fill_seconds_total", "Time that completed copies took to make.", "dataset")
	mirrorFailedDesc  = describe("herbarium_mirror_fill_failures_total", "Copies that were given up; most are tried again.", "dataset")
	mirrorDamagedDesc = describe("herbarium_mirror_damaged_total", "Copies that were thrown away because a file was not what was written.", "dataset")
	mirrorEvictedDesc = describe("herbarium_mirror_evicted_total", "Copies that were removed to make room for others.")
)

// mirrorDescs returns the metrics of a mirror.
func mirrorDescs() []*prometheus.Desc {
	return []*prometheus.Desc{mirrorBytesDesc, mirrorBudgetDesc, mirrorCopiesDesc, mirrorFilledDesc, mirrorRowsDesc,
		mirrorTimeDesc, mirrorFailedDesc, mirrorDamagedDesc, mirrorEvictedDesc}
}

// collectMirror reads what a mirror did and holds.
func collectMirror(m *engine.MirrorStats, gauge func(d *prometheus.Desc, value float64, labels ...string), counter func(d *prometheus.Desc, value float64, labels ...string)) {
	gauge(mirrorBudgetDesc, float64(m.Budget))
	counter(mirrorEvictedDesc, float64(m.Evicted))
	for _, d := range m.Datasets {
		bytes, states := int64(0), map[string]int{}
		for _, c := range d.Copies {
			bytes += c.Bytes
			states[c.State]++
		}
		gauge(mirrorBytesDesc, float64(bytes), d.Dataset)
		for _, state := range []string{engine.CopyWhole, engine.CopyFilling, engine.CopyQueued, engine.CopyFailed, engine.CopyNone} {
			gauge(mirrorCopiesDesc, float64(states[state]), d.Dataset, state)
		}
		counter(mirrorFilledDesc, float64(d.Filled), d.Dataset)
		counter(mirrorRowsDesc, float64(d.FilledRows), d.Dataset)
		counter(mirrorTimeDesc, d.FillTime.Seconds(), d.Dataset)
		counter(mirrorFailedDesc, float64(d.Failed), d.Dataset)
		counter(mirrorDamagedDesc, float64(d.Damaged), d.Dataset)
	}
}
