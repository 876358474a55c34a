package decode

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/itchyny/timefmt-go"

	"herbarium/datasets"
)

// maxParsed is how many texts of a format a parser caches.
const maxParsed = 1 << 12

// formatted parses a value by the first of the field's formats that fits.
func (p *Parser) formatted(text []byte, v *Value) (n int64, detail string) {
	if n, ok := p.parsed[string(text)]; ok && v.Kind != Number {
		return n, ""
	}
	var first string
	for i := range 1 + len(p.field.Alternatives) {
		format := p.field.Format
		if i > 0 {
			format = p.field.Alternatives[i-1]
		}
		n, detail = p.byFormat(text, v, format)
		if detail == "" {
			return n, ""
		}
		if i == 0 {
			first = detail
		}
	}
	if len(p.field.Alternatives) > 0 {
		return 0, v.String() + " is not a " + p.field.Type.String() + " by any of the formats " + p.field.Format + ", " + strings.Join(p.field.Alternatives, ", ")
	}
	return 0, first
}

// byFormat parses a value by one format.
func (p *Parser) byFormat(text []byte, v *Value, format string) (n int64, detail string) {
	if power, ok := datasets.EpochFormat(format); ok {
		return p.epoch(text, v, power)
	}
	if v.Kind == Number {
		return 0, v.String() + " is not text, as the format " + format + " is; epoch_s, epoch_ms, epoch_us or epoch_ns reads numbers"
	}
	if format == datasets.RFC3339 {
		return p.usualInstant(text, v)
	}
	t, detail := p.parse(string(text), format)
	if detail != "" {
		return 0, Quote(string(v.Text)) + " is not a " + p.field.Type.String() + detail
	}
	switch year := t.UTC().Year(); {
	case year < 0 || year > 9999:
		return 0, Quote(string(v.Text)) + " is outside the years 0000 to 9999 of UTC"
	case p.field.Type == datasets.Date:
		n = daysOf(t.Year(), int(t.Month()), t.Day())
	case t.Nanosecond()%int(time.Millisecond) != 0 && !p.field.Coerce:
		return 0, Quote(string(v.Text)) + " is " + errTooPrecise.Error()
	default:
		n = t.UnixMilli()
	}
	if p.parsed == nil || len(p.parsed) == maxParsed {
		p.parsed = map[string]int64{}
	}
	p.parsed[string(text)] = n
	return n, ""
}

// parse parses a text by a format, formats the result again and compares: the
// library reads the 31st of February as the 3rd of March. detail says why the text
// is not of the field's type.
func (p *Parser) parse(text, format string) (t time.Time, detail string) {
	t, err := timefmt.ParseInLocation(text, format, p.field.Location)
	if err == nil {
		if t, detail = p.zoneByName(t, text, format); detail != "" {
			return t, detail
		}
	}
	if err == nil && !shortYear(t.Year(), text, format) && !oneDigitYear(text, format) {
		if sameDigits(timefmt.Format(t, beforeZone(format)), text, format) {
			return t, ""
		}
		// A clock change may skip the time that is written, but not in UTC.
		plain, ok := inUTC(text, format)
		if ok {
			return t, ""
		}
		if beyondMonth(plain, text, format) {
			return t, ": there is no such day"
		}
	}
	sample := time.Date(2019, 3, 23, 20, 21, 9, 0, p.field.Location)
	return t, " by the format " + format + ": write " + timefmt.Format(sample, format)
}

// inUTC parses a text by a format, in UTC if it names no zone; ok says that
// formatting the result gives the text again.
func inUTC(text, format string) (t time.Time, ok bool) {
	t, err := timefmt.ParseInLocation(text, format, time.UTC)
	return t, err == nil && sameDigits(timefmt.Format(t, beforeZone(format)), text, format)
}

// beyondMonth reports whether a text, which was parsed as t, names a day after
// the last of its month: then the same text with the last day parses.
func beyondMonth(t time.Time, text, format string) bool {
	last := t.AddDate(0, 0, -t.Day())
	named, in := strconv.Itoa(last.Day()+t.Day()), strconv.Itoa(last.Day())
	for at := range text {
		if rest, ok := strings.CutPrefix(text[at:], named); ok {
			if day, ok := inUTC(text[:at]+in+rest, format); ok && day.YearDay() == last.YearDay() && day.Year() == last.Year() {
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
func (p *Parser) zoneByName(t time.Time, text, format string) (zoned time.Time, detail string) {
	if !strings.Contains(format, "%Z") || strings.Contains(format, "z") {
		return t, ""
	}
	name := zoneName(text, format)
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
