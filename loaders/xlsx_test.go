package loaders_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"herbarium/loaders"
)

// sheetRow writes a row of cells that are texts, or XML where they begin with <.
func sheetRow(n int, cells ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<row r="%d">`, n)
	for i, c := range cells {
		switch {
		case strings.HasPrefix(c, "<"):
			fmt.Fprintf(&b, `<c r="%c%d" %s`, 'A'+i, n, c[1:])
		case c != "":
			fmt.Fprintf(&b, `<c r="%c%d" t="inlineStr"><is><t>%s</t></is></c>`, 'A'+i, n, c)
		}
	}
	return b.String() + "</row>"
}

// TestWorkbooksOfOtherPrograms reads what openpyxl and XlsxWriter wrote;
// testdata/xlsx/make.py says what that is.
func TestWorkbooksOfOtherPrograms(t *testing.T) {
	for _, c := range []struct {
		file    string
		options loaders.InferOptions
		says    []string
		rows    []string
	}{
		{"types.xlsx", loaders.InferOptions{}, []string{
			"value: {type: number}", "share: {type: number}", "day: {type: date}", "1900-01-01 to 9999-12-31", "at: {type: date-time}", "clock: {type: string}", "took: {type: number, unit: s}",
			"ok: {type: boolean}", "code: {type: string}", `This is the sheet "Readings"; the workbook also has "Words, hidden"`,
		}, []string{
			`[1,0.3,0.12,"2026-03-01","2026-03-01T10:11:12.000Z","10:11:12",108900,true," two  spaces ","007"]`,
			`[2,1e+21,1,"1900-01-01","2026-03-02T00:00:00.000Z","00:00:00",1.5,false,"line\none","12"]`,
			`[3,-5,null,"9999-12-31","1999-12-31T23:59:59.500Z","23:59:59.25",null,null,"aAb","x"]`,
		}},
		{"budget.xlsx", loaders.InferOptions{}, []string{"csv: {header: 2, skip: 3, footer: short}", "column: 2025 Q1", "missing: ['#DIV/0!']", "2026_q2: {type: integer"}, []string{
			`["North",10.5,20,30,40]`, `["South",1234567.891,null,5,6]`, `["West",7,8,9,10]`,
		}},
		{"mac.xlsx", loaders.InferOptions{Skip: true}, []string{"day: {type: date}"}, []string{`["1904-01-02",4]`}},
	} {
		content, err := os.ReadFile(filepath.Join("testdata", "xlsx", c.file))
		if err != nil {
			t.Fatal(err)
		}
		descriptor, rows := inferAndLoad(t, c.file, string(content), c.options)
		if diff := cmp.Diff(c.rows, rows); diff != "" {
			t.Errorf("%s (-want +got):\n%s\nby\n%s", c.file, diff, descriptor)
		}
		for _, says := range c.says {
			if !strings.Contains(descriptor, says) {
				t.Errorf("%s: no %q in\n%s", c.file, says, descriptor)
			}
		}
	}
}

// TestSheetsAsTheyCome reads each sheet with the descriptor that is inferred for it.
// csv is what that has under this key.
func TestSheetsAsTheyCome(t *testing.T) {
	number := func(style int, text string) string { return fmt.Sprintf(`<s="%d"><v>%s</v></c>`, style, text) }
	for name, c := range map[string]struct{ sheet, csv, rows string }{
		"all 17 digits": {sheetRow(1, "x", "n") + sheetRow(2, number(0, "0.30000000000000004"), number(0, "9007199254740993")) + sheetRow(3, number(0, "0.10000000000000001"), number(0, "1")),
			"", `[0.30000000000000004,9007199254740993] [0.1,1]`},
		"dates and times by format": {sheetRow(1, "d", "t", "c", "e", "p") + sheetRow(2, number(1, "46082"), number(2, "46082.4375"), number(3, "0.4375"), number(4, "1.5"), number(5, "0.12")) +
			sheetRow(3, number(1, "59"), number(2, "61"), number(3, "0.5"), number(4, "0.00069444444444444447"), number(5, "1")),
			"", `["2026-03-01","2026-03-01T10:30:00.000Z","10:30:00",129600,0.12] ["1900-02-28","1900-03-01T00:00:00.000Z","12:00:00",60,1]`},
		"midnights of a format with a time stay instants": {sheetRow(1, "t") + sheetRow(2, number(2, "46082")), "", `["2026-03-01T00:00:00.000Z"]`},
		"a date column with a time of day in one":         {sheetRow(1, "t") + sheetRow(2, number(1, "46082")) + sheetRow(3, number(1, "46082.5")), "", `["2026-03-01T00:00:00.000Z"] ["2026-03-01T12:00:00.000Z"]`},
		"numbers that are text are numbers":               {sheetRow(1, "n", "code") + sheetRow(2, number(0, "1"), number(0, "7")) + sheetRow(3, "2", "007"), "", `[1,"7"] [2,"007"]`},
		"errors are missing":                              {sheetRow(1, "n", "s") + sheetRow(2, number(0, "1"), `<t="e"><v>#N/A</v></c>`) + sheetRow(3, `<t="e"><f>1/0</f><v>#DIV/0!</v></c>`, "x"), "", `[1,null] [null,"x"]`},
		"formulas have their values":                      {sheetRow(1, "n", "s", "b") + sheetRow(2, `<><f>1+1</f><v>2</v></c>`, `<t="str"><f>"a"&amp;"b"</f><v>ab</v></c>`, `<t="b"><f>TRUE</f><v>1</v></c>`) + sheetRow(3, `<t="n"><v>3</v></c>`, `<t="str"><f>""</f><v></v></c>`), "", `[2,"ab",true] [3,null,null]`},
		"rich text without its pronunciation":             {sheetRow(1, "s") + sheetRow(2, `<t="inlineStr"><is><r><t>Tō</t></r><r><t>kyō</t></r><rPh sb="0" eb="1"><t>トウ</t></rPh></is></c>`), "", `["Tōkyō"]`},
		"escapes and entities":                            {sheetRow(1, "s") + sheetRow(2, "a &amp; b_x000D_&#x41;_x005F_x0041_"), "", `["a & b\rA_x0041_"]`},
		"ISO dates":                                       {sheetRow(1, "d", "t") + sheetRow(2, `<t="d"><v>2026-03-01</v></c>`, `<t="d"><v>2026-03-01T10:30:00</v></c>`), "", `["2026-03-01","2026-03-01T10:30:00.000Z"]`},
		"rows and cells without numbers":                  {`<row><c t="inlineStr"><is><t>a</t></is></c><c t="inlineStr"><is><t>b</t></is></c></row><row><c><v>1</v></c><c><v>2</v></c></row><row/><row r="7"><c><v>3</v></c><c r="B7"><v>4</v></c></row>`, "", `[1,2] [3,4]`},
		"empty rows and a column before":                  {sheetRow(3, "", "a", "b") + sheetRow(5, "", number(0, "1"), "x") + sheetRow(9, "", "", "y") + `<row r="10"><c r="B10" s="1"/></row>`, "", `[1,"x"] [null,"y"]`},
		"a title above": {sheetRow(1, "Report of 2026") + sheetRow(3, "a", "b", "c") + sheetRow(4, number(0, "1"), number(0, "2"), "x") + sheetRow(5, number(0, "3"), number(0, "4"), "y"),
			"{skip: 2}", `[1,2,"x"] [3,4,"y"]`},
		"no header":      {sheetRow(1, number(0, "1.5"), number(0, "2"), "x") + sheetRow(2, number(0, "3"), number(0, "4"), "y"), "{header: false}", `[1.5,2,"x"] [3,4,"y"]`},
		"years as names": {sheetRow(1, "item", number(0, "2024"), number(0, "2025")) + sheetRow(2, "a", number(0, "1"), number(0, "2")), "", `["a",1,2]`},
		"dates as names": {sheetRow(1, "item", number(1, "46023"), number(1, "46054")) + sheetRow(2, "a", number(0, "1"), number(0, "2")), "", `["a",1,2]`},
		"a title in merged cells is no group": {sheetRow(1, "Report") + sheetRow(2, "a", "b", "c") + sheetRow(3, "x", number(0, "2"), number(0, "3")) + `|<mergeCells count="1"><mergeCell ref="A1:C1"/></mergeCells>`,
			"{skip: 1}", `["x",2,3]`},
		"groups in merged cells": {sheetRow(1, "a", "2025", "", "2026") + sheetRow(2, "", "Q1", "Q2", "Q1", "Q2") + sheetRow(3, "x", number(0, "1"), number(0, "2"), number(0, "3"), number(0, "4")) +
			`|<mergeCells><mergeCell ref="B1:C1"/><mergeCell ref="D1:E1"/><mergeCell ref="A1:A2"/></mergeCells>`, "{header: 2}", `["x",1,2,3,4]`},
		"one name over two columns": {sheetRow(1, "a", "b") + sheetRow(2, number(0, "1"), number(0, "2"), number(0, "3")) + `|<mergeCells><mergeCell ref="B1:C1"/></mergeCells>`, "", `[1,2,3]`},
		"a row of totals": {sheetRow(1, "n", "x") + sheetRow(2, number(0, "1"), number(0, "2")) + sheetRow(3, number(0, "2"), number(0, "3")) + sheetRow(4, "Total", number(0, "5")),
			`{footer: "^Total"}`, `[1,2] [2,3]`},
		"a note below": {sheetRow(1, "s", "x") + sheetRow(2, "a", number(0, "2")) + sheetRow(3, "b", number(0, "3")) + sheetRow(5, "Source: us"), `{footer: short}`, `["a",2] ["b",3]`},
		"a column without a name that has a value": {sheetRow(1, "a", "b") + sheetRow(2, "x", "y") + sheetRow(3, "x", "y", "", "mark"), "", `["x","y",null] ["x","y","mark"]`},
		"a column without a name between others":   {sheetRow(1, "a", "", "c") + sheetRow(2, "x", "", "z") + sheetRow(3, "x", "mark", "z"), "", `["x",null,"z"] ["x","mark","z"]`},
		"the same name twice":                      {sheetRow(1, "v", "v") + sheetRow(2, number(0, "1"), number(0, "2")), "", `[1,2]`},
		"comments and CDATA":                       {sheetRow(1, "s") + "<!-- <row r=\"2\"> -->" + sheetRow(2, `<t="inlineStr"><is><t><![CDATA[<row r="9">]]></t></is></c>`) + sheetRow(3, "x"), "", `["<row r=\"9\">"] ["x"]`},
	} {
		descriptor, rows := inferAndLoad(t, "d.xlsx", loaders.WorkbookOf(t, loaders.Styles, "", c.sheet), loaders.InferOptions{})
		if got := strings.Join(rows, " "); got != c.rows {
			t.Errorf("%s: got %s, want %s, by\n%s", name, got, c.rows, descriptor)
		}
		_, csv, _ := strings.Cut(descriptor, "\ncsv: ")
		if csv, _, _ = strings.Cut(csv, "\n"); csv != c.csv {
			t.Errorf("%s: csv is %s, want %s", name, csv, c.csv)
		}
	}
}

// TestFaultsNameTheCell says what is wrong, and where.
func TestFaultsNameTheCell(t *testing.T) {
	header := sheetRow(1, "d", "n", "s")
	for name, c := range map[string]struct{ fields, sheet, want string }{
		"no number":         {"", header + sheetRow(2, "", "x", "y"), `d.xlsx:S1!B2: n: "x" is not a number (row 1)`},
		"an error":          {"", header + sheetRow(17, "", "", `<t="e"><v>#N/A</v></c>`), `d.xlsx:S1!C17: s: the cell has the error #N/A; missing: ["#N/A"] in the descriptor reads no value there (row 1)`},
		"a day before all":  {"", header + sheetRow(2, `<s="1"><v>0</v></c>`), `d.xlsx:S1!A2: d: 1900-01-00T00:00:00 is not a date`},
		"29 February 1900":  {"", header + sheetRow(2, `<s="1"><v>60</v></c>`), `d.xlsx:S1!A2: d: 1900-02-29T00:00:00 is not a date`},
		"a time of day":     {"", header + sheetRow(2, `<s="1"><v>46082.5</v></c>`), `d.xlsx:S1!A2: d: 2026-03-01T12:00:00 is not a date, but has a time of day (row 1)`},
		"a negative day":    {"", header + sheetRow(2, `<s="1"><v>-1</v></c>`), `d.xlsx:S1!A2: d: the number -1 has the format of a date, and is beyond the days that a sheet can have (row 1)`},
		"a day beyond 9999": {"", header + sheetRow(2, `<s="1"><v>2958466</v></c>`), `d.xlsx:S1!A2: d: the number 2958466 has the format of a date, and is beyond the days that a sheet can have (row 1)`},
		"a plain number":    {"", header + sheetRow(2, `<><v>46082</v></c>`), `d.xlsx:S1!A2: d: the number 46082 is not text, and a date is written as text (row 1)`},
		"a number as text":  {"", header + sheetRow(2, "", "", `<><v>7</v></c>`), `d.xlsx:S1!C2: s: the number 7 is not text; coerce: true in the descriptor takes it as text (row 1)`},
		"no value":          {"", header + sheetRow(2, "", `<><f>A1</f><v/></c>`), `d.xlsx:S1!B2: n: the cell has a formula without a value`},
		"needed":            {"required: true", header + sheetRow(2, "", `<><v>1</v></c>`), `d.xlsx:S1!C2: s: the value is missing, and the field requires one (row 1)`},
		"no name":           {"", header + sheetRow(2, "", "", "", "", "here"), `d.xlsx:S1!E2: the cell has the value "here", and its column no name in the header; column: "#5" in a field reads it, and ignore: ["#5"] leaves it out (row 1)`},
		"no column":         {"", sheetRow(1, "d", "n") + sheetRow(2, "", `<><v>1</v></c>`), `d.xlsx:S1!A1: s: there is no column "s"`},
		"no field":          {"", sheetRow(2, "d", "n", "s", "more"), `d.xlsx:S1!D2: no field reads the column "more"; ignore: [more] leaves it out, and extra: ignore all such columns`},
		"no rows":           {"", "", `d.xlsx:S1!A1: the sheet is empty; its first row names the columns; the workbook has other sheets: "S2"`},
		"a shared string":   {"", header + sheetRow(2, "", "", `<t="s"><v>9</v></c>`), `d.xlsx:S1!C2: s: the cell refers to the shared string "9", which is not there (row 1)`},
		"rows out of order": {"", header + sheetRow(4, "", "", "x") + sheetRow(3, "", "", "y"), `d.xlsx:S1!A4: the sheet's XML is damaged: row "3" stands behind row 4`},
		"damaged":           {"", header + sheetRow(2, "", "", "x") + `<row r="3"><c r="A3"><v>1</x></c></row>`, `d.xlsx:S1!A3: `},
	} {
		ds := dataset(t, "dataset: d\nfields: {d: {type: date}, n: {type: number}, s: {type: string, "+c.fields+"}}\n", "")
		_, err := loaders.Load(t.Context(), &memory{}, ds, []loaders.Source{text("d.xlsx", loaders.WorkbookOf(t, loaders.Styles, "", c.sheet, sheetRow(1, "x")))}, loaders.Options{})
		if err == nil || !strings.HasPrefix(err.Error(), "load d: "+c.want) && !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}

// TestSheetsAreNamed picks a sheet by its name or place.
func TestSheetsAreNamed(t *testing.T) {
	book := loaders.WorkbookOf(t, loaders.Styles, "", sheetRow(1, "a")+sheetRow(2, "one"), sheetRow(1, "a")+sheetRow(2, "two"))
	for _, c := range []struct{ descriptor, flag, want string }{
		{"", "", "[\"one\"]"}, {"sheet: S2\n", "", "[\"two\"]"}, {"sheet: 2\n", "", "[\"two\"]"}, {"sheet: S2\n", "1", "[\"one\"]"}, {"", "S2", "[\"two\"]"},
		{"", "3", `there is no sheet "3"; there are "S1", "S2"`}, {"sheet: S22\n", "", `there is no sheet "S22" (did you mean S2?)`},
		{"csv: {delimiter: \";\"}\n", "", "csv: {delimiter: …} in the descriptor says how text is written"},
	} {
		target := &memory{}
		_, err := loaders.Load(t.Context(), target, dataset(t, "dataset: d\n"+c.descriptor+"fields: {a: {type: string}}\n", ""), []loaders.Source{text("d.xlsx", book)}, loaders.Options{Sheet: c.flag})
		got := strings.Join(target.rows, " ")
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%q, --sheet %q: got %s, want %s", c.descriptor, c.flag, got, c.want)
		}
	}
}

// TestArchivesThatAreNoWorkbooks names them.
func TestArchivesThatAreNoWorkbooks(t *testing.T) {
	archive := func(names ...string) string {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, name := range names {
			if _, err := z.Create(name); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	whole := loaders.WorkbookOf(t, loaders.Styles, "", sheetRow(1, "a"))
	for name, c := range map[string]struct{ content, want string }{
		"xlsb":      {archive("[Content_Types].xml", "_rels/.rels", "xl/workbook.bin"), "this is a binary Excel workbook (.xlsb); save it as .xlsx"},
		"ods":       {archive("mimetype", "content.xml"), "this is an OpenDocument file (.ods); save its sheet as .xlsx or CSV"},
		"docx":      {archive("[Content_Types].xml", "_rels/.rels", "word/document.xml"), "this is a Word document"},
		"zip":       {archive("a.csv"), "this is a zip archive; unpack it and load the files in it: unzip FILE"},
		"cut off":   {whole[:len(whole)-30], "this is a zip archive, as Excel workbooks (.xlsx) are, and it is damaged or cut off"},
		"xls":       {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600) + "W\x00o\x00r\x00k\x00b\x00o\x00o\x00k\x00", "this is an Excel workbook of the old kind (.xls); save it as .xlsx, or its sheet as CSV"},
		"encrypted": {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600) + "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00", "this is an Office file with a password; save it without one"},
	} {
		_, err := loaders.Infer(t.Context(), []loaders.Source{text("d.xlsx", c.content)}, loaders.InferOptions{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}

// TestWorkbooksInAStreamLeaveNoFile reads one that is compressed, and from a pipe.
func TestWorkbooksInAStreamLeaveNoFile(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	var b bytes.Buffer
	f := excelize.NewFile()
	defer func() { _ = f.Close() }() // removes its temporary files
	for i, row := range [][]any{{"id", "name"}, {1, "a"}, {2, "b"}} {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	var compressed bytes.Buffer
	z := gzip.NewWriter(&compressed)
	if _, err := z.Write(b.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	_, rows := inferAndLoad(t, "d.xlsx.gz", compressed.String(), loaders.InferOptions{})
	if diff := cmp.Diff([]string{`[1,"a"]`, `[2,"b"]`}, rows); diff != "" {
		t.Error(diff)
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) > 0 {
		t.Errorf("left in the folder of temporary files: %v, %v", left, err)
	}
}

// TestManyRowsKeepTheirOrder reads rows that are decoded in several pieces at once,
// and compares them with what excelize's own iterator gives.
func TestManyRowsKeepTheirOrder(t *testing.T) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }() // removes its temporary files
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	const rows = 30000
	for i := range rows + 1 {
		row := []any{"id", "name", "x"}
		if i > 0 {
			row = []any{i, fmt.Sprintf("name %d", i%97), float64(i) / 7}
		}
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), row); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	target := &memory{}
	ds := dataset(t, "dataset: d\nfields: {id: {type: integer}, name: {type: string}, x: {type: number}}\n", "")
	if _, err := loaders.Load(t.Context(), target, ds, []loaders.Source{text("d.xlsx", b.String())}, loaders.Options{}); err != nil {
		t.Fatal(err)
	}
	iterator, err := f.Rows("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	for i := -1; iterator.Next(); i++ {
		cells, err := iterator.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("[%s,%q,%s]", cells[0], cells[1], cells[2]); i >= 0 && (i >= len(target.rows) || target.rows[i] != want) {
			t.Fatalf("row %d of %d: want %s", i, len(target.rows), want)
		}
	}
	if len(target.rows) != rows {
		t.Errorf("%d rows", len(target.rows))
	}
}

// TestSheetsInATimezone reads date-times without an offset in the field's zone, by the
// days of 1904.
func TestSheetsInATimezone(t *testing.T) {
	book := loaders.WorkbookOf(t, loaders.Styles, `date1904="1"`, sheetRow(1, "at")+sheetRow(2, `<s="2"><v>44742.5</v></c>`))
	target := &memory{}
	ds := dataset(t, "dataset: d\nfields: {at: {type: date-time, timezone: Europe/Berlin}}\n", "")
	if _, err := loaders.Load(t.Context(), target, ds, []loaders.Source{text("d.xlsx", book)}, loaders.Options{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{`["2026-07-01T10:00:00.000Z"]`}, target.rows); diff != "" {
		t.Error(diff)
	}
}
