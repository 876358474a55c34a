package datasets

import (
	"errors"
	"strings"
	"time"
)

const (
	millisPerDay  = 24 * 60 * 60 * 1000
	secondsPerDay = 24 * 60 * 60
)

var (
	errDate     = errors.New("not a date: write 2019-03-23")
	errDateTime = errors.New("not a date and time: write 2019-03-23T20:21:09Z; the T may be a space, seconds and their fraction may be left out, and so may the offset")
	errPrecise  = errors.New("more precise than a millisecond")
)

// ParseDate reads a day written as YYYY-MM-DD and returns it as days since
// 1970-01-01. Years go from 0000 to 9999.
func ParseDate(s string) (int64, error) {
	if len(s) != len(time.DateOnly) {
		return 0, errDate
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, errDate
	}
	return t.Unix() / secondsPerDay, nil
}

// ParseDateTime reads an RFC 3339 date and time and returns it as
// milliseconds since 1970-01-01T00:00:00Z. The T may be a space; seconds and
// their fraction may be left out; without an offset the time is read in loc,
// where a time that a clock change skips or doubles is settled as time.Date
// does. Digits of the fraction beyond milliseconds must be zeros.
func ParseDateTime(s string, loc *time.Location) (int64, error) {
	if len(s) < len("2006-01-02T15:04") {
		return 0, errDateTime
	}
	if c := s[10]; c != 'T' && c != 't' && c != ' ' {
		return 0, errDateTime
	}
	clock, zone := s[11:], ""
	if i := strings.IndexAny(clock, "Zz+-"); i >= 0 {
		clock, zone = clock[:i], clock[i:]
	}
	layout := "2006-01-02T15:04"
	if len(clock) > len("15:04") {
		layout += ":05"
		if len(clock) > len("15:04:05") {
			// time.Parse takes a comma too, and a fraction of no digit.
			if clock[8] != '.' || len(clock) == len("15:04:05.") {
				return 0, errDateTime
			}
			if len(clock) > len("15:04:05.000") && strings.Trim(clock[len("15:04:05.000"):], "0") != "" && digits(clock[9:]) {
				return 0, errPrecise
			}
			if len(clock) > len("15:04:05.000") && digits(clock[9:]) {
				clock = clock[:len("15:04:05.000")]
			}
		}
	}
	text := s[:10] + "T" + clock
	switch {
	case zone == "":
	case zone == "Z" || zone == "z":
		loc = time.UTC
	default:
		// RFC 3339 has offsets of hours and minutes, the hours below 24.
		if len(zone) != len("+07:00") || zone[1:3] > "23" {
			return 0, errDateTime
		}
		layout += "-07:00"
		text += zone
	}
	t, err := time.ParseInLocation(layout, text, loc)
	if err != nil {
		return 0, errDateTime
	}
	return t.UnixMilli(), nil
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// AppendDate writes days since 1970-01-01 as YYYY-MM-DD.
func AppendDate(dst []byte, days int64) []byte {
	return time.Unix(days*secondsPerDay, 0).UTC().AppendFormat(dst, time.DateOnly)
}

// AppendDateTime writes milliseconds since 1970-01-01T00:00:00Z as
// 2019-03-23T20:21:09.000Z.
func AppendDateTime(dst []byte, millis int64) []byte {
	return time.UnixMilli(millis).UTC().AppendFormat(dst, "2006-01-02T15:04:05.000Z")
}
