package infer

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"herbarium/datasets"
	"herbarium/loaders/decode"
)

// Limits of texts that queries pick by: how many there are, of how many bytes, and
// how often each occurs on average. An enum needs more rows: next month's file may
// have a text that this one has not, which is the less likely the more often each
// was seen.
const (
	maxEnum      = 32
	maxEnumBytes = 512
	maxEnumValue = 48 // bytes of one
	fewRepeats   = 4
	enumRepeats  = 20
	minEnumRows  = 100
)

// text notes what was seen of a column of text. A word that stands for no
// value in other columns does so in this one too.
func (v *decision) text(words map[string]bool) {
	c := v.column
	if !v.isText() || c.nested > 0 {
		return
	}
	v.explain()
	for _, word := range slices.Sorted(maps.Keys(c.words)) {
		n := c.words[word]
		count, exact := c.texts[word]
		if words[word] && exact && count == n && !v.alike(word) {
			v.missing = append(v.missing, word)
			v.absent += n
		} else {
			v.remark("%s stands %s; missing: [%s] would read no value", strconv.Quote(word), times(n), strconv.Quote(word))
		}
	}
	v.makeEnum()
}

// explain says which value made the column text.
func (v *decision) explain() {
	c := v.column
	switch {
	case c.mixed:
		v.remark("values of several types, so text")
	case c.kind == decode.Instant && c.given > 0:
		v.remark("text, since an instant is more precise than a millisecond, or beyond the years 0000 to 9999")
	case c.given == 0:
		v.remark("no value seen, so anything may come")
	case c.stop != nil && c.stop.was.field.Type == datasets.Boolean && c.stop.was.low.order == c.stop.was.high.order:
		// F beside M was never likely to be false.
	case c.stop != nil && (c.stop.after >= 2 || c.kind == decode.Number) && c.stop.was.field.Format != "%Y%m%d":
		place := ""
		if c.stop.line > 0 {
			place = " in line " + strconv.Itoa(c.stop.line)
		}
		before := "value before it is"
		if c.stop.after > 1 {
			before = strconv.FormatInt(c.stop.after, 10) + " before it are"
		}
		v.remark("text, since %s%s is no %s, as the %s", strconv.Quote(c.stop.text), place, c.stop.was.describe(), before)
	}
}

// alike reports whether all other values look like the word: NA among codes of
// two letters is Namibia.
func (v *decision) alike(word string) bool {
	c := v.column
	if c.many {
		return false
	}
	for text := range c.texts {
		if len(text) != len(word) || strings.ToUpper(text) != text {
			return false
		}
	}
	return len(c.texts) > 1
}

// makeEnum makes an enum of few texts that recur. If not all rows were seen
// there may be other texts, so it only remarks that there are few.
func (v *decision) makeEnum() {
	c := v.column
	if c.many || c.mixed {
		return
	}
	var values []string
	size, long := 0, 0
	for _, text := range slices.Sorted(maps.Keys(c.texts)) {
		if !slices.Contains(v.missing, text) {
			values = append(values, text)
			size += len(text)
			long = max(long, len(text))
		}
	}
	if len(values) == 1 {
		v.remark("always %s%s", strconv.Quote(values[0]), c.table.sampled())
	}
	there := c.table.rows - v.absent
	if len(values) < 2 || len(values) > maxEnum || size > maxEnumBytes || long > maxEnumValue || there < int64(len(values)*fewRepeats) {
		return
	}
	v.few = true
	if c.table.Whole && !c.table.NoEnums && values[0] != "" && there >= max(minEnumRows, int64(len(values)*enumRepeats)) {
		v.enum = values
		v.remark("each in %d rows on average", there/int64(len(values)))
		return
	}
	if c.table.Whole {
		return // the comment counts them
	}
	for i := range values {
		values[i] = strconv.Quote(values[i])
	}
	v.remark("in the sample one of %s", strings.Join(values, ", "))
}

func times(n int64) string {
	if n == 1 {
		return "once"
	}
	return strconv.FormatInt(n, 10) + " times"
}
