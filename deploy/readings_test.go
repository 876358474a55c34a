//go:build e2e

package deploy_test

import (
	"fmt"
	"strconv"
	"strings"
)

// The dataset of the availability test. Every value of it that may change names the
// version of the data, so that an answer with rows of two versions is like none of
// either. What an answer has to be is computed here from the rows, without the engine.

const readingsDescriptor = `dataset: readings
title: Readings
data: readings.csv
fields:
  n:      {type: integer}
  region: {type: string, enum: [north, south]}
  level:  {type: integer}
  pay:    {type: integer}
selectors: {region: region}
bounds: [n, level]
stats: {fields: [level, pay], group_by: region}
page: {default: 20, max: 100}
`

// numReadings is how many rows each version has.
const numReadings = 120

// reading is a row.
type reading struct {
	n          int
	region     string
	level, pay int
}

// readings returns the rows of a version.
func readings(version int) []reading {
	rows := make([]reading, numReadings)
	for n := range rows {
		rows[n] = reading{n, "north", 10_000*version + 3*n, 7_000_000 + 1000*version + n}
		if n%3 == 0 {
			rows[n].region = "south"
		}
	}
	return rows
}

func readingsCSV(version int) string {
	var b strings.Builder
	b.WriteString("n,region,level,pay\n")
	for _, r := range readings(version) {
		fmt.Fprintf(&b, "%d,%s,%d,%d\n", r.n, r.region, r.level, r.pay)
	}
	return b.String()
}

// view is what a caller sees.
type view struct {
	region string // only that one, if not ""
	least  int    // the least n
	pay    bool
}

// rows returns the rows of a version that the view shows, from n = lower.
func (v view) rows(version, lower int) []reading {
	var shown []reading
	for _, r := range readings(version) {
		if (v.region == "" || r.region == v.region) && r.n >= max(v.least, lower) {
			shown = append(shown, r)
		}
	}
	return shown
}

// page returns the answer with a page of rows.
func (v view) page(rows []reading, page, size int) string {
	from := min((page-1)*size, len(rows))
	var all []string
	for _, r := range rows[from:min(from+size, len(rows))] {
		pay := ""
		if v.pay {
			pay = fmt.Sprintf(`,"pay":%d`, r.pay)
		}
		all = append(all, fmt.Sprintf(`{"n":%d,"region":%q,"level":%d%s}`, r.n, r.region, r.level, pay))
	}
	return "[" + strings.Join(all, ",") + "]"
}

// means returns the answer with the means of rows by region.
func (v view) means(rows []reading) string {
	return byRegion(rows, func(of []reading) string {
		level, pay := 0, 0
		for _, r := range of {
			level, pay = level+r.level, pay+r.pay
		}
		text := `"mean_level":` + quotient(level, len(of))
		if v.pay {
			text += `,"mean_pay":` + quotient(pay, len(of))
		}
		return text
	})
}

// counts returns the answer with the numbers of rows by region.
func (v view) counts(rows []reading) string {
	return byRegion(rows, func(of []reading) string { return fmt.Sprintf(`"count":%d`, len(of)) })
}

func byRegion(rows []reading, measure func([]reading) string) string {
	var all []string
	for _, region := range []string{"north", "south"} {
		var of []reading
		for _, r := range rows {
			if r.region == region {
				of = append(of, r)
			}
		}
		if len(of) > 0 {
			all = append(all, fmt.Sprintf(`{%s,"region":%q}`, measure(of), region))
		}
	}
	return "[" + strings.Join(all, ",") + "]"
}

// quotient returns the quotient as JSON of a number.
func quotient(sum, count int) string {
	text := strconv.FormatFloat(float64(sum)/float64(count), 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}
