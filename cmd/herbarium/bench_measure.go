package main

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// minAlone is how many queries of a kind are run alone at the least, however long they
// take.
const minAlone = 3

// measure runs queries of the kind for about that long: half of the time one after the
// other, and half of it on all cores at once.
func (k *benchKind) measure(ctx context.Context, during time.Duration, cores int, rows int64) (benchFigure, error) {
	f := benchFigure{Operation: k.operation, Query: k.words}
	if _, err := k.ask(ctx, 0); err != nil { // which warms up
		return f, err
	}
	next := atomic.Int64{}
	took, bytes, err := k.alone(ctx, during/2, &next)
	if err != nil {
		return f, err
	}
	f.Median, f.P99 = quantile(took, 0.5), quantile(took, 0.99)
	f.AnswerBytes = float64(bytes) / float64(len(took))
	if f.PerSecond, err = k.together(ctx, during/2, cores, &next); err != nil {
		return f, err
	}
	f.CoreSeconds = float64(cores) / f.PerSecond
	if k.scales {
		f.RowsPerCore = float64(rows) / f.CoreSeconds
	}
	return f, nil
}

// alone asks one query after the other. It returns how long they took in seconds, in
// order, and the size of all answers.
func (k *benchKind) alone(ctx context.Context, during time.Duration, next *atomic.Int64) (took []float64, bytes int64, err error) {
	for began := time.Now(); len(took) < minAlone || time.Since(began) < during; {
		start := time.Now()
		n, err := k.ask(ctx, int(next.Add(1)))
		if err != nil {
			return nil, 0, err
		}
		took = append(took, time.Since(start).Seconds())
		bytes += n
	}
	slices.Sort(took)
	return took, bytes, nil
}

// together asks queries on all cores, and returns how many are answered in a second.
func (k *benchKind) together(ctx context.Context, during time.Duration, cores int, next *atomic.Int64) (float64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var workers sync.WaitGroup
	var answered atomic.Int64
	began := time.Now()
	for range cores {
		workers.Go(func() {
			for done := false; !done && ctx.Err() == nil; {
				if _, err := k.ask(ctx, int(next.Add(1))); err != nil {
					cancel(err)
					return
				}
				answered.Add(1)
				done = time.Since(began) >= during
			}
		})
	}
	workers.Wait()
	return float64(answered.Load()) / time.Since(began).Seconds(), context.Cause(ctx)
}

// quantile returns the value in sorted values below or at which that share of them lies.
func quantile(sorted []float64, share float64) float64 {
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]
}
