package columnar

import (
	"context"
	"maps"
	"slices"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
)

// Begin starts a load of the dataset, one at a time.
func (s *Store) Begin(_ context.Context, ds *datasets.Dataset, options engine.LoadOptions) (engine.Load, error) {
	if err := engine.CheckLabel(options.Label); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.loading[ds.Name] {
		return nil, fault.LoadRunningError(ds.Name, time.Second)
	}
	s.loading[ds.Name] = true
	return newLoad(s.resources, ds, func(t *table) { s.end(ds, t, options) }), nil
}

// end lets the next load of the dataset begin, and publishes t, if there is one.
func (s *Store) end(ds *datasets.Dataset, t *table, options engine.LoadOptions) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.loading, ds.Name)
	if t != nil {
		s.publish(ds, tableVersion{table: t, published: time.Now(), label: options.Label, keep: options.Keep})
	}
}

// Versions returns the versions that are kept. The table that a change of the descriptor
// has left for queries under way is none.
func (s *Store) Versions(ctx context.Context, ds *datasets.Dataset) (engine.Versions, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	current, err := s.Table(ctx, ds) // within the lock, so that it is of this list
	if err != nil {
		return engine.Versions{}, err
	}
	return s.listed(ds, current), nil
}

// listed lists the versions. The caller holds mu.
func (s *Store) listed(ds *datasets.Dataset, current engine.Table) engine.Versions {
	list := engine.Versions{Removed: slices.Clone(s.removed[ds.Name])}
	now := time.Now()
	for _, e := range (*s.versions.Load())[ds.Name] {
		switch {
		case !e.fits(ds) && e.expires.IsZero():
		case !e.retained(now):
			list.Removed = slices.Insert(list.Removed, 0, engine.RemovedVersion{Version: e.version, Published: e.published})
		default:
			info := engine.VersionInfo{Version: e.version, Rows: e.rows, Published: e.published, Label: e.label, Keep: e.keep, Current: e.table == current}
			if e.expires.Before(engine.Unlimited()) {
				info.Until = e.expires
			}
			if !e.fits(ds) {
				list.OtherFields = append(list.OtherFields, info)
			} else {
				list.Kept = append(list.Kept, info)
			}
		}
	}
	list.OtherFields = slices.DeleteFunc(list.OtherFields, func(v engine.VersionInfo) bool { // in another layout alone
		return slices.ContainsFunc(list.Kept, func(k engine.VersionInfo) bool { return k.Version == v.Version })
	})
	return list
}

// Rollback makes a kept version the current one.
func (s *Store) Rollback(_ context.Context, ds *datasets.Dataset, version string) (engine.VersionInfo, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.loading[ds.Name] {
		return engine.VersionInfo{}, fault.LoadRunningError(ds.Name, time.Second)
	}
	now := time.Now()
	all := (*s.versions.Load())[ds.Name]
	otherFields := false
	for _, e := range all {
		switch {
		case e.version != version || !e.retained(now):
			continue
		case !e.fits(ds):
			otherFields = true
			continue
		case e.expires.IsZero():
			return engine.VersionInfo{}, fault.AlreadyCurrentError(ds, version)
		}
		e.published, e.replacements, e.expires = now, 0, time.Time{}
		s.publish(ds, e)
		return s.listed(ds, e.table).Kept[0], nil
	}
	switch {
	case len(all) == 0:
		return engine.VersionInfo{}, fault.NotLoadedError(ds)
	case otherFields:
		return engine.VersionInfo{}, s.listed(ds, all[0].table).GoneOtherFields(ds, version)
	default:
		return engine.VersionInfo{}, s.listed(ds, all[0].table).Gone(ds, version)
	}
}

// publish makes a version of the dataset the current one. The version before stays for
// Options.Keep, or longer if its own Keep says so. The newest table of another
// layout stays beside it, for queries that began under the descriptor from
// before. The caller holds mu.
func (s *Store) publish(ds *datasets.Dataset, v tableVersion) {
	all := []tableVersion{v}
	known := (*s.versions.Load())[ds.Name]
	again := len(known) > 0 && known[0].version == v.version && known[0].fits(ds)
	other := false
	for _, e := range known {
		switch {
		case e.version == v.version && e.fits(ds):
			all[0].inherit(e)
			continue
		case !e.fits(ds) && e.expires.IsZero() && !other:
			other = true
		case !e.fits(ds) && e.expires.IsZero():
			continue
		case !again:
			e.replaced(v.published, s.options.Keep)
		}
		if e.retained(v.published) {
			all = append(all, e)
		} else {
			s.remove(ds.Name, e)
		}
	}
	s.removed[ds.Name] = slices.DeleteFunc(s.removed[ds.Name], func(r engine.RemovedVersion) bool { return r.Version == v.version })
	versions := maps.Clone(*s.versions.Load())
	versions[ds.Name] = all
	s.replace(versions)
}

// inherit takes over what was promised of the same rows.
func (e *tableVersion) inherit(old tableVersion) {
	if e.label == "" {
		e.label = old.label
	}
	e.keep = e.keep.And(old.keep)
}

// replaced notes that another version became current, at that time. What keeps e ends at
// the earliest after keep.
func (e *tableVersion) replaced(now time.Time, keep time.Duration) {
	e.replacements++
	switch {
	case e.keep.Holds(e.replacements):
		e.expires = engine.Unlimited()
	case e.expires.IsZero(), !e.expires.Before(engine.Unlimited()):
		e.expires = now.Add(max(keep, e.keep.For))
	}
}

// remove notes that the version is no longer kept. The caller holds mu.
func (s *Store) remove(dataset string, e tableVersion) {
	all := slices.Insert(s.removed[dataset], 0, engine.RemovedVersion{Version: e.version, Published: e.published})
	s.removed[dataset] = all[:min(len(all), engine.MaxRemoved)]
}
