package overload

import (
	"bytes"
	"strings"
	"testing"
)

func TestTheGoalsAreOfGoodputAndOfLateness(t *testing.T) {
	for _, c := range []struct {
		share, times float64
		met          bool
	}{{0.9, 5, true}, {0.89, 1, false}, {1, 5.1, false}} {
		s := Side{Name: "one", Share: c.share, Times: c.times, Goal: true}
		if s.met() != c.met {
			t.Errorf("%+v is met: %v", c, s.met())
		}
	}
	o := Overload{Name: "S13", What: "too much", Sides: []Side{{Name: "one", Most: 100, Goodput: 95, Share: 0.95, Times: 2, Half: 0.001, Late: 0.002, Goal: true}}}
	var out bytes.Buffer
	if err := o.Write(&out); err != nil || !strings.Contains(out.String(), "0.95") {
		t.Errorf("%v: %s", err, &out)
	}
	if row := o.Row(); len(row.Figures) != 1 || !strings.Contains(row.Figures[0], "2ms is 2.0 ×") {
		t.Errorf("%+v", row)
	}
}

func TestNoQueryIsAskedTwice(t *testing.T) {
	seen := map[string]bool{}
	for i := range int64(1000) {
		seen[string(request(i).Bytes)] = true
	}
	if len(seen) != 1000 {
		t.Errorf("%d of 1000 differ", len(seen))
	}
}
