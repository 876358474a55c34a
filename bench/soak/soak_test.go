package soak

import (
	"testing"
	"time"
)

func TestAServerIsAskedAndItsMemoryLookedAt(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds and starts the command")
	}
	s, err := Measure(t.Context(), t.TempDir(), 20_000, 2*time.Second, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Sides) != 3 {
		t.Fatalf("%d servers were asked", len(s.Sides))
	}
	for _, side := range s.Sides {
		if side.Failed > 0 || side.Answered == 0 || side.Most < side.Idle {
			t.Errorf("%+v", side)
		}
	}
}
