package contest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestWhoBeginsChanges(t *testing.T) {
	var order strings.Builder
	run := func(name string) Contender {
		return Contender{Name: name, Run: func(context.Context) error { order.WriteString(name); return nil }}
	}
	slow := run("c")
	slow.Rounds = 1
	c := &Contest{Name: "x", Units: 1, Unit: "rows", Contenders: []Contender{run("a"), run("b"), slow}}
	if _, err := c.Run(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	// A round that does not count, then three; c takes part in one of them.
	if got, want := order.String(), "ab"+"bca"+"ab"+"ab"; got != want {
		t.Errorf("ran %s, want %s", got, want)
	}
}

func TestATimeIsThatOfOneCall(t *testing.T) {
	calls := 0
	c := &Contest{Name: "x", Units: 1, Unit: "rows", Contenders: []Contender{{Name: "a", Repeat: 4,
		Run: func(context.Context) error { calls++; time.Sleep(10 * time.Millisecond); return nil }}}}
	r, err := c.Run(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if took := r.Sides[0].Median; calls != 8 || took < 0.01 || took > 0.03 {
		t.Errorf("%d calls, one of which takes %v s", calls, took)
	}
}

func TestWhatIsBeforeIsNotInTheTime(t *testing.T) {
	before := 0
	c := &Contest{Name: "x", Units: 1, Unit: "rows", Contenders: []Contender{{Name: "a", Repeat: 2,
		Before: func(context.Context) error { before++; time.Sleep(50 * time.Millisecond); return nil },
		Run:    func(context.Context) error { return nil }}}}
	r, err := c.Run(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	if took := r.Sides[0].Most; before != 3 || took > 0.02 {
		t.Errorf("it is called %d times, and a time is %v s", before, took)
	}
}

func TestNothingIsMeasuredWhereAnswersDiffer(t *testing.T) {
	c := &Contest{
		Name:       "x",
		Check:      func(context.Context) error { return errors.New("row 3") },
		Contenders: []Contender{{Name: "a", Run: func(context.Context) error { t.Error("it ran"); return nil }}},
	}
	if _, err := c.Run(t.Context(), 1); err == nil || err.Error() != "x: the answers do not agree: row 3" {
		t.Errorf("got %v", err)
	}
}

func TestGoalsGoByRatiosOfRounds(t *testing.T) {
	c := &Contest{Name: "x", What: "waits", Units: 1000, Unit: "rows", Contenders: []Contender{{Name: "ours"}, {Name: "theirs"}},
		Goals: []Goal{{Contender: "ours", Against: "theirs", Times: 3}, {Contender: "theirs", Against: "ours", Times: 1},
			{Contender: "ours", Within: time.Millisecond}, {Contender: "theirs", Against: "ours"}}}
	// The second round was slow for both.
	r, err := c.result([][]time.Duration{
		{time.Millisecond, 100 * time.Millisecond, 2 * time.Millisecond},
		{4 * time.Millisecond, 500 * time.Millisecond, 6 * time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	if g := r.Goals[0]; g.Measured != 4 || !g.Met {
		t.Errorf("ours: %+v", g)
	}
	if g := r.Goals[1]; g.Measured != 0.25 || g.Met {
		t.Errorf("theirs: %+v", g)
	}
	r.Notes = []string{"nothing else"}
	if row := r.Row(); strings.Join(row.Figures, "; ") != "ours: 4.00 × theirs (goal ≥ 3: met); theirs: 0.25 × ours (goal ≥ 1: NOT MET); ours: 2ms (goal ≤ 1ms: NOT MET); theirs: 0.25 × ours; nothing else" {
		t.Errorf("the row is %+v", row)
	}
	var text strings.Builder
	if err := r.Write(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"x: waits", "2ms", "500 k", "ours is 4.00 x theirs; goal 3.00 x: met",
		"theirs is 0.25 x ours; goal 1.00 x: NOT MET", "ours takes 2ms; goal 1ms: NOT MET", "theirs is 0.25 x ours\nnothing else\n"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is missing:\n%s", want, &text)
		}
	}
}

func TestAGoalNamesContenders(t *testing.T) {
	c := &Contest{Name: "x", Contenders: []Contender{{Name: "a", Run: func(context.Context) error { return nil }}},
		Goals: []Goal{{Contender: "a", Against: "b", Times: 2}}}
	if _, err := c.Run(t.Context(), 1); err == nil {
		t.Error("no error")
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{{[]float64{3}, 3}, {[]float64{5, 1, 3}, 3}, {[]float64{4, 1, 3, 100}, 3.5}} {
		if got := Median(c.values); got != c.want {
			t.Errorf("%v: got %v, want %v", c.values, got, c.want)
		}
	}
}
