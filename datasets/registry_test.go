package datasets

import (
	"fmt"
	"slices"
	"sync"
	"testing"
)

func TestNewSnapshotSortsNames(t *testing.T) {
	b, a := &Dataset{Name: "b"}, &Dataset{Name: "a"}
	s := NewSnapshot(b, a)
	if !slices.Equal(s.Names(), []string{"a", "b"}) {
		t.Errorf("the names are %v", s.Names())
	}
	if got, ok := s.Dataset("b"); !ok || got != b {
		t.Errorf("b is %v, %v", got, ok)
	}
	if _, ok := s.Dataset("c"); ok {
		t.Error("there is a c")
	}
	if len(s.Broken()) != 0 {
		t.Errorf("%v is broken", s.Broken())
	}
}

func TestSwapReturnsTheOldSnapshot(t *testing.T) {
	old, fresh := NewSnapshot(), NewSnapshot()
	r := NewRegistry(old)
	if r.Current() != old || r.Swap(fresh) != old || r.Current() != fresh {
		t.Error("the registry does not hold what was put in")
	}
}

// TestReadersSeeOneSnapshotWhileAnotherIsSwappedIn is for the race detector
// too: names and datasets of one snapshot always belong together.
func TestReadersSeeOneSnapshotWhileAnotherIsSwappedIn(t *testing.T) {
	snapshot := func(i int) *Snapshot {
		title := fmt.Sprint(i)
		return NewSnapshot(&Dataset{Name: "a", Title: title}, &Dataset{Name: "b" + title, Title: title})
	}
	r := NewRegistry(snapshot(0))
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for range 2000 {
				s := r.Current()
				a, _ := s.Dataset("a")
				b, ok := s.Dataset(s.Names()[1])
				if !ok || a.Title != b.Title || b.Name != "b"+a.Title {
					t.Errorf("a snapshot has %s and %s", a.Title, s.Names()[1])
					return
				}
			}
		})
	}
	for i := range 2000 {
		r.Swap(snapshot(i + 1))
	}
	readers.Wait()
}
