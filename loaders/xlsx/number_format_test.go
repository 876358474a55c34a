package xlsx

import (
	"strings"
	"testing"
)

func TestFormatsMeanDatesTimesOrNumbers(t *testing.T) {
	for code, want := range map[string]numberFormat{
		"General": plainFormat, "0.00": plainFormat, "0%": plainFormat, "0.00E+00": plainFormat, "@": plainFormat, "# ?/?": plainFormat,
		`#,##0.00 "€"`: plainFormat, `0 "days"`: plainFormat, `[Red]-0.0`: plainFormat, `#,##0\ [$₽-419]`: plainFormat, `"h"0`: plainFormat, `_-* #,##0.00_-`: plainFormat,
		"yyyy-mm-dd": dateFormat, "dd/mm/yyyy": dateFormat, "mmm yy": dateFormat, "mm": dateFormat, `d\-mmm`: dateFormat, "[$-409]d-mmm-yy;@": dateFormat, `yyyy"年"m"月"d"日"`: dateFormat, "[$-F800]dddd, mmmm dd, yyyy": dateFormat,
		"yyyy-mm-dd hh:mm:ss": dateTimeFormat, "m/d/yy h:mm AM/PM": dateTimeFormat, `yyyy\-mm\-dd\Thh:mm:ss.000`: dateTimeFormat,
		"h:mm": clockFormat, "mm:ss.0": clockFormat, "h:mm:ss AM/PM": clockFormat, "[$-F400]h:mm:ss AM/PM": clockFormat,
		"[h]:mm": elapsedFormat, "[mm]:ss": elapsedFormat, "[ss].00": elapsedFormat, `[hh]"h" mm"m"`: elapsedFormat,
		"": plainFormat, strings.Repeat("y", 2000): plainFormat,
	} {
		if got := meaningOf(code); got != want {
			t.Errorf("%.40q means %d, want %d", code, got, want)
		}
	}
	for id, want := range map[int]numberFormat{0: plainFormat, 9: plainFormat, 14: dateFormat, 17: dateFormat, 18: clockFormat, 21: clockFormat, 22: dateTimeFormat, 45: clockFormat, 46: elapsedFormat, 47: clockFormat, 48: plainFormat, 49: plainFormat, 58: dateFormat} {
		if got := builtInFormat(id); got != want {
			t.Errorf("the format %d means %d, want %d", id, got, want)
		}
	}
}

func TestDaysOf1900And1904(t *testing.T) {
	for _, c := range []struct {
		epoch  epoch
		serial float64
		want   string // "" for none
	}{
		{epoch1900, 0, "1900-01-00T00:00:00"}, {epoch1900, 0.5, "1900-01-00T12:00:00"}, {epoch1900, 1, "1900-01-01T00:00:00"},
		{epoch1900, 59, "1900-02-28T00:00:00"}, {epoch1900, 60, "1900-02-29T00:00:00"}, {epoch1900, 61, "1900-03-01T00:00:00"},
		{epoch1900, 46082.42444444444, "2026-03-01T10:11:12"}, {epoch1900, 36525.99999421297, "1999-12-31T23:59:59.5"},
		{epoch1900, 46081.9999999999, "2026-03-01T00:00:00"}, {epoch1900, 2958465, "9999-12-31T00:00:00"}, {epoch1900, 2958466, ""}, {epoch1900, -0.5, ""}, {epoch1900, 1e300, ""},
		{epoch1904, 0, "1904-01-01T00:00:00"}, {epoch1904, 44620, "2026-03-01T00:00:00"}, {epoch1904, 2957003, "9999-12-31T00:00:00"}, {epoch1904, 2957004, ""}, {epoch1904, -1, ""},
	} {
		text, _, ok := c.epoch.instant(nil, c.serial)
		if got := string(text); ok != (c.want != "") || ok && got != c.want {
			t.Errorf("%d: %v is %s, %t, want %s", c.epoch, c.serial, got, ok, c.want)
		}
	}
	for serial, want := range map[float64]string{0: "00:00:00", 0.4244444444444445: "10:11:12", 0.9999913194444444: "23:59:59.25", 0.99999999999: "", 1: ""} {
		if text, ok := clock(nil, serial); ok != (want != "") || ok && string(text) != want {
			t.Errorf("%v is %s, want %s", serial, text, want)
		}
	}
}

func TestPlacesAreNamedAsExcelDoes(t *testing.T) {
	for _, c := range []struct {
		sheet       string
		row, column int
		want        string
	}{
		{"Sheet1", 17, 3, "Sheet1!C17"}, {"Sheet1", 1, 26, "Sheet1!Z1"}, {"Sheet1", 1, 27, "Sheet1!AA1"}, {"Sheet1", 1 << 20, 1 << 14, "Sheet1!XFD1048576"},
		{"Q1 2026", 2, 1, "'Q1 2026'!A2"}, {"it's", 2, 1, "'it''s'!A2"}, {"2026", 2, 1, "'2026'!A2"}, {"Zürich", 2, 1, "Zürich!A2"}, {"Sheet1", 0, 0, "Sheet1"},
	} {
		if got := Place(c.sheet, c.row, c.column); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
	for name, want := range map[string][2]int{"C17": {17, 3}, "XFD1048576": {1 << 20, 1 << 14}, "aa1": {1, 27}, "XFE1": {}, "A0": {}, "A": {}, "1": {}, "A1048577": {}, "A1x": {}, "": {}, "A99999999999999999999": {}} {
		row, column, ok := cellOf([]byte(name))
		if ok != (want != [2]int{}) || ok && (row != want[0] || column != want[1]) {
			t.Errorf("%s is %d, %d, %t", name, row, column, ok)
		}
	}
}
