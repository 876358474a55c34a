package main

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestAKindOfQueryIsMeasuredAloneAndTogether(t *testing.T) {
	k := benchKind{operation: "range", words: "none", scales: true, ask: func(context.Context, int) (int64, error) {
		time.Sleep(time.Millisecond)
		return 7, nil
	}}
	const cores, rows = 4, 1000
	f, err := k.measure(t.Context(), 40*time.Millisecond, cores, rows)
	if err != nil {
		t.Fatal(err)
	}
	if f.Median < 0.001 || f.P99 < f.Median || f.AnswerBytes != 7 {
		t.Errorf("alone: %+v", f)
	}
	// Each takes a millisecond at the least, and four are asked at once.
	if f.PerSecond <= 0 || f.PerSecond > 4000 || f.CoreSeconds*f.PerSecond < 3.99 || f.CoreSeconds*f.PerSecond > 4.01 {
		t.Errorf("together: %+v", f)
	}
	if f.RowsPerCore > rows/f.CoreSeconds*1.001 || f.RowsPerCore < rows/f.CoreSeconds*0.999 {
		t.Errorf("rows: %+v", f)
	}
}

func TestAQueryThatFailsEndsTheMeasurement(t *testing.T) {
	broken := errors.New("broken")
	k := benchKind{ask: func(_ context.Context, i int) (int64, error) {
		if i > 5 {
			return 0, broken
		}
		return 1, nil
	}}
	if _, err := k.measure(t.Context(), time.Hour, 2, 1); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

func TestFiguresHaveThreeDigits(t *testing.T) {
	for _, c := range []struct {
		n    float64
		want string
	}{{0, "0"}, {7.25, "7.25"}, {999, "999"}, {999.6, "1k"}, {12345, "12.3k"}, {2.4e9, "2.4G"}, {1e15, "1e+03T"}} {
		if got := thousands(c.n); got != c.want {
			t.Errorf("thousands(%v) = %s, want %s", c.n, got, c.want)
		}
	}
	for _, c := range []struct {
		s    float64
		want string
	}{{0, "0s"}, {1.23456e-6, "1.23µs"}, {0.0123456, "12.3ms"}, {2, "2s"}} {
		if got := seconds(c.s); got != c.want {
			t.Errorf("seconds(%v) = %s, want %s", c.s, got, c.want)
		}
	}
}
