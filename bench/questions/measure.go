package questions

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"herbarium/bench/contest"
	"herbarium/bench/data"
	"herbarium/bench/memory"
	"herbarium/bench/peers"
)

// contenders are who answers, on all cores.
type contenders struct {
	table *data.Table
	ours  *ours
	duck  *duck
	bears *bears // nil where it takes no part
}

// newContenders makes the rows and gives them to all. Files go to the folder; without
// one, polars takes no part.
func newContenders(ctx context.Context, folder string, rows int, seed uint64) (c *contenders, err error) {
	c = &contenders{}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.close(ctx))
		}
	}()
	if c.table, err = data.Asked(rows, seed); err != nil {
		return c, err
	}
	if c.ours, err = newOurs(ctx, c.table); err != nil {
		return c, err
	}
	if c.duck, err = newDuck(ctx, c.table, runtime.GOMAXPROCS(0)); err != nil || folder == "" {
		return c, err
	}
	file := filepath.Join(folder, "asked.parquet")
	if err = c.duck.write(ctx, file); err != nil {
		return c, err
	}
	process, err := peers.NewPolars(ctx, folder, file, runtime.GOMAXPROCS(0))
	if err != nil {
		return c, err
	}
	c.bears = &bears{process}
	// Its first answer shows that it has read the file.
	if _, err = c.bears.page(0, 0, 1, false); err != nil {
		return c, err
	}
	return c, os.Remove(file)
}

func (c *contenders) close(ctx context.Context) (err error) {
	if c.ours != nil {
		c.ours.close(ctx)
	}
	if c.duck != nil {
		err = c.duck.db.Close()
	}
	if c.bears != nil {
		err = errors.Join(err, c.bears.process.Close())
	}
	return err
}

// Measure asks the questions whose name begins with the given one about so many rows.
// Without a folder, which is for files, polars takes no part.
func Measure(ctx context.Context, folder, name string, rows, rounds int, seed uint64) (results []*contest.Result, err error) {
	c, err := newContenders(ctx, folder, rows, seed)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.close(ctx)) }()
	var contests []*contest.Contest
	for _, q := range questions() {
		contests = append(contests, c.contest(&q))
	}
	for _, k := range slices.Concat(contests, c.orders()) {
		if !strings.HasPrefix(k.Name, name) {
			continue
		}
		r, err := k.Run(ctx, rounds)
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	return results, nil
}

// contest lets all answer a question.
func (c *contenders) contest(q *question) *contest.Contest {
	columns := memory.New(c.table, runtime.GOMAXPROCS(0), q.reads...)
	asked := asking(0)
	next := func() asking { asked++; return asked }
	k := &contest.Contest{
		Name: q.name, What: fmt.Sprintf("%s; %d rows, %d MB of columns", q.what, c.table.Rows, columns.Bytes()>>20),
		Units: float64(c.table.Rows), Unit: "rows",
		Contenders: []contest.Contender{
			{Name: herbarium, Repeat: q.repeat, Rounds: q.rounds, Run: func(ctx context.Context) error {
				_, err := c.ours.ask(ctx, q, next())
				return err
			}},
			{Name: duckDB, Rounds: q.rounds, Run: func(ctx context.Context) error {
				_, err := c.duck.ask(ctx, q, next())
				return err
			}},
		},
		Check: func(ctx context.Context) error { return c.agree(ctx, q) },
	}
	if c.bears != nil && q.polars {
		k.Contenders = append(k.Contenders, contest.Contender{Name: polars, Run: c.bears.contend(q, next)})
	}
	k.Contenders = append(k.Contenders, contest.Contender{Name: memoryLimit, Run: func(context.Context) error { columns.Read(); return nil }})
	for _, g := range q.goals {
		if g.Against != polars || c.bears != nil {
			k.Goals = append(k.Goals, g)
		}
	}
	return k
}

// agree compares the answers of all with DuckDB's.
func (c *contenders) agree(ctx context.Context, q *question) error {
	want, err := c.duck.exact(ctx, q)
	if err != nil {
		return err
	}
	if len(want) == 0 {
		return errors.New("there is no answer to compare")
	}
	got, err := c.ours.ask(ctx, q, 0)
	if err == nil {
		err = agree(want, got)
	}
	if err != nil {
		return fmt.Errorf("%s and %s: %w", duckDB, herbarium, err)
	}
	if c.bears == nil || !q.polars {
		return nil
	}
	if got, err = c.bears.ask(q, 0, true); err == nil {
		err = agree(want, got)
	}
	if err != nil {
		return fmt.Errorf("%s and %s: %w", duckDB, polars, err)
	}
	return nil
}
