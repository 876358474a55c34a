package decode

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"herbarium/datasets"
)

// instant parses a day or an instant.
func (p *Parser) instant(v *Value) (n int64, detail string) {
	text := trim(v.Text)
	if p.field.Format != "" {
		return p.formatted(text, v)
	}
	return p.usualInstant(text, v)
}

// usualInstant parses a day or an instant in the default notation.
func (p *Parser) usualInstant(text []byte, v *Value) (n int64, detail string) {
	var err error
	if p.field.Type == datasets.Date {
		if n, ok := shortDate(text); ok && len(text) == len(time.DateOnly) {
			return n, ""
		}
		n, err = datasets.ParseDate(string(text))
	} else {
		if n, ok := shortDateTime(text, p.field.Location); ok {
			return n, ""
		}
		n, err = p.dateTime(usualZone(extended(text)))
	}
	if err != nil {
		return 0, Quote(string(v.Text)) + " is " + err.Error()
	}
	return n, ""
}

// dateTime reads an instant as RFC 3339 writes it.
func (p *Parser) dateTime(text []byte) (millis int64, err error) {
	millis, err = datasets.ParseDateTime(string(text), p.field.Location)
	if !errors.Is(err, datasets.ErrPrecise) {
		return millis, err
	}
	if !p.field.Coerce {
		return 0, errTooPrecise
	}
	return datasets.ParseDateTime(cutFraction(string(text)), p.field.Location)
}

// errTooPrecise is datasets.ErrPrecise with the remedy.
var errTooPrecise = fmt.Errorf("%w; coerce: true in the descriptor cuts that off", datasets.ErrPrecise)

// cutFraction cuts a second's fraction to three digits.
func cutFraction(text string) string {
	from := strings.IndexByte(text, '.') + 1 + len("000")
	to := from
	for to < len(text) && text[to] >= '0' && text[to] <= '9' {
		to++
	}
	return text[:from] + text[to:]
}

// typedInstant parses a value that its source has as a day or an instant. The
// field's format, which is for text, does not apply.
func (p *Parser) typedInstant(v *Value) (n int64, detail string) {
	var err error
	if p.field.Type == datasets.Date {
		day, clock, timed := bytes.Cut(bytes.TrimSuffix(v.Text, []byte("Z")), []byte("T"))
		if timed && string(clock) != "00:00:00" {
			return 0, v.String() + " is not a date, but has a time of day"
		}
		n, err = datasets.ParseDate(string(day))
	} else {
		if len(v.Text) == len(time.DateOnly) {
			return 0, v.String() + " is a date without a time of day"
		}
		n, err = p.dateTime(v.Text)
	}
	if err != nil {
		return 0, v.String() + " is " + err.Error()
	}
	return n, ""
}

// twoDigits parses two digits; anything else gives 100 or more.
func twoDigits(text []byte) int {
	a, b := text[0]-'0', text[1]-'0'
	if a > 9 || b > 9 {
		return 100
	}
	return int(a)*10 + int(b)
}

// shortDate parses the day that text begins with, as 2019-03-23; others are left
// to ParseDate.
func shortDate(text []byte) (days int64, ok bool) {
	if len(text) < 10 || text[4] != '-' || text[7] != '-' {
		return 0, false
	}
	century, year, month, day := twoDigits(text), twoDigits(text[2:]), twoDigits(text[5:]), twoDigits(text[8:])
	if century > 99 || year > 99 || month < 1 || month > 12 || day < 1 || day > 28 && day > lastDay(century*100+year, month) {
		return 0, false
	}
	return daysOf(century*100+year, month, day), true
}

// lastDay returns the last day of a month.
func lastDay(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// daysOf counts the days from 1970-01-01 to a day of the Gregorian calendar, as
// Hinnant's days_from_civil does ("chrono-Compatible Low-Level Date
// Algorithms"): years begin in March, so that a leap day is the last day of its
// year, and an era of 400 years has 146,097 days.
func daysOf(year, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	era := year / 400
	if year < 0 {
		era = (year - 399) / 400
	}
	ofEra := year - era*400
	ofYear := (153*(month-3)+2)/5 + day - 1
	return int64(era)*146097 + int64(ofEra*365+ofEra/4-ofEra/100+ofYear) - 719468
}

// shortDateTime parses 2019-03-23T20:21:09 with or without milliseconds and Z,
// if that is in UTC.
func shortDateTime(text []byte, loc *time.Location) (millis int64, ok bool) {
	days, ok := shortDate(text)
	if !ok {
		return 0, false
	}
	millis, ok = shortClock(text[len(time.DateOnly):], loc == time.UTC)
	return days*datasets.MillisPerDay + millis, ok
}

// shortClock parses T20:21:09 with or without milliseconds and Z; without Z, if
// utc is true.
func shortClock(text []byte, utc bool) (millis int64, ok bool) {
	if len(text) < 9 || text[0] != 'T' && text[0] != ' ' || text[3] != ':' || text[6] != ':' {
		return 0, false
	}
	hour, minute, second := twoDigits(text[1:]), twoDigits(text[4:]), twoDigits(text[7:])
	if hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	millis = int64((hour*60+minute)*60+second) * 1000
	rest := text[9:]
	if len(rest) >= 4 && rest[0] == '.' {
		high, low := twoDigits(rest[1:]), rest[3]-'0'
		if high > 99 || low > 9 {
			return 0, false
		}
		millis += int64(high*10) + int64(low)
		rest = rest[4:]
	}
	return millis, len(rest) == 0 && utc || len(rest) == 1 && rest[0] == 'Z'
}
