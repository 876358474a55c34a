//go:build e2e

package deploy_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// report is what came of the requests of all callers.
type report struct {
	ledger *ledger

	mu        sync.Mutex
	began     time.Time
	good      int
	refusals  map[string]int
	recovers  map[part]time.Duration // the latest refusal after the part was back
	faults    []string
	numFaults int
	last      time.Time // when an answer came last
	gap       time.Duration
	calmGap   time.Duration // the longest without an absence of the database
}

const maxFaults = 10 // that are shown

func (r *report) answered(a asked) {
	calm := r.ledger.excuse(span{r.since(), a.until}, databasePart, failPoint, stalled) == noPart
	r.mu.Lock()
	defer r.mu.Unlock()
	r.good++
	if gap := a.until.Sub(r.last); gap > 0 {
		r.gap = max(r.gap, gap)
		if calm {
			r.calmGap = max(r.calmGap, gap)
		}
		r.last = a.until
	}
}

// since returns when an answer came last.
func (r *report) since() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

func (r *report) refusal(cause string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refusals[cause]++
}

func (r *report) recovered(p part, after time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.recovers[p] = max(r.recovers[p], after)
}

func (r *report) wrong(c *caller, a asked) {
	r.fault("%s: %s: %d %.400s, at %s", c.name, a.what, a.status, a.body, a.span)
}

func (r *report) fault(format string, values ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.numFaults++; len(r.faults) < maxFaults {
		r.faults = append(r.faults, fmt.Sprintf(format, values...))
	}
}

// String is the report in a line.
func (r *report) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	refused, total := []string{}, 0
	for _, cause := range slices.Sorted(maps.Keys(r.refusals)) {
		refused, total = append(refused, fmt.Sprintf("%s: %d", cause, r.refusals[cause])), total+r.refusals[cause]
	}
	back := []string{}
	for _, p := range slices.Sorted(maps.Keys(r.recovers)) {
		back = append(back, fmt.Sprintf("%s: %v", p, r.recovers[p].Round(time.Millisecond)))
	}
	return fmt.Sprintf("availability: %d requests in %v, %d answered, %d refused (%s), %d wrong; last refusal after a part was back (%s); longest gap %v, with the database there %v; replaced version seen for %v, old rights for %v",
		r.good+total, time.Since(r.began).Round(time.Second), r.good, total, strings.Join(refused, ", "), r.numFaults, strings.Join(back, ", "),
		r.gap.Round(time.Millisecond), r.calmGap.Round(time.Millisecond), r.ledger.stale.Round(time.Millisecond), r.ledger.oldRights.Round(time.Millisecond))
}
