package loaders

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"herbarium/datasets"
	"herbarium/loaders/source"
)

// WorkbookOf returns a workbook whose sheets are given as XML: what is within
// sheetData, and what stands behind it after a |.
func WorkbookOf(t testing.TB, styles, properties string, sheets ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	add := func(name, text string) {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	const main, office = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	relation := func(id, kind, target string) string {
		return fmt.Sprintf(`<Relationship Id=%q Type="%s/%s" Target=%q/>`, id, office, kind, target)
	}
	const relations = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s</Relationships>`
	add("[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`)
	add("_rels/.rels", fmt.Sprintf(relations, relation("rId1", "officeDocument", "xl/workbook.xml")))
	list, parts := "", relation("s", "styles", "styles.xml")
	for i, text := range sheets {
		list += fmt.Sprintf(`<sheet name="S%d" sheetId="%d" r:id="r%d"/>`, i+1, i+1, i+1)
		parts += relation(fmt.Sprintf("r%d", i+1), "worksheet", fmt.Sprintf("worksheets/sheet%d.xml", i+1))
		rows, behind, _ := strings.Cut(text, "|")
		add(fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1), fmt.Sprintf(`<worksheet xmlns=%q><sheetData>%s</sheetData>%s</worksheet>`, main, rows, behind))
	}
	add("xl/workbook.xml", fmt.Sprintf(`<workbook xmlns=%q xmlns:r=%q><workbookPr %s/><sheets>%s</sheets></workbook>`, main, office, properties, list))
	add("xl/_rels/workbook.xml.rels", fmt.Sprintf(relations, parts))
	add("xl/styles.xml", fmt.Sprintf(`<styleSheet xmlns=%q>%s</styleSheet>`, main, styles))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Styles has a date, a date and time, a time of day, an elapsed time and a percentage,
// as the styles 1 to 5.
const Styles = `<numFmts count="1"><numFmt numFmtId="164" formatCode="[$-409]d\-mmm\-yy\ h:mm;@"/></numFmts>` +
	`<cellXfs count="6"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="20"/><xf numFmtId="46"/><xf numFmtId="10"/></cellXfs>`

// FuzzSheet reads any XML as the rows of a sheet. However small the pieces are that it
// is cut into, it has the same rows, and what is inferred of it is what loads.
func FuzzSheet(f *testing.F) {
	for _, seed := range []string{
		`<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="B1" t="inlineStr"><is><t>b</t></is></c></row><row r="2"><c r="A2"><v>1</v></c><c r="B2" s="1"><v>46082</v></c></row>`,
		`<row><c t="inlineStr"><is><r><t>a</t></r><rPh><t>x</t></rPh></is></c></row><row/><row><c><f>1</f><v/></c></row><row><c t="e"><v>#N/A</v></c></row>`,
		`<row r="1"><c t="str"><v>a</v></c></row><!-- <row> --><row r="4"><c t="inlineStr"><is><t><![CDATA[<row>]]>&amp;</t></is></c></row>|<mergeCells><mergeCell ref="A1:B1"/></mergeCells>`,
		`<row r="3"><c r="C3" t="str"><v>t</v></c></row><row r="5"><c r="C5" s="2"><v>60.5</v></c><c r="A5" t="b"><v>1</v></c></row><row r="6"><c r="C6" s="4"><v>1.5</v></c></row>`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sheet string) {
		book := WorkbookOf(t, Styles, "", sheet)
		open := func() []Source { return []Source{Stream("t.xlsx", strings.NewReader(book))} }
		var wrong *DataError
		inferred, err := Infer(context.Background(), open(), InferOptions{})
		if errors.As(err, &wrong) {
			return
		}
		if err != nil {
			t.Fatalf("%q: %v", sheet, err)
		}
		ds, err := datasets.Parse("d.yaml", inferred.Descriptor, nil)
		if err != nil {
			t.Fatalf("%q: %v", sheet, err)
		}
		whole, err := Check(context.Background(), ds, open(), Options{})
		if err != nil {
			t.Fatalf("%q: %v by\n%s", sheet, err, inferred.Descriptor)
		}
		small := Options{limits: source.DefaultLimits()}
		small.limits.Chunk = 64
		pieces, err := Check(context.Background(), ds, open(), small)
		if err != nil || pieces.Version != whole.Version || whole.Rows != inferred.Rows {
			t.Fatalf("%q: %d rows in small pieces, %v, and %d", sheet, pieces.Rows, err, whole.Rows)
		}
	})
}

// TestWorkbooksThatFillMemoryAreRefused reads ones whose parts become far larger than
// they are.
func TestWorkbooksThatFillMemoryAreRefused(t *testing.T) {
	ds, err := datasets.Parse("d.yaml", []byte("dataset: d\nfields: {a: {type: string}}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	limits := source.DefaultLimits()
	limits.Inflated, limits.Record = 1<<20, 1<<20
	head := `<row><c t="inlineStr"><is><t>a</t></is></c></row>`
	for name, c := range map[string]struct{ book, want string }{
		"rows": {WorkbookOf(t, Styles, "", head+strings.Repeat(`<row/>`, 1<<20)), "becomes more than 200 times its size"},
		"a row": {WorkbookOf(t, Styles, "", head+`<row><c t="inlineStr"><is><t>`+strings.Repeat(`x0y1z2w3`, 1<<18)+`</t></is></c></row>`),
			"the row takes more than 1 MiB"},
		"formats": {WorkbookOf(t, `<numFmts><numFmt numFmtId="164" formatCode="`+strings.Repeat("0", 65<<20)+`"/></numFmts>`, "", head), "the styles and the list of sheets take more than 64 MiB"},
	} {
		o := Options{limits: limits}
		if name == "a row" {
			o.limits.Inflated = 1 << 30
		}
		_, err := Check(context.Background(), ds, []Source{Stream("t.xlsx", strings.NewReader(c.book))}, o)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}
