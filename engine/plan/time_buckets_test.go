package plan_test

import (
	"testing"
	"time"

	"herbarium/engine/plan"
)

func zoneOf(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func instant(t *testing.T, text string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMilli()
}

// TestInstantsLieInSpansOfLocalTime has labels from Python's zoneinfo, and from the rules
// of each zone: clocks that go back an hour or half of one, a midnight that does not
// exist, one that comes twice, and a day that was left out.
func TestInstantsLieInSpansOfLocalTime(t *testing.T) {
	const berlin, howe, apia, paulo = "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo"
	for _, test := range []struct {
		zone  string
		at    string
		unit  plan.Unit
		every int
		want  string
	}{
		{berlin, "2024-10-26T21:59:59Z", plan.Day, 1, "2024-10-26"},
		{berlin, "2024-10-26T22:00:00Z", plan.Day, 1, "2024-10-27"},
		{berlin, "2024-10-27T22:59:59Z", plan.Day, 1, "2024-10-27"},
		{berlin, "2024-10-27T23:00:00Z", plan.Day, 1, "2024-10-28"},
		{berlin, "2024-10-27T00:30:00Z", plan.Hour, 1, "2024-10-27T02:00:00+02:00"},
		{berlin, "2024-10-27T01:30:00Z", plan.Hour, 1, "2024-10-27T02:00:00+01:00"},
		{berlin, "2024-10-27T00:44:59Z", plan.Minute, 15, "2024-10-27T02:30:00+02:00"},
		{berlin, "2024-10-27T01:44:59Z", plan.Minute, 15, "2024-10-27T02:30:00+01:00"},
		{berlin, "2024-10-27T00:30:00Z", plan.Hour, 6, "2024-10-27T00:00:00+02:00"},
		{berlin, "2024-10-27T04:59:59Z", plan.Hour, 6, "2024-10-27T00:00:00+02:00"},
		{berlin, "2024-10-27T05:00:00Z", plan.Hour, 6, "2024-10-27T06:00:00+01:00"},
		{berlin, "2024-03-31T00:59:59Z", plan.Hour, 1, "2024-03-31T01:00:00+01:00"},
		{berlin, "2024-03-31T01:00:00Z", plan.Hour, 1, "2024-03-31T03:00:00+02:00"},
		{berlin, "2024-10-27T22:59:59Z", plan.Week, 1, "2024-W43"},
		{berlin, "2024-10-27T23:00:00Z", plan.Week, 1, "2024-W44"},
		{berlin, "2024-12-31T22:59:59Z", plan.Year, 1, "2024"},
		{berlin, "2024-12-31T23:00:00Z", plan.Year, 1, "2025"},
		{berlin, "2024-12-31T23:00:00Z", plan.Quarter, 1, "2025-Q1"},
		{berlin, "2024-09-30T21:59:59Z", plan.Quarter, 1, "2024-Q3"},
		{berlin, "2024-06-30T22:00:00Z", plan.Month, 6, "2024-07"},
		{howe, "2024-04-06T14:59:59Z", plan.Hour, 1, "2024-04-07T01:00:00+11:00"},
		{howe, "2024-04-06T15:00:00Z", plan.Hour, 1, "2024-04-07T01:00:00+10:30"},
		{howe, "2024-10-05T15:29:59Z", plan.Minute, 30, "2024-10-06T01:30:00+10:30"},
		{howe, "2024-10-05T15:30:00Z", plan.Minute, 30, "2024-10-06T02:30:00+11:00"},
		{apia, "2011-12-30T09:59:59Z", plan.Day, 1, "2011-12-29"},
		{apia, "2011-12-30T10:00:00Z", plan.Day, 1, "2011-12-31"},
		{apia, "2011-12-30T10:00:00Z", plan.Week, 1, "2011-W52"},
		{paulo, "2018-11-04T02:59:59Z", plan.Day, 1, "2018-11-03"},
		{paulo, "2018-11-04T03:00:00Z", plan.Day, 1, "2018-11-04"},
		{paulo, "2018-11-04T03:00:00Z", plan.Hour, 1, "2018-11-04T01:00:00-02:00"},
		{paulo, "2018-02-18T01:59:59Z", plan.Hour, 1, "2018-02-17T23:00:00-02:00"},
		{paulo, "2018-02-18T02:00:00Z", plan.Hour, 1, "2018-02-17T23:00:00-03:00"},
		{paulo, "2018-02-18T02:59:59Z", plan.Day, 1, "2018-02-17"},
		{paulo, "2018-02-18T03:00:00Z", plan.Day, 1, "2018-02-18"},
		{"UTC", "2024-10-27T00:30:00Z", plan.Hour, 1, "2024-10-27T00:00:00Z"},
		{"UTC", "1969-12-31T23:59:59Z", plan.Minute, 1, "1969-12-31T23:59:00Z"},
	} {
		b, err := plan.NewTimeBuckets(test.unit, test.every, nil, zoneOf(t, test.zone))
		if err != nil {
			t.Fatal(err)
		}
		at := instant(t, test.at)
		run := b.Run(plan.Value{Int: at})
		if run.Label.Str != test.want {
			t.Errorf("%s by %s is in %s, want %s", test.at, b, run.Label.Str, test.want)
		}
		if run.First.Int > at || run.End.Int <= at {
			t.Errorf("%s by %s is not from %d up to %d", test.at, b, run.First.Int, run.End.Int)
		}
	}
}

// TestRunsOfTimeFollowEachOther goes from run to run over changes of clocks, and asks for
// the ends of each.
func TestRunsOfTimeFollowEachOther(t *testing.T) {
	for _, test := range []struct{ zone, from, to string }{
		{"Europe/Berlin", "2024-03-29T00:00:00Z", "2024-04-02T00:00:00Z"},
		{"Europe/Berlin", "2024-10-25T00:00:00Z", "2024-10-29T00:00:00Z"},
		{"Australia/Lord_Howe", "2024-04-05T00:00:00Z", "2024-04-08T00:00:00Z"},
		{"Pacific/Apia", "2011-12-28T00:00:00Z", "2012-01-01T00:00:00Z"},
		{"America/Sao_Paulo", "2018-11-02T00:00:00Z", "2018-11-06T00:00:00Z"},
		{"America/Sao_Paulo", "2018-02-16T00:00:00Z", "2018-02-20T00:00:00Z"},
	} {
		for unit := plan.Year; unit <= plan.Minute; unit++ {
			b, err := plan.NewTimeBuckets(unit, 1, nil, zoneOf(t, test.zone))
			if err != nil {
				t.Fatal(err)
			}
			end := instant(t, test.to)
			for at := instant(t, test.from); at < end; {
				run := b.Run(plan.Value{Int: at})
				if run.First.Int > at || run.End.Int <= at || run.Closed || run.Label.Null {
					t.Fatalf("%s by %s: %d lies in %+v", test.zone, b, at, run)
				}
				for _, v := range []int64{run.First.Int, run.End.Int - 1} {
					if again := b.Run(plan.Value{Int: v}); again != run {
						t.Fatalf("%s by %s: %d lies in %+v, not in %+v", test.zone, b, v, again, run)
					}
				}
				at = run.End.Int
			}
		}
	}
}

// TestDaysLieInCalendarUnits has ISO weeks over New Year as Python's datetime has them.
func TestDaysLieInCalendarUnits(t *testing.T) {
	origin := int64(19_723) // 2024-01-01, a Monday
	for _, test := range []struct {
		day         int64
		unit        plan.Unit
		every       int
		origin      *int64
		first, want string
	}{
		{18_627, plan.Week, 1, nil, "2020-12-28", "2020-W53"},
		{18_630, plan.Week, 1, nil, "2020-12-28", "2020-W53"},
		{18_631, plan.Week, 1, nil, "2021-01-04", "2021-W01"},
		{17_896, plan.Week, 1, nil, "2018-12-31", "2019-W01"},
		{16_803, plan.Week, 1, nil, "2015-12-28", "2015-W53"},
		{20_087, plan.Week, 1, nil, "2024-12-30", "2025-W01"},
		{-1, plan.Week, 1, nil, "1969-12-29", "1970-W01"},
		{-719_162, plan.Week, 1, nil, "0001-01-01", "0001-W01"},
		{-1, plan.Quarter, 1, nil, "1969-10-01", "1969-Q4"},
		{-1, plan.Year, 1, nil, "1969-01-01", "1969"},
		{19_782, plan.Month, 1, nil, "2024-02-01", "2024-02"},
		{19_783, plan.Month, 1, nil, "2024-03-01", "2024-03"},
		{19_783, plan.Month, 4, nil, "2024-01-01", "2024-01"},
		{19_783, plan.Day, 1, nil, "2024-03-01", "2024-03-01"},
		{19_722, plan.Day, 10, &origin, "2023-12-22", "2023-12-22"},
		{19_732, plan.Day, 10, &origin, "2024-01-01", "2024-01-01"},
		{19_733, plan.Day, 10, &origin, "2024-01-11", "2024-01-11"},
		{19_736, plan.Week, 2, &origin, "2024-01-01", "2024-01-01"},
		{19_737, plan.Week, 2, &origin, "2024-01-15", "2024-01-15"},
	} {
		b, err := plan.NewTimeBuckets(test.unit, test.every, test.origin, nil)
		if err != nil {
			t.Fatal(err)
		}
		run := b.Run(plan.Value{Int: test.day})
		if first := instant(t, test.first+"T00:00:00Z") / 86_400_000; run.Label.Str != test.want || run.First.Int != first {
			t.Errorf("day %d by %s is in %s from day %d on, want %s from %d", test.day, b, run.Label.Str, run.First.Int, test.want, first)
		}
	}
}

func TestUnitsTakeTheNumbersThatDivide(t *testing.T) {
	origin := int64(0)
	for _, test := range []struct {
		unit   plan.Unit
		every  int
		origin *int64
		ok     bool
	}{
		{plan.Minute, 15, nil, true}, {plan.Minute, 7, nil, false}, {plan.Minute, 60, nil, false}, {plan.Hour, 6, nil, true},
		{plan.Hour, 5, nil, false}, {plan.Month, 6, nil, true}, {plan.Month, 5, nil, false}, {plan.Year, 2, nil, false},
		{plan.Quarter, 2, nil, false}, {plan.Day, 2, nil, false}, {plan.Day, 2, &origin, true}, {plan.Week, 2, &origin, true},
		{plan.Day, 1, &origin, false}, {plan.Day, 0, nil, false}, {plan.Day, 40_000, &origin, false},
	} {
		if _, err := plan.NewTimeBuckets(test.unit, test.every, test.origin, time.UTC); (err == nil) != test.ok {
			t.Errorf("%d %ss: %v", test.every, test.unit, err)
		}
	}
}
