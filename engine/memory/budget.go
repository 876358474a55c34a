// Package memory divides a process's memory between what is kept from one query to the
// next and the queries that run, so that together they stay below a limit.
//
// A Budget has a limit. What rows leave of it is cut into shares: caches have fixed ones,
// and evict what does not fit; queries have the rest. A query takes memory from the budget
// before it allocates it (a Claim). If there is not enough, the query fails, and not the
// process. Estimates are high: they count the capacity of slices and the tables of maps at
// the size that they grow to.
//
// Without a limit the Budget is nil, and so are its claims. Their methods do nothing then.
package memory

import (
	"fmt"
	"sync"

	"herbarium/engine/fault"
)

// A Budget is safe for concurrent use.
type Budget struct {
	limit int64

	mu       sync.Mutex
	occupied int64 // by rows, and by all that is neither cached nor of a query
	taken    int64 // by claims
	most     int64 // that claims had at once
	refused  int64
	shares   []share
}

// share is the part that a cache may have.
type share struct {
	part float64
	set  func(bytes int64)
}

// QueriesPart is the part of what rows leave that queries may take together.
const QueriesPart = 3. / 8

// maxClaim is the part of the queries' memory that one of them may take, so that none
// keeps all others out.
const maxClaim = 1. / 2

// leastFree is the part of the limit that is divided even if rows leave less.
const leastFree = 1. / 8

// NewBudget returns a budget of so many bytes; nil, which limits nothing, for 0.
func NewBudget(limit int64) *Budget {
	if limit <= 0 {
		return nil
	}
	return &Budget{limit: limit}
}

// Limit returns the limit in bytes; 0 for none.
func (b *Budget) Limit() int64 {
	if b == nil {
		return 0
	}
	return b.limit
}

// Share calls set with that part of the bytes that rows leave, now and whenever these
// change. Without a limit it never does.
func (b *Budget) Share(part float64, set func(bytes int64)) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shares = append(b.shares, share{part, set})
	set(int64(part * float64(b.free())))
}

// Occupy sets how many bytes rows take, and all else that is neither cached nor of a
// query. It reports whether they leave an eighth of the limit, which is divided in any case.
func (b *Budget) Occupy(bytes int64) bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.occupied = bytes
	free := b.free()
	for _, s := range b.shares {
		s.set(int64(s.part * float64(free)))
	}
	return b.limit-bytes >= free
}

func (b *Budget) free() int64 {
	return max(b.limit-b.occupied, int64(leastFree*float64(b.limit)))
}

// ForQueries returns how many bytes queries may take together; 0 for no limit.
func (b *Budget) ForQueries() int64 {
	if b == nil {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.forQueries()
}

func (b *Budget) forQueries() int64 { return int64(QueriesPart * float64(b.free())) }

// ForOne returns how many bytes one query may take; 0 for no limit.
func (b *Budget) ForOne() int64 { return int64(maxClaim * float64(b.ForQueries())) }

// Stats are what claims hold and held.
type Stats struct {
	Limit, Taken, Most int64 // bytes: that they may have, that they have, that they had at once
	Refused            int64 // times that a claim could not have more
}

// Stats returns what claims hold and held; zeros without a limit.
func (b *Budget) Stats() Stats {
	if b == nil {
		return Stats{}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return Stats{Limit: b.forQueries(), Taken: b.taken, Most: b.most, Refused: b.refused}
}

// Claim returns an empty claim, nil without a limit. The caller releases it.
func (b *Budget) Claim() *Claim {
	if b == nil {
		return nil
	}
	return &Claim{budget: b}
}

// Claim is what one query has taken. It is safe for concurrent use.
type Claim struct {
	budget *Budget
	// These need the mutex of the budget.
	taken    int64
	released bool
}

// Take takes so many bytes more. The error is a *fault.Error with code TooExpensive if
// that is more than one query may have, or with code Overloaded if other queries have the
// memory now. What was taken before stays taken. After Release, Take does nothing.
func (c *Claim) Take(bytes int64) error {
	if c == nil || bytes <= 0 {
		return nil
	}
	b := c.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	limit := b.forQueries()
	switch {
	case c.released:
	case c.taken+bytes > int64(maxClaim*float64(limit)):
		b.refused++
		return tooLarge(int64(maxClaim * float64(limit)))
	case b.taken+bytes > limit:
		b.refused++
		return fault.OverloadedError()
	default:
		c.taken += bytes
		b.taken += bytes
		b.most = max(b.most, b.taken)
	}
	return nil
}

// Release gives back all that was taken.
func (c *Claim) Release() {
	if c == nil {
		return
	}
	b := c.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	b.taken -= c.taken
	c.taken, c.released = 0, true
}

// tooLarge says how many bytes one query may have.
func tooLarge(most int64) error {
	const mega = 1 << 20
	return &fault.Error{Code: fault.TooExpensive, Detail: fmt.Sprintf(
		"the query needs more than %.1f MiB of memory, which is what this server gives to one; narrow its conditions, group by less, or ask for pages, smaller ones or without a sort", float64(most)/mega)}
}
