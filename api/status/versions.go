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
	Fingerprint string            `json:"fingerprint"`
	Versions    []Version         `json:"versions"` // the newest first
	Links       map[string]string `json:"links,omitempty"`
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
	l := VersionList{Dataset: ds.Name, Fingerprint: ds.Fingerprint(), Versions: []Version{}}
	for i := range list.Kept {
		l.Versions = append(l.Versions, VersionOf(ds, &list.Kept[i]))
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
