// Package screen measures how soon a page shows what its reader asked for: in a
// headless Chromium, from the key or the click until the frame that has the new table
// and the new chart.
package screen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"text/tabwriter"

	"herbarium/bench/contest"
	"herbarium/bench/data"
	"herbarium/bench/peers"
)

// Screen is how soon changes of a page are on the screen. Times are in seconds.
type Screen struct {
	Name    string   `json:"name"`
	What    string   `json:"what"`
	Changes []Change `json:"changes"`
	// Fastest and Slowest are the medians of the changes that filter.
	Fastest float64 `json:"fastest_s"`
	Slowest float64 `json:"slowest_s"`
	Goal    float64 `json:"goal_s"`
	Met     bool    `json:"met"`

	First  FirstPaint `json:"first"`
	Scroll Scroll     `json:"scroll"`
}

// Change is a change that a reader makes, with how long it took each time.
type Change struct {
	Name    string    `json:"name"`
	Filters bool      `json:"filters"` // it selects other rows
	Shown   []float64 `json:"shown_s"` // until table and chart were on the screen
	Whole   []float64 `json:"whole_s"` // until the counts of the filters were, too
}

// goal is how soon the median change has to be on the screen.
const goal = 0.1

// Measure serves a table of that many rows from files, opens its page in a browser and
// changes it, each change once a round, after a round whose counts of rows are held
// against those of a loop over the table.
func Measure(ctx context.Context, folder string, rows, rounds int, seed uint64) (*Screen, error) {
	table, err := data.Asked(rows, seed)
	if err != nil {
		return nil, err
	}
	if _, err := table.WriteFolder(folder); err != nil {
		return nil, err
	}
	store := "file:" + filepath.Join(folder, "store")
	if err := peers.Load(ctx, table.Dataset.Name, "--datasets", folder, "--store", store); err != nil {
		return nil, err
	}
	server, err := peers.Herbarium(ctx, folder, "--store", store)
	if err != nil {
		return nil, err
	}
	defer server.Stop()
	s := &Screen{Name: "page", Goal: goal,
		What: fmt.Sprintf("a change of the page in Chromium, from the reader's key or click until table and chart are on the screen; %d rows of %d columns from files", rows, len(table.Columns))}
	return s, s.visit(ctx, server.URL+"/"+table.Dataset.Name, rounds, table)
}

// visit measures with the page. The round that does not count is held against the
// table.
func (s *Screen) visit(ctx context.Context, page string, rounds int, table *data.Table) (err error) {
	r, err := openBrowser(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	r.page = page
	for _, c := range changes {
		s.Changes = append(s.Changes, Change{Name: c.name, Filters: c.filters})
	}
	if err := r.round(0, s.Changes, table); err != nil {
		return err
	}
	for round := range rounds {
		if err := r.round(round+1, s.Changes, nil); err != nil {
			return err
		}
	}
	s.judge()
	if s.First, err = firstPaint(ctx, r); err != nil {
		return err
	}
	s.Scroll, err = r.scroll()
	return err
}

// judge compares the medians with the goal.
func (s *Screen) judge() {
	for _, c := range s.Changes {
		if !c.Filters {
			continue
		}
		median := contest.Median(c.Shown)
		if s.Fastest == 0 || median < s.Fastest {
			s.Fastest = median
		}
		s.Slowest = max(s.Slowest, median)
	}
	s.Met = s.Slowest <= s.Goal
}

// Write writes the times as a table for people.
func (s *Screen) Write(w io.Writer) error {
	return contest.WriteTable(w, fmt.Sprintf("\n%s: %s", s.Name, s.What), func(t *tabwriter.Writer) {
		_, _ = fmt.Fprintln(t, "\ttable and chart\tmost\tcounts of filters, too\tmost\t")
		for _, c := range s.Changes {
			_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t\n", c.Name, millis(contest.Median(c.Shown)), millis(most(c.Shown)), millis(contest.Median(c.Whole)), millis(most(c.Whole)))
		}
		_, _ = fmt.Fprintf(t, "slowest median of filters\t%s\t\t\tgoal ≤ %s: %s\t\n", millis(s.Slowest), millis(s.Goal), contest.Verdict(s.Met))
		_, _ = fmt.Fprintf(t, "first paint\t%s\t\t%d bytes before the statistics, %d in all\t\t\n", millis(contest.Median(s.First.Painted)), s.First.Head, s.First.Bytes)
		_, _ = fmt.Fprintf(t, "scrolling\t%d frames\t%s\t%d tasks > 16 ms\t\t\n", s.Scroll.Frames, millis(s.Scroll.Longest), s.Scroll.Long)
	})
}

// Row returns the times as a row of a table.
func (s *Screen) Row() contest.Row {
	row := contest.Row{Name: s.Name, Work: s.What, Ours: millis(s.Slowest)}
	for _, c := range s.Changes {
		figure := fmt.Sprintf("%s: %s, with the counts of the filters %s", c.Name, millis(contest.Median(c.Shown)), millis(contest.Median(c.Whole)))
		if c.Filters {
			figure += contest.Asked("≤ "+millis(s.Goal), contest.Median(c.Shown) <= s.Goal)
		}
		row.Figures = append(row.Figures, figure)
	}
	row.Figures = append(row.Figures,
		fmt.Sprintf("first paint after %s, of %d compressed bytes that wait for no statistics; %d in all", millis(contest.Median(s.First.Painted)), s.First.Head, s.First.Bytes),
		fmt.Sprintf("scrolling: the longest task of %d took %s, %d took more than 16 ms", s.Scroll.Tasks, millis(s.Scroll.Longest), s.Scroll.Long))
	return row
}

func millis(seconds float64) string { return fmt.Sprintf("%.0f ms", 1000*seconds) }

func most(values []float64) (most float64) {
	for _, v := range values {
		most = max(most, v)
	}
	return most
}
