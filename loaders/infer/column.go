package infer

import (
	"bytes"
	"hash/maphash"
	"strings"

	"herbarium/datasets"
	"herbarium/loaders/decode"
)

// Column is what was seen of one column.
type Column struct {
	// Path are the names that lead to the value, one for a flat source.
	Path  []string
	table *Table

	filled int64       // rows that AddAll was called for
	given  int64       // values that are there, words for missing among them
	blank  int64       // of them, text of nothing but spaces
	nested int64       // of them, objects and lists
	bare   bool        // no field is made of what is within it
	passed bool        // no field is made of it
	list   bool        // they are lists that no fields can be made of
	real   bool        // the source says that numbers may have fractions
	mixed  bool        // they are of several kinds
	kind   decode.Kind // of the first
	typed  int64       // values that were tried as a type
	// untyped says that some numbers are text in a source that has numbers too.
	untyped bool
	plus    bool // a number has a plus sign
	minus   bool // a number has a minus sign
	// pointed says that a value has a point.
	pointed bool

	declared *Declaration // nil where the source declares nothing
	name     string       // that it has elsewhere; "" for its own
	why      string       // the column cannot be read; "" where it can
	what     string       // the values that no field reads are

	words map[string]int64 // texts that stand for no value, by how often
	// errors are those that stand in the place of values, by how often.
	errors map[string]int64
	texts  map[string]int64 // by how often, while there are few
	many   bool             // there are more texts than are kept
	// misses counts the values that are none of the texts kept, less those that
	// are: where there are too many, looking is not worth it.
	misses int
	size   int // bytes of texts
	long   int // the length of the longest

	hashes map[uint64]struct{} // of the values
	order  []uint64            // the same, by row, while there are few rows
	full   bool                // there are more values than are counted

	// ranks are the values as the best candidate reads them, where texts that
	// differ may be one value.
	ranks    map[float64]struct{}
	unranked bool // some values are not among them

	begun      bool
	candidates []*candidate
	stop       *counterexample
}

// counterexample is the value that eliminated the last candidate.
type counterexample struct {
	was   *candidate
	after int64
	text  string
	line  int
}

// What is kept of a column's texts.
const (
	maxTexts     = 1024
	maxTextBytes = 64 << 10
	maxText      = 256 // bytes of one
	maxMisses    = 2 * maxTexts
)

// Add takes a value of the column, of the row that was begun last.
func (c *Column) Add(v *decode.Value) {
	if v.Kind == decode.Null || v.Kind == decode.Text && len(v.Text) == 0 {
		return
	}
	c.given++
	if v.Kind == decode.Nested {
		c.nested++
		return
	}
	c.long = max(c.long, len(v.Text))
	hash := maphash.Bytes(c.table.seed, v.Text)
	if c.table.rows < maxKeyRows && int64(len(c.order)) == c.table.rows {
		c.order = append(c.order, hash)
	}
	if c.again(v.Text, v.Kind) {
		return
	}
	c.count(v.Text, hash)
	text := bytes.Trim(v.Text, " \t")
	if v.Kind == decode.Text || v.Kind == decode.String {
		if len(text) == 0 {
			c.blank++
			return
		}
		if isMissingWord(text) {
			c.real = c.real || isInfinite(text) && !bytes.EqualFold(text, []byte("nan"))
			c.word(text)
			return
		}
	}
	if v.Kind == decode.Number && isInfinite(text) {
		if c.real = true; c.declared == nil {
			c.declared = &Declaration{Kind: decode.Number, Type: datasets.Number}
		}
		if !c.begun {
			c.kind = decode.Number
		}
		c.word(text)
		return
	}
	c.try(v, text)
}

// word counts a text that stands for no value.
func (c *Column) word(text []byte) {
	if c.words == nil {
		c.words = map[string]int64{}
	}
	c.words[string(text)]++
}

// isInfinite reports whether a number is an infinity or, in JSON, NaN, which no
// field takes.
func isInfinite(text []byte) bool {
	switch string(bytes.ToLower(text)) {
	case "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity", "nan":
		return true
	}
	return false
}

// AddAll gives the value to all rows since the column's last one.
func (c *Column) AddAll(v *decode.Value) {
	if n := c.table.rows - c.filled; n > 0 {
		c.Add(v)
		c.given += n - 1
		c.typed += n - 1
		if text, ok := c.texts[string(v.Text)]; ok {
			c.texts[string(v.Text)] = text + n - 1
		}
		c.filled = c.table.rows
	}
}

// LeaveOut says that no fields can be made of the column's lists, nor of their
// elements.
func (c *Column) LeaveOut() { c.list = true }

// KeepPlain says that a field is made of the column's plain values, and none of what
// is within its objects and lists.
func (c *Column) KeepPlain() {
	c.given -= c.nested
	c.nested, c.bare = 0, true
}

// LeftOut reports whether no fields can be made of the column's lists.
func (c *Column) LeftOut() bool { return c.list }

// Declaration is what a source declares of a column's values.
type Declaration struct {
	Kind decode.Kind
	// Type is that of a field which takes all values that the column could have, if
	// there is one.
	Type datasets.Type
	// Unit is that of numbers.
	Unit string
	// Digits is how many digits a decimal may have; 0 for other types.
	Digits int
}

// Declare says what the source declares of the column. Where the values say less,
// as where there are none, that decides.
func (c *Column) Declare(d Declaration) {
	if !c.begun {
		c.kind = d.Kind
	}
	c.declared = &d
	c.real = d.Kind == decode.Number && d.Type == datasets.Number
}

// Unreadable says why the column cannot be read.
func (c *Column) Unreadable(why string) { c.why = why }

// Name gives the column a name other than that by which its source is read.
func (c *Column) Name(name string) { c.name = name }

// Describe says what the values are that no field reads.
func (c *Column) Describe(what string) { c.what = what }

// declaredInstant reports whether the source declares instants.
func (c *Column) declaredInstant() bool {
	return c.declared != nil && c.declared.Type == datasets.DateTime
}

// again counts a text that was seen before, when the candidates were tried on
// it.
func (c *Column) again(text []byte, kind decode.Kind) bool {
	if c.misses > maxMisses {
		return false
	}
	n, ok := c.texts[string(text)]
	if !ok {
		if c.many {
			c.misses++
		}
		return false
	}
	c.misses = max(0, c.misses-1)
	c.texts[string(text)] = n + 1
	if len(c.words) == 0 && c.blank == 0 {
		c.typed++
		c.mixed = c.mixed || kind != c.kind // the text 1.5, and the number
		return true
	}
	word := bytes.Trim(text, " \t")
	if n, ok := c.words[string(word)]; ok {
		c.words[string(word)] = n + 1
	} else if len(word) == 0 {
		c.blank++
	} else {
		c.typed++
		c.mixed = c.mixed || kind != c.kind
	}
	return true
}

// count keeps a new text, and counts it among the values that differ.
func (c *Column) count(text []byte, hash uint64) {
	if !c.full {
		c.hashes[hash] = struct{}{}
		c.full = len(c.hashes) > c.table.maxDistinct()
	}
	if c.many {
		return
	}
	if len(text) > maxText || len(c.texts) == maxTexts || c.size+len(text) > maxTextBytes {
		c.many = true
		return
	}
	c.texts[string(text)] = 1
	c.size += len(text)
}

// try keeps the candidates that take the value.
func (c *Column) try(v *decode.Value, text []byte) {
	c.typed++
	if !c.begun {
		c.begun, c.kind = true, v.Kind
		c.candidates = candidates(v, text)
	} else if v.Kind != c.kind {
		if loose(v.Kind) && loose(c.kind) {
			c.untyped = true
		} else {
			c.mixed = true
		}
	}
	if len(c.candidates) == 0 {
		return
	}
	if v.Kind == decode.Text || v.Kind == decode.Number {
		c.plus = c.plus || text[0] == '+'
		c.minus = c.minus || text[0] == '-'
		c.pointed = c.pointed || bytes.IndexByte(text, '.') >= 0
	}
	best := c.candidates[0]
	c.candidates = keep(c.candidates, v, text)
	c.rank(best, v)
	if len(c.candidates) == 0 {
		const limit = 64
		c.stop = &counterexample{best, c.typed - 1, string(text[:min(len(text), limit)]), v.Line}
	}
}

// loose reports whether values of a kind may be numbers that are text: those of a
// sheet, where a number and a text may look the same.
func loose(k decode.Kind) bool { return k == decode.Text || k == decode.Number }

// AddError takes an error of a formula, of the row that was begun last, in the place
// of a value.
func (c *Column) AddError(text []byte) {
	c.given++
	if c.errors == nil {
		c.errors = map[string]int64{}
	}
	c.errors[string(text)]++
}

// rank counts the value among those that differ as the load will see them: an
// instant to the millisecond, in UTC. If the candidate that is the best changes
// its meaning, those before are void, and the column is not taken for a key.
func (c *Column) rank(before *candidate, v *decode.Value) {
	if len(c.candidates) == 0 || !c.candidates[0].instant() {
		return
	}
	best := c.candidates[0]
	if c.ranks == nil || best.meaning != before.meaning || best.field.Type != before.field.Type {
		c.unranked = c.typed > 1
		c.ranks = map[float64]struct{}{}
	}
	if rank, ok := best.parser.Rank(v); ok && !c.full {
		c.ranks[rank] = struct{}{}
	}
}

// instant reports whether several texts may be one value of the candidate.
func (c *candidate) instant() bool {
	return c.field.Type == datasets.DateTime || c.field.Type == datasets.Date && c.field.Format != ""
}

// values returns how many values differ as the load will see them, and whether
// that is all of them.
func (c *Column) values(chosen *candidate) (n int, exact bool) {
	if chosen == nil || !chosen.instant() {
		return c.distinct()
	}
	return len(c.ranks), !c.full && !c.unranked
}

// keep drops the candidates that do not take the value.
func keep(candidates []*candidate, v *decode.Value, text []byte) []*candidate {
	number, whole, integral, plain := 0.0, 0, false, false
	if v.Kind == decode.Text || v.Kind == decode.Number {
		number, whole, integral, plain = plainNumber(text)
	}
	kept := candidates[:0]
	for _, a := range candidates {
		if plain {
			if takes, known := a.takesPlain(whole, integral); known {
				if takes {
					a.note(number, text)
					kept = append(kept, a)
				}
				continue
			}
		}
		if a.takes(v, text) {
			kept = append(kept, a)
		}
	}
	return kept
}

// distinct returns how many values differ, and whether that is all of them.
func (c *Column) distinct() (n int, exact bool) { return len(c.hashes), !c.full }

// valueless returns how many of the texts that differ stand for no value.
func (c *Column) valueless() int {
	if c.many {
		return len(c.words)
	}
	n := 0
	for text := range c.texts {
		word := strings.Trim(text, " \t")
		if _, ok := c.words[word]; ok || word == "" {
			n++
		}
	}
	return n
}
