package columnar

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestVersionsInMemoryGoWhenTheirTimeIsOverAndNothingIsLeftOfAClosedStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ds := labels()
		s := NewStore(Options{Keep: time.Minute})
		kept := func() int { return len((*s.versions.Load())[ds.Name]) }
		for i := range 3 {
			loaded(t, s, ds, labelled(100+i, 7), 33)
			time.Sleep(20 * time.Second)
		}
		// The first was replaced 40 seconds ago, the second 20.
		for _, want := range []int{3, 2, 1, 1} {
			synctest.Wait()
			if got := kept(); got != want {
				t.Errorf("%d versions are kept, and not %d", got, want)
			}
			time.Sleep(21 * time.Second)
		}
		loaded(t, s, ds, labelled(200, 7), 33)
		if s.ending == nil {
			t.Error("nothing waits for the end of a version")
		}
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s.ending != nil {
			t.Error("something waits for the end of a version of a store that is closed")
		}
	})
}
