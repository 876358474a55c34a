package infer

import (
	"strings"

	"herbarium/datasets"
)

// format is a way to write dates, or dates and times, in strptime's directives.
type format struct {
	text    string
	of      datasets.Type
	meaning meaning
}

// formats returns the ways to write dates that are looked for, beside RFC
// 3339. Each date stands alone and before each clock.
func formats() []format {
	days := []struct {
		meaning meaning
		texts   []string
	}{
		{yearFirst, []string{"%Y/%m/%d", "%Y.%m.%d", "%Y-%m-%d", "%y/%m/%d", "%y-%m-%d", "%y.%m.%d"}},
		{dayFirst, []string{"%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%y", "%d.%m.%y", "%d-%m-%y"}},
		{monthFirst, []string{"%m/%d/%Y", "%m.%d.%Y", "%m-%d-%Y", "%m/%d/%y", "%m.%d.%y", "%m-%d-%y"}},
		{monthByName, []string{"%d %b %Y", "%d-%b-%Y", "%d/%b/%Y", "%d%b%Y", "%b %d %Y", "%b %d, %Y", "%d %b %y", "%d-%b-%y",
			"%d %B %Y", "%B %d %Y", "%B %d, %Y", "%a %b %d %Y", "%a, %d %b %Y", "%A, %B %d, %Y", "%A, %d %B %Y"}},
	}
	clocks := []string{" %H:%M:%S", " %H:%M", " %I:%M %p", " %I:%M:%S %p", " %I:%M%p", "T%H:%M:%S", "T%H:%M", ", %H:%M", " %H:%M:%S %z"}
	all := []format{
		{"%Y%m%d", datasets.Date, compact},
		{"%d/%b/%Y:%H:%M:%S %z", datasets.DateTime, monthByName}, // as web servers log
		{"%Y-%m-%dT%H:%M:%S%z", datasets.DateTime, yearFirst},
	}
	for _, d := range days {
		for _, day := range d.texts {
			all = append(all, format{day, datasets.Date, d.meaning})
			if day == "%Y-%m-%d" {
				continue // with a clock it is RFC 3339
			}
			for _, clock := range clocks {
				all = append(all, format{day + clock, datasets.DateTime, d.meaning})
			}
		}
	}
	return all
}

// fits reports whether a text has the years that the format asks for: with
// four digits for %Y, where strptime takes fewer.
func fits(text []byte, format string) bool {
	if len(text) < len("1/1/99") || len(text) > 48 || longestRun(text) == 0 {
		return false
	}
	if format == "%Y%m%d" {
		return len(text) == 8 && allDigits(text)
	}
	if strings.HasSuffix(format, "%z") {
		text = text[:len(text)-len("+0100")]
	}
	if strings.Contains(format, "%Y") {
		return longestRun(text) == 4
	}
	return longestRun(text) <= 2
}

// longestRun returns how many digits stand in a row.
func longestRun(text []byte) int {
	longest, run := 0, 0
	for _, b := range text {
		if b < '0' || b > '9' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}
