package main

import (
	"runtime"
	"runtime/metrics"
	"testing"
)

func TestTheHeapGrowsByTheHeadroom(t *testing.T) {
	for live, want := range map[uint64]int{
		0: 100, 10 << 20: 100, 16 << 20: 100, // a small heap as Go has it
		32 << 20: 50, 160 << 20: 10, 1 << 29: 3,
		1 << 40: 1, // there is no less
	} {
		if got := gcPercent(live); got != want {
			t.Errorf("%d bytes: %d %%, want %d", live, got, want)
		}
	}
}

func TestASmallHeapGrowsByTheHeadroomToo(t *testing.T) {
	t.Setenv("GOGC", "") // as on most machines, and restored after
	held := ballast()
	runtime.GC()
	goal := []metrics.Sample{{Name: "/gc/heap/goal:bytes"}}
	metrics.Read(goal)
	if got := goal[0].Value.Uint64(); got < 2*maxGarbage {
		t.Errorf("collected at %d bytes, of which %d are held", got, len(held))
	}
	runtime.KeepAlive(held)
}

func TestWhoSetsGOGCHasDecided(t *testing.T) {
	t.Setenv("GOGC", "50")
	if held := ballast(); held != nil {
		t.Errorf("%d bytes are held", len(held))
	}
}
