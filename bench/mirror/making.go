package mirror

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"herbarium/bench/contest"
)

// rangeRows is how many rows a reader asks for at once, as the mirror's do.
const rangeRows = 16_384

// readers is how many read at once, as the mirror's do.
func readers() int { return min(4, max(2, runtime.GOMAXPROCS(0))) }

// making is the contest of making a copy in memory with a loop of the driver that reads
// the same documents in the same ranges, by as many readers, and does nothing with them.
func (s *setting) making() *contest.Contest {
	return &contest.Contest{
		Name: "M2", What: fmt.Sprintf("all %d documents of a version are read; the copy decodes, hashes and keeps them", s.table.Rows),
		Units: float64(s.table.Rows), Unit: "rows",
		Contenders: []contest.Contender{
			{Name: copying, Run: func(ctx context.Context) error {
				m, err := s.copied(ctx, "")
				if err != nil {
					return err
				}
				return m.Close(ctx)
			}},
			{Name: bare, Run: s.read},
		},
		Goals: []contest.Goal{{Contender: copying, Against: bare, Times: 0.8}},
	}
}

// read reads all documents.
func (s *setting) read(ctx context.Context) error {
	var next, read atomic.Int64
	var reading sync.WaitGroup
	failures := make([]error, readers())
	for i := range failures {
		reading.Go(func() {
			for failures[i] == nil {
				first := next.Add(rangeRows) - rangeRows
				if first >= int64(s.table.Rows) {
					return
				}
				failures[i] = s.readRange(ctx, first, &read)
			}
		})
	}
	reading.Wait()
	err := errors.Join(failures...)
	if n := read.Load(); err == nil && n != int64(s.table.Rows) {
		err = fmt.Errorf("%d documents were read of %d", n, s.table.Rows)
	}
	return err
}

func (s *setting) readRange(ctx context.Context, first int64, read *atomic.Int64) error {
	within := bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: first}, {Key: "$lt", Value: first + rangeRows}}}}
	cursor, err := s.rows.Find(ctx, within, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetBatchSize(rangeRows+1))
	if err != nil {
		return err
	}
	n := int64(0)
	for cursor.Next(ctx) {
		n++
	}
	read.Add(n)
	return errors.Join(cursor.Err(), cursor.Close(ctx))
}
