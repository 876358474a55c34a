package screen

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/tracing"
	"github.com/chromedp/chromedp"
)

// Scroll is what the page's main thread did while the page was scrolled from top to
// bottom and back.
type Scroll struct {
	Tasks   int     `json:"tasks"`
	Long    int     `json:"long"`      // of them, those that took more than 16 ms
	Longest float64 `json:"longest_s"` // in seconds
	Frames  int     `json:"frames"`
}

// traceEvent is an event of a trace. Times are in microseconds.
type traceEvent struct {
	Name      string  `json:"name"`
	Phase     string  `json:"ph"`
	Process   int     `json:"pid"`
	Thread    int     `json:"tid"`
	Duration  float64 `json:"dur"`
	Arguments struct {
		Name string `json:"name"`
	} `json:"args"`
}

// scroll scrolls the page and reads the trace of it.
func (r *reader) scroll() (Scroll, error) {
	if err := r.open("upper[d]=700.1"); err != nil {
		return Scroll{}, err
	}
	ctx, cancel := context.WithTimeout(r.ctx, time.Minute)
	defer cancel()
	data := chromedp.Events(ctx, tracing.DataCollected)
	_, err := chromedp.Call(ctx, tracing.Start, tracing.StartParams{TransferMode: tracing.StartTransferModeReportEvents,
		TraceConfig: &tracing.TraceConfig{IncludedCategories: []string{"toplevel", "devtools.timeline", "__metadata"}}})
	if err != nil {
		return Scroll{}, err
	}
	frames, err := evaluate[bool](r, `(() => { window.frames_ = 0; const count = () => { window.frames_++; requestAnimationFrame(count); }; requestAnimationFrame(count); return true; })()`)
	if err != nil || !frames {
		return Scroll{}, err
	}
	for _, distance := range []float64{-4000, 4000} {
		gesture := input.SynthesizeScrollGestureParams{X: 900, Y: 700, YDistance: distance, Speed: 2000}
		if _, err := chromedp.Call(ctx, input.SynthesizeScrollGesture, gesture); err != nil {
			return Scroll{}, err
		}
	}
	s := Scroll{}
	if s.Frames, err = evaluate[int](r, "window.frames_"); err != nil {
		return s, err
	}
	complete := chromedp.Events(ctx, tracing.TracingComplete)
	if err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, tracing.End, struct{}{})
		return err
	})); err != nil {
		return s, err
	}
	for _, err := range complete {
		if err != nil {
			return s, err
		}
		break
	}
	var events []traceEvent
	cancel() // what came is all: the trace is complete
	for batch, err := range data {
		if errors.Is(err, context.Canceled) {
			break
		}
		if err != nil {
			return s, err
		}
		for _, raw := range batch.Value {
			var e traceEvent
			if err := json.Unmarshal(raw, &e); err != nil {
				return s, err
			}
			events = append(events, e)
		}
	}
	s.read(events)
	return s, nil
}

// read counts the tasks of the pages' main threads.
func (s *Scroll) read(events []traceEvent) {
	type thread struct{ process, thread int }
	main := map[thread]bool{}
	for _, e := range events {
		if e.Name == "thread_name" && e.Arguments.Name == "CrRendererMain" {
			main[thread{e.Process, e.Thread}] = true
		}
	}
	for _, e := range events {
		if e.Name != "RunTask" && e.Name != "ThreadControllerImpl::RunTask" || e.Phase != "X" || !main[thread{e.Process, e.Thread}] {
			continue
		}
		s.Tasks++
		seconds := e.Duration / 1e6
		s.Longest = max(s.Longest, seconds)
		if seconds > 0.016 {
			s.Long++
		}
	}
}
