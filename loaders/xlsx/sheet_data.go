package xlsx

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"

	"herbarium/loaders/source"
)

// sheetData reads the rows of a sheet's part as XML: what is within its element
// sheetData.
type sheetData struct {
	in  *bufio.Reader
	end []byte // the tag that ends the rows, without its >
	row string // the tag that begins a row, without what follows its name
	// columns is how many columns the sheet says that it has; it may be wrong.
	columns int
	ended   bool
}

// The tags of a sheet before its rows. A prefix may name the namespace.
var (
	sheetDataTag = regexp.MustCompile(`<([A-Za-z_][\w.-]*:)?sheetData(?:\s[^>]*?)?(/?)>`)
	dimensionTag = regexp.MustCompile(`<(?:[A-Za-z_][\w.-]*:)?dimension\s[^>]*?ref\s*=\s*["']([^"']*)["']`)
)

// maxSheetHead is how many bytes may stand before a sheet's rows.
const maxSheetHead = 16 << 20

// newSheetData reads what stands before the rows.
func newSheetData(in io.Reader) (*sheetData, error) {
	var head []byte
	buf := make([]byte, 8<<10)
	for {
		n, err := io.ReadFull(in, buf)
		head = append(head, buf[:n]...)
		if at := sheetDataTag.FindSubmatchIndex(head); at != nil {
			return beginRows(head, at, in), nil
		}
		switch {
		case err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF):
			return nil, errors.New("the sheet has no rows of UTF-8 text")
		case err != nil:
			return nil, err
		case len(head) > maxSheetHead:
			return nil, errors.New("what stands before the sheet's rows is too long")
		}
	}
}

// beginRows returns a reader behind the tag that begins the rows.
func beginRows(head []byte, at []int, in io.Reader) *sheetData {
	d := &sheetData{ended: at[4] < at[5]}
	prefix := ""
	if at[2] >= 0 {
		prefix = string(head[at[2]:at[3]])
	}
	d.end, d.row = []byte("</"+prefix+"sheetData"), "<"+prefix+"row"
	if ref := dimensionTag.FindSubmatch(head[:at[0]]); ref != nil {
		_, last, _ := strings.Cut(string(ref[1]), ":")
		if _, column, ok := cellOf(last); ok {
			d.columns = column
		}
	}
	d.in = bufio.NewReaderSize(io.MultiReader(bytes.NewReader(head[at[1]:]), in), source.PeekBytes)
	return d
}

// Read reads the rows.
func (d *sheetData) Read(p []byte) (int, error) {
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

// rowsEnd returns where the last row of a text begins, so that those before it are
// whole; 0 where there is none before it.
func (d *sheetData) rowsEnd(text []byte) int {
	if bytes.Contains(text, []byte("<!")) {
		return d.rowsEndExactly(text)
	}
	for end := len(text); ; {
		at := bytes.LastIndex(text[:end], []byte(d.row))
		if at <= 0 {
			return 0
		}
		if d.beginsRow(text[at:]) {
			return at
		}
		end = at
	}
}

// beginsRow reports whether a text begins with the tag of a row, and no other.
func (d *sheetData) beginsRow(text []byte) bool {
	if len(text) <= len(d.row) {
		return false
	}
	switch text[len(d.row)] {
	case ' ', '>', '/', '\t', '\r', '\n':
		return true
	}
	return false
}

// rowsEndExactly does what rowsEnd does for a text with comments or CDATA, in which
// a tag may be text.
func (d *sheetData) rowsEndExactly(text []byte) (end int) {
	x := xml.NewDecoder(bytes.NewReader(text))
	for {
		at := x.InputOffset()
		token, err := x.RawToken()
		if err != nil {
			return end
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "row" {
			end = int(at)
		}
	}
}

// lastRow returns the number of the last row of a text that the row number before
// stands before.
func (d *sheetData) lastRow(text []byte, before int) int {
	unnumbered := 0
	for end := len(text); ; {
		at := bytes.LastIndex(text[:end], []byte(d.row))
		if at < 0 {
			return before + unnumbered
		}
		if d.beginsRow(text[at:]) {
			tag, _, _ := bytes.Cut(text[at:end], []byte{'>'})
			if n := rowNumber(tag); n > 0 {
				return n + unnumbered
			}
			unnumbered++
		}
		end = at
	}
}

// rowTag matches the attribute r of a row.
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
