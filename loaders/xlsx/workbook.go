package xlsx

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/klauspost/compress/flate"
	"github.com/xuri/excelize/v2"

	"herbarium/loaders/source"
	"herbarium/schemas"
)

// Workbook is a workbook that is open.
type Workbook struct {
	// Sheets are the worksheets in their order, hidden ones too.
	Sheets []Sheet

	content *source.Content
	limits  source.Limits
	parts   map[string]*zip.File // by name, in small letters
	texts   string               // the name of the part with the shared strings
	formats []numberFormat       // by style
	epoch   epoch
	done    func()
}

// Sheet is a worksheet.
type Sheet struct {
	Name string
	part string
}

// Open opens a workbook, which must be closed. What is no plain file is copied to a
// temporary one. A *source.SyntaxError says why the source is no workbook that can
// be read.
func Open(c *source.Content, limits source.Limits) (*Workbook, error) {
	in, done, err := c.RandomAccess()
	if err != nil {
		return nil, source.DamagedAt(err, 0, 0)
	}
	w := &Workbook{content: c, limits: limits, done: done}
	if err := w.open(in); err != nil {
		w.Close()
		return nil, w.damaged(err, 0)
	}
	return w, nil
}

// Close removes the temporary file, if there is one.
func (w *Workbook) Close() { w.done() }

// damaged makes an error say that the workbook is damaged, in a row of the sheet or
// in none, unless the system failed or it says more already.
func (w *Workbook) damaged(err error, row int) error {
	var wrong *source.SyntaxError
	var failed *os.PathError
	if errors.As(err, &wrong) || errors.As(err, &failed) || w.content.Failed(err) {
		return err
	}
	return source.ErrorAt(row, min(row, 1), "the workbook is damaged or cut off: "+source.InPlainWords(err))
}

func (w *Workbook) open(in source.RandomAccess) error {
	info, err := in.Stat()
	if err != nil {
		return err
	}
	z, err := zip.NewReader(in, info.Size())
	if errors.Is(err, zip.ErrFormat) {
		return source.ErrorAt(0, 0, "this is a zip archive, as Excel workbooks (.xlsx) are, and it is damaged or cut off: "+err.Error())
	}
	if err != nil {
		return err
	}
	z.RegisterDecompressor(zip.Deflate, flate.NewReader)
	w.parts = map[string]*zip.File{}
	for _, f := range z.File {
		if name := partName(f); w.parts[name] == nil {
			w.parts[name] = f
		}
	}
	if other := foreignArchive(w.parts); other != "" {
		return source.ErrorAt(0, 0, other)
	}
	return w.describe(z)
}

// partName returns the name of a part in small letters, since programs write it in
// several ways.
func partName(f *zip.File) string {
	return strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"))
}

// foreignArchive says what a zip archive is that is no workbook; "" where it is one.
func foreignArchive(parts map[string]*zip.File) string {
	has := func(name string) bool { return parts[name] != nil }
	switch {
	case has("xl/workbook.bin"):
		return "this is a binary Excel workbook (.xlsb); save it as .xlsx"
	case has("mimetype") && has("content.xml"):
		return "this is an OpenDocument file (.ods); save its sheet as .xlsx or CSV"
	case has("word/document.xml"):
		return "this is a Word document; load a file that has its table as data, such as CSV"
	case has("ppt/presentation.xml"):
		return "this is a PowerPoint presentation; load a file that has its table as data, such as CSV"
	case !has("[content_types].xml"), !has("_rels/.rels"):
		return "this is a zip archive; unpack it and load the files in it: unzip FILE"
	}
	return ""
}

// describe reads the sheets' names and the formats of cells. excelize gets an archive
// of the parts that it needs for that alone, since it unpacks all that it is given.
func (w *Workbook) describe(z *zip.Reader) (err error) {
	defer func() {
		if p := recover(); p != nil { // a damaged part that the library does not check for
			err = fmt.Errorf("%v", p)
		}
	}()
	small, err := w.descriptive(z)
	if err != nil {
		return err
	}
	f, err := excelize.OpenReader(bytes.NewReader(small), excelize.Options{UnzipSizeLimit: maxParts, UnzipXMLSizeLimit: maxParts})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := w.sheets(f); err != nil {
		return err
	}
	properties, err := f.GetWorkbookProps()
	if err != nil {
		return err
	}
	if properties.Date1904 != nil && *properties.Date1904 {
		w.epoch = epoch1904
	}
	w.formats, err = formatsOf(f)
	return err
}

// maxParts is how many bytes the parts may have that describe a workbook.
const maxParts = 64 << 20

// descriptive returns an archive of the parts that describe the workbook.
func (w *Workbook) descriptive(z *zip.Reader) ([]byte, error) {
	var out bytes.Buffer
	var size uint64
	to := zip.NewWriter(&out)
	for _, f := range z.File {
		if !describes(partName(f)) {
			continue
		}
		if size += f.UncompressedSize64; size > maxParts || f.CompressedSize64 > maxParts {
			return nil, source.ErrorAt(0, 0, fmt.Sprintf("the styles and the list of sheets take more than %d MiB, as in a file that is made to fill memory", maxParts>>20))
		}
		if err := to.Copy(f); err != nil {
			return nil, err
		}
	}
	if err := to.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// describes reports whether a part of a workbook describes it, and has no cells.
func describes(name string) bool {
	switch folder, base := path.Split(name); {
	case name == "[content_types].xml", folder == "_rels/", folder == "xl/_rels/":
		return true
	case folder == "xl/":
		return base != "calcchain.xml" && !strings.HasPrefix(base, "sharedstrings") && path.Ext(base) == ".xml"
	}
	return false
}

// relationships are what a part refers to.
type relationships struct {
	All []struct {
		ID     string `xml:"Id,attr"`
		Type   string `xml:",attr"`
		Target string `xml:",attr"`
	} `xml:"Relationship"`
}

// sheets lists the worksheets, and finds their parts.
func (w *Workbook) sheets(f *excelize.File) error {
	part, err := w.related("", "_rels/.rels", "/officeDocument")
	if err != nil {
		return err
	}
	if len(part) == 0 {
		return source.ErrorAt(0, 0, "this is a zip archive; unpack it and load the files in it: unzip FILE")
	}
	folder, base := path.Split(part[0].name)
	of, err := w.related(folder, path.Join(folder, "_rels", base+".rels"), "")
	if err != nil {
		return err
	}
	byID := map[string]string{}
	for _, r := range of {
		switch {
		case strings.HasSuffix(r.kind, "/worksheet"):
			byID[r.id] = r.name
		case strings.HasSuffix(r.kind, "/sharedStrings"):
			w.texts = r.name
		}
	}
	if f.WorkBook == nil {
		return errors.New("it lacks its list of sheets")
	}
	for _, s := range f.WorkBook.Sheets.Sheet {
		if part, ok := byID[s.ID]; ok {
			w.Sheets = append(w.Sheets, Sheet{s.Name, part})
		}
	}
	if len(w.Sheets) == 0 {
		return source.ErrorAt(0, 0, "the workbook has no sheet with cells")
	}
	return nil
}

// related is a part that another one refers to.
type related struct{ id, kind, name string }

// related returns the parts that a part in a folder refers to, those of one kind if
// that is not "".
func (w *Workbook) related(folder, file, kind string) (all []related, err error) {
	f := w.parts[strings.ToLower(file)]
	if f == nil {
		return nil, fmt.Errorf("it lacks the part %s", file)
	}
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	var found relationships
	if err := xml.NewDecoder(io.LimitReader(in, maxParts)).Decode(&found); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for _, r := range found.All {
		name, rooted := strings.CutPrefix(strings.ReplaceAll(r.Target, `\`, "/"), "/")
		if !rooted {
			name = path.Join(folder, name)
		}
		if strings.HasSuffix(r.Type, kind) {
			all = append(all, related{r.ID, r.Type, strings.ToLower(name)})
		}
	}
	return all, nil
}

// Sheet returns the sheet of a name, or else the one at a place, from 1; the first
// where name is "".
func (w *Workbook) Sheet(name string) (Sheet, error) {
	if name == "" {
		return w.Sheets[0], nil
	}
	for _, s := range w.Sheets {
		if s.Name == name {
			return s, nil
		}
	}
	if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= len(w.Sheets) {
		return w.Sheets[n-1], nil
	}
	names := w.names()
	return Sheet{}, source.ErrorAt(0, 0, fmt.Sprintf("there is no sheet %s%s; there are %s", schemas.Quote(name), schemas.DidYouMean(name, names), quoted(names)))
}

// quoted lists names, each in quotes.
func quoted(names []string) string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = schemas.Quote(name)
	}
	return schemas.List(all)
}

// names returns the sheets' names.
func (w *Workbook) names() []string {
	names := make([]string, len(w.Sheets))
	for i, s := range w.Sheets {
		names[i] = s.Name
	}
	return names
}

// part opens a part, which may become so many times its size.
func (w *Workbook) part(name string) (io.ReadCloser, error) {
	f := w.parts[name]
	if f == nil {
		return nil, fmt.Errorf("it lacks the part %s", name)
	}
	if size := f.UncompressedSize64; size > uint64(w.limits.Inflated) && size/uint64(w.limits.Ratio) > f.CompressedSize64 {
		return nil, source.ErrorAt(0, 0, fmt.Sprintf("its part %s becomes more than %d times its size, as in a file that is made to fill memory", name, w.limits.Ratio))
	}
	return f.Open()
}
