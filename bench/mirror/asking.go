package mirror

import (
	"context"
	"fmt"

	"herbarium/bench/contest"
	"herbarium/datasets"
	"herbarium/engine"
)

// asking is the contest of means of four numbers by three groups between two bounds. Each
// run's bounds are others, and no engine has a cache.
func (s *setting) asking(copies engine.Store) *contest.Contest {
	asked := 0
	contender := func(name string, store engine.Store, repeat, rounds int) contest.Contender {
		eng := engine.New(store, engine.Options{})
		return contest.Contender{Name: name, Repeat: repeat, Rounds: rounds, Run: func(ctx context.Context) error {
			asked++
			_, err := s.means(ctx, eng, asked)
			return err
		}}
	}
	return &contest.Contest{
		Name: "M3", What: fmt.Sprintf("means of four numbers by three groups between two bounds, of %d rows", s.table.Rows),
		Units: float64(s.table.Rows), Unit: "rows",
		Contenders: []contest.Contender{
			contender(mirrored, copies, 20, 0),
			contender(embedded, s.memory, 20, 0),
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
