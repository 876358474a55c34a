package xlsx

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"herbarium/loaders/source"
)

// The most that shared strings may be, in number and in bytes of text.
const (
	maxStrings     = 1 << 24
	maxStringBytes = 512 << 20
)

// sharedStrings are the texts that cells refer to by number, one after the other.
type sharedStrings struct {
	text []byte
	ends []uint32 // where each ends in text
}

// at returns a text.
func (s *sharedStrings) at(i int) (text []byte, ok bool) {
	if i < 0 || i >= len(s.ends) {
		return nil, false
	}
	from := uint32(0)
	if i > 0 {
		from = s.ends[i-1]
	}
	return s.text[from:s.ends[i]], true
}

// sharedStrings reads the workbook's shared strings, if it has any.
func (w *Workbook) sharedStrings() (s *sharedStrings, err error) {
	s = &sharedStrings{}
	if w.texts == "" || w.parts[w.texts] == nil {
		return s, nil
	}
	in, err := w.part(w.texts)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	list, err := newStringItems(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", w.texts, err)
	}
	chunks := source.NewChunker(list, w.limits, list.lastStart)
	for {
		text, truncated, err := chunks.Next()
		switch {
		case errors.Is(err, io.EOF):
			return s, nil
		case truncated:
			err = fmt.Errorf("a text takes more than %d MiB", w.limits.Record>>20)
		case err == nil:
			err = s.add(text)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", w.texts, err)
		}
		chunks.Recycle(text)
	}
}

// add adds the strings of a piece of XML.
func (s *sharedStrings) add(text []byte) (err error) {
	m := markup{text: text}
	for {
		if err := m.next(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if m.kind != startToken || string(m.name) != "si" {
			continue
		}
		from := len(s.text)
		if s.text, err = m.appendRich(s.text, "si"); err != nil {
			return err
		}
		s.text = s.text[:from+len(unescape(s.text[from:]))]
		s.ends = append(s.ends, uint32(len(s.text)))
		if len(s.ends) > maxStrings || len(s.text) > maxStringBytes {
			return source.ErrorAt(0, 0, fmt.Sprintf("its shared strings are more than %d, or take more than %d MiB", maxStrings, maxStringBytes>>20))
		}
	}
}

// unescape replaces _xHHHH_ by the character of that number, as Excel writes those
// that XML cannot have (ECMA-376-1, 22.9.2.19), in place.
func unescape(text []byte) []byte {
	const size = len("_xHHHH_")
	out := text[:0]
	for i := 0; i < len(text); i++ {
		if text[i] == '_' && i+size <= len(text) && text[i+1] == 'x' && text[i+6] == '_' {
			if r, err := strconv.ParseUint(string(text[i+2:i+6]), 16, 16); err == nil && (r < 0xd800 || r > 0xdfff) {
				out = append(out, string(rune(r))...)
				i += size - 1
				continue
			}
		}
		out = append(out, text[i])
	}
	return out
}
