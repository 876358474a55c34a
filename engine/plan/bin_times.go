package plan

import (
	"math/big"
	"time"

	"herbarium/datasets"
)

// A timeStep is a width of bins of dates or instants. Steps of an hour or less have one
// length; they begin at multiples of it on the clock that the least value is read on. Longer
// ones begin where the clock of the time zone shows a multiple, so that one may be an hour
// shorter or longer than others.
type timeStep struct {
	millis int64 // of a step that is shorter than a day, else 0
	unit   Unit  // of another one
	years  int64 // how many, of the unit Year
}

// shortSteps are the steps that are shorter than a day, in milliseconds.
var shortSteps = []int64{1, 2, 5, 10, 20, 50, 100, 200, 500,
	1_000, 2_000, 5_000, 10_000, 15_000, 30_000,
	1 * millisPerMinute, 2 * millisPerMinute, 5 * millisPerMinute, 10 * millisPerMinute, 15 * millisPerMinute, 30 * millisPerMinute,
	1 * millisPerHour, 2 * millisPerHour, 3 * millisPerHour, 6 * millisPerHour, 12 * millisPerHour}

// timeSteps returns the steps of dates, or of instants, in ascending order. With the last
// one, one bin holds everything.
func timeSteps(t datasets.Type) []timeStep {
	var steps []timeStep
	if t == datasets.DateTime {
		for _, millis := range shortSteps {
			steps = append(steps, timeStep{millis: millis})
		}
	}
	for _, unit := range []Unit{Day, Week, Month, Quarter} {
		steps = append(steps, timeStep{unit: unit})
	}
	for power := int64(1); power <= 1000; power *= 10 {
		for _, k := range []int64{1, 2, 5} {
			steps = append(steps, timeStep{unit: Year, years: k * power})
		}
	}
	return append(steps, timeStep{unit: Year, years: 10_000})
}

// calendar returns the edges at the smallest step that fits.
func (e *edgeFinder) calendar(field *datasets.Field, least, greatest int64) []*big.Rat {
	for _, step := range timeSteps(e.of) {
		next := step.edges(field, least)
		var edges []*big.Rat
		at := least
		for i := 0; i <= e.most && (i == 0 || at <= greatest); i++ {
			at = next()
			edges = append(edges, new(big.Rat).SetInt64(at))
		}
		if at <= greatest {
			continue // too many
		}
		if edges = e.within(edges); edges != nil {
			return edges
		}
	}
	return nil // not reached
}

// edges returns a function that returns the edges of the step one by one, from the last one
// that is not above the least value.
func (s timeStep) edges(field *datasets.Field, least int64) func() int64 {
	if field.Type == datasets.Date {
		return s.days(least)
	}
	_, offset := time.UnixMilli(least).In(field.Location).Zone()
	clock := least + int64(offset)*1000
	if s.millis > 0 && s.millis <= millisPerHour {
		return every(floor(clock, s.millis)-clock+least, s.millis)
	}
	var clocks func() int64
	if s.millis > 0 {
		clocks = every(floor(clock, s.millis), s.millis)
	} else {
		days := s.days(floor(clock, datasets.MillisPerDay) / datasets.MillisPerDay)
		clocks = func() int64 { return days() * datasets.MillisPerDay }
	}
	last, begun := int64(0), false
	return func() int64 {
		at := datasets.FirstInstant(clocks(), field.Location)
		for begun && at <= last { // the clock never shows some times
			at = datasets.FirstInstant(clocks(), field.Location)
		}
		last, begun = at, true
		return at
	}
}

// days returns a function that returns the first days of the step's spans, from that of the
// given day on.
func (s timeStep) days(day int64) func() int64 {
	if s.unit == Year {
		year := floor(int64(time.Unix(day*secondsPerDay, 0).UTC().Year()), s.years)
		return func() int64 {
			first := time.Date(int(year), 1, 1, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay
			year += s.years
			return first
		}
	}
	unit := TimeBuckets{Unit: s.unit, Every: 1}
	next, _ := unit.days(day)
	return func() int64 {
		first, end := unit.days(next)
		next = end
		return first
	}
}

// every returns a function that returns first, then one step more each time.
func every(first, step int64) func() int64 {
	next := first
	return func() int64 {
		at := next
		next += step
		return at
	}
}
