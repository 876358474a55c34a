package loaders_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"herbarium/loaders"
)

const untidy = `
dataset: untidy
fields:
  fare:  {type: number, decimal: ",", thousands: "."}
  dist:  {type: number, thousands: " "}
  seats: {type: integer, thousands: "'", missing: ["-", "99"]}
  paid:  {type: boolean, missing: [unknown]}
  day:   {type: date, format: "%d/%m/%Y"}
  at:    {type: date-time, format: "%d %b %Y %I:%M %p", timezone: Europe/Berlin}
  zone:  {type: date-time, format: "%Y-%m-%d %H:%M:%S.%f %z"}
  note:  {type: string, missing: ["-", "n/a"]}
`

const untidyHeader = "fare;dist;seats;paid;day;at;zone;note\n"

func TestUntidyValuesAreReadAsTheFieldSays(t *testing.T) {
	for _, c := range []struct{ name, row, want string }{
		{"marks in numbers", `1.234,5;12 345.25;1'000;;;;;`, `[1234.5,12345.25,1000,null,null,null,null,null]`},
		{"no groups need be made", `1234,5;12345.25;1000;;;;;`, `[1234.5,12345.25,1000,null,null,null,null,null]`},
		{"signs, and no digit before the mark", `-1.234.567;-.5;+1;;;;;`, `[-1234567,-0.5,1,null,null,null,null,null]`},
		{"exponents", `1,5e3;1e2;1e3;;;;;`, `[1500,100,1000,null,null,null,null,null]`},
		{"booleans of four kinds", `;;;Yes;;;;`, `[null,null,null,true,null,null,null,null]`},
		{"f is false", `;;;F;;;;`, `[null,null,null,false,null,null,null,null]`},
		{"0 is false", `;;;0;;;;`, `[null,null,null,false,null,null,null,null]`},
		{"T is true", `;;; T ;;;;`, `[null,null,null,true,null,null,null,null]`},
		{"words for no value", `;; - ;unknown;;;;n/a`, `[null,null,null,null,null,null,null,null]`},
		{"spaces belong to text", `;;99;;;;; - `, `[null,null,null,null,null,null,null," - "]`},
		{"dates of a format", `;;;;23/03/2019;23 Mar 2019 08:05 PM;2019-03-23 20:21:09.5 +0100;`,
			`[null,null,null,null,"2019-03-23","2019-03-23T19:05:00.000Z","2019-03-23T19:21:09.500Z",null]`},
		{"dates with less digits", `;;;;1/2/2019;1 jan 2019 8:05 am;2019-1-2 1:02:03.000 Z;`,
			`[null,null,null,null,"2019-02-01","2019-01-01T07:05:00.000Z","2019-01-02T01:02:03.000Z",null]`},
		{"the 29th of February", `;;;;29/02/2020;29 Feb 2020 12:00 AM;;`,
			`[null,null,null,null,"2020-02-29","2020-02-28T23:00:00.000Z",null,null]`},
		// Clocks went from 02:00 to 03:00.
		{"a time that a clock change skips", `;;;;;29 Mar 2020 02:30 AM;;`,
			`[null,null,null,null,null,"2020-03-29T01:30:00.000Z",null,null]`},
		// Clocks went from 03:00 back to 02:00.
		{"a time that a clock change doubles", `;;;;;25 Oct 2020 02:30 AM;;`,
			`[null,null,null,null,null,"2020-10-25T01:30:00.000Z",null,null]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			target := &memory{}
			_, err := loaders.Load(t.Context(), target, dataset(t, untidy, ""), []loaders.Source{text("t.csv", untidyHeader+c.row+"\n")}, loaders.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, strings.Join(target.rows, "\n")); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUntidyValuesThatSayNothingAreFaults(t *testing.T) {
	for _, c := range []struct{ name, row, want string }{
		{"a point for a comma", `12.50;;;;;;;`, `t.csv:2:1: fare: "12.50" is not a number written as 1.234,5 (row 1)`},
		{"a group of two", `;1 23;;;;;;`, `t.csv:2:2: dist: "1 23" is not a number written as 1 234.5 (row 1)`},
		{"a comma where none is declared", `;1,5;;;;;;`, `t.csv:2:2: dist: "1,5" is not a number (row 1)`},
		{"groups in an integer", `;;1'00;;;;;`, `t.csv:2:3: seats: "1'00" is not an integer written as 1'234 (row 1)`},
		{"the 31st of February", `;;;;31/02/2019;;;`, `t.csv:2:5: day: "31/02/2019" is not a date: there is no such day (row 1)`},
		{"the 31st of April", `;;;;31/4/2031;;;`, `t.csv:2:5: day: "31/4/2031" is not a date: there is no such day (row 1)`},
		{"a leap day of another year", `;;;;;29 Feb 2029 08:05 PM;;`, `t.csv:2:6: at: "29 Feb 2029 08:05 PM" is not a date-time: there is no such day (row 1)`},
		{"the 32nd of January", `;;;;32/01/2019;;;`, `t.csv:2:5: day: "32/01/2019" is not a date by the format %d/%m/%Y: write 23/03/2019 (row 1)`},
		{"a year of two digits", `;;;;23/03/19;;;`, `t.csv:2:5: day: "23/03/19" is not a date by the format %d/%m/%Y: write 23/03/2019 (row 1)`},
		{"month and day in another order", `;;;;03/23/2019;;;`, `t.csv:2:5: day: "03/23/2019" is not a date by the format %d/%m/%Y: write 23/03/2019 (row 1)`},
		{"RFC 3339 where a format is declared", `;;;;;2019-03-23T20:21:00Z;;`,
			`t.csv:2:6: at: "2019-03-23T20:21:00Z" is not a date-time by the format %d %b %Y %I:%M %p: write 23 Mar 2019 08:21 PM (row 1)`},
		{"microseconds", `;;;;;;2019-03-23 20:21:09.000001 Z;`, `t.csv:2:7: zone: "2019-03-23 20:21:09.000001 Z" is more precise than a millisecond; coerce: true in the descriptor cuts that off (row 1)`},
		{"a leap second", `;;;;;;2016-12-31 23:59:60.0 Z;`,
			`t.csv:2:7: zone: "2016-12-31 23:59:60.0 Z" is not a date-time by the format %Y-%m-%d %H:%M:%S.%f %z: write 2019-03-23 20:21:09.000000 +0000 (row 1)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := loaders.Check(t.Context(), dataset(t, untidy, ""), []loaders.Source{text("t.csv", untidyHeader+c.row+"\n")}, loaders.Options{})
			if diff := cmp.Diff([]string{c.want}, faultLines(t, err)); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatStandsBetweenValuesShowsInTheHeader(t *testing.T) {
	ds := dataset(t, "dataset: d\nfields:\n  a: {type: integer}\n  b: {type: string}\n  \"c,d\": {type: string}\n", "")
	for name, content := range map[string]string{
		"commas":     "a,b,\"c,d\"\n1,x,y\n",
		"tabs":       "a\tb\tc,d\n1\tx\ty\n",
		"semicolons": "a;b;c,d\n1;x;y\n",
		"bars":       "a|b|c,d\r\n1|x|y\r\n",
	} {
		target := &memory{}
		if _, err := loaders.Load(t.Context(), target, ds, []loaders.Source{text("t.csv", content)}, loaders.Options{}); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if diff := cmp.Diff([]string{`[1,"x","y"]`}, target.rows); diff != "" {
			t.Errorf("%s: rows (-want +got):\n%s", name, diff)
		}
	}
	target := &memory{}
	content := "a^b^c,d\n1^x^\"^\"\n"
	if _, err := loaders.Load(t.Context(), target, ds, []loaders.Source{text("t.csv", content)}, loaders.Options{Delimiter: "^"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{`[1,"x","^"]`}, target.rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestWhatIsFinerThanAMillisecondIsCutWhereTheFieldSaysSo(t *testing.T) {
	const coerced = `
dataset: coerced
fields:
  at:   {type: date-time, coerce: true}
  zone: {type: date-time, coerce: true, format: "%Y-%m-%d %H:%M:%S.%f %z"}
`
	for _, c := range []struct{ name, source, want string }{
		{"t.csv", "at,zone\n2026-03-29T03:30:00.123456+02:00,2019-03-23 20:21:09.000999 Z\n", `["2026-03-29T01:30:00.123Z","2019-03-23T20:21:09.000Z"]`},
		{"t.csv", "at,zone\n1969-12-31 23:59:59.999999999,1969-12-31 23:59:59.0005 Z\n", `["1969-12-31T23:59:59.999Z","1969-12-31T23:59:59.000Z"]`},
		{"t.json", `[{"at":"2026-03-29T03:30:00.1239Z"}]`, `["2026-03-29T03:30:00.123Z",null]`},
	} {
		target := &memory{}
		_, err := loaders.Load(t.Context(), target, dataset(t, coerced, ""), []loaders.Source{text(c.name, c.source)}, loaders.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, strings.Join(target.rows, "\n")); diff != "" {
			t.Errorf("%s: rows (-want +got):\n%s", c.source, diff)
		}
	}
}
