package files

import (
	"slices"
	"time"

	"herbarium/engine"
)

// What is kept is decided when a version becomes current, which is when the manifest is
// written: each older version either has an end, or is kept without one until a later
// publication says otherwise.

// With returns the manifest in which v is the current version and the one that was
// becomes older, to be kept for at least that long. An older version with the same name as
// v, which is to say with the same rows, is left out: no name may stand for two. What was
// promised of it holds for v.
func (m *Manifest) With(v Version, keep time.Duration) *Manifest {
	next := &Manifest{Dataset: m.Dataset, Current: &v, Removed: m.Removed}
	now := v.Published
	for old := range m.all() {
		switch {
		case old.Version == v.Version:
			next.Current.inherit(old)
			continue
		case m.Current.Version != v.Version:
			old = old.replaced(now, keep)
		case old.End == nil: // of a manifest that Herbarium did not write
			old = old.endingAt(now.Add(keep))
		}
		if old.Retained(now) {
			next.Older = append(next.Older, old)
		} else {
			next.remove(old)
		}
	}
	next.Removed = slices.DeleteFunc(next.Removed, func(r Removed) bool { return r.Version == v.Version })
	return next
}

// all returns the current version, if there is one, and all older ones, the newest first.
func (m *Manifest) all() func(yield func(Version) bool) {
	return func(yield func(Version) bool) {
		if m.Current == nil || !yield(*m.Current) {
			return
		}
		for _, old := range m.Older {
			if !yield(old) {
				return
			}
		}
	}
}

// inherit takes over what was promised of the same rows.
func (v *Version) inherit(old Version) {
	if v.Label == "" {
		v.Label = old.Label
	}
	v.SetKeep(v.Kept().And(old.Kept()))
}

// replaced returns the version as it is once another one became current, at that time. What
// keeps it ends at the earliest after keep.
func (v Version) replaced(now time.Time, keep time.Duration) Version {
	v.Replacements++
	switch own := v.Kept(); {
	case own.Holds(v.Replacements):
		return v.endingAt(engine.Unlimited())
	case v.End == nil, v.unlimited():
		return v.endingAt(now.Add(max(keep, own.For)))
	}
	return v
}

func (v Version) endingAt(end time.Time) Version {
	v.End = &end
	return v
}

// unlimited reports whether the version was replaced and is kept without an end.
func (v *Version) unlimited() bool { return v.End != nil && !v.End.Before(engine.Unlimited()) }

// remove notes that the version is no longer kept.
func (m *Manifest) remove(v Version) {
	gone := slices.Clone(m.Removed)
	gone = slices.DeleteFunc(gone, func(r Removed) bool { return r.Version == v.Version })
	gone = slices.Insert(gone, 0, Removed{v.Version, v.Published})
	m.Removed = gone[:min(len(gone), engine.MaxRemoved)]
}

// Kept returns how long the version is to be kept.
func (v *Version) Kept() engine.Keep {
	if v.Keep == nil {
		return engine.Keep{Forever: v.unlimited()}
	}
	return engine.Keep{Forever: v.Keep.Forever, Versions: v.Keep.Versions, For: time.Duration(v.Keep.Millis) * time.Millisecond}
}

// SetKeep sets how long the version is to be kept.
func (v *Version) SetKeep(k engine.Keep) {
	v.Keep = &Keep{k.Forever, k.Versions, k.For.Milliseconds()}
	if *v.Keep == (Keep{}) {
		v.Keep = nil
	}
}

// Restored returns the manifest in which an older version is the current one again, from
// that time on; nil where it is not among those that are kept then.
func (m *Manifest) Restored(version string, now time.Time, keep time.Duration) *Manifest {
	for known := range m.Versions(now) {
		if known.Version == version && known != m.Current {
			v := *known
			v.End, v.Replacements, v.Published = nil, 0, now
			return m.With(v, keep)
		}
	}
	return nil
}

// Listed returns what is kept at that time, by whether fits holds, and what is not. Of what
// fits the newest is the current one for whoever reads what fits alone.
func (m *Manifest) Listed(now time.Time, fits func(*Version) bool) engine.Versions {
	var list engine.Versions
	if m == nil {
		return list
	}
	for v := range m.Versions(now) {
		info := engine.VersionInfo{Version: v.Version, Rows: v.Rows, Published: v.Published, Label: v.Label, Keep: v.Kept()}
		if v.End != nil && !v.unlimited() {
			info.Until = *v.End
		}
		if !fits(v) {
			list.OtherFields = append(list.OtherFields, info)
			continue
		}
		info.Current = len(list.Kept) == 0
		list.Kept = append(list.Kept, info)
	}
	for i := range m.Older {
		if v := &m.Older[i]; !v.Retained(now) {
			list.Removed = append(list.Removed, engine.RemovedVersion{Version: v.Version, Published: v.Published})
		}
	}
	for _, r := range m.Removed {
		list.Removed = append(list.Removed, engine.RemovedVersion(r))
	}
	return list
}
