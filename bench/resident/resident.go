// Package resident measures how much memory servers hold once every column of a
// table was read (S11).
package resident

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"text/tabwriter"
	"time"

	"herbarium/bench/contest"
	"herbarium/bench/data"
	"herbarium/bench/peers"
)

// Resident is what servers hold beside what the columns take.
type Resident struct {
	Name    string `json:"name"`
	What    string `json:"what"`
	Columns int64  `json:"columns"` // bytes of the table's columns
	Rows    []Held `json:"rows"`
}

// Held is what is resident in one case, in bytes: a process's own memory, and
// pages of files, the binary's among them.
type Held struct {
	Name  string  `json:"name"`
	Anon  int64   `json:"anon"`
	File  int64   `json:"file"`
	Times float64 `json:"times"` // both, by the bytes of the columns
	Goal  float64 `json:"goal"`
	Met   bool    `json:"met"`
}

// maxTimes is the goal.
const maxTimes = 1.2

// Measure serves a table of that many rows from files, once and twice, and from
// memory, with a folder for files that may go afterwards.
func Measure(ctx context.Context, folder string, rows int, seed uint64) (*Resident, error) {
	return measure(ctx, folder, rows, seed, 250*time.Millisecond)
}

// measure looks every pause whether what is held still falls.
func measure(ctx context.Context, folder string, rows int, seed uint64, pause time.Duration) (*Resident, error) {
	table, err := data.Measurements{Rows: rows, Seed: seed, Order: data.Random, GroupBy: "kind"}.Table()
	if err != nil {
		return nil, err
	}
	if _, err := table.WriteFolder(folder); err != nil {
		return nil, err
	}
	r := &Resident{Name: "S11", Columns: table.Bytes(),
		What: fmt.Sprintf("%d rows of %d columns, what is resident after all rows were sent", rows, len(table.Columns))}
	table.Columns = nil // the file has them
	s := &servers{pause: pause, folder: folder, url: "/" + table.Dataset.Name + "/range?format=arrow", store: "file:" + filepath.Join(folder, "store")}
	defer s.stop()
	if err := peers.Load(ctx, table.Dataset.Name, "--datasets", folder, "--store", s.store); err != nil {
		return nil, err
	}
	if err := s.start(ctx, "--store", s.store); err != nil {
		return nil, err
	}
	r.add("file:, one server", s.held)
	if err := s.start(ctx, "--store", s.store); err != nil {
		return nil, err
	}
	r.add("file:, two servers of one folder", s.held)
	s.stop()
	if err := s.start(ctx); err != nil {
		return nil, err
	}
	r.add("mem:", s.held)
	return r, nil
}

func (r *Resident) add(name string, m peers.Memory) {
	times := float64(m.Anon+m.File) / float64(r.Columns)
	r.Rows = append(r.Rows, Held{name, m.Anon, m.File, times, maxTimes, times <= maxTimes})
}

// servers are those that run.
type servers struct {
	pause              time.Duration
	folder, url, store string
	running            []*peers.Process
	held               peers.Memory // by all of them
}

// settleTime bounds how long a server may take to give back what a load or an
// answer needed.
const settleTime = time.Minute

// start starts one more server, has it read everything, and measures all.
func (s *servers) start(ctx context.Context, flags ...string) error {
	p, err := peers.Herbarium(ctx, s.folder, flags...)
	if err != nil {
		return err
	}
	s.running = append(s.running, p)
	if err := fetch(ctx, p.URL+s.url); err != nil {
		return err
	}
	return s.settle(ctx)
}

// settle measures until what is held does not fall any more.
func (s *servers) settle(ctx context.Context) error {
	const enough = 8
	least, unchanged := int64(-1), 0
	for began := time.Now(); time.Since(began) < settleTime && unchanged < enough; {
		var all peers.Memory
		for _, p := range s.running {
			m, err := p.Memory()
			if err != nil {
				return err
			}
			all.Anon, all.File = all.Anon+m.Anon, all.File+m.File
		}
		// A change below a hundredth is none.
		if now := all.Anon + all.File; least < 0 || now < least-least/100 {
			least, unchanged = now, 0
		} else {
			unchanged++
		}
		s.held = all
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(s.pause):
		}
	}
	return nil
}

func (s *servers) stop() {
	for _, p := range s.running {
		p.Stop()
	}
	s.running = nil
}

// fetch reads an answer to its end.
func fetch(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", url, answer.Status)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

// Write writes it as a table for people.
func (r *Resident) Write(w io.Writer) error {
	return contest.WriteTable(w, fmt.Sprintf("\n%s: %s; the columns are %d MB", r.Name, r.What, r.Columns>>20), func(t *tabwriter.Writer) {
		_, _ = fmt.Fprintln(t, "\town memory\tof files\tby the columns\t\t")
		for _, h := range r.Rows {
			_, _ = fmt.Fprintf(t, "%s\t%d MB\t%d MB\t%.2f\tgoal %v: %s\t\n", h.Name, h.Anon>>20, h.File>>20, h.Times, h.Goal, contest.Verdict(h.Met))
		}
	})
}

// Row returns it as a row of a table.
func (r *Resident) Row() contest.Row {
	row := contest.Row{Name: r.Name, Work: fmt.Sprintf("%s; the columns are %d MB", r.What, r.Columns>>20)}
	for _, h := range r.Rows {
		row.Figures = append(row.Figures, fmt.Sprintf("%s: %.2f × the columns, %d MB own and %d MB of files%s",
			h.Name, h.Times, h.Anon>>20, h.File>>20, contest.Asked(fmt.Sprintf("≤ %v", h.Goal), h.Met)))
	}
	return row
}
