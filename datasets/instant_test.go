package datasets

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseDateCountsDays(t *testing.T) {
	tests := []struct {
		name, text string
		want       int64
	}{
		{"the first day", "1970-01-01", 0},
		{"the day before", "1969-12-31", -1},
		{"a leap day", "2000-02-29", 11016},
		{"the first year", "0000-01-01", -719528},
		{"the last year", "9999-12-31", 2932896},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseDate(test.text)
			if err != nil || got != test.want {
				t.Errorf("ParseDate(%q) = %d, %v, want %d", test.text, got, err, test.want)
			}
			if back := string(AppendDate(nil, test.want)); back != test.text {
				t.Errorf("AppendDate(%d) = %s, want %s", test.want, back, test.text)
			}
		})
	}
}

func TestParseDateRefusesWhatIsNoDay(t *testing.T) {
	for _, text := range []string{"", "2019", "2019-3-23", "2019-02-29", "1900-02-29", "2019-13-01", "2019-00-10",
		"2019-03-00", "2019-03-32", "19-03-23", "2019/03/23", "2019-03-23T00:00:00Z", " 2019-03-23", "２019-03-23", "+019-03-23"} {
		if got, err := ParseDate(text); err == nil {
			t.Errorf("ParseDate(%q) = %d, want an error", text, got)
		}
	}
}

func TestParseDateTimeReadsEveryForm(t *testing.T) {
	tests := []struct {
		name, text, zone, want string
	}{
		{"in full", "2019-03-23T20:21:09.123Z", "UTC", "2019-03-23T20:21:09.123Z"},
		{"letters in lower case", "2019-03-23t20:21:09z", "UTC", "2019-03-23T20:21:09.000Z"},
		{"a space", "2019-03-23 20:21:09Z", "UTC", "2019-03-23T20:21:09.000Z"},
		{"without seconds", "2019-03-23T20:21Z", "UTC", "2019-03-23T20:21:00.000Z"},
		{"a short fraction", "2019-03-23T20:21:09.5Z", "UTC", "2019-03-23T20:21:09.500Z"},
		{"zeros beyond milliseconds", "2019-03-23T20:21:09.123000000000Z", "UTC", "2019-03-23T20:21:09.123Z"},
		{"east of Greenwich", "2019-03-23T20:21:09+05:45", "UTC", "2019-03-23T14:36:09.000Z"},
		{"west of Greenwich", "2019-03-23T20:21-03:30", "UTC", "2019-03-23T23:51:00.000Z"},
		{"an unknown offset", "2019-03-23T20:21:09-00:00", "UTC", "2019-03-23T20:21:09.000Z"},
		{"the largest offset", "2019-03-23T20:21:09+23:59", "UTC", "2019-03-22T20:22:09.000Z"},
		{"before 1970", "1969-12-31T23:59:59.999Z", "UTC", "1969-12-31T23:59:59.999Z"},
		{"the first instant", "0000-01-01T00:00:00Z", "UTC", "0000-01-01T00:00:00.000Z"},
		{"the last instant", "9999-12-31T23:59:59.999Z", "UTC", "9999-12-31T23:59:59.999Z"},
		{"an offset outdoes the zone", "2019-07-01T12:00Z", "Europe/Berlin", "2019-07-01T12:00:00.000Z"},
		{"winter in a zone", "2019-01-01T12:00", "Europe/Berlin", "2019-01-01T11:00:00.000Z"},
		{"summer in a zone", "2019-07-01T12:00", "Europe/Berlin", "2019-07-01T10:00:00.000Z"},
		{"a day before a change", "2019-03-30T12:00", "Europe/Berlin", "2019-03-30T11:00:00.000Z"},
		{"just after a change", "2019-03-31T03:00", "Europe/Berlin", "2019-03-31T01:00:00.000Z"},
		{"just before a change", "2019-03-31T01:59:59.999", "Europe/Berlin", "2019-03-31T00:59:59.999Z"},
		{"skipped in Berlin", "2019-03-31T02:30", "Europe/Berlin", "2019-03-31T01:30:00.000Z"},
		{"skipped in New York", "2019-03-10T02:30", "America/New_York", "2019-03-10T06:30:00.000Z"},
		{"skipped by half an hour", "2019-10-06T02:15", "Australia/Lord_Howe", "2019-10-05T15:45:00.000Z"},
		{"doubled in Berlin", "2019-10-27T02:30", "Europe/Berlin", "2019-10-27T01:30:00.000Z"},
		{"doubled in New York", "2019-11-03T01:30", "America/New_York", "2019-11-03T05:30:00.000Z"},
		{"doubled by half an hour", "2019-04-07T01:45", "Australia/Lord_Howe", "2019-04-06T15:15:00.000Z"},
		{"a day that was skipped whole", "2011-12-30T12:00", "Pacific/Apia", "2011-12-30T22:00:00.000Z"},
		{"the day after it", "2011-12-31T05:00", "Pacific/Apia", "2011-12-30T15:00:00.000Z"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			zone, err := time.LoadLocation(test.zone)
			if err != nil {
				t.Fatal(err)
			}
			got, err := ParseDateTime(test.text, zone)
			if err != nil {
				t.Fatal(err)
			}
			if s := string(AppendDateTime(nil, got)); s != test.want {
				t.Errorf("%s in %s is %s, want %s", test.text, test.zone, s, test.want)
			}
		})
	}
}

func TestParseDateTimeRefusesWithAReason(t *testing.T) {
	tests := []struct {
		name, text string
		want       error
	}{
		{"nothing", "", errDateTime},
		{"a day", "2019-03-23", errDateTime},
		{"another letter", "2019-03-23_20:21:09Z", errDateTime},
		{"an hour of one digit", "2019-03-23T1:21:09Z", errDateTime},
		{"a minute of one digit", "2019-03-23T01:2:09Z", errDateTime},
		{"a second of one digit", "2019-03-23T01:21:9Z", errDateTime},
		{"an hour alone", "2019-03-23T20Z   ", errDateTime},
		{"hour 24", "2019-03-23T24:00:00Z", errDateTime},
		{"minute 60", "2019-03-23T23:60:00Z", errDateTime},
		{"second 61", "2019-03-23T23:59:61Z", errDateTime},
		{"a leap second", "2016-12-31T23:59:60Z", errLeapSecond},
		{"a leap second with a fraction", "2016-12-31T23:59:60.5Z", errLeapSecond},
		{"a day that is none", "2019-02-29T00:00:00Z", errNoDateTime},
		{"a comma", "2019-03-23T20:21:09,5Z", errDateTime},
		{"a fraction without digits", "2019-03-23T20:21:09.Z", errDateTime},
		{"a fraction of letters", "2019-03-23T20:21:09.5xZ", errDateTime},
		{"microseconds", "2019-03-23T20:21:09.123456Z", ErrPrecise},
		{"something after Z", "2019-03-23T20:21:09Zx", errDateTime},
		{"an offset without a colon", "2019-03-23T20:21:09+0100", errDateTime},
		{"an offset of hours", "2019-03-23T20:21:09+01", errDateTime},
		{"an offset of a day", "2019-03-23T20:21:09+24:00", errDateTime},
		{"an offset of 60 minutes", "2019-03-23T20:21:09+01:60", errDateTime},
		{"an offset of letters", "2019-03-23T20:21:09+aa:bb", errDateTime},
		{"a zone's name", "2019-03-23T20:21:09 CET", errDateTime},
		{"before the first year of UTC", "0000-01-01T00:00:00+00:01", errYear},
		{"after the last year of UTC", "9999-12-31T23:59:59-00:01", errYear},
		{"spaces around", " 2019-03-23T20:21:09Z", errDateTime},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, err := ParseDateTime(test.text, time.UTC); err != test.want {
				t.Errorf("ParseDateTime(%q) = %d, %v, want %v", test.text, got, err, test.want)
			}
		})
	}
}

func TestWrittenInstantsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		millis := rapid.Int64Range(-62167219200000, 253402300799999).Draw(t, "millis")
		text := string(AppendDateTime(nil, millis))
		if got, err := ParseDateTime(text, time.UTC); err != nil || got != millis {
			t.Fatalf("%d is written %s, which reads %d, %v", millis, text, got, err)
		}
		days := rapid.Int64Range(-719528, 2932896).Draw(t, "days")
		text = string(AppendDate(nil, days))
		if got, err := ParseDate(text); err != nil || got != days {
			t.Fatalf("day %d is written %s, which reads %d, %v", days, text, got, err)
		}
	})
}

func TestClocksShowWhatWasRead(t *testing.T) {
	zones := []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns"}
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		there := time.UnixMilli(rapid.Int64Range(0, 4e12).Draw(t, "millis")).In(zone)
		text := there.Format("2006-01-02T15:04:05.000")
		millis, err := ParseDateTime(text, zone)
		if err != nil {
			t.Fatal(err)
		}
		if back := time.UnixMilli(millis).In(zone).Format("2006-01-02T15:04:05.000"); back != text {
			t.Fatalf("%s is read as an instant when clocks show %s", text, back)
		}
		if millis > there.UnixMilli() {
			t.Fatalf("of two instants at %s the later one is read", text)
		}
	})
}

func FuzzParseDateTime(f *testing.F) {
	f.Add("2019-03-23T20:21:09.123Z")
	f.Add("2019-03-23 20:21+02:00")
	f.Fuzz(func(t *testing.T, text string) {
		millis, err := ParseDateTime(text, time.UTC)
		if err != nil {
			return
		}
		// Go reads RFC 3339 too, once the parts that may be left out are there.
		full := strings.ToUpper(strings.Replace(text, " ", "T", 1))
		clock := full[11:]
		zone := "Z"
		if i := strings.IndexAny(clock, "Z+-"); i >= 0 {
			clock, zone = clock[:i], clock[i:]
		}
		if len(clock) == len("15:04") {
			clock += ":00"
		}
		want, err := time.Parse(time.RFC3339, full[:11]+clock+zone)
		if err != nil || want.UnixMilli() != millis {
			t.Errorf("%q is read as %d, Go reads %v, %v", text, millis, want, err)
		}
	})
}
