package status

import (
	"time"

	"herbarium/engine"
)

// Mirror is what a mirror holds, and did since the start.
type Mirror struct {
	Mode    string     `json:"mode"`
	Place   string     `json:"place"`
	Bytes   int64      `json:"bytes"` // of all copies, those of other processes in a shared folder too
	Budget  int64      `json:"budget_bytes"`
	Evicted int64      `json:"evicted"`
	Copies  []Mirrored `json:"copies"`
}

// Mirrored is the copy of a version, or why there is none.
type Mirrored struct {
	Dataset string     `json:"dataset"`
	Version string     `json:"version"`
	State   string     `json:"state"`
	Rows    int64      `json:"rows"` // that were read so far, or all
	Bytes   int64      `json:"bytes"`
	Used    *time.Time `json:"used,omitempty"` // when a query last ran
	Read    *time.Time `json:"read,omitempty"` // when the reading began, of a collection that something else fills
	Error   string     `json:"error,omitempty"`
}

// MirrorOf returns what is said of a mirror; nil for none. Why a copy could not be made may
// name places of the server's, so it is said to those alone who run it.
func MirrorOf(m *engine.MirrorStats, admin bool) *Mirror {
	if m == nil {
		return nil
	}
	said := &Mirror{Mode: m.Mode, Place: m.Place, Bytes: m.Bytes, Budget: m.Budget, Evicted: m.Evicted, Copies: []Mirrored{}}
	for _, d := range m.Datasets {
		for _, c := range d.Copies {
			copied := Mirrored{Dataset: d.Dataset, Version: c.Version, State: c.State, Rows: c.Rows, Bytes: c.Bytes}
			if !c.Used.IsZero() {
				used := c.Used.UTC()
				copied.Used = &used
			}
			if !c.Read.IsZero() {
				read := c.Read.UTC()
				copied.Read = &read
			}
			if admin {
				copied.Error = c.Error
			}
			said.Copies = append(said.Copies, copied)
		}
	}
	return said
}
