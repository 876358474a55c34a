package main

import (
	"fmt"
	"io"
	"strings"

	"herbarium/loaders"
)

// findings are what check found.
type findings struct {
	Datasets   []finding `json:"datasets"`
	Store      string    `json:"store,omitempty"`
	StoreError string    `json:"store_error,omitempty"`
}

// finding is what check found about one dataset.
type finding struct {
	Name   string           `json:"name"`
	File   string           `json:"file"`
	Data   *loaders.Summary `json:"data,omitempty"` // nil where it names none, or where that is wrong
	Stored *stored          `json:"stored,omitempty"`
	Faults []loaders.Fault  `json:"faults,omitempty"`
	Total  int64            `json:"fault_count"`

	broken bool // the faults are the descriptor's
}

// stored is what a store has of a dataset.
type stored struct {
	Rows    int64  `json:"rows"` // -1 where nothing was loaded, or where they were not counted
	Version string `json:"version,omitempty"`
	Place   string `json:"place,omitempty"`
}

// code returns the exit code that the findings come to.
func (f *findings) code() int {
	code := exitDone
	if f.StoreError != "" {
		code = exitSystem
	}
	for i := range f.Datasets {
		switch d := &f.Datasets[i]; {
		case d.broken:
			return exitUsage
		case d.Total > 0:
			code = exitData
		}
	}
	return code
}

// write writes the findings for people, a line each.
func (f *findings) write(w io.Writer) error {
	var b strings.Builder
	for i := range f.Datasets {
		f.Datasets[i].write(&b)
	}
	if len(f.Datasets) == 0 {
		b.WriteString("there are no datasets\n")
	}
	switch {
	case f.StoreError != "":
		fmt.Fprintf(&b, "store %s: %s\n", f.Store, f.StoreError)
	case f.Store != "":
		fmt.Fprintf(&b, "store %s: ok\n", f.Store)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (d *finding) write(b *strings.Builder) {
	for _, fault := range d.Faults {
		fmt.Fprintln(b, fault)
	}
	switch {
	case d.Total > int64(len(d.Faults)):
		fmt.Fprintf(b, "%s: %s, of which the first %d are listed\n", d.Name, count(d.Total, "fault"), len(d.Faults))
		return
	case d.Total > 0:
		fmt.Fprintf(b, "%s: %s\n", d.Name, count(d.Total, "fault"))
		return
	case d.Data != nil:
		fmt.Fprintf(b, "%s: ok, %s, version %s", d.Name, count(d.Data.Rows, "row"), d.Data.Version)
	default:
		fmt.Fprintf(b, "%s: ok, names no data", d.Name)
	}
	b.WriteString(d.Stored.String() + "\n")
}

// String goes behind what is said of the dataset's own data.
func (s *stored) String() string {
	switch {
	case s == nil:
		return ""
	case s.Place == "":
		return "; not loaded"
	case s.Version == "":
		return "; " + s.Place + " has rows of no known version"
	}
	return fmt.Sprintf("; %s has %s, version %s", s.Place, count(s.Rows, "row"), s.Version)
}
