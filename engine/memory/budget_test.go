package memory

import (
	"context"
	"sync"
	"testing"

	"herbarium/engine/fault"
)

const mib = 1 << 20

func TestQueriesGetTheirPartAndNoMore(t *testing.T) {
	b := NewBudget(80 * mib) // 30 MiB for queries, 15 MiB for one
	one, two, three := b.Claim(), b.Claim(), b.Claim()
	for _, c := range []struct {
		claim *Claim
		bytes int64
		want  fault.Code
	}{
		{one, 15*mib + 1, fault.TooExpensive},
		{one, 10 * mib, ""},
		{one, 5*mib + 1, fault.TooExpensive},
		{one, 5 * mib, ""},
		{two, 14 * mib, ""},
		{three, 2 * mib, fault.Overloaded},
		{three, 1 * mib, ""},
		{two, 1, fault.Overloaded},
	} {
		err := c.claim.Take(c.bytes)
		if got := codeOf(err); got != c.want {
			t.Errorf("%d bytes: %q, want %q", c.bytes, got, c.want)
		}
	}
	two.Release()
	two.Release()
	if err := three.Take(2 * mib); err != nil {
		t.Errorf("after another's release: %v", err)
	}
	if err := two.Take(100 * mib); err != nil {
		t.Errorf("a released claim takes nothing, and fails: %v", err)
	}
	one.Release()
	three.Release()
	if s := b.Stats(); s != (Stats{Limit: 30 * mib, Taken: 0, Most: 30 * mib, Refused: 4}) {
		t.Errorf("stats: %+v", s)
	}
}

func TestSharesFollowWhatRowsLeave(t *testing.T) {
	b := NewBudget(160 * mib)
	var cache int64
	b.Share(1./8, func(bytes int64) { cache = bytes })
	for _, c := range []struct {
		occupied, cache, queries int64
		fits                     bool
	}{
		{0, 20 * mib, 60 * mib, true},
		{80 * mib, 10 * mib, 30 * mib, true},
		{140 * mib, 2.5 * mib, 7.5 * mib, true},
		{141 * mib, 2.5 * mib, 7.5 * mib, false},
		{500 * mib, 2.5 * mib, 7.5 * mib, false},
	} {
		fits := b.Occupy(c.occupied)
		if fits != c.fits || cache != c.cache || b.ForQueries() != c.queries || b.ForOne() != c.queries/2 {
			t.Errorf("%d MiB of rows: fits %v, %d for the cache, %d for queries, %d for one", c.occupied/mib, fits, cache, b.ForQueries(), b.ForOne())
		}
	}
}

func TestWithoutALimitNothingIsCounted(t *testing.T) {
	b := NewBudget(0)
	b.Share(1, func(int64) { t.Error("a share was set") })
	c := b.Claim()
	ctx := With(context.Background(), c)
	if err := Take(ctx, 1<<60); err != nil || c != nil || ctx != context.Background() {
		t.Errorf("claim %v: %v", c, err)
	}
	c.Release()
	if !b.Occupy(1<<60) || b.ForOne() != 0 || b.Limit() != 0 || b.Stats() != (Stats{}) {
		t.Error("a budget without a limit has one")
	}
}

func TestClaimsAreCountedFromManyGoroutines(t *testing.T) {
	b := NewBudget(800 * mib)
	c := b.Claim()
	ctx := With(context.Background(), c)
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() {
			for range 1000 {
				if err := Take(ctx, 1024); err != nil {
					t.Error(err)
				}
			}
		})
	}
	running.Wait()
	if got := b.Stats().Taken; got != 8000*1024 {
		t.Errorf("%d bytes are taken, want %d", got, 8000*1024)
	}
	c.Release()
	if got := b.Stats().Taken; got != 0 {
		t.Errorf("%d bytes are left", got)
	}
}

func codeOf(err error) fault.Code {
	if err == nil {
		return ""
	}
	return fault.CodeOf(err)
}
