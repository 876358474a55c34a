package plan_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// TestRunsOfTimeHoldTheirInstants draws instants near the ends of years, also far in
// the future, where zones follow rules and no table.
func TestRunsOfTimeHoldTheirInstants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom([]string{"Europe/Berlin", "America/Santiago", "Australia/Lord_Howe", "Pacific/Apia", "UTC"}).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		unit := plan.Unit(rapid.IntRange(int(plan.Year), int(plan.Minute)).Draw(t, "unit"))
		every, origin := 1, (*int64)(nil)
		if (unit == plan.Week || unit == plan.Day) && rapid.Bool().Draw(t, "several") {
			every, origin = 9, new(int64)
		}
		b, err := plan.NewTimeBuckets(unit, every, origin, zone)
		if err != nil {
			t.Fatal(err)
		}
		year := rapid.IntRange(1850, 2110).Draw(t, "year")
		at := time.Date(year, 12, rapid.IntRange(-300, 40).Draw(t, "day"), rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute"), 0, 0, time.UTC)
		v := plan.Value{Int: at.UnixMilli()}
		run := b.Run(v)
		if run.First.Int > v.Int || run.End.Int <= v.Int {
			t.Fatalf("%s by %s: the run is from %d to %d", at, b, run.First.Int-v.Int, run.End.Int-v.Int)
		}
		for _, other := range []int64{run.First.Int, run.End.Int - 1, (run.First.Int + run.End.Int) / 2} {
			if label := b.Run(plan.Value{Int: other}).Label.Str; label != run.Label.Str {
				t.Fatalf("%s by %s: %q, but %q at %s", at, b, run.Label.Str, label, string(datasets.AppendDateTime(nil, other)))
			}
		}
	})
}
