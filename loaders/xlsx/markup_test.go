package xlsx

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// tokensOf returns the tags and texts of a piece of XML in words, by markup.
func tokensOf(text []byte) (all []string, err error) {
	m := markup{text: text}
	for {
		if err := m.next(); err != nil {
			if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				return all, nil
			}
			return all, err
		}
		switch m.kind {
		case startToken:
			word := "<" + string(m.name)
			for {
				name, value, ok, err := m.attribute()
				if err != nil {
					return all, err
				}
				if !ok {
					break
				}
				part := markup{data: value}
				plain, err := part.appendText(nil)
				if err != nil {
					return all, err
				}
				word += fmt.Sprintf(" %s=%q", local(name), plain)
			}
			all = append(all, word)
		case endToken:
			all = append(all, ">"+string(m.name))
		case textToken:
			plain, err := m.appendText(nil)
			if err != nil {
				return all, err
			}
			all = append(all, fmt.Sprintf("%q", plain))
		}
	}
}

// expectedTokens does what tokensOf does, by encoding/xml; ok is false where that
// refuses the text, or reads what no part of a workbook has.
func expectedTokens(text []byte) (all []string, ok bool) {
	d := xml.NewDecoder(bytes.NewReader(text))
	for {
		token, err := d.RawToken()
		if err != nil {
			return all, errors.Is(err, io.EOF) && !strings.Contains(err.Error(), "unexpected")
		}
		switch t := token.(type) {
		case xml.StartElement:
			word := "<" + t.Name.Local
			for _, a := range t.Attr {
				word += fmt.Sprintf(" %s=%q", a.Name.Local, a.Value)
				ok = ok && !strings.Contains(a.Name.Local, ":")
			}
			if strings.Contains(t.Name.Local, ":") {
				return nil, false
			}
			all = append(all, word)
		case xml.EndElement:
			all = append(all, ">"+t.Name.Local)
			if strings.Contains(t.Name.Local, ":") {
				return nil, false
			}
		case xml.CharData:
			all = append(all, fmt.Sprintf("%q", string(t)))
		case xml.Directive:
			return nil, false
		}
	}
}

// FuzzMarkup reads any text as XML. What encoding/xml reads, markup reads too, as the
// same tags and texts.
func FuzzMarkup(f *testing.F) {
	for _, seed := range []string{
		`<row r="1" spans='1:2'><c r="A1"><v>1 &lt; 2&#x41;&#66;</v></c ></row>`, `<x:row/><!-- <a> --><?pi <b> ?><![CDATA[<c>&amp;]]>`,
		"<a b = \"'>'\"\n/>\r\n\r", `<a b="&quot;" c=''>`, `<a`, `</a`, `&`, `<!DOCTYPE a>`, `<a b=c>`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := tokensOf(text)
		want, ok := expectedTokens(text)
		if ok && (err != nil || strings.Join(got, "\n") != strings.Join(want, "\n")) {
			t.Fatalf("%q: got %q, %v; want %q", text, got, err, want)
		}
	})
}
