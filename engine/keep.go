package engine

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Keep says how long a version stays readable once another one is current. The conditions
// that are set hold together: as long as one of them says so, the version stays. The zero
// value sets none; a store's own time counts then (see Target.Begin).
type Keep struct {
	// Forever keeps the version without an end.
	Forever bool
	// Versions keeps it until other versions have become current so many times.
	Versions int
	// For keeps it for that long, counted from when neither of the others keeps it.
	For time.Duration
}

// keptForever is how Keep.Forever is written.
const keptForever = "forever"

// day is the unit of durations that time.ParseDuration does not know.
const day = 24 * time.Hour

// ParseKeep reads what Keep.String writes: "forever"; a number of versions, such as 3; or a
// duration, such as 90s, 12h or 30d. 0 is a duration.
func ParseKeep(text string) (Keep, error) {
	if text == keptForever {
		return Keep{Forever: true}, nil
	}
	if n, err := strconv.ParseInt(text, 10, 32); err == nil && n > 0 {
		return Keep{Versions: int(n)}, nil
	}
	d, err := parseDuration(text)
	if err != nil || d < 0 {
		return Keep{}, fmt.Errorf("%q is no time to keep a version for: give forever, a number of newer versions such as 3, or a duration such as 90s, 12h or 30d", text)
	}
	return Keep{For: d}, nil
}

// parseDuration is time.ParseDuration that also knows whole days.
func parseDuration(text string) (time.Duration, error) {
	const maxDays = 100 * 365
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 32); err == nil && n <= maxDays {
			return time.Duration(n) * day, nil
		}
	}
	return time.ParseDuration(text)
}

// String writes the conditions; "" where none is set.
func (k Keep) String() string {
	var parts []string
	if k.Forever {
		parts = append(parts, keptForever)
	}
	if k.Versions > 0 {
		parts = append(parts, strconv.Itoa(k.Versions))
	}
	switch {
	case k.For > 0 && k.For%day == 0:
		parts = append(parts, strconv.FormatInt(int64(k.For/day), 10)+"d")
	case k.For > 0:
		parts = append(parts, k.For.String())
	}
	return strings.Join(parts, ", ")
}

// And returns the conditions of both: what one of them promised still holds.
func (k Keep) And(other Keep) Keep {
	return Keep{k.Forever || other.Forever, max(k.Versions, other.Versions), max(k.For, other.For)}
}

// Holds reports whether the version stays without an end so far, after other versions
// became current that many times.
func (k Keep) Holds(replacements int) bool { return k.Forever || replacements < k.Versions }

// Unlimited is the end of what is kept without one, as stores write it: a time that every
// build of Herbarium takes for one that has not come.
func Unlimited() time.Time { return time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC) }
