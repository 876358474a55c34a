// Package contest lets contenders do the same work in turn and compares their
// times.
package contest

import (
	"context"
	"fmt"
	"time"
)

// Contender is one way to do the work.
type Contender struct {
	Name string
	// Run does the work once.
	Run func(context.Context) error
	// Before, if it is set, is called before each time is taken, and is not in it.
	Before func(context.Context) error
	// Rounds bounds how often it runs; 0 is as often as the contest has
	// rounds, and once before. It is for those whose one run takes long.
	Rounds int
	// Repeat is how often Run is called for one time, which is then divided by
	// it; 0 is once. It is for what is too short for the clock.
	Repeat int
}

// once returns how long one call of Run takes.
func (c *Contender) once(ctx context.Context) (time.Duration, error) {
	calls := max(1, c.Repeat)
	if c.Before != nil {
		if err := c.Before(ctx); err != nil {
			return 0, err
		}
	}
	began := time.Now()
	for range calls {
		if err := c.Run(ctx); err != nil {
			return 0, err
		}
	}
	return time.Since(began) / time.Duration(calls), nil
}

// Goal says how fast a contender has to be: so many times as fast as another,
// or, where Against is empty, done within a time. Without Times it is no goal,
// and the ratio is told all the same.
type Goal struct {
	Contender string
	Against   string
	Times     float64
	Within    time.Duration
}

// Contest is work that contenders do.
type Contest struct {
	Name string
	What string // the work, in a sentence
	// Units is how much one run does, counted in Unit.
	Units      float64
	Unit       string
	Contenders []Contender
	Goals      []Goal
	// Check proves, before any time is taken, that all contenders find the
	// same.
	Check func(context.Context) error
}

// Run checks the contenders and lets each run once a round, after a round that
// does not count. Who begins changes from round to round, so that what
// the machine does beside it hits all.
func (c *Contest) Run(ctx context.Context, rounds int) (*Result, error) {
	if c.Check != nil {
		if err := c.Check(ctx); err != nil {
			return nil, fmt.Errorf("%s: the answers do not agree: %w", c.Name, err)
		}
	}
	times := make([][]time.Duration, len(c.Contenders))
	for round := -1; round < rounds; round++ {
		for turn := range c.Contenders {
			i := (turn + round + 1) % len(c.Contenders)
			contender := &c.Contenders[i]
			if contender.Rounds > 0 && (round < 0 || round >= contender.Rounds) {
				continue
			}
			took, err := contender.once(ctx)
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", c.Name, contender.Name, err)
			}
			if round >= 0 {
				times[i] = append(times[i], took)
			}
		}
	}
	return c.result(times)
}
