package main

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
)

// The garbage collector is tuned in two ways while the server runs. A heap
// ballast, memory that is allocated and never touched, keeps Go from collecting a
// small heap too often; a lower GOGC keeps it from letting a large heap double.
// Both do nothing if the user sets GOGC.

// maxGarbage is about how much memory answers may leave behind before it is
// collected.
const maxGarbage = 16 << 20

// ballast returns memory of maxGarbage bytes, which the caller keeps and never
// touches, so that it takes addresses but no pages. The collector counts it as
// live: without it, a heap of a few megabytes would be collected each time it
// grows by as much, which answers do dozens of times a second.
func ballast() []byte {
	if os.Getenv("GOGC") != "" {
		return nil
	}
	return make([]byte, maxGarbage)
}

// limitGarbage returns the memory that loading left to the system, and limits
// garbage to maxGarbage from now on. Go's default limit is the size of the live
// heap, so that long answers beside a gigabyte of rows would take another
// gigabyte. Collecting more often costs little, since rows hold no pointers.
func limitGarbage() {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.FreeOSMemory() // collects first
	debug.SetGCPercent(gcPercent(liveHeap()))
}

// liveHeap returns how many bytes were live when they were last collected.
func liveHeap() uint64 {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	return live[0].Value.Uint64()
}

// gcPercent returns the GOGC by which a live heap of this size grows by
// maxGarbage, or Go's default if that is less.
func gcPercent(live uint64) int {
	const maxPercent = 100
	if live <= maxGarbage {
		return maxPercent
	}
	return max(1, int(maxGarbage*maxPercent/live))
}
