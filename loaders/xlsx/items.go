package xlsx

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"regexp"

	"herbarium/loaders/source"
)

// items reads the elements of one kind that a part of a workbook has a list of, as
// XML: the rows of a sheet, which are within sheetData, or the shared strings.
type items struct {
	in    *bufio.Reader
	end   []byte // the tag that ends the list, without its >
	item  []byte // the tag that begins an item, without what follows its name
	ended bool
}

// The tags of lists and of what stands before them. A prefix may name the namespace.
var (
	sheetDataTag = regexp.MustCompile(`<([A-Za-z_][\w.-]*:)?sheetData(?:\s[^>]*?)?(/?)>`)
	sstTag       = regexp.MustCompile(`<([A-Za-z_][\w.-]*:)?sst(?:\s[^>]*?)?(/?)>`)
)

// maxItemsHead is how many bytes may stand before a list.
const maxItemsHead = 16 << 20

// newRowItems returns the rows of a sheet.
func newRowItems(in io.Reader) (*items, error) { return newItems(in, sheetDataTag, "sheetData", "row") }

// newStringItems returns the shared strings.
func newStringItems(in io.Reader) (*items, error) { return newItems(in, sstTag, "sst", "si") }

// newItems reads what stands before a list, and its tag.
func newItems(in io.Reader, tag *regexp.Regexp, list, item string) (*items, error) {
	var head []byte
	buf := make([]byte, 8<<10)
	for {
		n, err := io.ReadFull(in, buf)
		head = append(head, buf[:n]...)
		if at := tag.FindSubmatchIndex(head); at != nil {
			return beginItems(head, at, in, list, item), nil
		}
		switch {
		case err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF):
			return nil, errors.New("it has no " + list + " in UTF-8")
		case err != nil:
			return nil, err
		case len(head) > maxItemsHead:
			return nil, errors.New("what stands before its " + list + " is too long")
		}
	}
}

// beginItems returns a reader behind the tag that begins a list.
func beginItems(head []byte, at []int, in io.Reader, list, item string) *items {
	d := &items{ended: at[4] < at[5]}
	prefix := ""
	if at[2] >= 0 {
		prefix = string(head[at[2]:at[3]])
	}
	d.end, d.item = []byte("</"+prefix+list), []byte("<"+prefix+item)
	d.in = bufio.NewReaderSize(io.MultiReader(bytes.NewReader(head[at[1]:]), in), source.PeekBytes)
	return d
}

// Read reads the items.
func (d *items) Read(p []byte) (int, error) {
	if d.ended {
		return 0, io.EOF
	}
	head, err := d.in.Peek(source.PeekBytes)
	if at := bytes.Index(head, d.end); at >= 0 {
		n := copy(p, head[:at])
		_, _ = d.in.Discard(n) // what was peeked
		if n == at {
			d.ended = true
		}
		return n, nil
	}
	if err != nil {
		return 0, cutOff(err)
	}
	n := copy(p, head[:len(head)-len(d.end)+1])
	_, err = d.in.Discard(n)
	return n, err
}

// lastStart returns where the last item of a text begins, so that those before it are
// whole; 0 where there is none before it.
func (d *items) lastStart(text []byte) int {
	if bytes.Contains(text, []byte("<!")) {
		return d.lastStartExactly(text)
	}
	for end := len(text); ; {
		at := bytes.LastIndex(text[:end], d.item)
		if at <= 0 {
			return 0
		}
		if d.begins(text[at:]) {
			return at
		}
		end = at
	}
}

// begins reports whether a text begins with the tag of an item, and no other.
func (d *items) begins(text []byte) bool {
	if len(text) <= len(d.item) {
		return false
	}
	switch text[len(d.item)] {
	case ' ', '>', '/', '\t', '\r', '\n':
		return true
	}
	return false
}

// lastStartExactly does what lastStart does for a text with comments or CDATA, in which
// a tag may be text.
func (d *items) lastStartExactly(text []byte) (end int) {
	m := markup{text: text}
	for {
		at := m.at
		if m.next() != nil {
			return end
		}
		if m.kind == startToken && d.begins(text[at:]) && bytes.HasPrefix(text[at:], d.item) {
			end = at
		}
	}
}

// lastRow returns the number of the last row of a text that the row number before
// stands before.
func (d *items) lastRow(text []byte, before int) int {
	unnumbered := 0
	for end := len(text); ; {
		at := bytes.LastIndex(text[:end], d.item)
		if at < 0 {
			return before + unnumbered
		}
		if d.begins(text[at:]) {
			tag, _, _ := bytes.Cut(text[at:end], []byte{'>'})
			if n := rowNumber(tag); n > 0 {
				return n + unnumbered
			}
			unnumbered++
		}
		end = at
	}
}

// rowAttribute matches the attribute r of a row.
var rowAttribute = regexp.MustCompile(`\sr\s*=\s*["'](\d{1,9})["']`)

// rowNumber returns the number that a row's tag says; 0 where it says none.
func rowNumber(tag []byte) (n int) {
	found := rowAttribute.FindSubmatch(tag)
	if found == nil {
		return 0
	}
	for _, c := range found[1] {
		n = n*10 + int(c-'0')
	}
	return n
}
