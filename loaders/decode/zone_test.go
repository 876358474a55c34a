package decode

import (
	"strings"
	"testing"
	"time"

	"herbarium/datasets"
)

// instantOf reads a text by a format, in a zone.
func instantOf(t *testing.T, text, format, zone string, of datasets.Type) (string, string) {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	f := datasets.Field{Type: of, Location: loc, Timezone: zone}
	f.Format = format
	n, detail := NewParser(&f).int(&Value{Kind: Text, Text: []byte(text)})
	if of == datasets.Date {
		return string(datasets.AppendDate(nil, n)), detail
	}
	return string(datasets.AppendDateTime(nil, n)), detail
}

func TestZoneAbbreviationsAreThoseOfTheField(t *testing.T) {
	for _, c := range []struct{ text, zone, want string }{
		{"2024-01-05 10:11:12 UTC", "", "2024-01-05T10:11:12.000Z"},
		{"2024-01-05 10:11:12 GMT", "America/New_York", "2024-01-05T10:11:12.000Z"},
		{"2024-01-05 10:11:12 EST", "America/New_York", "2024-01-05T15:11:12.000Z"},
		{"2024-07-05 10:11:12 EDT", "America/New_York", "2024-07-05T14:11:12.000Z"},
		{"2024-01-05 10:11:12 IST", "Asia/Kolkata", "2024-01-05T04:41:12.000Z"},
		// Clocks went from 02:00 EDT back to 01:00 EST.
		{"2024-11-03 01:30:00 EDT", "America/New_York", "2024-11-03T05:30:00.000Z"},
		{"2024-11-03 01:30:00 EST", "America/New_York", "2024-11-03T06:30:00.000Z"},
	} {
		got, detail := instantOf(t, c.text, "%Y-%m-%d %H:%M:%S %Z", c.zone, datasets.DateTime)
		if got != c.want || detail != "" {
			t.Errorf("%s in %s: %s %s, want %s", c.text, c.zone, got, detail, c.want)
		}
	}
	for _, c := range []struct{ text, zone, want string }{
		{"2024-01-05 10:11:12 EST", "", `"EST"`},
		{"2024-01-05 10:11:12 XYZ", "America/New_York", `"XYZ"`},
		{"2024-01-05 10:11:12 IST", "America/New_York", "Asia/Kolkata"},
		{"2024-01-05 10:11:12 EDT", "America/New_York", "at that time"}, // in winter
	} {
		got, detail := instantOf(t, c.text, "%Y-%m-%d %H:%M:%S %Z", c.zone, datasets.DateTime)
		if detail == "" || !strings.Contains(detail, strings.Replace(c.want, "Asia/Kolkata", `"IST"`, 1)) {
			t.Errorf("%s in %s is taken for %s: %s", c.text, c.zone, got, detail)
		}
	}
}

func TestZoneAbbreviationsStandAnywhere(t *testing.T) {
	for _, c := range []struct{ text, format string }{
		{"2024-01-05T10:11:12EST", "%Y-%m-%dT%H:%M:%S%Z"}, {"Fri Jan 05 10:11:12 EST 2024", "%a %b %d %H:%M:%S %Z %Y"},
		{"05 Jan 2024 10:11:12 AM EST", "%d %b %Y %I:%M:%S %p %Z"},
	} {
		got, detail := instantOf(t, c.text, c.format, "America/New_York", datasets.DateTime)
		if got != "2024-01-05T15:11:12.000Z" || detail != "" {
			t.Errorf("%s: %s %s", c.text, got, detail)
		}
	}
}

func TestYearsOfTwoDigitsHaveTwo(t *testing.T) {
	for _, c := range []struct{ text, format, want string }{
		{"1.18.23", "%m.%d.%y", "2023-01-18"}, {"18/1/05", "%d/%m/%y", "2005-01-18"}, {"050118", "%y%m%d", "2005-01-18"},
		{"05-1-8", "%y-%m-%d", "2005-01-08"}, {"1 Jan 05", "%d %b %y", "2005-01-01"},
	} {
		if got, detail := instantOf(t, c.text, c.format, "UTC", datasets.Date); got != c.want || detail != "" {
			t.Errorf("%s by %s: %s %s, want %s", c.text, c.format, got, detail, c.want)
		}
	}
	for _, c := range []struct{ text, format string }{{"1.18.3", "%m.%d.%y"}, {"3.1.18", "%y.%m.%d"}, {"1 Jan 5", "%d %b %y"}} {
		if got, detail := instantOf(t, c.text, c.format, "UTC", datasets.Date); detail == "" {
			t.Errorf("%s by %s is taken for %s", c.text, c.format, got)
		}
	}
}
