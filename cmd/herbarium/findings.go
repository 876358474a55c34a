package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"herbarium/datasets"
	"herbarium/engine/columnar"
	"herbarium/loaders"
)

// findings are what check found.
type findings struct {
	Datasets   []finding `json:"datasets"`
	Store      string    `json:"store,omitempty"`
	StoreError string    `json:"store_error,omitempty"`
	// Auth is nil if no auth file was named.
	Auth *authFinding `json:"auth,omitempty"`

	loadCommand string // that loads a DATASET into the store
}

// finding is what check found about one dataset.
type finding struct {
	Name   string           `json:"name"`
	File   string           `json:"file,omitempty"` // its descriptor
	Data   *loaders.Summary `json:"data,omitempty"` // nil if it names none, or if that is wrong
	Stored *stored          `json:"stored,omitempty"`
	Faults []loaders.Fault  `json:"faults,omitempty"`
	Total  int64            `json:"fault_count"`
	// Notes are no faults, but may surprise.
	Notes []string `json:"notes,omitempty"`

	broken     bool // the faults are the descriptor's
	undeclared bool // no descriptor declares it; the store has rows of it
}

// stored is what a store has of a dataset.
type stored struct {
	Rows    int64  `json:"rows"` // -1 if nothing was loaded, or if they were not counted
	Version string `json:"version,omitempty"`
	Place   string `json:"place,omitempty"`

	// Of a store whose files were read and checked: how many versions it
	// keeps, their bytes, and what is wrong with them.
	Versions int      `json:"versions,omitempty"`
	Bytes    int64    `json:"bytes,omitempty"`
	Faults   []string `json:"faults,omitempty"`
	Total    int64    `json:"fault_count,omitempty"`

	newer bool          // the fault is that a newer Herbarium wrote them
	time  time.Duration // spent on reading them
}

func (s *stored) add(fault string) {
	s.Faults = append(s.Faults, fault)
	s.Total++
}

// inspector is a store whose content can be read whole and checked.
type inspector interface {
	Datasets(context.Context) ([]string, error)
	Check(ctx context.Context, dataset string) (columnar.Inspection, error)
}

// undeclared adds what the store has of datasets that no descriptor declares.
func (f *findings) undeclared(ctx context.Context, store inspector) error {
	names, err := store.Datasets(ctx)
	if err != nil {
		f.StoreError = err.Error()
	}
	for _, name := range names {
		if slices.ContainsFunc(f.Datasets, func(d finding) bool { return d.Name == name && !d.broken }) {
			continue
		}
		d := finding{Name: name, Stored: &stored{Rows: -1}, undeclared: true}
		if err := d.inspect(ctx, store); err != nil {
			return err
		}
		f.Datasets = append(f.Datasets, d)
	}
	return nil
}

// inspect reads all that the store keeps of the dataset.
func (d *finding) inspect(ctx context.Context, store inspector) error {
	start := time.Now()
	read, err := store.Check(ctx, d.Name)
	if err != nil {
		return err
	}
	if d.Stored == nil && read.Total > 0 {
		d.Stored = &stored{Rows: -1}
	}
	if d.Stored != nil {
		d.Stored.Bytes, d.Stored.Versions, d.Stored.Faults, d.Stored.Total = read.Bytes, read.Versions, read.Faults, read.Total
		d.Stored.newer = read.Newer
		d.Stored.time = time.Since(start)
	}
	return nil
}

// descriptor adds what is wrong with a descriptor; others are those that declare
// a dataset of the same name.
func (f *findings) descriptor(broken datasets.Broken, others []string) {
	d := finding{Name: broken.Name, File: broken.File, broken: true}
	var wrong *datasets.DescriptorError
	if errors.As(broken.Err, &wrong) {
		d.Faults = faultsOf(wrong)
	} else {
		d.Faults = []loaders.Fault{{File: broken.File, Line: 1, Column: 1, Detail: broken.Err.Error()}}
	}
	// datasets reports a clash only between descriptors without other faults. An
	// invalid name cannot clash.
	if validName(broken) && len(others) > 0 {
		clash := &datasets.DescriptorError{File: broken.File, Faults: []datasets.Fault{datasets.ClashFault(broken.Name, others)}}
		d.Faults = append(faultsOf(clash), d.Faults...)
	}
	d.Total = int64(len(d.Faults))
	f.Datasets = append(f.Datasets, d)
}

// maxListed is how many faults of one file are listed. If there are more, most of
// them have the same cause.
const maxListed = 1000

// data adds what a dataset's own data contains, or what is wrong with it.
func (f *findings) data(ctx context.Context, ds *datasets.Dataset) error {
	d := finding{Name: ds.Name, File: ds.File, Notes: notesOf(ds)}
	summary, err := loaders.Check(ctx, ds, nil, loaders.Options{MaxFaults: maxListed})
	var wrong *loaders.DataError
	missing := missingData(ds, err)
	switch {
	case err == nil:
		d.Data = &summary
	case errors.Is(err, loaders.ErrNoData):
	case errors.As(err, &wrong):
		d.Faults, d.Total = wrong.Faults, wrong.Total
	case missing != nil:
		d.Faults, d.Total, d.broken = faultsOf(missing), 1, true
	default:
		return err
	}
	f.Datasets = append(f.Datasets, d)
	return nil
}

// notesOf returns what the descriptor leads to by default that its author may not
// expect.
func notesOf(ds *datasets.Dataset) []string {
	var notes []string
	for _, op := range ds.LeftOut {
		notes = append(notes, fmt.Sprintf("the operation %s is left out: its answer could not hold the group %s beside a measure of that name; rename the field, "+
			"or do not group by it, to have the operation", op, strings.Join(ds.FieldNames(ds.GroupBy), ", ")))
	}
	return notes
}

// code returns the exit code for the findings.
func (f *findings) code() int {
	code := exitOK
	if f.StoreError != "" {
		code = exitSystem
	}
	if f.Auth != nil && len(f.Auth.Faults) > 0 {
		return exitUsage
	}
	for i := range f.Datasets {
		switch d := &f.Datasets[i]; {
		case d.broken:
			return exitUsage
		case d.Total > 0:
			code = exitData
		case d.Stored != nil && d.Stored.Total > 0 && code == exitOK:
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
	f.Auth.write(&b)
	switch {
	case f.StoreError != "":
		fmt.Fprintf(&b, "store %s: %s\n", f.Store, f.StoreError)
	case f.Store != "":
		fmt.Fprintf(&b, "store %s: %s\n", f.Store, f.content())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// content says what was read of the store, and with which result.
func (f *findings) content() string {
	var read, faults, newer int64
	var took time.Duration
	for i := range f.Datasets {
		if s := f.Datasets[i].Stored; s != nil {
			read, faults, took = read+s.Bytes, faults+s.Total, took+s.time
			if s.newer {
				newer += s.Total
			}
		}
	}
	switch {
	case newer > 0 && newer == faults:
		return count(faults, "fault") + "; update herbarium, or load into another folder"
	case newer > 0:
		return count(faults, "fault") + "; load again the datasets named above that no newer herbarium wrote: " + f.loadCommand
	case faults > 0:
		return count(faults, "fault") + "; load again the datasets named above: " + f.loadCommand
	case read > 0:
		return fmt.Sprintf("ok, %s read and checked (%.1f GB/s)", count(read, "byte"), float64(read)/1e9/max(took, time.Microsecond).Seconds())
	}
	return "ok"
}

func (d *finding) write(b *strings.Builder) {
	groups := groupFaults(d.Faults)
	for i := range groups {
		groups[i].write(b)
	}
	switch {
	case d.Total > int64(len(d.Faults)):
		fmt.Fprintf(b, "%s: %s, of which the first %d are listed by kind\n", d.Name, count(d.Total, "fault"), len(d.Faults))
	case d.Total > 0:
		fmt.Fprintf(b, "%s: %s\n", d.Name, count(d.Total, "fault"))
	case d.undeclared:
		fmt.Fprintf(b, "%s: no descriptor declares it; the store has %s of it\n", d.Name, count(int64(d.Stored.Versions), "version"))
	case d.Data != nil:
		printLoose(b, *d.Data)
		fmt.Fprintf(b, "%s: %s%s, version %s%s\n", d.Name, d.verdict("the data is fine, "), count(d.Data.Rows, "row"), d.Data.Version, d.Stored)
	default:
		fmt.Fprintf(b, "%s: %snames no data%s\n", d.Name, d.verdict(""), d.Stored)
	}
	for _, note := range d.Notes {
		fmt.Fprintf(b, "%s: note: %s\n", d.Name, note)
	}
	d.Stored.writeFaults(b, d.Name)
}

// verdict is "ok, " for a dataset whose descriptor and data are fine, or less if
// what is stored has faults.
func (d *finding) verdict(less string) string {
	if d.Stored != nil && d.Stored.Total > 0 {
		return less
	}
	return "ok, "
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

// String describes what is stored, to be appended to a line on the dataset.
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
