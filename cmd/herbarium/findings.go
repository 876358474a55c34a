package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"herbarium/loaders"
)

// findings are what check found.
type findings struct {
	Datasets   []finding `json:"datasets"`
	Store      string    `json:"store,omitempty"`
	StoreError string    `json:"store_error,omitempty"`

	again string // the call that loads a DATASET into the store
}

// finding is what check found about one dataset.
type finding struct {
	Name   string           `json:"name"`
	File   string           `json:"file,omitempty"` // its descriptor
	Data   *loaders.Summary `json:"data,omitempty"` // nil where it names none, or where that is wrong
	Stored *stored          `json:"stored,omitempty"`
	Faults []loaders.Fault  `json:"faults,omitempty"`
	Total  int64            `json:"fault_count"`

	broken     bool // the faults are the descriptor's
	undeclared bool // no descriptor declares it; the store has rows of it
}

// stored is what a store has of a dataset.
type stored struct {
	Rows    int64  `json:"rows"` // -1 where nothing was loaded, or where they were not counted
	Version string `json:"version,omitempty"`
	Place   string `json:"place,omitempty"`

	// Of a store whose files were read and checked: how many versions it
	// keeps, their bytes, and what is wrong with them.
	Versions int      `json:"versions,omitempty"`
	Bytes    int64    `json:"bytes,omitempty"`
	Faults   []string `json:"faults,omitempty"`
	Total    int64    `json:"fault_count,omitempty"`

	time time.Duration // that reading them took
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
		case d.Stored != nil && d.Stored.Total > 0 && code == exitDone:
			code = exitSystem
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
		fmt.Fprintf(&b, "store %s: %s\n", f.Store, f.content())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// content says what was read of the store, where it was.
func (f *findings) content() string {
	var read, faults int64
	var took time.Duration
	for i := range f.Datasets {
		if s := f.Datasets[i].Stored; s != nil {
			read, faults, took = read+s.Bytes, faults+s.Total, took+s.time
		}
	}
	switch {
	case faults > 0:
		return count(faults, "fault") + "; load again what is named: " + f.again
	case read > 0:
		return fmt.Sprintf("ok, %s read and checked (%.1f GB/s)", count(read, "byte"), float64(read)/1e9/max(took, time.Microsecond).Seconds())
	}
	return "ok"
}

func (d *finding) write(b *strings.Builder) {
	for _, fault := range d.Faults {
		fmt.Fprintln(b, fault)
	}
	switch {
	case d.Total > int64(len(d.Faults)):
		fmt.Fprintf(b, "%s: %s, of which the first %d are listed\n", d.Name, count(d.Total, "fault"), len(d.Faults))
	case d.Total > 0:
		fmt.Fprintf(b, "%s: %s\n", d.Name, count(d.Total, "fault"))
	case d.undeclared:
		fmt.Fprintf(b, "%s: no descriptor declares it; the store has %s of it\n", d.Name, count(int64(d.Stored.Versions), "version"))
	case d.Data != nil:
		fmt.Fprintf(b, "%s: %s, %s, version %s%s\n", d.Name, d.verdict(), count(d.Data.Rows, "row"), d.Data.Version, d.Stored)
	default:
		fmt.Fprintf(b, "%s: %s, names no data%s\n", d.Name, d.verdict(), d.Stored)
	}
	d.Stored.writeFaults(b, d.Name)
}

// verdict is of all of a dataset of which the descriptor and the data are fine.
func (d *finding) verdict() string {
	if d.Stored != nil && d.Stored.Total > 0 {
		return "the data is fine"
	}
	return "ok"
}

// writeFaults writes what is wrong with the stored files.
func (s *stored) writeFaults(b *strings.Builder, dataset string) {
	if s == nil {
		return
	}
	for _, fault := range s.Faults {
		fmt.Fprintln(b, fault)
	}
	if s.Total > int64(len(s.Faults)) {
		fmt.Fprintf(b, "%s: %s stored, of which the first %d are listed\n", dataset, count(s.Total, "fault"), len(s.Faults))
	}
}

// String goes behind what is said of the dataset's own data.
func (s *stored) String() string {
	switch {
	case s == nil:
		return ""
	case s.Total > 0:
		return "; what is stored has " + count(s.Total, "fault")
	case s.Place == "":
		return "; not loaded"
	case s.Version == "":
		return "; " + s.Place + " has rows of no known version"
	}
	return fmt.Sprintf("; %s has %s, version %s", s.Place, count(s.Rows, "row"), s.Version)
}
