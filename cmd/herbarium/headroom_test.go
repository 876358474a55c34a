package main

import "testing"

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
