package lru

import (
	"strings"
	"testing"
)

func TestACacheStaysWithinItsBytes(t *testing.T) {
	c := New(100, func(k string, v int64) int64 { return v })
	c.Add("a", 60)
	c.Add("b", 30)
	if _, ok := c.Get("a"); !ok {
		t.Error("a is gone before its time")
	}
	c.Add("c", 30)
	if _, ok := c.Get("b"); ok {
		t.Error("b, the one not used for longest, is still there")
	}
	c.Add("d", 101)
	if _, ok := c.Get("d"); ok {
		t.Error("d is larger than the cache")
	}
	c.Add("a", 70)
	if c.Bytes() != 100 {
		t.Errorf("%d bytes used, want 100", c.Bytes())
	}
	c.Add("a", 10)
	if c.Bytes() != 40 {
		t.Errorf("%d bytes used, want 40", c.Bytes())
	}
}

func TestTheFirstToAddAKeyWins(t *testing.T) {
	c := New(100, func(string, int) int64 { return 1 })
	if got := c.GetOrAdd("a", 1); got != 1 {
		t.Errorf("got %d, want 1", got)
	}
	if got := c.GetOrAdd("a", 2); got != 1 {
		t.Errorf("got %d, want 1, which was there", got)
	}
}

func TestUnwantedEntriesGo(t *testing.T) {
	c := New(100, func(string, int) int64 { return 10 })
	c.Add("old 1", 1)
	c.Add("new 1", 2)
	c.Add("old 2", 3)
	c.RemoveIf(func(k string) bool { return strings.HasPrefix(k, "old") })
	if _, ok := c.Get("new 1"); !ok || c.Bytes() != 10 {
		t.Errorf("new 1 kept: %v, %d bytes used", ok, c.Bytes())
	}
}

func TestACacheShrinksToANewLimit(t *testing.T) {
	c := New(100, func(string, int) int64 { return 40 })
	c.Add("old", 1)
	c.Add("new", 2)
	c.SetLimit(50)
	if _, ok := c.Get("new"); !ok || c.Bytes() != 40 || c.Limit() != 50 {
		t.Errorf("new kept: %v, %d bytes used of %d", ok, c.Bytes(), c.Limit())
	}
	c.SetLimit(0)
	if c.Add("newer", 3); c.Bytes() != 0 {
		t.Errorf("%d bytes used of none", c.Bytes())
	}
}
