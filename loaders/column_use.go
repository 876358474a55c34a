package loaders

import (
	"maps"
	"slices"

	"herbarium/datasets"
	"herbarium/loaders/decode"
)

// columnUse gathers which columns of sources without a header no field reads, and
// which of the fields' columns no row has.
type columnUse struct {
	ds     *datasets.Dataset
	active bool                // the source at hand has no header
	seen   []bool              // by field
	here   map[string]struct{} // of the source, that no field reads
	names  map[string]struct{} // of all sources
	absent []string
}

// begin begins a source without a header.
func (u *columnUse) begin(ds *datasets.Dataset) {
	u.ds, u.active, u.seen, u.here = ds, true, make([]bool, len(ds.Fields)), map[string]struct{}{}
}

// add adds the columns of a part's rows.
func (u *columnUse) add(d *decode.Result) {
	if !u.active {
		return
	}
	for f, seen := range d.Seen {
		u.seen[f] = u.seen[f] || seen
	}
	for name := range d.Unread {
		if len(u.here) < decode.MaxUnread {
			u.here[name] = struct{}{}
		}
	}
}

// end ends a source, and returns the fields whose columns no row has.
func (u *columnUse) end(rows bool) (fields []int) {
	if !u.active {
		return nil
	}
	u.active = false
	if u.names == nil {
		u.names = map[string]struct{}{}
	}
	maps.Copy(u.names, u.here)
	for f, seen := range u.seen {
		if rows && !seen {
			fields = append(fields, f)
			if name := u.ds.Fields[f].Column; !slices.Contains(u.absent, name) {
				u.absent = append(u.absent, name)
			}
		}
	}
	return fields
}

// unreadHere returns the columns of the source that no field reads.
func (u *columnUse) unreadHere() []string { return slices.Sorted(maps.Keys(u.here)) }

func (u *columnUse) lists() (unread, absent []string) {
	return slices.Sorted(maps.Keys(u.names)), u.absent
}
