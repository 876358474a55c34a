package datasets

import (
	"errors"
	"strings"
	"time"
)

const secondsPerDay = 24 * 60 * 60

// MillisPerDay is the length of a day in milliseconds.
const MillisPerDay = 1000 * secondsPerDay

// The limits of dates and times, which have years from 0000 to 9999 in UTC, as days
// and as milliseconds since 1970-01-01.
const (
	FirstDay   = -719_528
	LastDay    = 2_932_896
	FirstMilli = FirstDay * MillisPerDay
	LastMilli  = (LastDay+1)*MillisPerDay - 1
)

// ErrPrecise is the error of a date and time that is not a whole number of
// milliseconds.
var ErrPrecise = errors.New("more precise than a millisecond")

var (
	errDate       = errors.New("not a date: write 2019-03-23")
	errNoDay      = errors.New("not a date: there is no such day")
	errNoDateTime = errors.New("not a date and time: there is no such day")
	errPlus       = errors.New("not a date and time: write + as %2B in a URL, where a bare + is a space")
	errDateTime   = errors.New("not a date and time: write 2019-03-23T20:21:09Z; the T may be a space, seconds and their fraction may be left out, and so may the offset")
	errLeapSecond = errors.New("a leap second, which cannot be represented: write the second before or after it")
	errYear       = errors.New("outside the years 0000 to 9999 of UTC")
)

// ParseDate reads a day written as YYYY-MM-DD and returns it as days since
// 1970-01-01. Years go from 0000 to 9999.
func ParseDate(s string) (int64, error) {
	if len(s) != len(time.DateOnly) {
		return 0, errDate
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		var parsing *time.ParseError
		if errors.As(err, &parsing) && strings.HasSuffix(parsing.Message, "out of range") {
			return 0, errNoDay
		}
		return 0, errDate
	}
	return t.Unix() / secondsPerDay, nil
}

// ParseDateTime reads an RFC 3339 date and time and returns it as
// milliseconds since 1970-01-01T00:00:00Z. The T may be a space; seconds and
// their fraction may be left out; without an offset the time is read in loc,
// and time.Date decides about times that a clock change skips or repeats. Digits
// of the fraction beyond milliseconds must be zeros. A leap second is refused,
// because milliseconds since 1970 cannot represent it, and so is an instant whose
// year in UTC is outside 0000 to 9999.
func ParseDateTime(s string, loc *time.Location) (int64, error) {
	if len(s) < len("2006-01-02T15:04") || s[10] != 'T' && s[10] != 't' && s[10] != ' ' {
		return 0, errDateTime
	}
	clock, zone := s[11:], ""
	if i := strings.IndexAny(clock, "Zz+-"); i >= 0 {
		clock, zone = clock[:i], clock[i:]
	}
	if i := strings.IndexByte(clock, ' '); i >= 0 && len(clock)-i == len(" 07:00") {
		return 0, errPlus
	}
	layout, clock, err := clockLayout(clock)
	if err != nil {
		return 0, err
	}
	text := s[:10] + "T" + clock
	switch {
	case zone == "":
	case zone == "Z" || zone == "z":
		loc = time.UTC
	// RFC 3339 has offsets up to 23:59; time.Parse also accepts 24:60.
	case len(zone) != len("+07:00") || zone[1:3] > "23" || zone[4:] > "59":
		return 0, errDateTime
	default:
		layout += "-07:00"
		text += zone
	}
	// An offset in the text takes precedence over loc.
	t, err := time.ParseInLocation(layout, text, loc)
	if err != nil {
		if _, err := ParseDate(s[:len(time.DateOnly)]); errors.Is(err, errNoDay) {
			return 0, errNoDateTime
		}
		return 0, errDateTime
	}
	if year := t.UTC().Year(); year < 0 || year > 9999 {
		return 0, errYear
	}
	return t.UnixMilli(), nil
}

// clockLayout returns the layout of a date with this clock time, and the clock time
// with at most three digits of fraction. It refuses what time.Parse would accept:
// an hour of one digit, a comma, a fraction without digits.
func clockLayout(clock string) (layout, short string, err error) {
	const minutes, seconds, millis = len("15:04"), len("15:04:05"), len("15:04:05.000")
	if len(clock) < minutes || clock[2] != ':' {
		return "", "", errDateTime
	}
	if len(clock) == minutes {
		return "2006-01-02T15:04", clock, nil
	}
	if len(clock) < seconds || len(clock) > seconds && (clock[seconds] != '.' || !digits(clock[seconds+1:])) {
		return "", "", errDateTime
	}
	if clock[minutes:seconds] == ":60" {
		return "", "", errLeapSecond
	}
	if len(clock) > millis {
		if strings.Trim(clock[millis:], "0") != "" {
			return "", "", ErrPrecise
		}
		clock = clock[:millis]
	}
	return "2006-01-02T15:04:05", clock, nil
}

// digits reports whether s consists of digits and is not empty.
func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// AppendDate writes days since 1970-01-01 as YYYY-MM-DD.
func AppendDate(dst []byte, days int64) []byte {
	return time.Unix(days*secondsPerDay, 0).UTC().AppendFormat(dst, time.DateOnly)
}

// AppendDateTime writes milliseconds since 1970-01-01T00:00:00Z as
// 2019-03-23T20:21:09.000Z.
func AppendDateTime(dst []byte, millis int64) []byte {
	return time.UnixMilli(millis).UTC().AppendFormat(dst, "2006-01-02T15:04:05.000Z")
}
