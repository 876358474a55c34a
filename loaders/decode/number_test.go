package decode

import (
	"math"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"herbarium/datasets"
)

func TestShortNumbersAreReadAsTheStandardLibraryReadsThem(t *testing.T) {
	text := rapid.StringMatching(`[-+]?[0-9]{0,8}(\.[0-9]{0,9})?`)
	rapid.Check(t, func(t *rapid.T) {
		s := text.Draw(t, "text")
		want, err := strconv.ParseFloat(s, 64)
		got, ok := shortNumber([]byte(s))
		if ok && (err != nil || math.Float64bits(got) != math.Float64bits(want)) {
			t.Fatalf("%q is %v, want %v, %v", s, got, want, err)
		}
		whole, err := strconv.ParseInt(s, 10, 64)
		n, ok := shortInteger([]byte(s))
		if ok != (err == nil) || n != whole {
			t.Fatalf("%q is %d, want %d, %v", s, n, whole, err)
		}
	})
}

func TestShortDatesAreReadAsTheLongWayReadsThem(t *testing.T) {
	text := rapid.StringMatching(`[0-9]{4}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-5][0-9]:[0-6][0-9](\.[0-9]{1,4})?Z?`)
	rapid.Check(t, func(t *rapid.T) {
		s := text.Draw(t, "text")
		for name, loc := range map[string]*time.Location{"UTC": time.UTC, "another zone": time.FixedZone("", 3600)} {
			want, err := datasets.ParseDateTime(s, loc)
			if got, ok := shortDateTime([]byte(s), loc); ok && (err != nil || got != want) {
				t.Fatalf("%q in %s is %d, want %d, %v", s, name, got, want, err)
			}
		}
		want, err := datasets.ParseDate(s[:10])
		if got, ok := shortDate([]byte(s)); ok != (err == nil) || ok && got != want {
			t.Fatalf("%q is %d, %v, want %d, %v", s[:10], got, ok, want, err)
		}
	})
}

func TestDaysAreCountedAsPackageTimeCountsThem(t *testing.T) {
	for _, year := range []int{0, 1, 1600, 1899, 1900, 1970, 2000, 2019, 2020, 9999} {
		for day := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() == year; day = day.AddDate(0, 0, 1) {
			if got, want := daysOf(day.Year(), int(day.Month()), day.Day()), day.Unix()/86400; got != want && !(day.Unix() < 0 && got == (day.Unix()-86399)/86400) {
				t.Fatalf("%v is day %d, want %d", day, got, want)
			}
		}
	}
}
