package overload

import (
	"testing"
	"time"
)

func TestHistoryCountsThoseWhoEnteredSince(t *testing.T) {
	h, now := newHistory(), time.Unix(1_800_000_000, 0)
	at := now.Add
	for i := range 100 { // one each 10 ms
		h.count(at(time.Duration(i) * 10 * time.Millisecond))
	}
	end := at(time.Second)
	for _, c := range []struct {
		ago  time.Duration
		want int64
	}{{0, 0}, {5 * time.Millisecond, 0}, {15 * time.Millisecond, 1}, {505 * time.Millisecond, 50}, {10 * time.Second, 100}, {time.Hour, 100}} {
		if got := h.since(end, end.Add(-c.ago)); got != c.want {
			t.Errorf("%v ago: %d, want %d", c.ago, got, c.want)
		}
	}
	if got := h.rate(end); got < 99 || got > 100 {
		t.Errorf("%v a second", got)
	}
	late := at(time.Hour)
	if got := h.since(late, now); got != 0 {
		t.Errorf("%d entered within what is kept, an hour later", got)
	}
	h.count(late)
	if got := h.since(late.Add(time.Second), now); got != 1 {
		t.Errorf("%d entered within what is kept, want 1", got)
	}
}
