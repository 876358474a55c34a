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

// meter shows how far a load is: as a bar on a terminal, elsewhere as a line
// every now and then.
type meter struct {
	name     string
	progress *loaders.Progress
	total    int64 // bytes to be read; 0 where that is not known
	start    time.Time
	out      io.Writer
	every    time.Duration // between lines
}

func newMeter(name string, sources []loaders.Source, out io.Writer) *meter {
	m := &meter{name: name, progress: &loaders.Progress{}, start: time.Now(), out: out, every: 10 * time.Second}
	for _, s := range sources {
		if s.Size == 0 {
			m.total = 0
			break
		}
		m.total += s.Size
	}
	return m
}

// run shows until the returned function is called, which waits for the end.
func (m *meter) run(ctx context.Context) (stop func()) {
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

func (m *meter) lines(ctx context.Context) {
	ticker := time.NewTicker(m.every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			say(m.out, "%s", m.String())
		}
	}
}

// String says how far the load is, in a line.
func (m *meter) String() string {
	parts := []string{count(m.progress.Rows(), "row")}
	if n := m.progress.Rejected(); n > 0 {
		parts = append(parts, fmt.Sprintf("%d of them faulty", n))
	}
	read := megabytes(m.progress.Bytes())
	if m.total > 0 {
		read += " of " + megabytes(m.total)
	}
	parts = append(parts, read, m.rate())
	if left := m.left(); left > 0 {
		parts = append(parts, left.String()+" left")
	}
	return m.name + ": " + strings.Join(parts, ", ")
}

func (m *meter) rate() string {
	return fmt.Sprintf("%.0f rows/s", float64(m.progress.Rows())/max(time.Since(m.start), time.Millisecond).Seconds())
}

// left is how long the rest takes at the rate so far; 0 where that cannot be
// said.
func (m *meter) left() time.Duration {
	read := m.progress.Bytes()
	if m.total == 0 || read == 0 || read >= m.total {
		return 0
	}
	rest := float64(time.Since(m.start)) * float64(m.total-read) / float64(read)
	return time.Duration(rest).Round(time.Second)
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// bar draws a bar, and takes it away in the end.
func (m *meter) bar(ctx context.Context) {
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
			if m.total == 0 || m.progress.Bytes() < m.total {
				bar.SetCurrent(m.progress.Bytes()) // a bar that is full ends
			}
		}
	}
}
