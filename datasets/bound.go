package datasets

import (
	"strings"
	"time"
)

// Instant is a point of time as a bound writes it, to any number of digits.
type Instant struct {
	Milli int64 // milliseconds since 1970-01-01T00:00:00Z, rounded down
	// Rest are the digits of the fraction beyond milliseconds, without zeros at
	// their end.
	Rest string
}

// Compare returns a negative number if i is before j, a positive one if it is after
// j, else 0.
func (i Instant) Compare(j Instant) int {
	switch {
	case i.Milli < j.Milli:
		return -1
	case i.Milli > j.Milli:
		return 1
	default:
		return strings.Compare(i.Rest, j.Rest)
	}
}

// Inward returns the instant in units of so many milliseconds: for a lower bound the
// first unit that is not before it, for an upper one the last that is not after it.
func (i Instant) Inward(unit int64, lower bool) int64 {
	n := i.Milli / unit
	if i.Milli%unit < 0 {
		n--
	}
	if lower && (n*unit != i.Milli || i.Rest != "") {
		n++
	}
	return n
}

// BoundPattern is what ParseBound takes, as a regular expression that also matches
// some texts which name no instant.
const BoundPattern = `^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)?)?$`

// ParseBound reads a bound of a date or date-time field, as clients write instants:
// what ParseDateTime takes, with a fraction of any length, with the offsets +01 and
// +0100 too, and with 24:00 for the end of a day; or a day.
//
// A day is its first instant in the field's time zone for a lower bound of a
// date-time, and its last one for an upper bound. For a date field, which has days
// without a zone, a time counts on the day that is written.
func ParseBound(s string, f *Field, lower bool) (Instant, error) {
	if len(s) <= len(time.DateOnly) {
		day, err := ParseDate(s)
		switch {
		case err != nil && f.Type == DateTime && err != errNoDay: //nolint:errorlint // ParseDate returns it as it is
			return Instant{}, errDateTime
		case err != nil:
			return Instant{}, err
		case f.Type == Date:
			return Instant{Milli: day * MillisPerDay}, nil
		case lower:
			return Instant{Milli: max(FirstMilli, firstMilli(day, f.Location))}, nil
		default:
			return Instant{Milli: min(LastMilli, firstMilli(day+1, f.Location)-1)}, nil
		}
	}
	text, rest, nextDay := lenient(s)
	loc := f.Location
	if f.Type == Date {
		// What counts is the day that is written; the offset has to be one.
		if _, err := ParseDateTime(text, time.UTC); err != nil {
			return Instant{}, err
		}
		clock := text[len("2006-01-02T"):]
		if i := strings.IndexAny(clock, "Zz+-"); i >= 0 {
			clock = clock[:i]
		}
		text, loc = text[:len("2006-01-02T")]+clock+"Z", time.UTC
	}
	millis, err := ParseDateTime(text, loc)
	if err != nil {
		return Instant{}, err
	}
	if nextDay {
		if millis, err = endOfDay(text, millis, loc); err != nil {
			return Instant{}, err
		}
	}
	return Instant{millis, rest}, nil
}

// lenient takes out of a date and time what ParseDateTime refuses: digits beyond
// milliseconds, an offset without a colon or minutes, and the hour 24, which it
// writes as 00.
func lenient(s string) (text, rest string, nextDay bool) {
	date, clock, zone := s[:11], s[11:], ""
	if i := strings.IndexAny(clock, "Zz+-"); i >= 0 {
		clock, zone = clock[:i], clock[i:]
	}
	switch {
	case len(zone) == len("+01") && digits(zone[1:]):
		zone += ":00"
	case len(zone) == len("+0100") && digits(zone[1:]):
		zone = zone[:3] + ":" + zone[3:]
	}
	const millis = len("15:04:05.000")
	if len(clock) > millis && digits(clock[millis:]) {
		clock, rest = clock[:millis], strings.TrimRight(clock[millis:], "0")
	}
	if clock == "24:00" || strings.HasPrefix(clock, "24:00:00") && strings.Trim(clock[len("24:00:00"):], ".0") == "" && rest == "" {
		clock, nextDay = "00"+clock[2:], true
	}
	return date + clock + zone, rest, nextDay
}

// endOfDay returns the end of the day on which text, which is a midnight, begins.
func endOfDay(text string, midnight int64, loc *time.Location) (int64, error) {
	end := midnight + MillisPerDay // by an offset
	if !strings.ContainsAny(text[11:], "Zz+-") {
		day, err := ParseDate(text[:len(time.DateOnly)])
		if err != nil {
			return 0, err
		}
		end = firstMilli(day+1, loc)
	}
	if end > LastMilli {
		return 0, errYear
	}
	return end, nil
}

// firstMilli returns the first instant of a day in a time zone.
func firstMilli(day int64, loc *time.Location) int64 { return FirstInstant(day*MillisPerDay, loc) }

// FirstInstant returns when a clock in the time zone first shows a time, or a
// later one where it is never shown. It takes and returns milliseconds: clock is
// the time as if it were UTC. Times may be skipped or come twice.
func FirstInstant(clock int64, loc *time.Location) int64 {
	wanted := time.UnixMilli(clock).UTC()
	t := time.Date(wanted.Year(), wanted.Month(), wanted.Day(), wanted.Hour(), wanted.Minute(), wanted.Second(), wanted.Nanosecond(), loc)
	start, end := t.ZoneBounds()
	_, offset := t.Zone()
	switch shown := t.UnixMilli() + int64(offset)*1000; {
	case shown < clock && !end.IsZero():
		t = end // the time is skipped, and time.Date has chosen the one before
	case shown > clock:
		t = start // and here the time after
	case !start.IsZero():
		// It may have come before the clocks were put back, too.
		_, before := start.Add(-time.Nanosecond).Zone()
		if earlier := t.Add(time.Duration(offset-before) * time.Second); earlier.Before(start) && earlier.Before(t) {
			t = earlier
		}
	}
	return t.UnixMilli()
}
