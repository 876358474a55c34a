package csv

import (
	"bufio"
	"bytes"
	"io"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"

	"herbarium/datasets"
	"herbarium/loaders/source"
)

// preamble is what stands before the header.
type preamble struct {
	size, lines int
	delimiter   string // that Excel's line sep= names
}

// preambleOf returns the lines before the header: Excel's line sep=, and those
// that the dialect skips. It fails where no line matches the dialect's pattern.
func preambleOf(head []byte, dialect *datasets.CSV) (p preamble, err error) {
	skip := func() []byte {
		line, _, ended := bytes.Cut(head[p.size:], []byte{'\n'})
		p.size += len(line)
		if ended {
			p.size++
			p.lines++
		}
		return line
	}
	if delimiter, ok := separatorLine(head); ok {
		skip()
		p.delimiter = delimiter
	}
	for range dialect.Skip {
		skip()
	}
	if dialect.SkipTo != "" {
		pattern := regexp.MustCompile(dialect.SkipTo) // Parse has compiled it
		for at := p; at.size < len(head); at = p {
			if line := skip(); pattern.Match(bytes.TrimRight(line, "\r")) {
				return at, nil
			}
		}
		return p, source.ErrorAt(1, 1, "no line within the first "+strconv.Itoa(len(head))+" bytes matches "+strconv.Quote(dialect.SkipTo)+", which csv: {skip: …} names")
	}
	return p, nil
}

// separatorLine reads the line sep=; of a CSV that Excel wrote.
func separatorLine(head []byte) (delimiter string, ok bool) {
	line, _, _ := bytes.Cut(head[:min(len(head), 16)], []byte{'\n'})
	text := strings.TrimRight(string(line), "\r")
	text = strings.TrimSuffix(strings.TrimPrefix(text, `"`), `"`)
	if len(text) != len("sep=;") || !strings.EqualFold(text[:4], "sep=") || strings.ContainsAny(text[4:], "\"\r\n") {
		return "", false
	}
	return text[4:], true
}

// decode returns the text as UTF-8 whose lines end in LF.
func (r *Reader) decode(in *bufio.Reader, head []byte) (*bufio.Reader, error) {
	var from encoding.Encoding
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		from, r.encoding = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "utf-16le"
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		from, r.encoding = unicode.UTF16(unicode.BigEndian, unicode.UseBOM), "utf-16be"
	case bytes.HasPrefix(head, source.ByteOrderMark):
		if _, err := source.SkipByteOrderMark(in, head); err != nil {
			return in, r.broken(err)
		}
	case r.dialect.Encoding != "":
		from, _ = htmlindex.Get(r.dialect.Encoding) // Parse has looked it up
		r.encoding = r.dialect.Encoding
	}
	if from != nil {
		r.decoded = true
		in = bufio.NewReaderSize(from.NewDecoder().Reader(in), source.PeekBytes)
	}
	head, err := source.Peek(in)
	if err != nil {
		return in, r.broken(err)
	}
	if bytes.IndexByte(head, '\r') >= 0 && bytes.IndexByte(head, '\n') < 0 {
		r.returns = true
		in = bufio.NewReaderSize(&returnReader{in}, source.PeekBytes)
	}
	return in, nil
}

// decodeHead does what decode does with the beginning of a text.
func (r *Reader) decodeHead(head []byte) []byte {
	in := bufio.NewReaderSize(bytes.NewReader(head), source.PeekBytes)
	text, err := r.decode(in, head)
	if err != nil {
		return head
	}
	all, err := io.ReadAll(text)
	if err != nil {
		return head
	}
	return bytes.TrimSuffix(all, replacement)
}

// returnReader reads text whose lines end in a carriage return alone, as on the
// Macintosh until 2001.
type returnReader struct{ in io.Reader }

// Read reads lines that end in LF.
func (r *returnReader) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	for i, b := range p[:n] {
		if b == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

// plain reports whether the text is the file's bytes, so that pieces of the file
// can be read alone.
func (r *Reader) plain() bool { return !r.decoded && !r.returns }
