package mirror

import (
	"context"
	"fmt"
	"time"

	"herbarium/bench/contest"
	"herbarium/datasets"
	"herbarium/engine"
)

const (
	// repeats is how many queries of a store that answers from columns are one time.
	repeats = 20
	// manyRounds is how many rounds there are at least: they are short, and what else the
	// machine does weighs more.
	manyRounds = 31
)

// asking is the contest of means of four numbers by three groups between two bounds. Each
// run's bounds are others, and no engine has a cache. It is of a dataset that is asked all
// the time: a query before each time waits for what MongoDB has published, if it has to.
func (s *setting) asking(copies engine.Store) *contest.Contest {
	asked := 0
	contender := func(name string, store engine.Store, repeat, rounds int) contest.Contender {
		eng := engine.New(store, engine.Options{})
		ask := func(ctx context.Context) error {
			asked++
			_, err := s.means(ctx, eng, asked)
			return err
		}
		c := contest.Contender{Name: name, Repeat: repeat, Rounds: rounds, Run: ask}
		if repeat > 1 {
			c.Before = ask
		}
		return c
	}
	return &contest.Contest{
		Name: "M3", What: fmt.Sprintf("means of four numbers by three groups between two bounds, of %d rows", s.table.Rows),
		Units: float64(s.table.Rows), Unit: "rows",
		Contenders: []contest.Contender{
			contender(mirrored, copies, repeats, 0),
			contender(embedded, s.memory, repeats, 0),
			contender(pipeline, s.source, 1, 2),
		},
		Goals: []contest.Goal{{Contender: mirrored, Against: pipeline, Times: 200}, {Contender: mirrored, Against: embedded, Times: 0.95}},
		Check: func(ctx context.Context) error {
			var first string
			for i, store := range []engine.Store{copies, s.memory, s.source} {
				got, err := s.means(ctx, engine.New(store, engine.Options{}), 0)
				if err != nil {
					return err
				}
				if i == 0 {
					first = got
				}
				if got != first {
					return fmt.Errorf("%s answers\n%s, and the mirror\n%s", store.Describe(), got, first)
				}
			}
			return nil
		},
	}
}

// silence is so long that a store has to ask MongoDB what is published.
const silence = 600 * time.Millisecond

// afterSilence returns the median time of the first query after nobody has asked for a while.
func (s *setting) afterSilence(ctx context.Context, copies engine.Store, rounds int) (time.Duration, error) {
	eng, times := engine.New(copies, engine.Options{}), []float64{}
	for i := range rounds {
		time.Sleep(silence)
		began := time.Now()
		if _, err := s.means(ctx, eng, i); err != nil {
			return 0, err
		}
		times = append(times, time.Since(began).Seconds())
	}
	return time.Duration(contest.Median(times) * 1e9), nil
}

// means asks for the means, of a quarter of the rows, and returns them as text. The bounds
// of each number are others, and lie between the same values.
func (s *setting) means(ctx context.Context, eng *engine.Engine, n int) (text string, err error) {
	q, err := eng.Parse(s.dataset(), datasets.Mean, fmt.Appendf(nil, `{"lower":{"a":2.5,"b":5},"upper":{"a":%v}}`, 7.5+float64(n%100_000)*1e-7))
	if err != nil {
		return "", err
	}
	for row, err := range eng.Rows(ctx, q) {
		if err != nil {
			return "", err
		}
		text += fmt.Sprintln(row.Value("kind"), row.Value("mean_a"), row.Value("mean_b"), row.Value("mean_c"), row.Value("mean_d"))
	}
	return text, nil
}
