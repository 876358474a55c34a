package main

import (
	"errors"
	"time"

	"herbarium/engine/fault"
	"herbarium/loaders"
)

// loadSummary is the result of a load, as --json writes it.
type loadSummary struct {
	loaders.Summary
	DryRun        bool    `json:"dry_run"`
	Published     bool    `json:"published"`
	Seconds       float64 `json:"seconds"`
	RowsPerSecond float64 `json:"rows_per_second"`
	// Faults are the first of those for which nothing was published.
	Faults []loaders.Fault `json:"faults,omitempty"`
	Total  int64           `json:"fault_count,omitempty"`
	// Error says why nothing was published, if no file is at fault.
	Error string `json:"error,omitempty"`
}

// summaryOf returns the summary of a load that ended with err.
func (f *loadFlags) summaryOf(s loaders.Summary, err error) loadSummary {
	all := loadSummary{Summary: s, DryRun: f.dryRun, Published: err == nil && !f.dryRun,
		Seconds: secondsOf(s), RowsPerSecond: perSecond(s)}
	var data *loaders.DataError
	var known *fault.Error
	switch {
	case errors.As(err, &data):
		all.Faults, all.Total = data.Faults, data.Total
	case errors.As(err, &known):
		all.Error = known.Detail
	}
	return all
}

func secondsOf(s loaders.Summary) float64 { return max(s.Time, time.Microsecond).Seconds() }

// perSecond returns how many rows the load read in a second.
func perSecond(s loaders.Summary) float64 { return float64(s.Read) / secondsOf(s) }
