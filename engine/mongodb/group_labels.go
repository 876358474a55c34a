package mongodb

import (
	"errors"
	"fmt"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// errUnknownZone says that the server does not know a time zone.
var errUnknownZone = errors.New("the server does not know the time zone")

// unknownZoneCode is the code of the error of which that is the meaning.
const unknownZoneCode = 40485

// strangeBucket says that a document is of rows of several buckets of a key.
type strangeBucket struct{ key int }

func (s *strangeBucket) Error() string {
	return fmt.Sprintf("key %d: the server puts values of several buckets into one", s.key)
}

// labeler names the buckets of one key.
type labeler struct {
	key     int
	buckets plan.Buckets
	kind    datasets.Type // of the field
	known   bool
	run     plan.Run // the last one, where it is known
}

// label returns the label of the bucket that both values are in, and the first
// value of a run of the bucket.
func (l *labeler) label(least, greatest plan.Nullable) (label plan.Nullable, start plan.Value, err error) {
	if least.Null {
		return plan.Nullable{Null: true}, plan.Value{}, nil
	}
	run := l.runOf(least.Value)
	if !l.within(run, greatest.Value) {
		if other := l.runOf(greatest.Value); plan.CompareNullable(other.Label, run.Label, l.buckets.Type()) != 0 {
			return plan.Nullable{}, plan.Value{}, &strangeBucket{l.key}
		}
	}
	if run.Label.Null {
		return plan.Nullable{Null: true}, plan.Value{}, nil
	}
	return run.Label, run.First, nil
}

func (l *labeler) runOf(v plan.Value) plan.Run {
	if !l.known || !l.within(l.run, v) {
		l.run, l.known = l.buckets.Run(v), true
	}
	return l.run
}

func (l *labeler) within(run plan.Run, v plan.Value) bool {
	if plan.Compare(v, run.First, l.kind) < 0 {
		return false
	}
	c := plan.Compare(v, run.End, l.kind)
	return c < 0 || c == 0 && run.Closed
}

// maxRuns is how many runs of time are looked at for one with the same label: a
// clock that is put back repeats a part of a bucket after a part of another.
const maxRuns = 4

// first returns the first value of the first run that has the label of the one which
// begins at start: labels are ordered by it.
func (l *labeler) first(label plan.Nullable, start plan.Value) plan.Value {
	if _, time := l.buckets.(*plan.TimeBuckets); !time {
		return start
	}
	for at, i := start, 0; i < maxRuns; i++ {
		run := l.buckets.Run(plan.Value{Int: at.Int - 1})
		if at = run.First; run.Label.Str == label.Str {
			start = at
		}
	}
	return start
}
