package datasets

import (
	"regexp"
	"time"
)

// refreshTime is how the time between two readings is written. The shortest is a second.
var refreshTime = regexp.MustCompile(`^[1-9][0-9]{0,5}[smh]$`)

// refresh reads how often a collection that something else fills is copied.
func (d *descriptor) refresh() {
	e, ok := d.entries["refresh"]
	if !ok {
		return
	}
	if !refreshTime.MatchString(e.value.Value) {
		d.fault(e.value, "refresh", "a time of 1s or more belongs here, as seconds, minutes or hours: 60s, 5m, 1h; not %s", describe(e.value))
		return
	}
	d.ds.Refresh, _ = time.ParseDuration(e.value.Value) // which takes more than the pattern does
}
