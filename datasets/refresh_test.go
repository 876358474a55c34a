package datasets

import (
	"testing"
	"time"
)

func TestRefreshIsATimeOrChanges(t *testing.T) {
	for _, test := range []struct {
		written string
		least   time.Duration
		changes bool
	}{{"1s", time.Second, false}, {"90m", 90 * time.Minute, false}, {"999999h", 999_999 * time.Hour, false}, {"changes", time.Second, true}, {`"changes"`, time.Second, true}} {
		ds := parsed(t, "dataset: moves\nfields: {ship: {type: string}}\nrefresh: "+test.written+"\n")
		if ds.Refresh != test.least || ds.OnChange != test.changes {
			t.Errorf("%s is %v, on change: %v", test.written, ds.Refresh, ds.OnChange)
		}
	}
}
