package infer

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"herbarium/datasets"
	"herbarium/loaders/decode"
)

// decision is the type that is chosen for a column, and why.
type decision struct {
	column *Column
	// chosen is the type; nil if the column is text.
	chosen  *candidate
	missing []string // words that stand for no value in it, beside the usual ones
	absent  int64    // rows without a value
	enum    []string
	few     bool // it has few values, so queries may want to pick by them
	remarks []string
}

// isText reports whether the column is text.
func (v *decision) isText() bool { return v.chosen == nil }

func (v *decision) remark(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(v.remarks, text) {
		v.remarks = append(v.remarks, text)
	}
}

// decisions decides every column. The notation of one column may decide that of
// another, if the values of that one leave it open.
func (t *Table) decisions() []*decision {
	all := make([]*decision, len(t.columns))
	var open []*decision
	sure := map[meaning]bool{}
	for i, c := range t.columns {
		v := &decision{column: c}
		all[i] = v
		found := v.fitting()
		if len(found) == 0 {
			v.chosen = c.declaredType()
			continue
		}
		if meanings := meaningsOf(found); len(meanings) > 1 {
			open = append(open, v)
			continue
		}
		v.chosen = found[0]
		if v.chosen.shown > 0 {
			sure[v.chosen.meaning] = true
		}
	}
	for _, v := range open {
		v.settle(sure)
	}
	t.decidePoints(all, sure[decimalComma])
	words := map[string]bool{}
	for _, v := range all {
		v.typed(words)
	}
	for _, v := range all {
		v.text(words)
	}
	return all
}

// declaredType returns the type that the source declares of a column without a
// value; nil where it declares none but text.
func (c *Column) declaredType() *candidate {
	if c.declared == nil || c.typed > 0 || c.nested > 0 || c.declared.Type == datasets.String {
		return nil
	}
	a := &candidate{field: datasets.Field{Type: c.declared.Type, Location: time.UTC}}
	a.parser = decode.NewParser(&a.field)
	return a
}

// fitting returns the candidates that are left and are sure enough, the best
// first. Where one is written in the usual way, it is the only one.
func (v *decision) fitting() []*candidate {
	c := v.column
	if c.mixed || c.nested > 0 {
		return nil
	}
	var found []*candidate
	for _, a := range c.candidates {
		if !v.enough(a) {
			continue
		}
		if a.usualNotation() {
			return []*candidate{a}
		}
		found = append(found, a)
	}
	if len(found) > 0 && found[0].meaning == usual {
		found = found[:1] // marks between groups that nothing else is written with
	}
	return found
}

func (c *candidate) usualNotation() bool {
	return c.field.Decimal == "" && c.field.Thousands == "" && c.field.Format == ""
}

// enough reports whether what was seen suffices for a candidate that every
// value fits.
func (v *decision) enough(a *candidate) bool {
	c := v.column
	switch {
	case a.field.Type == datasets.Integer && c.real:
		return false
	case a.field.Type == datasets.Date && c.declaredInstant():
		return false // all at midnight, so far
	case a.field.Type == datasets.Boolean:
		return c.kind == decode.Boolean || v.onePair()
	case a.field.Numeric() && c.plus && !c.minus:
		v.remarks = nil
		v.remark("numbers with a plus sign and none with a minus, as telephone numbers are")
		return false
	case strings.Contains(a.field.Format, "%y") && a.high.order >= a.beyond():
		v.remark("years of two digits may be of two centuries")
		return false
	case a.meaning == compact:
		return datesByName(c.Path[len(c.Path)-1])
	case a.usualNotation():
		return true
	case a.shown == 0:
		return false
	case a.field.Thousands != "" && a.field.Thousands != "," && a.field.Thousands != ".":
		// Telephone numbers have spaces too, but all of one length and no fractions.
		return a.low.order < 1000 || a.high.order >= 1e6 || a.field.Type == datasets.Number && !c.grouped(a.field.Thousands)
	}
	return true
}

// grouped reports whether all values may be integers with a mark between thousands.
func (c *Column) grouped(mark string) bool {
	return slices.ContainsFunc(c.candidates, func(a *candidate) bool { return a.field.Type == datasets.Integer && a.field.Thousands == mark })
}

// beyond is the first day, or instant, of a year that two digits are not taken
// for: what strptime reads as 2041 to 2068 may well be 1941 to 1968.
func (c *candidate) beyond() float64 {
	first := time.Date(2041, 1, 1, 0, 0, 0, 0, time.UTC)
	if c.field.Type == datasets.Date {
		return float64(first.UnixMilli() / datasets.MillisPerDay)
	}
	return float64(first.UnixMilli())
}

// onePair reports whether the texts are the two words of one pair. One word
// alone may be something else, and 1 and 0 are numbers first.
func (v *decision) onePair() bool {
	words := map[string]bool{}
	pairs := map[pair]bool{}
	for text := range v.column.texts {
		word := strings.ToLower(strings.Trim(text, " \t"))
		if p, _, ok := pairOf([]byte(word)); ok {
			words[word], pairs[p] = true, true
		}
	}
	if pairs[oneZero] && len(words) == 2 && len(pairs) == 1 {
		v.remark("only 0 and 1: boolean would read them too")
	}
	return !pairs[oneZero] && len(pairs) == 1 && (len(words) == 2 || pairs[trueFalse])
}

// datesByName reports whether a column's name says that it has dates.
func datesByName(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{"date", "day", "datum", "fecha", "_dt", "_at"}, func(word string) bool { return strings.Contains(name, word) }) || name == "dt"
}

func meaningsOf(found []*candidate) []meaning {
	var meanings []meaning
	for _, a := range found {
		if !slices.Contains(meanings, a.meaning) {
			meanings = append(meanings, a.meaning)
		}
	}
	return meanings
}

// settle chooses between meanings by what other columns have surely.
func (v *decision) settle(sure map[meaning]bool) {
	found := v.fitting()
	var left []*candidate
	for _, a := range found {
		if sure[a.meaning] {
			left = append(left, a)
		}
	}
	if len(left) > 0 && len(meaningsOf(left)) == 1 {
		v.chosen = left[0]
		v.remark("as in another column; by itself it could be %s", otherThan(found, v.chosen.meaning))
		return
	}
	first := found[0]
	v.remark("text, since %s could be %s and no value tells which", strconv.Quote(first.high.text), otherThan(found, usual))
}

// otherThan describes one candidate of each meaning but one.
func otherThan(found []*candidate, but meaning) string {
	var all []string
	done := map[meaning]bool{but: true}
	for _, a := range found {
		if !done[a.meaning] {
			done[a.meaning] = true
			all = append(all, a.describe())
		}
	}
	return strings.Join(all, " or ")
}

// decidePoints decides columns like 48.137, whose point may stand before a
// fraction or between thousands. A column of which one value tells decides
// itself. For others one does in which the point surely means either. If none
// does, the point is a decimal point, unless the table has decimal commas or
// semicolons, as where commas are usual: there the column is text.
func (t *Table) decidePoints(all []*decision, commas bool) {
	var fraction, thousands *decision
	open := map[*decision]*candidate{}
	for _, v := range all {
		switch grouped := v.grouped(); {
		case v.chosen == nil || v.chosen.field.Type != datasets.Number && v.chosen.field.Type != datasets.Integer:
		case v.chosen.field.Thousands == "." && v.chosen.shown > 0:
			thousands = v
		case grouped != nil:
			open[v] = grouped
		case v.chosen.field.Type == datasets.Number && v.column.pointed && v.chosen.field.Decimal == "":
			fraction = v
		}
	}
	for _, v := range all {
		grouped := open[v]
		switch {
		case grouped == nil:
		case fraction != nil && thousands == nil:
			if commas || t.Semicolons {
				v.remark("decimal points, as in %s; by itself it could be %s", strconv.Quote(fraction.column.source()), grouped.describe())
			}
		case thousands != nil && fraction == nil:
			v.chosen = grouped
			v.remark("thousands, as in %s; by itself it could be number", strconv.Quote(thousands.column.source()))
		case commas || t.Semicolons || thousands != nil:
			v.remark("text, since %s could be number or %s and no value tells which", strconv.Quote(grouped.high.text), grouped.describe())
			v.chosen = nil
		}
	}
}

// grouped returns the candidate that reads the column's points as marks between
// thousands, where a usual number was chosen and each point may be either.
func (v *decision) grouped() *candidate {
	if v.chosen == nil || v.chosen.field.Type != datasets.Number || !v.chosen.usualNotation() || v.column.kind == decode.Number {
		return nil
	}
	for _, a := range v.column.candidates {
		if a.meaning == decimalComma && a.field.Thousands == "." && a.shown > 0 {
			return a
		}
	}
	return nil
}

// describe names a candidate for a remark.
func (c *candidate) describe() string {
	f := &c.field
	text := f.Type.String()
	if f.Format != "" {
		return text + " by " + f.Format
	}
	if f.Decimal != "" {
		text += " with decimal: " + strconv.Quote(f.Decimal)
	}
	if f.Thousands != "" {
		text += " with thousands: " + strconv.Quote(f.Thousands)
	}
	return text
}

// typed notes what was seen of a column that has a type, and adds the words
// that stand for no value in it.
func (v *decision) typed(words map[string]bool) {
	c := v.column
	v.absent = c.table.rows - c.given
	for _, text := range slices.Sorted(maps.Keys(c.errors)) {
		n := c.errors[text]
		v.absent += n
		v.missing = append(v.missing, text)
		v.remark("the error %s stands %s: missing reads no value there", text, times(n))
	}
	if v.isText() {
		return
	}
	v.absent += c.blank
	for _, word := range slices.Sorted(maps.Keys(c.words)) {
		n := c.words[word]
		v.absent += n
		words[word] = true
		infinite := v.chosen.field.Numeric() && isInfinite([]byte(word)) && (c.kind == decode.Number || !strings.EqualFold(word, "nan"))
		if infinite || !v.chosen.parser.Missing(&decode.Value{Kind: decode.Text, Text: []byte(word)}) {
			v.missing = append(v.missing, word)
		}
		if infinite {
			v.remark("%s stands %s, which no number can be: missing reads no value there", strconv.Quote(word), times(n))
		}
	}
	slices.Sort(v.missing)
	v.few = v.chosen.field.Type == datasets.Boolean && c.typed > 0
	if unit := v.chosen.sinceEpoch(c.Path[len(c.Path)-1]); unit != "" {
		v.remark("type: date-time, format: %s would read it as %s to %s", unit, epochDay(v.chosen.low.order, unit), epochDay(v.chosen.high.order, unit))
	}
	if c.declared != nil && c.declared.Digits > exactDigits {
		v.remark("a decimal of up to %d digits, of which a number keeps %d; type: string with coerce: true keeps them all", c.declared.Digits, exactDigits)
	}
}
