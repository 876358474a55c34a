package engine

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"herbarium/datasets"
	"herbarium/engine/fault"
)

// VersionInfo is what a store knows of a version that it keeps.
type VersionInfo struct {
	// Version names the content (see Hasher).
	Version string
	Rows    int64
	// Published is when the version last became current.
	Published time.Time
	// Label is what a load called it; "" for nothing.
	Label string
	// Keep is how long it was to be kept when it was loaded.
	Keep Keep
	// Until is the time up to which it is readable; zero where no end is set, as for the
	// current version.
	Until time.Time
	// Current says that it is what queries read which name no version.
	Current bool
}

// Versions are the versions of a dataset.
type Versions struct {
	// Kept are those that can be read, the newest first: the current one, if there is one,
	// and then those that it replaced. No two have the same name.
	Kept []VersionInfo
	// OtherFields are kept as well, but have other fields than the dataset, so that they
	// cannot be read before its descriptor has them again; the newest first. None is marked
	// as the current one. A view that hides fields has none: which fields they have is nothing
	// that it shows.
	OtherFields []VersionInfo
	// Removed are versions that are no longer kept, the last removed first: as many as the
	// store remembers.
	Removed []RemovedVersion
}

// RemovedVersion is a version that is no longer kept.
type RemovedVersion struct {
	Version   string
	Published time.Time // when it last became current
}

// MaxRemoved is how many removed versions a store remembers of a dataset.
const MaxRemoved = 100

// Nearest returns the version of Kept that was published nearest to the time at which the
// named one was, the newer one of two; the current version where the name is not
// remembered. It is nil where Kept is empty.
func (v Versions) Nearest(version string) *VersionInfo {
	if len(v.Kept) == 0 {
		return nil
	}
	nearest := &v.Kept[0]
	published, known := v.publishedAt(version)
	if !known {
		return nearest
	}
	for i := range v.Kept[1:] {
		if k := &v.Kept[i+1]; distance(k.Published, published) < distance(nearest.Published, published) {
			nearest = k
		}
	}
	return nearest
}

// publishedAt returns when a version that cannot be read was published, and whether that is
// known.
func (v Versions) publishedAt(version string) (at time.Time, known bool) {
	for _, removed := range v.Removed {
		if removed.Version == version {
			return removed.Published, true
		}
	}
	for i := range v.OtherFields {
		if v.OtherFields[i].Version == version {
			return v.OtherFields[i].Published, true
		}
	}
	return time.Time{}, false
}

// Gone is the error for a version that is not among those kept, or has other fields. It
// names the nearest that can be read.
func (v Versions) Gone(ds *datasets.Dataset, version string) *fault.Error {
	for i := range v.OtherFields {
		if v.OtherFields[i].Version == version {
			return v.GoneOtherFields(ds, version)
		}
	}
	return v.instead(ds, version, "kept", fault.VersionGoneError(ds, version))
}

// GoneOtherFields is the error for a version that is kept, but has other fields than the
// dataset. It names the nearest that can be read.
func (v Versions) GoneOtherFields(ds *datasets.Dataset, version string) *fault.Error {
	return v.instead(ds, version, "kept with the descriptor's fields", fault.OtherFieldsError(ds, version))
}

// instead adds to an error what can be read instead of the version, and is so kept.
func (v Versions) instead(ds *datasets.Dataset, version, kept string, gone *fault.Error) *fault.Error {
	nearest := v.Nearest(version)
	if nearest == nil {
		if len(v.OtherFields) > 0 {
			gone.Detail += "; no version that is kept has the descriptor's fields; load rows that have them with: " + fault.LoadCall(ds.Name)
		}
		return gone
	}
	gone.Nearest = nearest.Version
	gone.Detail += "; the nearest that is " + kept + " is " + nearest.Version + ", published " + nearest.Published.UTC().Format(time.RFC3339)
	if nearest.Label != "" {
		gone.Detail += " as " + strconv.Quote(nearest.Label)
	}
	if nearest.Current {
		gone.Detail += ", which is the current one"
	}
	return gone
}

func distance(a, b time.Time) time.Duration { return a.Sub(b).Abs() }

// LoadOptions are what a load says of the version that it publishes.
type LoadOptions struct {
	// Label is a short text for people, such as 2026-11 (see CheckLabel). Two versions can have
	// the same one.
	Label string
	// Keep is how long the version stays readable after it was replaced.
	Keep Keep
}

// maxLabel is the number of characters of the longest label.
const maxLabel = 100

// CheckLabel says what is wrong with a label. It has up to 100 characters, none of which
// controls a terminal, no space around it, and not the form of a version's name; "" is none.
func CheckLabel(label string) error {
	switch {
	case !utf8.ValidString(label):
		return fmt.Errorf("the label %q is not UTF-8", label)
	case strings.ContainsFunc(label, func(r rune) bool { return !unicode.IsGraphic(r) }):
		return fmt.Errorf("the label %q has a character that cannot be shown in a line", label)
	case label != strings.TrimSpace(label):
		return fmt.Errorf("the label %q has space around it", label)
	case datasets.IsVersion(label):
		return fmt.Errorf("the label %q has the form of a version's name", label)
	case utf8.RuneCountInString(label) > maxLabel:
		return fmt.Errorf("the label has %d characters, and at most %d are possible", utf8.RuneCountInString(label), maxLabel)
	}
	return nil
}
