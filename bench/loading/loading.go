// Package loading measures how fast files become tables that stay, beside
// DuckDB.
package loading

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"

	"herbarium/bench/contest"
	"herbarium/bench/data"
	"herbarium/bench/peers"
)

// source is a file that is loaded.
type source struct {
	format, path string
	goal         float64 // how many times as fast as DuckDB ours is to be
}

// maxRounds bounds the rounds: each takes many seconds.
const maxRounds = 5

// Measure loads rows from CSV and from Parquet.
func Measure(ctx context.Context, folder string, rows, rounds int, seed uint64) ([]*contest.Result, error) {
	table, err := data.Trips(rows, seed)
	if err != nil {
		return nil, err
	}
	csv, err := table.WriteFolder(folder)
	if err != nil {
		return nil, err
	}
	table.Columns = nil // the files have them
	binary, err := peers.Build(ctx)
	if err != nil {
		return nil, err
	}
	duck := &duck{file: filepath.Join(folder, "duck.db"), threads: runtime.GOMAXPROCS(0)}
	parquet := filepath.Join(folder, "trips.parquet")
	if err := duck.writeParquet(ctx, csv, parquet); err != nil {
		return nil, err
	}
	ours := &ours{binary: binary, folder: folder, dataset: table.Dataset, store: filepath.Join(folder, "rows")}
	var results []*contest.Result
	for _, from := range []source{{"csv", csv, 2.5}, {"parquet", parquet, 0.5}} {
		info, err := os.Stat(from.path)
		if err != nil {
			return nil, err
		}
		c := &contest.Contest{Name: "load " + from.format, Units: float64(rows), Unit: "rows",
			What: fmt.Sprintf("%d rows of %d columns from a %s file of %d MB into a table that stays", rows, len(table.Dataset.Fields), from.format, info.Size()>>20),
			Contenders: []contest.Contender{
				{Name: "herbarium", Run: func(ctx context.Context) error { return ours.load(ctx, from) }},
				{Name: "duckdb", Run: func(ctx context.Context) error { return duck.load(ctx, from) }},
			},
			Goals: []contest.Goal{{Contender: "herbarium", Against: "duckdb", Times: from.goal}},
			Check: func(ctx context.Context) error { return agree(ctx, ours, duck, from) },
		}
		r, err := c.Run(ctx, min(rounds, maxRounds))
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	return results, nil
}

// group is the means of one kind.
type group struct {
	kind  string
	means [5]float64
}

// agree loads the file into both and compares the means by kind.
func agree(ctx context.Context, ours *ours, duck *duck, from source) error {
	if err := ours.load(ctx, from); err != nil {
		return err
	}
	if err := duck.load(ctx, from); err != nil {
		return err
	}
	mine, err := ours.means(ctx)
	if err != nil {
		return err
	}
	theirs, err := duck.means(ctx)
	if err != nil {
		return err
	}
	if len(mine) == 0 || len(mine) != len(theirs) {
		return fmt.Errorf("%d groups and %d", len(mine), len(theirs))
	}
	for i := range mine {
		for m, x := range mine[i].means {
			if y := theirs[i].means[m]; mine[i].kind != theirs[i].kind || math.Abs(x-y) > 1e-9*math.Abs(y) {
				return fmt.Errorf("%v and %v", mine[i], theirs[i])
			}
		}
	}
	return nil
}
