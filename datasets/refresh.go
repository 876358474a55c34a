package datasets

import (
	"regexp"
	"time"
)

// refreshTime is how the time between two readings is written. The shortest is a second.
var refreshTime = regexp.MustCompile(`^[1-9][0-9]{0,5}[smh]$`)

const (
	// onChange is written instead of a time where changes are followed.
	onChange = "changes"
	// changesTime is the least time between two readings then.
	changesTime = time.Second
)

// refresh reads when a collection that something else fills is copied.
func (d *descriptor) refresh() {
	e, ok := d.entries["refresh"]
	if !ok {
		return
	}
	if e.value.Value == onChange {
		d.ds.Refresh, d.ds.OnChange = changesTime, true
		return
	}
	if !refreshTime.MatchString(e.value.Value) {
		d.fault(e.value, "refresh", "a time of 1s or more belongs here, as seconds, minutes or hours: 60s, 5m, 1h; or changes; not %s", describe(e.value))
		return
	}
	d.ds.Refresh, _ = time.ParseDuration(e.value.Value) // which takes more than the pattern does
}
