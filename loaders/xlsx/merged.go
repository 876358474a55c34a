package xlsx

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// area is a range of cells, by rows and columns from 1.
type area struct{ top, left, bottom, right int }

// maxMergedRow is the last row of which merged cells are looked at: those of a header.
const maxMergedRow = 4000

// mergedCells returns the merged cells at the beginning of a sheet. They stand behind
// its rows, so that it is read to its end.
func (w *Workbook) mergedCells(sheet Sheet) (all []area, err error) {
	in, err := w.part(sheet.part)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	data, err := newRowItems(in)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, data); err != nil {
		return nil, err
	}
	d := xml.NewDecoder(data.in)
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if t.Name.Local == "mergeCell" {
				if m, ok := areaOf(t.Attr); ok && m.top <= maxMergedRow {
					all = append(all, m)
				}
			}
		case xml.EndElement:
			if t.Name.Local == "mergeCells" {
				return all, nil
			}
		}
	}
}

// areaOf reads the range that an element names.
func areaOf(attributes []xml.Attr) (a area, ok bool) {
	for _, attribute := range attributes {
		if attribute.Name.Local != "ref" {
			continue
		}
		first, last, found := strings.Cut(attribute.Value, ":")
		if !found {
			return a, false
		}
		var ok1, ok2 bool
		a.top, a.left, ok1 = cellOf([]byte(first))
		a.bottom, a.right, ok2 = cellOf([]byte(last))
		return a, ok1 && ok2 && a.top <= a.bottom && a.left <= a.right
	}
	return a, false
}
