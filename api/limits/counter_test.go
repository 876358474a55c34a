package limits

import (
	"testing"
	"time"
)

// at is a counter with a clock that the test sets.
func at(t *testing.T, clock string) (*Counter, *time.Time) {
	t.Helper()
	now, err := time.Parse(time.RFC3339, clock)
	if err != nil {
		t.Fatal(err)
	}
	c := NewCounter()
	c.now = func() time.Time { return now }
	return c, &now
}

func enter(t *testing.T, c *Counter, name string, r *Rule, want Left) {
	t.Helper()
	left, done, err := c.Enter(name, r)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	done()
	if left != want {
		t.Errorf("%s: %s is left, want %s", name, left, want)
	}
}

func refused(t *testing.T, c *Counter, name string, r *Rule, after time.Duration) {
	t.Helper()
	_, _, e := c.Enter(name, r)
	if e == nil || e.RetryAfter.Round(time.Millisecond) != after || e.Detail == "" {
		t.Errorf("%s: got %+v, want to wait %v", name, e, after)
	}
}

func TestARateAllowsABurstAndThenSoManyASecond(t *testing.T) {
	c, now := at(t, "2026-03-01T12:00:00Z")
	r := New(Rule{Rate: 2, Burst: 3})
	if got := r.Policy(); got != `"rate";q=3;w=2` {
		t.Errorf("the policy is %s", got)
	}
	enter(t, c, "a", r, `"rate";r=2;t=1`)
	enter(t, c, "a", r, `"rate";r=1;t=1`)
	enter(t, c, "a", r, `"rate";r=0;t=2`)
	refused(t, c, "a", r, 500*time.Millisecond)
	enter(t, c, "b", r, `"rate";r=2;t=1`) // another caller has a bucket of its own
	*now = now.Add(250 * time.Millisecond)
	refused(t, c, "a", r, 250*time.Millisecond)
	*now = now.Add(250 * time.Millisecond)
	enter(t, c, "a", r, `"rate";r=0;t=2`)
	*now = now.Add(time.Hour)
	enter(t, c, "a", r, `"rate";r=2;t=1`)
}

func TestADayEndsAtMidnight(t *testing.T) {
	c, now := at(t, "2026-03-01T23:59:00Z")
	r := New(Rule{Daily: 2})
	if got := r.Policy(); got != `"daily";q=2;w=86400` {
		t.Errorf("the policy is %s", got)
	}
	enter(t, c, "a", r, `"daily";r=1;t=60`)
	enter(t, c, "a", r, `"daily";r=0;t=60`)
	refused(t, c, "a", r, time.Minute)
	*now = now.Add(time.Minute)
	enter(t, c, "a", r, `"daily";r=1;t=86400`)
}

func TestANewRuleKeepsTheDay(t *testing.T) {
	c, _ := at(t, "2026-03-01T12:00:00Z")
	enter(t, c, "a", New(Rule{Daily: 9, Rate: 1}), `"rate";r=1;t=1, "daily";r=8;t=43200`)
	enter(t, c, "a", New(Rule{Daily: 3}), `"daily";r=1;t=43200`)
}

func TestSoManyAtOnce(t *testing.T) {
	c, _ := at(t, "2026-03-01T12:00:00Z")
	r := New(Rule{Concurrent: 2})
	_, first, err := c.Enter("a", r)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Enter("a", r); err != nil {
		t.Fatal(err)
	}
	refused(t, c, "a", r, time.Second)
	first()
	enter(t, c, "a", r, "")
}

func TestCallersWhoAreForgottenTakeNoMemory(t *testing.T) {
	c, _ := at(t, "2026-03-01T12:00:00Z")
	r := New(Rule{Daily: 1})
	for i := range maxCallers + 10 {
		if _, done, err := c.Enter(time.Duration(i).String(), r); err != nil {
			t.Fatal(err)
		} else {
			done()
		}
	}
	if n := c.callers.Len(); n != maxCallers {
		t.Errorf("%d are remembered", n)
	}
}

func TestARateIsSaidAsItIsWritten(t *testing.T) {
	for rate, want := range map[float64]string{
		10: "10 requests a second", 1: "1 request a second", 1.0 / 60: "1 request a minute", 100.0 / 60: "100 requests a minute",
		1.0 / 3600: "1 request an hour", 1000.0 / 3600: "1000 requests an hour", 0.5: "30 requests a minute", 1.0 / 7: "0.1429 requests a second",
	} {
		if got := inWords(rate); got != want {
			t.Errorf("%v: %s, want %s", rate, got, want)
		}
	}
}
