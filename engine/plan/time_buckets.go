package plan

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"herbarium/datasets"
)

// Unit is a unit of time by which dates and instants are grouped.
type Unit uint8

// The units, the longest first.
const (
	Year Unit = iota
	Quarter
	Month
	Week // from Monday, as ISO 8601 numbers them
	Day
	Hour
	Minute
)

var unitNames = [...]string{"year", "quarter", "month", "week", "day", "hour", "minute"}

// Units returns the names of all units.
func Units() []string { return unitNames[:] }

// String returns the unit's name, such as "month".
func (u Unit) String() string { return unitNames[u] }

// UnitNamed returns the unit of that name.
func UnitNamed(name string) (Unit, bool) {
	for i, n := range unitNames {
		if n == name {
			return Unit(i), true
		}
	}
	return 0, false
}

// TimeBuckets are spans of local time: calendar units, or several of one.
//
// The label of a unit of a day or more is a local date: 2024, 2024-Q4, 2024-10,
// 2024-W43, 2024-10-27. Of less it is an instant with its offset, such as
// 2024-10-27T02:00:00+01:00. So both hours of a night in which the clocks are
// put back are buckets of their own; but a bucket of several hours is one,
// however long it is.
type TimeBuckets struct {
	Unit Unit
	// Every is how many units a bucket has, from 1. Several minutes or hours
	// divide an hour or a day, several months a year.
	Every int
	// Origin is the first day of some bucket of several days or weeks, in days
	// since 1970-01-01.
	Origin int64
	// Zone is the time zone of the buckets of a date-time field; nil where the
	// field is of dates.
	Zone *time.Location
}

// Type returns String.
func (b *TimeBuckets) Type() datasets.Type { return datasets.String }

// String returns such as "15 minute Europe/Berlin".
func (b *TimeBuckets) String() string {
	s := b.Unit.String()
	if b.Every > 1 {
		s = strconv.Itoa(b.Every) + " " + s
		if b.Unit == Week || b.Unit == Day {
			s += " from " + string(datasets.AppendDate(nil, b.Origin))
		}
	}
	if b.Zone != nil {
		s += " " + b.Zone.String()
	}
	return s
}

const (
	millisPerHour   = 3_600_000
	millisPerMinute = 60_000
)

// Run returns the label and the run of a day, or of an instant in milliseconds.
func (b *TimeBuckets) Run(v Value) Run {
	if b.Zone == nil {
		first, end := b.days(v.Int)
		return Run{First: Value{Int: first}, End: Value{Int: end}, Label: Nullable{Value: Value{Str: b.dateLabel(first)}}}
	}
	// The offset is the same from begin to change, so that local time is a sum.
	t := time.UnixMilli(v.Int).In(b.Zone)
	_, offset := t.Zone()
	begin, change := t.ZoneBounds()
	if !change.IsZero() && !change.After(t) {
		// After the last year of a zone's table, ZoneBounds takes 365 days for a year.
		change = change.Add(24 * time.Hour)
	}
	shift := int64(offset) * 1000
	first, end := b.local(v.Int + shift)
	run := Run{Label: Nullable{Value: Value{Str: b.label(first, shift)}}}
	run.First.Int, run.End.Int = first-shift, end-shift
	if !begin.IsZero() {
		run.First.Int = max(run.First.Int, begin.UnixMilli())
	}
	if !change.IsZero() {
		run.End.Int = min(run.End.Int, change.UnixMilli())
	}
	return run
}

// local returns the bucket of an instant on a clock that is never put forward
// or back, in milliseconds.
func (b *TimeBuckets) local(clock int64) (first, end int64) {
	switch b.Unit {
	case Minute:
		first = floor(clock, int64(b.Every)*millisPerMinute)
		return first, first + int64(b.Every)*millisPerMinute
	case Hour:
		first = floor(clock, int64(b.Every)*millisPerHour)
		return first, first + int64(b.Every)*millisPerHour
	default:
		first, end = b.days(floor(clock, datasets.MillisPerDay) / datasets.MillisPerDay)
		return first * datasets.MillisPerDay, end * datasets.MillisPerDay
	}
}

// days returns the bucket of a day, of a unit of a day or more.
func (b *TimeBuckets) days(day int64) (first, end int64) {
	switch b.Unit {
	case Day:
		first = b.Origin + floor(day-b.Origin, int64(b.Every))
		return first, first + int64(b.Every)
	case Week:
		origin := int64(mondayDay)
		if b.Every > 1 {
			origin = b.Origin
		}
		first = origin + floor(day-origin, 7*int64(b.Every))
		return first, first + 7*int64(b.Every)
	}
	months := map[Unit]int{Year: 12, Quarter: 3, Month: b.Every}[b.Unit]
	date := time.Unix(day*secondsPerDay, 0).UTC()
	month := int(date.Month()-1) / months * months
	dayOf := func(month int) int64 {
		return time.Date(date.Year(), time.Month(month+1), 1, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay
	}
	return dayOf(month), dayOf(month + months)
}

const (
	secondsPerDay = 86_400
	mondayDay     = -3 // 1969-12-29
)

// floor returns the greatest multiple of unit that is not above n.
func floor(n, unit int64) int64 {
	rest := n % unit
	if rest < 0 {
		rest += unit
	}
	return n - rest
}

// label names the bucket that begins at that time of a clock which is shift
// milliseconds ahead of UTC.
func (b *TimeBuckets) label(first, shift int64) string {
	if b.Unit < Hour {
		return b.dateLabel(first / datasets.MillisPerDay)
	}
	if b.Unit == Hour && b.Every > 1 {
		// The bucket has one name, whatever the offset is in the course of it.
		start := datasets.FirstInstant(first, b.Zone)
		_, offset := time.UnixMilli(start).In(b.Zone).Zone()
		shift = int64(offset) * 1000
		first = start + shift
	}
	text := time.UnixMilli(first).UTC().Format("2006-01-02T15:04:05")
	if b.Zone == time.UTC {
		return text + "Z"
	}
	return text + offsetText(shift/1000)
}

// offsetText writes seconds ahead of UTC as ±hh:mm, or ±hh:mm:ss.
func offsetText(seconds int64) string {
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	text := fmt.Sprintf("%s%02d:%02d", sign, seconds/3600, seconds/60%60)
	if seconds%60 != 0 {
		text += fmt.Sprintf(":%02d", seconds%60)
	}
	return text
}

// dateLabel names the bucket whose first day this is.
func (b *TimeBuckets) dateLabel(day int64) string {
	date := time.Unix(day*secondsPerDay, 0).UTC()
	switch {
	case b.Unit == Year:
		return fmt.Sprintf("%04d", date.Year())
	case b.Unit == Quarter:
		return fmt.Sprintf("%04d-Q%d", date.Year(), (date.Month()+2)/3)
	case b.Unit == Month:
		return fmt.Sprintf("%04d-%02d", date.Year(), date.Month())
	case b.Unit == Week && b.Every == 1:
		year, week := date.ISOWeek()
		return fmt.Sprintf("%04d-W%02d", year, week)
	default:
		return date.Format(time.DateOnly)
	}
}

// longer are the units that several shorter ones fill.
var longer = map[Unit]Unit{Month: Year, Hour: Day, Minute: Hour}

// NewTimeBuckets returns the buckets of so many units, or an error that says
// which numbers the unit takes. A nil origin is none.
func NewTimeBuckets(unit Unit, every int, origin *int64, zone *time.Location) (*TimeBuckets, error) {
	b := &TimeBuckets{Unit: unit, Every: every, Zone: zone}
	divides := map[Unit]int{Month: 12, Hour: 24, Minute: 60}[unit]
	switch {
	case every < 1 || every > math.MaxInt16:
		return nil, fmt.Errorf("%d %ss are no bucket; the number is from 1 to %d", every, unit, math.MaxInt16)
	case unit == Day || unit == Week:
		if every > 1 && origin == nil {
			return nil, fmt.Errorf("buckets of several %ss need an origin: the first day of one of them", unit)
		}
		if every > 1 {
			b.Origin = *origin
		}
	case every > 1 && divides == 0:
		return nil, fmt.Errorf("a bucket has one %s; several are not possible", unit)
	case every > 1 && every == divides:
		return nil, fmt.Errorf("%d %ss are one %s; write that", every, unit, longer[unit])
	case every > 1 && divides%every != 0:
		return nil, fmt.Errorf("buckets of %d %ss do not fill one %s", every, unit, longer[unit])
	}
	if origin != nil && every == 1 {
		return nil, fmt.Errorf("an origin belongs to several days or weeks alone")
	}
	return b, nil
}
