package datasets

import (
	"testing"
	"time"
)

func TestParseBoundTakesWhatClientsWrite(t *testing.T) {
	zone := func(name string) *time.Location {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return loc
	}
	utc, berlin := time.UTC, zone("Europe/Berlin")
	// Rounded inward to milliseconds, as RFC 3339 in UTC.
	for _, test := range []struct {
		text         string
		loc          *time.Location
		lower, upper string
	}{
		{"2019-03-23T20:21:09.123456", utc, "2019-03-23T20:21:09.124Z", "2019-03-23T20:21:09.123Z"},
		{"2019-03-23T20:21:09.123456789Z", utc, "2019-03-23T20:21:09.124Z", "2019-03-23T20:21:09.123Z"},
		{"2019-03-23T20:21:09.123000Z", utc, "2019-03-23T20:21:09.123Z", "2019-03-23T20:21:09.123Z"},
		{"2019-03-23T20:21:09.999999+00:00", utc, "2019-03-23T20:21:10.000Z", "2019-03-23T20:21:09.999Z"},
		{"1969-12-31T23:59:59.9999Z", utc, "1970-01-01T00:00:00.000Z", "1969-12-31T23:59:59.999Z"},
		{"2019-03-23 20:21:09+0000", utc, "2019-03-23T20:21:09.000Z", "2019-03-23T20:21:09.000Z"},
		{"2019-03-23T20:21:09+01", utc, "2019-03-23T19:21:09.000Z", "2019-03-23T19:21:09.000Z"},
		{"2019-03-23T20:21:09-0330", utc, "2019-03-23T23:51:09.000Z", "2019-03-23T23:51:09.000Z"},
		{"2019-03-23T24:00:00", utc, "2019-03-24T00:00:00.000Z", "2019-03-24T00:00:00.000Z"},
		{"2019-12-31T24:00", utc, "2020-01-01T00:00:00.000Z", "2020-01-01T00:00:00.000Z"},
		{"2019-12-31T24:00:00.000+01:00", utc, "2019-12-31T23:00:00.000Z", "2019-12-31T23:00:00.000Z"},
		{"2019-03-31T24:00:00", berlin, "2019-03-31T22:00:00.000Z", "2019-03-31T22:00:00.000Z"},
		{"2019-03-23", utc, "2019-03-23T00:00:00.000Z", "2019-03-23T23:59:59.999Z"},
		{"2019-03-31", berlin, "2019-03-30T23:00:00.000Z", "2019-03-31T21:59:59.999Z"},                    // a day of 23 hours
		{"2019-10-27", berlin, "2019-10-26T22:00:00.000Z", "2019-10-27T22:59:59.999Z"},                    // and one of 25
		{"2018-11-04", zone("America/Sao_Paulo"), "2018-11-04T03:00:00.000Z", "2018-11-05T01:59:59.999Z"}, // midnight is skipped
		{"2019-02-16", zone("America/Sao_Paulo"), "2019-02-16T02:00:00.000Z", "2019-02-17T02:59:59.999Z"}, // and here 23:00 comes twice
		{"2018-10-28", zone("Atlantic/Azores"), "2018-10-28T00:00:00.000Z", "2018-10-29T00:59:59.999Z"},   // 00:00 comes twice
		{"2011-12-31", zone("Pacific/Apia"), "2011-12-30T10:00:00.000Z", "2011-12-31T09:59:59.999Z"},
		{"0000-01-01", berlin, "0000-01-01T00:00:00.000Z", "0000-01-01T23:06:31.999Z"},
		{"9999-12-31", zone("America/New_York"), "9999-12-31T05:00:00.000Z", "9999-12-31T23:59:59.999Z"},
	} {
		f := &Field{Type: DateTime, Location: test.loc}
		for _, side := range []struct {
			lower bool
			want  string
		}{{true, test.lower}, {false, test.upper}} {
			i, err := ParseBound(test.text, f, side.lower)
			if err != nil {
				t.Errorf("%s in %s: %v", test.text, test.loc, err)
			} else if got := string(AppendDateTime(nil, i.Inward(1, side.lower))); got != side.want {
				t.Errorf("%s in %s (lower: %v) is %s, want %s", test.text, test.loc, side.lower, got, side.want)
			}
		}
	}
}

func TestParseBoundOfADateFieldRoundsInward(t *testing.T) {
	f := &Field{Type: Date, Location: time.UTC}
	for _, test := range []struct{ text, lower, upper string }{
		{"2019-03-23", "2019-03-23", "2019-03-23"},
		{"2019-03-23T00:00:00", "2019-03-23", "2019-03-23"},
		{"2019-03-23T00:00:00.000000000Z", "2019-03-23", "2019-03-23"},
		{"2019-03-23T00:00:00+09:00", "2019-03-23", "2019-03-23"}, // the day that is written
		{"2019-03-23T00:00:00.000001", "2019-03-24", "2019-03-23"},
		{"2019-03-23T12:00", "2019-03-24", "2019-03-23"},
		{"2019-03-23T24:00", "2019-03-24", "2019-03-24"},
		{"1969-12-31T23:59:59.9", "1970-01-01", "1969-12-31"},
	} {
		for _, side := range []struct {
			lower bool
			want  string
		}{{true, test.lower}, {false, test.upper}} {
			i, err := ParseBound(test.text, f, side.lower)
			if err != nil {
				t.Errorf("%s: %v", test.text, err)
			} else if got := string(AppendDate(nil, i.Inward(MillisPerDay, side.lower))); got != side.want {
				t.Errorf("%s (lower: %v) is %s, want %s", test.text, side.lower, got, side.want)
			}
		}
	}
}

func TestParseBoundRefusesWhatIsNoInstant(t *testing.T) {
	for _, text := range []string{"", "2019", "2019-02-30", "2019-03-23T25:00", "2019-03-23T24:01", "2019-03-23T24:00:00.001", "2019-03-23T20:21:09.",
		"2019-03-23T20:21:09+1", "2019-03-23T20:21:09+24", "2019-03-23T20:21:09+1:00", "2019-03-23T20:21:60Z", "9999-12-31T24:00:00Z",
		"2019-03-23X00:00", "2019-03-23T20:21:09.12x4", "20190323T000000", "2019-03-23T", "2019-03-23T20:21:09.1234 +00:00"} {
		for _, kind := range []Type{Date, DateTime} {
			if i, err := ParseBound(text, &Field{Type: kind, Location: time.UTC}, true); err == nil && (kind == DateTime || text != "9999-12-31T24:00:00Z") {
				t.Errorf("%q as a %s is %+v", text, kind, i)
			}
		}
	}
}
