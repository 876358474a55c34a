package mirror

import (
	"sync/atomic"
	"time"
)

// moment is a point in time that is set and read at the same time; the zero value is none. It
// keeps the reading of the monotonic clock, so that a step of the system's clock, as when it is
// set after the start, changes no time between two.
type moment struct{ at atomic.Pointer[time.Time] }

// set makes it that time.
func (m *moment) set(t time.Time) { m.at.Store(&t) }

// begin makes it that time if it is none yet.
func (m *moment) begin(t time.Time) { m.at.CompareAndSwap(nil, &t) }

// advance makes it that time unless it is a later one.
func (m *moment) advance(t time.Time) {
	for {
		known := m.at.Load()
		if known != nil && !t.After(*known) || m.at.CompareAndSwap(known, &t) {
			return
		}
	}
}

// due reports whether it was so long ago, and makes it the present if so. Of those who ask at the
// same time, one is told so.
func (m *moment) due(every time.Duration) bool {
	last, now := m.at.Load(), time.Now()
	return (last == nil || now.Sub(*last) >= every) && m.at.CompareAndSwap(last, &now)
}

// get returns the time, which is zero for none.
func (m *moment) get() time.Time {
	if t := m.at.Load(); t != nil {
		return *t
	}
	return time.Time{}
}

// ago returns how long ago it was; that is longer than anything for none.
func (m *moment) ago() time.Duration { return time.Since(m.get()) }
