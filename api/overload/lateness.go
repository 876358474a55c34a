package overload

import "time"

// lateness tells whether there is an overload. A request is late if it was sent longer ago
// than leastLate, and if many others entered since then: what waits for few others that
// take long is not late. An overload begins when a request is very late, and while it
// lasts, requests are deferred that are late.
type lateness struct {
	late, veryLate int64 // how many others entered before such a request
	overload       bool
	last           time.Time // when a request was last late
	share          float64   // of a request that is to be deferred
}

const (
	// latePerProcessor and veryLatePerProcessor are lateness.late and veryLate.
	latePerProcessor     = 24
	veryLatePerProcessor = 120
	leastLate            = 10 * time.Millisecond
	// lasting is how long after the last late request an overload ends.
	lasting = time.Second
	// untilCalm is how long no request is late before deferred ones have a second chance.
	untilCalm = 100 * time.Millisecond
)

func newLateness(processors int) lateness {
	return lateness{late: latePerProcessor * int64(processors), veryLate: veryLatePerProcessor * int64(processors)}
}

// note notes a request that was sent so long ago, and that so many others have entered
// since. It reports whether there is an overload, and the request is late.
func (l *lateness) note(now time.Time, age time.Duration, entered int64) bool {
	if age <= leastLate || entered < l.late {
		return false
	}
	l.last = now
	l.overload = l.overload || entered >= l.veryLate
	return l.overload
}

// excessive reports whether a request that is late in an overload is to be deferred: each
// that more than twice as many others overtook as should, and fewer of the others. To
// defer all late ones would be too much, since those that are read next were sent before
// any was deferred.
func (l *lateness) excessive(entered int64) bool {
	if l.share += float64(entered-l.late) / float64(l.late); l.share < 1 {
		return false
	}
	l.share = 0
	return true
}

// ends ends an overload if no request has been late for long, or if all together are so
// few, with so many deferred, that none would be very late. It reports whether it does.
func (l *lateness) ends(now time.Time, deferred int) bool {
	if !l.overload || now.Sub(l.last) <= lasting && int64(deferred)+l.late >= l.veryLate {
		return false
	}
	l.overload = false
	return true
}

// calm reports whether no request has been late for a while.
func (l *lateness) calm(now time.Time) bool { return now.Sub(l.last) > untilCalm }
