package formats

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"herbarium/bench/contest"
	"herbarium/bench/data"
	"herbarium/bench/peers"
)

// Memory is how much sending whole tables took beside what an idle server
// holds.
type Memory struct {
	Name  string `json:"name"`
	What  string `json:"what"`
	Idle  int64  `json:"idle"` // bytes that are resident before the first answer
	Sides []Most `json:"sides"`
}

// Most is how many bytes more than that were resident while answers of a
// format were sent.
type Most struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
}

// maxBytes is the goal: what any answer may take.
const maxBytes = 64 << 20

// asked is how often each format is asked for, one after the other.
const asked = 3

// MeasureMemory sends a table of that many rows in every format, with a folder
// for files that may go afterwards.
func MeasureMemory(ctx context.Context, folder string, rows int, seed uint64) (*Memory, error) {
	table, err := data.Wide(rows, seed)
	if err != nil {
		return nil, err
	}
	if _, err := table.WriteFolder(folder); err != nil {
		return nil, err
	}
	server, err := peers.Herbarium(ctx, folder)
	if err != nil {
		return nil, err
	}
	defer server.Stop()
	client := newClient()
	defer client.CloseIdleConnections()
	m := &Memory{Name: "memory", What: fmt.Sprintf("%d rows of 6 columns sent whole, the most that was resident beside what was before the first", rows)}
	if m.Idle, err = server.Resident(); err != nil {
		return nil, err
	}
	for _, s := range oursOf(server) {
		most, err := server.MaxResident(func() error {
			for range asked {
				if err := s.fetch(ctx, client); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		m.Sides = append(m.Sides, Most{s.name, most - m.Idle})
	}
	return m, nil
}

// Write writes it as a table for people.
func (m *Memory) Write(w io.Writer) error {
	return contest.WriteTable(w, fmt.Sprintf("\n%s: %s (%d MB)", m.Name, m.What, m.Idle>>20), func(t *tabwriter.Writer) {
		for _, s := range m.Sides {
			_, _ = fmt.Fprintf(t, "%s\t%.1f MB\tgoal %d MB: %s\t\n", s.Name, float64(s.Bytes)/(1<<20), maxBytes>>20, contest.Verdict(s.Bytes <= maxBytes))
		}
	})
}

// Row returns it as a row of a table.
func (m *Memory) Row() contest.Row {
	row := contest.Row{Name: m.Name, Work: m.What}
	for _, s := range m.Sides {
		row.Figures = append(row.Figures, fmt.Sprintf("%s: %.1f MB%s", s.Name, float64(s.Bytes)/(1<<20),
			contest.Asked(fmt.Sprintf("≤ %d MB", maxBytes>>20), s.Bytes <= maxBytes)))
	}
	return row
}
