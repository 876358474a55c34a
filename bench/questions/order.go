package questions

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"herbarium/bench/contest"
	"herbarium/bench/data"
	"herbarium/datasets"
)

// pageRows is how many rows a page has.
const pageRows = 100

// The bounds of pages select seven rows of ten.
const (
	pageLowerA = 2.0
	pageUpperB = 8.9
)

// pageColumns are the columns of a page.
var pageColumns = []string{"a", "b", "c", "d", "kind"}

// page is Herbarium's page of the rows between two bounds in the order of c.
func (o *ours) page(ctx context.Context, lower, upper float64, number int) (answer, error) {
	return o.rows(ctx, datasets.Range, map[string]any{"lower": map[string]any{"a": lower}, "upper": map[string]any{"b": upper},
		"sort": []string{"c"}, "page": number, "per_page": pageRows}, pageColumns)
}

func (d *duck) page(ctx context.Context, lower, upper float64, number int) (answer, error) {
	return d.rows(ctx, fmt.Sprintf("SELECT a, b, c, d, kind FROM m WHERE a >= ? AND b <= ? ORDER BY c LIMIT %d OFFSET %d", pageRows, (number-1)*pageRows), lower, upper)
}

// orders returns Q5: the first rows in the order of a number between two bounds, and
// pages far into such an order.
func (c *contenders) orders() []*contest.Contest {
	asked := asking(0)
	next := func() asking { asked++; return asked }
	page := func(name string, repeat int, lower float64, upper func() float64, number int) contest.Contender {
		return contest.Contender{Name: herbarium + name, Repeat: repeat, Run: func(ctx context.Context) error {
			_, err := c.ours.page(ctx, lower, upper(), number)
			return err
		}}
	}
	duckPage := func(name string, lower float64, upper func() float64, number int) contest.Contender {
		return contest.Contender{Name: duckDB + name, Run: func(ctx context.Context) error {
			_, err := c.duck.page(ctx, lower, upper(), number)
			return err
		}}
	}
	fresh := func() float64 { return next().upperB() }
	first := &contest.Contest{
		Name: "Q5", What: fmt.Sprintf("the first %d rows in the order of a number, two bounds; %d rows", pageRows, c.table.Rows),
		Units: float64(c.table.Rows), Unit: "rows",
		Contenders: []contest.Contender{page("", 0, lowerA, fresh, 1), duckPage("", lowerA, fresh, 1)},
		Goals:      []contest.Goal{times(3)},
		Check:      func(ctx context.Context) error { return c.agreeOnPage(ctx, lowerA, upperB, 1) },
	}
	number := max(1, c.table.Rows/250)
	far := fmt.Sprintf(", page %d", number)
	again := func() float64 { return pageUpperB }
	freshPage := func() float64 { return pageUpperB + float64(next())*1e-7 }
	const sorting = "one sort of the matching rows, by hand"
	deep := &contest.Contest{
		Name: "Q5 pages", What: fmt.Sprintf("page %d of %d rows each in the order of a number, two bounds that select seven of ten; %d rows", number, pageRows, c.table.Rows),
		Units: 1, Unit: "pages",
		Contenders: []contest.Contender{
			page(", page 1 again", 20, pageLowerA, again, 1),
			page(far+" again", 20, pageLowerA, again, number),
			page(far+", first time", 0, pageLowerA, freshPage, number),
			duckPage(far, pageLowerA, freshPage, number),
			{Name: sorting, Rounds: 3, Run: func(context.Context) error { sortByHand(c.table); return nil }},
		},
		Goals: []contest.Goal{
			// As page 1, within what the clock can tell.
			{Contender: herbarium + far + " again", Against: herbarium + ", page 1 again", Times: 0.9},
			{Contender: herbarium + far + ", first time", Against: sorting, Times: 1},
			{Contender: herbarium + far + ", first time", Against: duckDB + far},
		},
		Check: func(ctx context.Context) error {
			return errors.Join(c.agreeOnPage(ctx, pageLowerA, pageUpperB, 1), c.agreeOnPage(ctx, pageLowerA, pageUpperB, number))
		},
	}
	if c.bears != nil {
		first.Contenders = append(first.Contenders, contest.Contender{Name: polars, Run: func(context.Context) error {
			_, err := c.bears.page(lowerA, fresh(), 1, false)
			return err
		}})
		first.Goals = append(first.Goals, aside)
		deep.Contenders = append(deep.Contenders, contest.Contender{Name: polars + far, Rounds: 3, Run: func(context.Context) error {
			_, err := c.bears.page(pageLowerA, freshPage(), number, false)
			return err
		}})
		deep.Goals = append(deep.Goals, contest.Goal{Contender: herbarium + far + ", first time", Against: polars + far})
	}
	return []*contest.Contest{first, deep}
}

// agreeOnPage compares the pages of all with DuckDB's.
func (c *contenders) agreeOnPage(ctx context.Context, lower, upper float64, number int) error {
	want, err := c.duck.page(ctx, lower, upper, number)
	if err != nil {
		return err
	}
	if len(want) != pageRows {
		return fmt.Errorf("page %d has %d rows", number, len(want))
	}
	got, err := c.ours.page(ctx, lower, upper, number)
	if err == nil {
		err = agree(want, got)
	}
	if err == nil && c.bears != nil {
		if got, err = c.bears.page(lower, upper, number, true); err == nil {
			err = agree(want, got)
		}
	}
	if err != nil {
		return fmt.Errorf("page %d: %w", number, err)
	}
	return nil
}

// sortByHand sorts the rows that a page is of, on one core, and returns their numbers.
func sortByHand(table *data.Table) []uint32 {
	type pair struct {
		by  float64
		row uint32
	}
	var pairs []pair
	a, b, by := table.Columns[data.AskedA].Floats, table.Columns[data.AskedB].Floats, table.Columns[data.AskedC].Floats
	for i := range a {
		if a[i] >= pageLowerA && b[i] <= pageUpperB {
			pairs = append(pairs, pair{by[i], uint32(i)})
		}
	}
	slices.SortFunc(pairs, func(x, y pair) int { return cmp.Or(cmp.Compare(x.by, y.by), cmp.Compare(x.row, y.row)) })
	rows := make([]uint32, len(pairs))
	for i := range pairs {
		rows[i] = pairs[i].row
	}
	return rows
}
