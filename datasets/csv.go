package datasets

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
	"gopkg.in/yaml.v3"

	"herbarium/schemas"
)

// CSV is how a CSV is written, as the descriptor's key csv says. The zero value is
// RFC 4180 with a header, whose delimiter is found by the header.
type CSV struct {
	// Delimiter is what stands between values, 1 to 5 characters (see ValidDelimiter); ""
	// is the one that splits the header into the dataset's columns.
	Delimiter string `json:",omitempty"`
	// Quote encloses values; "" is ". NoQuote says that quotes mean themselves.
	Quote   string `json:",omitempty"`
	NoQuote bool   `json:",omitempty"`
	// Escape stands before a quote within quotes, or before itself; "" is the
	// quote itself, which is doubled.
	Escape string `json:",omitempty"`
	// Header is how many lines the header takes; 0 is one, NoHeader none.
	Header int `json:",omitempty"`
	// Skip is how many lines stand before the header. SkipTo is a regular
	// expression; lines before the first that it matches are skipped.
	Skip   int    `json:",omitempty"`
	SkipTo string `json:",omitempty"`
	// Comment begins lines that are skipped.
	Comment string `json:",omitempty"`
	// Footer is a regular expression: the rows end before the last lines, from the
	// first that it matches. FooterShort ends them before the short rows at the end.
	Footer      string `json:",omitempty"`
	FooterShort bool   `json:",omitempty"`
	// Fill says that a row may lack its last values, and end in delimiters that
	// no values stand behind.
	Fill bool `json:",omitempty"`
	// Encoding is the name of the text's encoding in the WHATWG's list; "" is
	// UTF-8, and UTF-16 with a byte order mark.
	Encoding string `json:",omitempty"`
}

// NoHeader is CSV.Header of a file without one.
const NoHeader = -1

var csvKeys = []string{"delimiter", "quote", "escape", "header", "skip", "comment", "footer", "ragged", "encoding"}

// maxHeader is how many lines a header, or what stands before it, can have.
const maxHeader = 1000

// csv reads how the source is written, where it is a CSV.
func (d *descriptor) csv() {
	e, ok := d.entries["csv"]
	if !ok {
		return
	}
	c := &d.ds.CSV
	parts := byName(d.mapping(e.value, "csv", csvKeys))
	c.Delimiter = d.delimiter(parts, map[string]string{"tab": "\t", `\t`: "\t", "space": " "})
	if c.Quote = d.character(parts, "quote", map[string]string{"none": ""}); c.Quote == `"` {
		c.Quote = ""
	}
	if q, ok := parts["quote"]; ok && q.value.Value == "none" {
		c.NoQuote = true
	}
	if c.Escape = d.character(parts, "escape", nil); c.Escape == `"` || c.Escape == c.Quote {
		c.Escape = ""
	}
	c.Comment = d.character(parts, "comment", nil)
	if p, ok := parts["quote"]; ok && len(c.Quote) > 1 {
		d.fault(p.value, "csv.quote", "a quote is one ASCII character, or none, not %s", describe(p.value))
	}
	if p, ok := parts["escape"]; ok && len(c.Escape) > 1 {
		d.fault(p.value, "csv.escape", `an escape is one ASCII character, " or \, not %s`, describe(p.value))
	}
	d.csvLines(c, parts)
	if p, ok := parts["ragged"]; ok {
		switch word, ok := d.text(p.value, "csv.ragged"); {
		case !ok || word == "error":
		case word == "fill":
			c.Fill = true
		default:
			d.fault(p.value, "csv.ragged", "error or fill belongs here, not %s%s", describe(p.value), schemas.DidYouMean(word, []string{"error", "fill"}))
		}
	}
	if p, ok := parts["encoding"]; ok {
		if name, ok := d.text(p.value, "csv.encoding"); ok {
			if !ValidEncoding(name) {
				d.fault(p.value, "csv.encoding", "there is no encoding %s; write its name in the WHATWG's list, such as windows-1252, iso-8859-2, utf-16le, shift_jis, gb18030", describe(p.value))
			} else if !strings.EqualFold(name, "utf-8") {
				c.Encoding = name
			}
		}
	}
	d.distinct(c, e.value)
}

// ValidEncoding reports whether the text is a name of an encoding in the WHATWG's
// list.
func ValidEncoding(name string) bool {
	_, err := htmlindex.Get(name)
	return err == nil
}

// distinct checks that no character has two meanings.
func (d *descriptor) distinct(c *CSV, at *yaml.Node) {
	quote := c.Quote
	if quote == "" && !c.NoQuote {
		quote = `"`
	}
	for _, pair := range [][2]string{{c.Delimiter, quote}, {c.Delimiter, c.Escape}, {c.Delimiter, c.Comment}, {quote, c.Comment}} {
		if pair[1] != "" && strings.Contains(pair[0], pair[1]) {
			d.fault(at, "csv", "%q has two meanings; delimiter, quote, escape and comment must differ", pair[1])
			return
		}
	}
}

// maxDelimiter is how many characters a delimiter may have.
const maxDelimiter = 5

// ValidDelimiter reports whether a text may stand between values: 1 to 5 characters, none
// of them a letter, a digit, a double quote or a line end.
func ValidDelimiter(text string) bool {
	n := 0
	for _, r := range text {
		if n++; r == utf8.RuneError || r == '\r' || r == '\n' || r == 0 || r == '"' || unicode.IsLetter(r) || unicode.IsDigit(r) {
			return false
		}
	}
	return n > 0 && n <= maxDelimiter
}

// delimiter reads what stands between values, or a word for it.
func (d *descriptor) delimiter(parts map[string]entry, words map[string]string) string {
	p, ok := parts["delimiter"]
	if !ok {
		return ""
	}
	text, ok := d.text(p.value, "csv.delimiter")
	if !ok {
		return ""
	}
	if c, ok := words[text]; ok {
		return c
	}
	if !ValidDelimiter(text) {
		d.fault(p.value, "csv.delimiter", "a character belongs here that is no letter, digit, quote or line end, or up to %d, not %s", maxDelimiter, describe(p.value))
		return ""
	}
	return text
}

// character reads one character, or a word for one.
func (d *descriptor) character(parts map[string]entry, key string, words map[string]string) string {
	p, ok := parts[key]
	if !ok {
		return ""
	}
	text, ok := d.text(p.value, join("csv", key))
	if !ok {
		return ""
	}
	if c, ok := words[text]; ok {
		return c
	}
	r, size := utf8.DecodeRuneInString(text)
	if size == 0 || size != len(text) || r == utf8.RuneError || r == '\r' || r == '\n' || r == 0 || unicode.IsLetter(r) || unicode.IsDigit(r) {
		d.fault(p.value, join("csv", key), "one character belongs here that is no letter, digit or line end, not %s", describe(p.value))
		return ""
	}
	return text
}

// csvLines reads which lines are the header, and which are no rows.
func (d *descriptor) csvLines(c *CSV, parts map[string]entry) {
	if p, ok := parts["header"]; ok {
		lines := 1
		if p.value.ShortTag() != boolTag {
			lines = d.lines(p.value, "csv.header", "true, false, or how many lines it takes")
		} else if !d.boolean(p.value, "csv.header") {
			lines = 0
		}
		switch lines {
		case 0:
			c.Header = NoHeader
		case 1:
			c.Header = 0
		default:
			c.Header = lines
		}
	}
	if p, ok := parts["skip"]; ok {
		if isText(p.value) {
			c.SkipTo = d.pattern(p.value, "csv.skip")
		} else {
			c.Skip = d.lines(p.value, "csv.skip", "how many lines, or a regular expression for the line to skip to,")
		}
	}
	if p, ok := parts["footer"]; ok {
		if p.value.Value == "short" && isText(p.value) {
			c.FooterShort = true
		} else {
			c.Footer = d.pattern(p.value, "csv.footer")
		}
	}
}

func (d *descriptor) lines(n *yaml.Node, path, want string) int {
	i, ok := integerOf(n)
	if !ok || i < 0 || i > maxHeader {
		d.fault(n, path, "%s belongs here, at most %d, not %s", want, maxHeader, describe(n))
		return 0
	}
	return int(i)
}

// pattern reads a regular expression.
func (d *descriptor) pattern(n *yaml.Node, path string) string {
	text, ok := d.text(n, path)
	if !ok {
		return ""
	}
	if _, err := regexp.Compile(text); err != nil || text == "" {
		d.fault(n, path, "a regular expression belongs here, in the syntax of RE2, not %s", describe(n))
		return ""
	}
	return text
}

// Node returns the key csv as it stands in a descriptor; nil where all is as by
// default.
func (c *CSV) Node() *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	add := func(key string, value *yaml.Node) {
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, value)
	}
	text := func(key, value string) {
		if value != "" {
			add(key, &yaml.Node{Kind: yaml.ScalarNode, Tag: stringTag, Style: yaml.DoubleQuotedStyle, Value: value})
		}
	}
	word := func(key, value string) { add(key, &yaml.Node{Kind: yaml.ScalarNode, Value: value}) }
	switch c.Delimiter {
	case "\t":
		word("delimiter", "tab")
	case " ":
		word("delimiter", "space")
	default:
		text("delimiter", c.Delimiter)
	}
	if c.NoQuote {
		word("quote", "none")
	}
	text("quote", c.Quote)
	text("escape", c.Escape)
	switch {
	case c.Header == NoHeader:
		word("header", "false")
	case c.Header > 1:
		word("header", strconv.Itoa(c.Header))
	}
	if c.Skip > 0 {
		word("skip", strconv.Itoa(c.Skip))
	}
	text("skip", c.SkipTo)
	text("comment", c.Comment)
	text("footer", c.Footer)
	if c.FooterShort {
		word("footer", "short")
	}
	if c.Fill {
		word("ragged", "fill")
	}
	text("encoding", c.Encoding)
	if len(n.Content) == 0 {
		return nil
	}
	return n
}
