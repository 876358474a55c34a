package xlsx

import (
	"errors"
	"strings"

	"github.com/xuri/excelize/v2"
	"github.com/xuri/nfp"
)

// numberFormat is what a cell's number means by its format.
type numberFormat uint8

const (
	plainFormat    numberFormat = iota // the number itself
	dateFormat                         // a day
	dateTimeFormat                     // a day and a time of day
	clockFormat                        // a time of day
	elapsedFormat                      // days that passed, as [h]:mm shows them
)

// maxFormat is the length of a format that is looked at; Excel allows 255.
const maxFormat = 1024

// formatsOf returns what the number formats of a workbook's styles mean.
func formatsOf(f *excelize.File) ([]numberFormat, error) {
	if f.Styles == nil || f.Styles.CellXfs == nil {
		return nil, nil
	}
	formats := make([]numberFormat, len(f.Styles.CellXfs.Xf))
	custom := map[string]numberFormat{}
	for i := range formats {
		style, err := f.GetStyle(i)
		switch {
		case err != nil:
			return nil, errors.Join(errors.New("a style cannot be read"), err)
		case style.CustomNumFmt == nil:
			formats[i] = builtInFormat(style.NumFmt)
		default:
			code := *style.CustomNumFmt
			if _, ok := custom[code]; !ok {
				custom[code] = meaningOf(code)
			}
			formats[i] = custom[code]
		}
	}
	return formats, nil
}

// builtInFormat returns what the formats mean that have a number and no text
// (ECMA-376-1, 18.8.30), those of East Asia and Thailand among them. Where the
// language of Excel decides whether one is a date or a time of day, it is a time:
// numbers from 1 on are days in it too.
func builtInFormat(id int) numberFormat {
	switch {
	case id == 22:
		return dateTimeFormat
	case id >= 14 && id <= 17, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id == 57, id == 58, id >= 71 && id <= 74:
		return dateFormat
	case id == 77:
		return dateTimeFormat
	case id >= 18 && id <= 21, id == 45, id == 47, id >= 32 && id <= 35, id == 55, id == 56, id == 75, id == 76, id == 78, id == 80:
		return clockFormat
	case id == 46, id == 79:
		return elapsedFormat
	}
	return plainFormat
}

// meaningOf returns what a format means, by the first of its sections that shows a
// day or a time.
func meaningOf(code string) numberFormat {
	if len(code) > maxFormat {
		return plainFormat
	}
	parser := nfp.NumberFormatParser()
	for _, section := range parser.Parse(code) {
		if m := meaningOfSection(section.Items); m != plainFormat {
			return m
		}
	}
	return plainFormat
}

// meaningOfSection returns what a section of a format means. The letter m stands for
// minutes where hours or seconds are shown and no year or day, else for months.
func meaningOfSection(items []nfp.Token) numberFormat {
	day, month, clock := false, false, false
	for _, item := range items {
		switch item.TType {
		case nfp.TokenTypeElapsedDateTimes:
			return elapsedFormat
		case nfp.TokenTypeDateTimes:
		default:
			continue
		}
		switch text := strings.ToLower(item.TValue); {
		case strings.ContainsAny(text, "yegb") || strings.Contains(text, "d"):
			day = true
		case strings.ContainsAny(text, "hs") || strings.Contains(text, "a/p") || strings.Contains(text, "am/pm"):
			clock = true
		case strings.Contains(text, "mmm"):
			day = true
		case strings.Contains(text, "m"):
			month = true
		}
	}
	switch {
	case day && clock:
		return dateTimeFormat
	case clock:
		return clockFormat
	case day, month:
		return dateFormat
	}
	return plainFormat
}
