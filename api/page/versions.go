package page

import (
	"strings"
	"time"

	"herbarium/engine"
)

// A page can show a version that is not the current one: version, in its URL as in those of
// the API, goes with everything that the page asks.

// maxVersions is how many versions a page lists.
const maxVersions = 20

// version returns the version that the page's URL names; "" for the current one.
func (s *state) version() string {
	version, _, _ := strings.Cut(s.get("version"), ".")
	return version
}

// shown returns what is known of the version that the URL names, if it is kept.
func (v Visit) shown(version string) (engine.VersionInfo, bool) {
	for _, kept := range v.Versions.Kept {
		if kept.Version == version {
			return kept, true
		}
	}
	return engine.VersionInfo{}, false
}

// aboutShown makes the version that the page shows the one that it tells of.
func (b *builder) aboutShown(v Visit) {
	asked := b.state.version()
	if asked == "" {
		asked = b.info.Version
	}
	kept, ok := v.shown(asked)
	if !ok {
		return
	}
	b.forever = kept.Keep.Forever
	b.info.Version, b.info.Rows, b.info.Published = kept.Version, kept.Rows, kept.Published
}

// versionRow is a version in the page's list.
type versionRow struct {
	Version, URL, Published, Label, Rows, Kept string
	Shown                                      bool
}

// versionRows lists the versions, the newest first, and says how many more there are.
func (b *builder) versionRows() (rows []versionRow, more int) {
	for i := range b.versions.Kept {
		if i == maxVersions {
			return rows, len(b.versions.Kept) - i
		}
		v := &b.versions.Kept[i]
		r := versionRow{Version: v.Version, URL: b.state.path + "?version=" + v.Version, Label: v.Label, Shown: v.Version == b.info.Version}
		if !v.Published.IsZero() {
			r.Published = v.Published.UTC().Format(time.DateOnly)
		}
		if v.Rows >= 0 {
			r.Rows = short(float64(v.Rows))
		}
		switch {
		case v.Current:
			r.URL, r.Kept = b.state.path, b.texts.t("version current")
		case !v.Until.IsZero():
			r.Kept = b.texts.t("version until", v.Until.UTC().Format("2006-01-02 15:04 MST"))
		case v.Keep.Forever:
			r.Kept = b.texts.t("version forever")
		}
		rows = append(rows, r)
	}
	return rows, 0
}

// pinned is a link to all rows of the version that the page shows, as long as it is kept;
// nil where the dataset has none.
func (b *builder) pinned() *link {
	if b.info.Version == "" || !b.offers("range") {
		return nil
	}
	path := b.state.path + "/range?version=" + b.info.Version
	return &link{b.origin + path, path}
}
