package mirror

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestAMomentOutlivesStepsOfTheClock(t *testing.T) {
	// What time prints of one that has a reading of the monotonic clock.
	const monotonic = " m="
	var set, advanced, begun, due moment
	set.set(time.Now())
	advanced.advance(time.Now())
	begun.begin(time.Now())
	due.due(time.Minute)
	for name, m := range map[string]*moment{"set": &set, "advanced": &advanced, "begun": &begun, "due": &due} {
		if at := m.get().String(); !strings.Contains(at, monotonic) {
			t.Errorf("%s is %s", name, at)
		}
	}
	// So has what an answer says of its age.
	c := &copied{}
	c.began.set(time.Now())
	if at := c.readAt().String(); !strings.Contains(at, monotonic) {
		t.Errorf("a content was read at %s", at)
	}
}

func TestAMomentAdvances(t *testing.T) {
	var m moment
	if m.ago() < 100*365*24*time.Hour || !m.get().IsZero() {
		t.Errorf("none was %v ago", m.ago())
	}
	now := time.Now()
	m.advance(now)
	m.advance(now.Add(-time.Second))
	m.begin(now.Add(time.Second))
	if !m.get().Equal(now) {
		t.Errorf("it is %v, and not %v", m.get(), now)
	}
	m.advance(now.Add(time.Second))
	if !m.get().Equal(now.Add(time.Second)) {
		t.Errorf("it has not advanced: %v", m.get())
	}
}

func TestOneIsToldThatAMomentIsDue(t *testing.T) {
	var m moment
	var told atomic.Int32
	var asking sync.WaitGroup
	for range 20 {
		asking.Go(func() {
			if m.due(time.Hour) {
				told.Add(1)
			}
		})
	}
	asking.Wait()
	if n := told.Load(); n != 1 {
		t.Errorf("%d were told so", n)
	}
	m.set(time.Now().Add(-2 * time.Hour))
	if !m.due(time.Hour) || m.due(time.Hour) {
		t.Error("it is due once an hour")
	}
}
