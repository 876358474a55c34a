package engine

import (
	"context"
	"errors"

	"herbarium/datasets"
	"herbarium/engine/fault"
	"herbarium/engine/query"
)

// Pin writes what pins a query's answer to the version and to the dataset's descriptor: as
// long as it is answered, the answer has the same bytes.
func Pin(ds *datasets.Dataset, version string) string { return version + "." + ds.Fingerprint() }

// pinned returns the content that the query names. Where it is not to be had, the error
// names what is.
func (e *Engine) pinned(ctx context.Context, q *query.Query) (Table, error) {
	ds := q.Dataset
	table, err := e.tableAt(ctx, ds, q.Version)
	switch {
	case fault.CodeOf(err) == fault.Gone:
		return nil, e.versionGone(ctx, ds, q.Version, err)
	case err != nil:
		return nil, err
	case q.Fingerprint != "" && q.Fingerprint != ds.Fingerprint():
		return nil, fault.OtherDescriptorError(ds, q.Version, Pin(ds, q.Version))
	}
	return table, nil
}

// versionGone says what there is instead of a version.
func (e *Engine) versionGone(ctx context.Context, ds *datasets.Dataset, version string, err error) error {
	list, failed := e.sealedVersions(ctx, ds)
	if failed != nil {
		list = Versions{} // that the version is gone is known all the same
	}
	gone := list.Gone(ds, version)
	if errors.Is(err, fault.ErrOtherFields) {
		gone = list.GoneOtherFields(ds, version)
	}
	if gone.Nearest != "" {
		gone.Detail += "; ask for it with version=" + gone.Nearest + ", or leave version out for the current one"
	}
	return gone
}

// Versions returns the versions of the dataset that queries can name. For a view that hides
// rows, they are counted without these, in each version; a count that cannot be had is
// negative. The error is that of Table.
func (e *Engine) Versions(ctx context.Context, ds *datasets.Dataset) (Versions, error) {
	list, err := e.sealedVersions(ctx, ds)
	if err != nil {
		return Versions{}, failure(err)
	}
	if ds.View == nil || query.ShownRows(ds.View) == nil {
		return list, nil
	}
	for i := range list.Kept {
		v := &list.Kept[i]
		v.Rows = -1
		if table, err := e.tableAt(ctx, ds, v.Version); err == nil {
			v.Rows = table.Info().Rows
		}
	}
	for i := range list.OtherFields {
		list.OtherFields[i].Rows = -1 // those that are shown cannot be counted
	}
	return list, nil
}

// sealedVersions returns the store's versions by the names that the dataset has for them.
func (e *Engine) sealedVersions(ctx context.Context, ds *datasets.Dataset) (Versions, error) {
	if ds.View == nil {
		return e.store.Versions(ctx, ds)
	}
	list, err := e.store.Versions(ctx, ds.View.Base)
	if err != nil || !ds.View.Sealed {
		return list, err
	}
	for i := range list.Kept {
		list.Kept[i].Version = query.SealVersion(ds.View, list.Kept[i].Version)
	}
	if hidesFields(ds.View) {
		list.OtherFields = nil
	}
	for i := range list.OtherFields {
		list.OtherFields[i].Version = query.SealVersion(ds.View, list.OtherFields[i].Version)
	}
	for i := range list.Removed {
		list.Removed[i].Version = query.SealVersion(ds.View, list.Removed[i].Version)
	}
	return list, nil
}
