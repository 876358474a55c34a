package status

import (
	"time"

	"herbarium/datasets"
	"herbarium/engine"
)

// VersionList is the versions of a dataset, as documents show them.
type VersionList struct {
	Dataset string `json:"dataset"`
	// Fingerprint names the descriptor as it shapes answers now.
	Fingerprint string    `json:"fingerprint"`
	Versions    []Version `json:"versions"` // the newest first
	// OtherFields are kept, too, but queries cannot name them, since they have other fields
	// than the descriptor.
	OtherFields []UnreadableVersion `json:"other_fields"`
	Links       map[string]string   `json:"links,omitempty"`
}

// UnreadableVersion is one version that queries cannot name.
type UnreadableVersion struct {
	Version   string     `json:"version"`
	Rows      *int64     `json:"rows"`
	Published *time.Time `json:"published"`
	Label     *string    `json:"label"`
	Keep      *string    `json:"keep"`
	KeptUntil *time.Time `json:"kept_until"`
}

// Version is one version of a dataset. What is not known, or not set, is null.
type Version struct {
	Version string `json:"version"`
	// Pin is the value of the query property version that names the descriptor, too.
	Pin       string     `json:"pin"`
	Rows      *int64     `json:"rows"`
	Published *time.Time `json:"published"`
	Label     *string    `json:"label"`
	Current   bool       `json:"current"`
	Keep      *string    `json:"keep"`
	KeptUntil *time.Time `json:"kept_until"`
	// Links are operations of the version.
	Links map[string]string `json:"links,omitempty"`
}

// VersionsOf describes the versions of the dataset.
func VersionsOf(ds *datasets.Dataset, list engine.Versions) VersionList {
	l := VersionList{Dataset: ds.Name, Fingerprint: ds.Fingerprint(), Versions: []Version{}, OtherFields: []UnreadableVersion{}}
	for i := range list.Kept {
		l.Versions = append(l.Versions, VersionOf(ds, &list.Kept[i]))
	}
	for i := range list.OtherFields {
		v := VersionOf(ds, &list.OtherFields[i])
		l.OtherFields = append(l.OtherFields, UnreadableVersion{v.Version, v.Rows, v.Published, v.Label, v.Keep, v.KeptUntil})
	}
	return l
}

// VersionOf describes one version of the dataset.
func VersionOf(ds *datasets.Dataset, v *engine.VersionInfo) Version {
	d := Version{Version: v.Version, Pin: engine.Pin(ds, v.Version), Current: v.Current,
		Published: timeOrNil(v.Published), KeptUntil: timeOrNil(v.Until), Label: textOrNil(v.Label), Keep: textOrNil(v.Keep.String())}
	if v.Rows >= 0 {
		d.Rows = &v.Rows
	}
	return d
}

// timeOrNil returns the time to the millisecond, in UTC; nil for the zero time.
func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Millisecond)
	return &t
}

func textOrNil(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
