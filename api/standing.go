package api

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"herbarium/datasets"
	"herbarium/engine"
)

// standing is how a dataset is.
type standing struct {
	name string
	// dataset is nil where the descriptor could not be used and there is no good
	// version from before.
	dataset *datasets.Dataset
	// info is what is known of the rows; nil where err says why there are none,
	// or where the store is away and was not asked.
	info *engine.TableInfo
	err  error
	// fault is what may be told of rows that cannot be read.
	fault string
	// wrong says all that may be told of what is wrong, or "".
	wrong string
}

// standings returns how every dataset is, by name. A store that is away is away
// for all: it is not waited for twice, nor at all where it is known to be down.
func (s *Server) standings(ctx context.Context, down bool) []standing {
	snapshot := s.registry.Current()
	all := make([]standing, 0, len(snapshot.Names()))
	wrong := brokenTexts(snapshot)
	for _, name := range snapshot.Names() {
		ds, _ := snapshot.Dataset(name)
		d := standing{name: name, dataset: ds}
		if !down {
			info, err := s.engine.Table(ctx, ds)
			if d.err = err; err == nil {
				d.info = &info
			}
			d.fault = faultOf(info, err)
			down = d.fault == "" && away(err)
		}
		d.wrong = joinTexts(wrong[name], d.fault)
		all = append(all, d)
	}
	for _, b := range snapshot.Broken() {
		if _, ok := snapshot.Dataset(b.Name); !ok {
			all = append(all, standing{name: b.Name, wrong: brokenText(b)})
		}
	}
	slices.SortStableFunc(all, func(a, b standing) int { return strings.Compare(a.name, b.name) })
	return all
}

// faultOf returns what may be told of rows that cannot be read, be it that
// they could not be opened or that it was found later; "" for nothing.
func faultOf(info engine.TableInfo, err error) string {
	var fault *engine.Error
	if err = cmp.Or(err, info.Fault); errors.Is(err, engine.ErrUnreadable) && errors.As(err, &fault) {
		return fault.Detail
	}
	return ""
}

// away reports whether the error is the store's, not one dataset's.
func away(err error) bool {
	return err != nil && engine.CodeOf(err) != engine.NotLoaded
}

// brokenTexts returns what may be told of what is broken, by dataset.
func brokenTexts(s *datasets.Snapshot) map[string]string {
	texts := map[string]string{}
	for _, b := range s.Broken() {
		texts[b.Name] = joinTexts(texts[b.Name], brokenText(b))
	}
	return texts
}

// joinTexts returns the texts that are not empty, a line each.
func joinTexts(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(text string) bool { return text == "" }), "\n")
}

// brokenText is what may be told of a broken descriptor or its data: its faults name the
// file as it is called in its folder. Any other error may name the server's
// paths, and is for its log.
func brokenText(b datasets.Broken) string {
	var faults *datasets.DescriptorError
	if errors.As(b.Err, &faults) {
		return faults.Error()
	}
	return "the dataset cannot be read; the server's log says why"
}
