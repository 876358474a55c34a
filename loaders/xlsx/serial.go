package xlsx

import (
	"math"
	"strconv"
	"time"

	"herbarium/datasets"
)

// epoch is the system by which days are counted.
type epoch uint8

const (
	epoch1900 epoch = iota // day 1 is 1900-01-01, and 60 is 1900-02-29, which never was
	epoch1904              // day 0 is 1904-01-01, as on the Macintosh
)

const (
	millisPerDay = datasets.MillisPerDay
	lastDay      = 2958465 // 9999-12-31 by epoch1900
	offset1904   = 1462    // days from epoch1900 to epoch1904
)

// instant appends a number of days as a day and a time of day, as RFC 3339 writes it,
// to the millisecond: what is finer is noise of the fraction. day says that the time
// is midnight. It fails where Excel shows no day; the days 0 and 60 of epoch1900 are
// written as Excel shows them, and are no days.
func (e epoch) instant(dst []byte, serial float64) (text []byte, day, ok bool) {
	limit := float64(lastDay)
	if e == epoch1904 {
		limit -= offset1904
	}
	if !(serial >= 0 && serial < limit+1) {
		return dst, false, false
	}
	millis := int64(math.Round(serial * float64(millisPerDay)))
	days, millis := millis/millisPerDay, millis%millisPerDay
	switch {
	case days > int64(limit):
		return dst, false, false
	case e == epoch1904:
		dst = time.Date(1904, 1, 1+int(days), 0, 0, 0, 0, time.UTC).AppendFormat(dst, time.DateOnly)
	case days == 0:
		dst = append(dst, "1900-01-00"...)
	case days == 60:
		dst = append(dst, "1900-02-29"...)
	default:
		if days > 60 {
			days--
		}
		dst = time.Date(1899, 12, 31+int(days), 0, 0, 0, 0, time.UTC).AppendFormat(dst, time.DateOnly)
	}
	return appendClock(append(dst, 'T'), millis), millis == 0, true
}

// clock appends a part of a day as a time of day; ok is false where the number is a
// day or more.
func clock(dst []byte, serial float64) (text []byte, ok bool) {
	millis := int64(math.Round(serial * float64(millisPerDay)))
	if !(serial >= 0 && serial < 1) || millis == millisPerDay {
		return dst, false
	}
	return appendClock(dst, millis), true
}

// appendClock appends a time of day, its fraction without zeros at its end.
func appendClock(dst []byte, millis int64) []byte {
	return time.UnixMilli(millis).UTC().AppendFormat(dst, "15:04:05.999")
}

// seconds appends a number of days as seconds, to the millisecond.
func seconds(dst []byte, serial float64) []byte {
	return datasets.AppendFloat(dst, math.Round(serial*float64(millisPerDay))/1000)
}

// maxPlainDigits is how many characters a number may have that is surely the shortest
// text of its float64.
const maxPlainDigits = 15

// number appends a number as the sheet has it: a float64, which Excel writes with up to
// 17 digits, as the shortest text that is the same one. Integers stay as they are,
// since other programs write more digits of them.
func number(dst, text []byte) []byte {
	if len(text) <= maxPlainDigits {
		return append(dst, text...)
	}
	if _, err := strconv.ParseInt(string(text), 10, 64); err == nil {
		return append(dst, text...)
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil || math.IsInf(f, 0) {
		return append(dst, text...)
	}
	return datasets.AppendFloat(dst, f)
}
