package decode

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/itchyny/timefmt-go"

	"herbarium/datasets"
)

// maxParsed is how many texts of a format a parser caches.
const maxParsed = 1 << 12

// instant parses a day or an instant.
func (p *Parser) instant(v *Value) (n int64, detail string) {
	text := trim(v.Text)
	day := p.field.Type == datasets.Date
	if p.field.Format != "" {
		return p.formatted(text, v.Text)
	}
	var err error
	if day {
		if n, ok := shortDate(text); ok && len(text) == len(time.DateOnly) {
			return n, ""
		}
		n, err = datasets.ParseDate(string(text))
	} else {
		if n, ok := shortDateTime(text, p.field.Location); ok {
			return n, ""
		}
		n, err = p.dateTime(text)
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

// shortDate parses the day that text begins with, as 2019-03-23, if every month
// has it; others are left to ParseDate.
func shortDate(text []byte) (days int64, ok bool) {
	if len(text) < 10 || text[4] != '-' || text[7] != '-' {
		return 0, false
	}
	century, year, month, day := twoDigits(text), twoDigits(text[2:]), twoDigits(text[5:]), twoDigits(text[8:])
	if century > 99 || year > 99 || month < 1 || month > 12 || day < 1 || day > 28 {
		return 0, false
	}
	return daysOf(century*100+year, month, day), true
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
	if !ok || len(text) < 19 || text[10] != 'T' && text[10] != ' ' || text[13] != ':' || text[16] != ':' {
		return 0, false
	}
	hour, minute, second := twoDigits(text[11:]), twoDigits(text[14:]), twoDigits(text[17:])
	if hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	millis = days*datasets.MillisPerDay + int64((hour*60+minute)*60+second)*1000
	rest := text[19:]
	if len(rest) >= 4 && rest[0] == '.' {
		high, low := twoDigits(rest[1:]), rest[3]-'0'
		if high > 99 || low > 9 {
			return 0, false
		}
		millis += int64(high*10) + int64(low)
		rest = rest[4:]
	}
	return millis, len(rest) == 0 && loc == time.UTC || len(rest) == 1 && rest[0] == 'Z'
}

// formatted parses a text by the field's format.
func (p *Parser) formatted(text, written []byte) (n int64, detail string) {
	if n, ok := p.parsed[string(text)]; ok {
		return n, ""
	}
	t, detail := p.parse(string(text))
	if detail != "" {
		return 0, Quote(string(written)) + " is not a " + p.field.Type.String() + detail
	}
	switch year := t.UTC().Year(); {
	case year < 0 || year > 9999:
		return 0, Quote(string(written)) + " is outside the years 0000 to 9999 of UTC"
	case p.field.Type == datasets.Date:
		n = daysOf(t.Year(), int(t.Month()), t.Day())
	case t.Nanosecond()%int(time.Millisecond) != 0 && !p.field.Coerce:
		return 0, Quote(string(written)) + " is " + errTooPrecise.Error()
	default:
		n = t.UnixMilli()
	}
	if p.parsed == nil || len(p.parsed) == maxParsed {
		p.parsed = map[string]int64{}
	}
	p.parsed[string(text)] = n
	return n, ""
}

// parse parses a text by the field's format, formats the result again and
// compares: the library reads the 31st of February as the 3rd of March. detail
// says why the text is not of the field's type.
func (p *Parser) parse(text string) (t time.Time, detail string) {
	format := p.field.Format
	t, err := timefmt.ParseInLocation(text, format, p.field.Location)
	if err == nil {
		if t, detail = p.zoneByName(t, text); detail != "" {
			return t, detail
		}
	}
	if err == nil && !shortYear(t.Year(), text, format) && !oneDigitYear(text, format) {
		if sameDigits(timefmt.Format(t, beforeZone(format)), text, format) {
			return t, ""
		}
		// A clock change may skip the time that is written, but not in UTC.
		plain, ok := p.plain(text)
		if ok {
			return t, ""
		}
		if p.beyondMonth(plain, text) {
			return t, ": there is no such day"
		}
	}
	sample := time.Date(2019, 3, 23, 20, 21, 9, 0, p.field.Location)
	return t, " by the format " + format + ": write " + timefmt.Format(sample, format)
}

// plain parses a text by the field's format, in UTC if it names no zone; ok says
// that formatting the result gives the text again.
func (p *Parser) plain(text string) (t time.Time, ok bool) {
	format := p.field.Format
	t, err := timefmt.ParseInLocation(text, format, time.UTC)
	return t, err == nil && sameDigits(timefmt.Format(t, beforeZone(format)), text, format)
}

// beyondMonth reports whether a text, which was parsed as t, names a day after
// the last of its month: then the same text with the last day parses.
func (p *Parser) beyondMonth(t time.Time, text string) bool {
	last := t.AddDate(0, 0, -t.Day())
	named, in := strconv.Itoa(last.Day()+t.Day()), strconv.Itoa(last.Day())
	for at := range text {
		if rest, ok := strings.CutPrefix(text[at:], named); ok {
			if day, ok := p.plain(text[:at] + in + rest); ok && day.YearDay() == last.YearDay() && day.Year() == last.Year() {
				return true
			}
		}
	}
	return false
}

// shortYear reports whether a year that the format has in full is written with
// fewer digits: 19 would be a year of the Roman empire.
func shortYear(year int, text, format string) bool {
	full := strings.Contains(format, "%Y") || strings.Contains(format, "%F")
	return full && year < 1000 && !strings.Contains(text, fmt.Sprintf("%04d", year))
}

// oneDigitYear reports whether a year that the format has with two digits is
// written with one: 1.18.3 is a version, and no day of 2003. Where digits of
// several directives stand together, the format itself tells them apart.
func oneDigitYear(text, format string) bool {
	at, ok := numbersBefore(format, 'y')
	if !ok {
		return false
	}
	for run := 0; len(text) > 0; run++ {
		text = strings.TrimLeftFunc(text, func(r rune) bool { return r < '0' || r > '9' })
		rest := strings.TrimLeft(text, "0123456789")
		if run == at {
			return len(text)-len(rest) == 1
		}
		text = rest
	}
	return false
}

// numbersBefore returns how many runs of digits stand before a directive of a
// format; ok is false where the format does not have it.
func numbersBefore(format string, directive byte) (n int, ok bool) {
	inRun := false
	for i := 0; i < len(format); i++ {
		c := format[i]
		if c != '%' || i+1 == len(format) {
			if digit := c >= '0' && c <= '9'; digit && !inRun {
				n++
			}
			inRun = c >= '0' && c <= '9'
			continue
		}
		if i++; format[i] == '-' && i+1 < len(format) {
			i++
		}
		switch c = format[i]; {
		case c == directive:
			if inRun {
				n--
			}
			return n, true
		case strings.IndexByte("aAbBhpPZnt%", c) >= 0:
			inRun = false
		default:
			if !inRun {
				n++
			}
			inRun = true
		}
	}
	return n, false
}

// zoneByName gives an instant that was read by %Z the offset of the abbreviation
// in its text. UTC, GMT and Z mean UTC; others must be abbreviations of the
// field's own zone at that time, since one like CST or IST stands for several.
// detail says which abbreviation is not known.
func (p *Parser) zoneByName(t time.Time, text string) (zoned time.Time, detail string) {
	if !strings.Contains(p.field.Format, "%Z") || strings.Contains(p.field.Format, "z") {
		return t, ""
	}
	name := zoneName(text, p.field.Format)
	wall := func(loc *time.Location) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), loc)
	}
	switch name {
	case "UTC", "GMT", "Z", "UCT":
		return wall(time.UTC), ""
	}
	// Of a time that a clock change doubles, the abbreviation says which is meant.
	at := wall(p.field.Location)
	for _, near := range []time.Duration{0, -3 * time.Hour, 3 * time.Hour} {
		if zone, offset := at.Add(near).In(p.field.Location).Zone(); zone == name {
			meant := wall(time.FixedZone(name, offset))
			if again, _ := meant.In(p.field.Location).Zone(); again == name {
				return meant, ""
			}
		}
	}
	if p.field.Timezone == "" {
		return t, ": " + Quote(name) + " is no zone that is known without the field's; timezone: in the descriptor names that, such as America/New_York"
	}
	return t, ": " + Quote(name) + " is no abbreviation of the field's time zone " + p.field.Timezone + " at that time"
}

// zoneName returns what a text has for %Z: the run of letters behind as many
// others as the format has before it.
func zoneName(text, format string) string {
	letter := func(r rune) bool { return 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' }
	before, _, _ := strings.Cut(format, "%Z")
	for _, named := range []string{"%a", "%A", "%b", "%B", "%h", "%p", "%P"} {
		before = strings.ReplaceAll(before, named, " \x00 ")
	}
	skip := strings.Count(before, "\x00")
	inRun := false
	for i := 0; i < len(before); i++ {
		if before[i] == '%' {
			i++
			inRun = false
			continue
		}
		is := letter(rune(before[i]))
		if is && !inRun {
			skip++
		}
		inRun = is
	}
	runs := strings.FieldsFunc(text, func(r rune) bool { return !letter(r) })
	if skip < len(runs) {
		return runs[skip]
	}
	return text
}

// beforeZone returns the format up to its time zone, which can be written in
// several ways.
func beforeZone(format string) string {
	for i := 0; i+1 < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		if c := format[i+1]; c == 'z' || c == 'Z' || c == ':' || c == '+' {
			return format[:i]
		}
		i++
	}
	return format
}

// sameDigits reports whether a text begins as again, which was formatted from
// what was parsed. Leading zeros, spaces and case do not count, nor do trailing
// zeros of a fraction.
func sameDigits(again, text, format string) bool {
	fraction := strings.Contains(format, "%f")
	a, t := essence(again, fraction), essence(text, fraction)
	return strings.HasPrefix(t, a) && (strings.Contains(format, "%z") || strings.Contains(format, "%Z") || strings.Contains(format, "%:") || strings.Contains(format, "%+") || t == a)
}

func essence(text string, fraction bool) string {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		c := text[i]
		if c < '0' || c > '9' {
			if c != ' ' {
				out = append(out, lower(c))
			}
			i++
			continue
		}
		start := i
		for i < len(text) && text[i] >= '0' && text[i] <= '9' {
			i++
		}
		run := strings.TrimLeft(text[start:i], "0")
		if fraction {
			run = strings.TrimRight(run, "0")
		}
		// Numbers with only spaces between them must stay apart.
		out = append(append(out, run...), ';')
	}
	return string(out)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
