package formats

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"text/tabwriter"

	"herbarium/bench/peers"
)

// Memory is by how much sending whole tables made the server grow.
type Memory struct {
	Name  string   `json:"name"`
	What  string   `json:"what"`
	Sides []Growth `json:"sides"`
}

// Growth is one format's part, in bytes.
type Growth struct {
	Name   string `json:"name"`
	Before int64  `json:"before"`
	Growth int64  `json:"growth"`
}

// memoryOf fetches each side once and looks at the process before and after.
func memoryOf(ctx context.Context, server *peers.Process, client *http.Client, sides []*side) (*Memory, error) {
	m := &Memory{Name: "memory", What: "resident memory of herbarium before an answer, and by how much more there was at most during it"}
	for _, s := range sides {
		before, growth, err := server.Growth(func() error { return s.fetch(ctx, client) })
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		m.Sides = append(m.Sides, Growth{s.name, before, growth})
	}
	return m, nil
}

// Write writes the growth as a table for people.
func (m *Memory) Write(w io.Writer) error {
	var text bytes.Buffer
	fmt.Fprintf(&text, "\n%s: %s\n", m.Name, m.What)
	t := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(t, "\tbefore\tgrowth\t")
	for _, s := range m.Sides {
		_, _ = fmt.Fprintf(t, "%s\t%d MB\t%.1f MB\t\n", s.Name, s.Before>>20, float64(s.Growth)/(1<<20))
	}
	_ = t.Flush() // to memory, which does not fail
	_, err := w.Write(text.Bytes())
	return err
}
