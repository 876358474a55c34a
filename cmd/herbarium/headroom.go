package main

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
)

// headroom is about how much memory may be taken beside what the rows take,
// before what is not needed any more is collected.
const headroom = 16 << 20

// reserve returns memory of headroom's size that nobody touches, so that it takes
// addresses and no pages. To the collector it is live: a small heap may grow by
// headroom before it is collected, and not just by its own few megabytes, which
// answers fill dozens of times a second. Who sets GOGC has decided otherwise.
func reserve() []byte {
	if os.Getenv("GOGC") != "" {
		return nil
	}
	return make([]byte, headroom)
}

// boundGarbage gives back what loading left and bounds what answers may leave
// by headroom. Go's own bound is as much as there is already: beside rows of a
// gigabyte, the leavings of long answers would take another. To collect more
// often costs little, since rows hold no pointers that would have to be
// followed. Who sets GOGC has decided otherwise.
func boundGarbage() {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.FreeOSMemory() // collects first
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	debug.SetGCPercent(gcPercent(live[0].Value.Uint64()))
}

// gcPercent returns how much a heap may grow, in percent of what is live,
// until it is collected: by headroom, but not above Go's own.
func gcPercent(live uint64) int {
	const most = 100
	if live <= headroom {
		return most
	}
	return max(1, int(headroom*most/live))
}
