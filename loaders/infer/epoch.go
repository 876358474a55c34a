package infer

import (
	"math"
	"slices"
	"strings"
	"time"
)

// epochUnits are the units of numbers that count from 1970, by how many make a
// second.
var epochUnits = []epochUnit{{"epoch_s", 1}, {"epoch_ms", 1e3}, {"epoch_us", 1e6}, {"epoch_ns", 1e9}}

type epochUnit struct {
	format string
	second float64
}

// The seconds of 2000-01-01 and 2050-01-01: numbers of a column that is called a
// time are likely to be between them.
const (
	firstEpoch = 946_684_800
	lastEpoch  = 2_524_608_000
)

// sinceEpoch returns the format by which the numbers of a column are likely to be
// instants; "" where they are not.
func (c *candidate) sinceEpoch(name string) string {
	if !c.field.Numeric() || !c.usualNotation() || c.low.text == "" || !namesTime(name) {
		return ""
	}
	for _, u := range epochUnits {
		if c.low.order >= firstEpoch*u.second && c.high.order <= lastEpoch*u.second {
			return u.format
		}
	}
	return ""
}

// namesTime reports whether a column's name says that it has instants.
func namesTime(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{"time", "epoch", "date", "zeit", "_at", "_ts"}, func(word string) bool { return strings.Contains(name, word) }) ||
		slices.Contains([]string{"ts", "t", "at", "created", "updated", "modified"}, name)
}

// epochDay returns the day of a number that counts from 1970.
func epochDay(n float64, format string) string {
	at := slices.IndexFunc(epochUnits, func(u epochUnit) bool { return u.format == format })
	return time.Unix(int64(math.Floor(n/epochUnits[at].second)), 0).UTC().Format(time.DateOnly)
}
