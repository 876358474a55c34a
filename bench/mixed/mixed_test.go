package mixed

import (
	"context"
	"strings"
	"testing"
	"time"

	"herbarium/bench/load"
)

func TestBothVersionsAreRightAndNoOtherIs(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the command and serves")
	}
	s, err := newServer(t.Context(), t.TempDir(), 3000, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer s.stop()
	// The rows of one dataset were replaced, those of the other were not.
	if s.asks[0].name != "rows between bounds, JSON, from the cache" || len(s.asks[0].wants[0]) != 2 || len(s.asks[4].wants[0]) != 1 {
		t.Fatalf("%d and %d answers are right", len(s.asks[0].wants[0]), len(s.asks[4].wants[0]))
	}
	rate := 200.0
	open := func() (*load.Latencies, error) { return s.clients.Open(t.Context(), rate, 700*time.Millisecond) }
	if l, err := open(); err != nil || l.Count() != 140 || l.Of(6).Count() != 20 {
		t.Errorf("%d requests, %v", l.Count(), err)
	}
	s.asks[1].wants[0][0], s.asks[1].wants[0][1] = []byte("[]"), []byte("[]")
	if _, err := open(); err == nil || !strings.Contains(err.Error(), "rows between bounds, JSON, new") {
		t.Errorf("a wrong answer: %v", err)
	}
}

func TestALoadThatFailsIsAnError(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the command and serves")
	}
	s, err := newServer(t.Context(), t.TempDir(), 1000, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer s.stop()
	s.files = [2]string{"none", "none"}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := s.publishAgain(ctx); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("got %v", err)
	}
}

func TestTheGoalGoesByTheMedian(t *testing.T) {
	m := &Mixed{Rows: []Late{{Name: "all", Requests: 5, P50: 1e-3, P99: 4e-3, Times: 4, Goal: 3}}, Loads: 2}
	if row := m.Row(); row.Ours != "p50 1ms" || !strings.Contains(row.Figures[0], "p99 is 4.0 × p50 (goal ≤ 3: NOT MET)") || !strings.HasPrefix(row.Figures[1], "2 loads") {
		t.Errorf("%+v", row)
	}
}
