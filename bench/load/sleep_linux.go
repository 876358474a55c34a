package load

import (
	"syscall"
	"time"
)

// sleepUntil returns at the time, or up to 0.1 ms later. time.Sleep may be late
// by a millisecond, which is many times what an answer takes.
func sleepUntil(t time.Time) {
	for {
		left := time.Until(t)
		if left <= 0 {
			return
		}
		spec := syscall.NsecToTimespec(left.Nanoseconds())
		_ = syscall.Nanosleep(&spec, nil) // a signal wakes it early
	}
}
