package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"herbarium/loaders"
)

// progress shows how far a load is: as a bar on a terminal, elsewhere as a line
// every 10 seconds.
type progress struct {
	name   string
	counts *loaders.Progress
	total  int64 // bytes to be read; 0 if that is not known
	start  time.Time
	out    io.Writer
	every  time.Duration // between lines
}

func newProgress(name string, sources []loaders.Source, out io.Writer) *progress {
	m := &progress{name: name, counts: &loaders.Progress{}, start: time.Now(), out: out, every: 10 * time.Second}
	for _, s := range sources {
		if s.Size == 0 {
			m.total = 0
			break
		}
		m.total += s.Size
	}
	return m
}

// run shows the progress until stop is called.
func (m *progress) run(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var showing sync.WaitGroup
	if terminal(m.out) {
		showing.Go(func() { m.bar(ctx) })
	} else {
		showing.Go(func() { m.lines(ctx) })
	}
	return func() {
		cancel()
		showing.Wait()
	}
}

func (m *progress) lines(ctx context.Context) {
	ticker := time.NewTicker(m.every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			printLine(m.out, "%s", m.String())
		}
	}
}

// String returns the progress as a line.
func (m *progress) String() string {
	parts := []string{count(m.counts.Rows(), "row")}
	if n := m.counts.Rejected(); n > 0 {
		parts = append(parts, fmt.Sprintf("%d of them faulty", n))
	}
	read := megabytes(m.counts.Bytes())
	if m.total > 0 {
		read += " of " + megabytes(m.total)
	}
	parts = append(parts, read, m.rate())
	if left := m.left(); left > 0 {
		parts = append(parts, left.String()+" left")
	}
	return m.name + ": " + strings.Join(parts, ", ")
}

func (m *progress) rate() string {
	return fmt.Sprintf("%.0f rows/s", float64(m.counts.Rows())/max(time.Since(m.start), time.Millisecond).Seconds())
}

// left is how long the rest takes at the rate so far; 0 if that is not known.
func (m *progress) left() time.Duration {
	read := m.counts.Bytes()
	if m.total == 0 || read == 0 || read >= m.total {
		return 0
	}
	rest := float64(time.Since(m.start)) * float64(m.total-read) / float64(read)
	return time.Duration(rest).Round(time.Second)
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// bar draws a bar, and removes it at the end.
func (m *progress) bar(ctx context.Context) {
	container := mpb.New(mpb.WithOutput(m.out), mpb.WithWidth(40))
	style := mpb.BarFillerBuilder(mpb.BarStyle())
	if m.total == 0 {
		style = mpb.NopStyle()
	}
	bar := container.New(m.total, style, mpb.PrependDecorators(decor.Name(m.name+" ")),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string {
			return " " + strings.TrimPrefix(m.String(), m.name+": ")
		})))
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			bar.Abort(true)
			container.Wait()
			return
		case <-ticker.C:
			if m.total == 0 || m.counts.Bytes() < m.total {
				bar.SetCurrent(m.counts.Bytes()) // a bar that is full ends
			}
		}
	}
}
