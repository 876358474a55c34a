package status

import (
	"time"

	"herbarium/engine"
)

// Report is what a server says of itself, as JSON has it.
type Report struct {
	Version   string     `json:"version"`
	Go        string     `json:"go"`
	Store     string     `json:"store"`
	StoreUp   bool       `json:"store_up"`
	Started   time.Time  `json:"started"`
	Uptime    float64    `json:"uptime_seconds"`
	InFlight  int64      `json:"requests_in_flight"` // requests that are being answered, with those that wait
	Waiting   int64      `json:"requests_waiting"`
	Refused   int64      `json:"requests_refused"` // that waited for too long, since the start
	Runs      RunCounts  `json:"runs"`
	Caches    []Cache    `json:"caches"`
	Datasets  []Served   `json:"datasets"`
	Mirror    *Mirror    `json:"mirror,omitempty"`
	SlowPlans []SlowPlan `json:"slowest"` // within an hour; empty where nothing is remembered
}

// RunCounts count runs on the store that requests can share.
type RunCounts struct {
	InFlight int64 `json:"in_flight"`
	Held     int64 `json:"held_bytes"`
	Shared   int64 `json:"shared"` // requests that joined one, since the start
}

// Cache is what a cache did since the start, and holds.
type Cache struct {
	Name    string `json:"name"`
	Hits    int64  `json:"hits"`
	Misses  int64  `json:"misses"`
	Entries int64  `json:"entries"`
	Bytes   int64  `json:"bytes"`
	Limit   int64  `json:"limit_bytes"`
}

// Served is a dataset and the version that is served.
type Served struct {
	Readiness
	Version   string     `json:"version,omitempty"`
	Rows      *int64     `json:"rows"`                // null where the count is not known
	Published *time.Time `json:"published,omitempty"` // left out where the store does not keep it
	Read      *time.Time `json:"read,omitempty"`      // of a copy of what something other than a load fills
	Age       float64    `json:"age_seconds,omitempty"`
}

// ServedOf returns what is served of a dataset at a time.
func ServedOf(d *Dataset, now time.Time) Served {
	s := Served{Readiness: d.Readiness()}
	if d.Info == nil {
		return s
	}
	s.Version = d.Info.Version
	if d.Info.Rows >= 0 {
		s.Rows = &d.Info.Rows
	}
	if p := d.Info.Published; !p.IsZero() {
		s.Published, s.Age = &p, now.Sub(p).Seconds()
	}
	if read := d.Info.Read; !read.IsZero() {
		at := read.UTC()
		s.Read, s.Age = &at, now.Sub(read).Seconds()
	}
	return s
}

// CachesOf returns what an engine's caches did.
func CachesOf(s *engine.Stats) []Cache {
	all := make([]Cache, len(s.Caches))
	for i, c := range s.Caches {
		all[i] = Cache{c.Name, c.Hits, c.Misses, c.Entries, c.Bytes, c.Limit}
	}
	return all
}
