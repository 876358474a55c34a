package mongodb

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
)

// Versions returns the versions that are kept, by this machine's clock; none where something
// else than a load filled the collection. The current one can be read whatever its fields.
func (s *Store) Versions(ctx context.Context, ds *datasets.Dataset) (engine.Versions, error) {
	p, err := s.publications.read(ctx, ds.Collection)
	switch {
	case err != nil:
		return engine.Versions{}, err
	case p.Current == nil && !p.unmanaged:
		return engine.Versions{}, notLoaded(ds)
	}
	return p.versions(ds, time.Now()), nil
}

// versions lists the versions.
func (p *publication) versions(ds *datasets.Dataset, now time.Time) engine.Versions {
	var list engine.Versions
	kept := map[string]bool{}
	for e := range p.kept(now) {
		kept[e.Version] = true
		info := engine.VersionInfo{Version: e.Version, Rows: e.Rows, Published: e.Published, Label: e.Label, Keep: e.kept(), Current: e == p.Current}
		if e.End != nil && !e.unlimited() {
			info.Until = *e.End
		}
		if e != p.Current && !e.fits(ds) {
			list.OtherFields = append(list.OtherFields, info)
		} else {
			list.Kept = append(list.Kept, info)
		}
	}
	removed := func(version string, published time.Time) {
		if !kept[version] {
			list.Removed = append(list.Removed, engine.RemovedVersion{Version: version, Published: published})
		}
	}
	for i := len(p.Older) - 1; i >= 0; i-- {
		removed(p.Older[i].Version, p.Older[i].Published)
	}
	for _, r := range p.Removed {
		removed(r.Version, r.Published)
	}
	return list
}

// Rollback makes a kept version the current one, in one update on the condition that it
// holds the lease of a load.
func (s *Store) Rollback(ctx context.Context, ds *datasets.Dataset, version string) (engine.VersionInfo, error) {
	info, err := s.rollback(ctx, ds, version)
	switch {
	case err == nil:
		return info, nil
	case fault.CodeOf(err) == fault.Internal: // others say themselves what they are about
		err = fmt.Errorf("roll %s back: %w", ds.Name, err)
	}
	return engine.VersionInfo{}, err
}

func (s *Store) rollback(ctx context.Context, ds *datasets.Dataset, version string) (info engine.VersionInfo, err error) {
	db, err := s.connect(ctx)
	if err != nil {
		return info, err
	}
	life, end := context.WithCancelCause(ctx)
	defer end(nil)
	l := &lease{store: s, name: ds.Collection, dataset: ds.Name, owner: strings.ToLower(rand.Text()), lost: end}
	if _, err := s.take(life, db, l); err != nil {
		return info, err
	}
	defer l.stop()
	defer s.publications.forget(ds.Collection)
	restored, err := l.found.restorable(ds, version)
	if err != nil {
		_, released := l.release(context.WithoutCancel(ctx), db)
		if released != nil {
			s.options.Logger.Warn("the lease of a rollback was not released; it ends by itself", "dataset", ds.Name, "error", released.Error())
		}
		return info, err
	}
	update, condition := l.found.restoring(restored, s.options.Keep)
	isCurrent := func(p *publication) bool { return p.Current != nil && p.Current.Collection == restored.Collection }
	if err := l.publish(life, db, restored.Collection, update, isCurrent, condition...); err != nil {
		return info, err
	}
	return engine.VersionInfo{Version: restored.Version, Rows: restored.Rows, Published: time.Now(), Label: restored.Label, Keep: restored.kept(), Current: true}, nil
}

// restorable returns the older version that can become the current one of the dataset. What
// the lease was taken with lists those alone that are still kept.
func (p *publication) restorable(ds *datasets.Dataset, version string) (*edition, error) {
	switch {
	case p.Current == nil:
		return nil, notLoaded(ds)
	case p.Current.Version == version:
		return nil, fault.AlreadyCurrentError(ds, version)
	}
	for i := len(p.Older) - 1; i >= 0; i-- {
		switch e := &p.Older[i]; {
		case e.Version != version:
		case !e.fits(ds):
			return nil, p.versions(ds, time.Now()).GoneOtherFields(ds, version)
		default:
			return e, nil
		}
	}
	return nil, p.versions(ds, time.Now()).Gone(ds, version)
}
