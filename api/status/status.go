// Package status finds out the status of datasets: whether their rows can be
// read, and what is wrong with the rows or with a newer version of the
// descriptor.
package status

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
)

// The states of a dataset.
const (
	Ready     = "ready"
	NotLoaded = "not_loaded"
	Faulty    = "faulty"  // some of its rows cannot be read
	Unknown   = "unknown" // the store cannot say now
	Broken    = "broken"  // its descriptor is wrong
)

// States returns every state.
func States() []string { return []string{Ready, NotLoaded, Faulty, Unknown, Broken} }

// Hidden stands for what is wrong with the rows of a dataset of which the caller does
// not see everything.
const Hidden = "the rows cannot be read; the server's log says why"

// Readiness is a dataset's state as JSON shows it.
type Readiness struct {
	Name  string `json:"name"`
	State string `json:"state"`
	// Error says what is wrong with the dataset or with its newer version.
	Error string `json:"error,omitempty"`
}

// Dataset is the status of a dataset.
type Dataset struct {
	Name string
	// Dataset is nil if the descriptor cannot be used and there is no earlier
	// good version.
	Dataset *datasets.Dataset
	// Info is what is known about the rows, or nil.
	Info  *engine.TableInfo
	State string
	// Error says what is wrong, in words that callers may see; "" if nothing is.
	Error string
}

// Readiness returns the dataset's state.
func (d *Dataset) Readiness() Readiness { return Readiness{d.Name, d.State, d.Error} }

// Tables knows about the rows of datasets.
type Tables interface {
	Table(ctx context.Context, ds *datasets.Dataset) (engine.TableInfo, error)
}

// Of returns the status of every dataset of the snapshot, by name. If the store
// is down, or fails for one dataset, it is not asked about further ones, so that
// the caller does not wait for it more than once.
func Of(ctx context.Context, tables Tables, snapshot *datasets.Snapshot, down bool) []Dataset {
	all := make([]Dataset, 0, len(snapshot.Names()))
	broken := brokenTexts(snapshot)
	for _, name := range snapshot.Names() {
		ds, _ := snapshot.Dataset(name)
		d := Dataset{Name: name, Dataset: ds, State: Unknown, Error: broken[name]}
		if !down {
			down = d.ask(ctx, tables)
		}
		all = append(all, d)
	}
	for _, b := range snapshot.Broken() {
		if _, ok := snapshot.Dataset(b.Name); !ok {
			all = append(all, Dataset{Name: b.Name, State: Broken, Error: BrokenText(b)})
		}
	}
	slices.SortStableFunc(all, func(a, b Dataset) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// One returns the status of one dataset of the snapshot.
func One(ctx context.Context, tables Tables, snapshot *datasets.Snapshot, ds *datasets.Dataset) Dataset {
	d := Dataset{Name: ds.Name, Dataset: ds, State: Unknown, Error: brokenTexts(snapshot)[ds.Name]}
	d.ask(ctx, tables)
	return d
}

// ask fills in what is known about the rows, and reports whether the store is
// down.
func (d *Dataset) ask(ctx context.Context, tables Tables) (down bool) {
	info, err := tables.Table(ctx, d.Dataset)
	if err == nil {
		d.Info = &info
	}
	wrong := faultText(info, err)
	if wrong != "" && d.Dataset.View != nil {
		wrong = Hidden
	}
	d.Error = joinTexts(d.Error, wrong)
	switch {
	case wrong != "":
		d.State = Faulty
	case err == nil:
		d.State = Ready
	case fault.CodeOf(err) == fault.NotLoaded:
		d.State = NotLoaded
	default:
		return true
	}
	return false
}

// faultText says what is wrong with rows that cannot be read, whether that was
// found when they were opened or later; "" if nothing is.
func faultText(info engine.TableInfo, err error) string {
	var known *fault.Error
	if err = cmp.Or(err, info.Fault); errors.Is(err, fault.ErrUnreadable) && errors.As(err, &known) {
		return known.Detail
	}
	return ""
}

// brokenTexts says what is broken, by dataset.
func brokenTexts(s *datasets.Snapshot) map[string]string {
	texts := map[string]string{}
	for _, b := range s.Broken() {
		texts[b.Name] = joinTexts(texts[b.Name], BrokenText(b))
	}
	return texts
}

// joinTexts returns the texts that are not empty, one a line.
func joinTexts(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(text string) bool { return text == "" }), "\n")
}

// BrokenText says what is wrong with a descriptor or its data. Faults name the
// file relative to its folder, so callers may see them. Any other error may
// name paths of the server, and is only logged.
func BrokenText(b datasets.Broken) string {
	var faults *datasets.DescriptorError
	if errors.As(b.Err, &faults) {
		return faults.Error()
	}
	return "the dataset cannot be read; the server's log says why"
}
