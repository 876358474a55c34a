package loaders

import (
	"bytes"
	"cmp"
	"strings"

	"herbarium/loaders/source"
)

// foreign are the formats that no reader here knows, by their magic numbers, and
// what to do with a file of each.
var foreign = []struct{ magic, advice string }{
	{"version https://git-lfs.github.com/spec/", "this is a Git LFS pointer, and not the data that it stands for; git lfs pull fetches that"},
	{"PK\x03\x04", "this is a zip archive, as Excel workbooks (.xlsx) are; --input-format xlsx reads a workbook"},
	{"SQLite format 3\x00", "this is a SQLite database; write a table of it as CSV: sqlite3 -header -csv FILE 'SELECT * FROM TABLE'"},
	{"Obj\x01", "this is an Avro file; convert it to Parquet, with DuckDB: COPY (FROM read_avro('FILE')) TO 'FILE.parquet'"},
	{"ORC", "this is an ORC file; convert it to Parquet, with pyarrow: pyarrow.parquet.write_table(pyarrow.orc.read_table('FILE'), 'FILE.parquet')"},
	{"PARE", "this is a Parquet file with an encrypted footer; write it again without encryption"},
	{"FEA1", "this is a Feather file of version 1; write it again as version 2, which is Arrow IPC: pyarrow.feather.write_feather(TABLE, 'FILE')"},
	{"<stata_dta>", "this is a Stata file; convert it, with pandas: pandas.read_stata('FILE').to_parquet('FILE.parquet')"},
	{"\x89HDF\r\n\x1a\n", "this is an HDF5 file; convert its table, with pandas: pandas.read_hdf('FILE').to_parquet('FILE.parquet')"},
	{"CDF\x01", "this is a NetCDF file; convert it, with xarray: xarray.open_dataset('FILE').to_dataframe().to_csv('FILE.csv')"},
	{"CDF\x02", "this is a NetCDF file; convert it, with xarray: xarray.open_dataset('FILE').to_dataframe().to_csv('FILE.csv')"},
	{"$FL2", "this is an SPSS file; convert it, with pandas: pandas.read_spss('FILE').to_parquet('FILE.parquet')"},
	{"\x93NUMPY", "this is a NumPy array; write it as CSV: numpy.savetxt('FILE.csv', numpy.load('FILE'), delimiter=',')"},
	{"RDX2\n", "this is an R data file; write its table as CSV, in R: write.csv(TABLE, 'FILE.csv', row.names = FALSE)"},
	{"RDX3\n", "this is an R data file; write its table as CSV, in R: write.csv(TABLE, 'FILE.csv', row.names = FALSE)"},
	{"X\n\x00\x00\x00", "this is an R data file; write its table as CSV, in R: write.csv(readRDS('FILE'), 'FILE.csv', row.names = FALSE)"},
	{"%PDF-", "this is a PDF document; load a file that has its table as data, such as CSV"},
	{"7z\xbc\xaf\x27\x1c", "this is a 7z archive; load what is in it"},
	{"Rar!\x1a\x07", "this is a RAR archive; load what is in it"},
	{"\x04\x22\x4d\x18", "the data is compressed twice; decompress it once"},
}

// duckDBMagic stands behind the checksum of a DuckDB database.
const duckDBMagic = "DUCK"

// foreignFormat says what a source that begins like this is, and what to do with
// it, if it is none of the formats that are read; otherwise "".
func foreignFormat(head []byte) string {
	for _, f := range foreign {
		if bytes.HasPrefix(head, []byte(f.magic)) {
			return f.advice
		}
	}
	switch {
	case source.Compressed(head):
		return "the data is compressed twice; decompress it once"
	case len(head) > 12 && string(head[8:12]) == duckDBMagic:
		return "this is a DuckDB database; write a table of it as Parquet: COPY TABLE TO 'FILE.parquet'"
	case bytes.HasPrefix(head, compoundMagic):
		return compound(head)
	case isTar(head):
		return "this is a tar archive; unpack it and load the files in it: tar -xf FILE"
	case isPickle(head):
		return "this is a Python pickle; convert it, with pandas: pandas.read_pickle('FILE').to_parquet('FILE.parquet')"
	case isStata(head):
		return "this is a Stata file; convert it, with pandas: pandas.read_stata('FILE').to_parquet('FILE.parquet')"
	case bytes.HasPrefix(head, []byte("HEADER RECORD*******LIBRARY")), bytes.HasPrefix(head, sasMagic):
		return "this is a SAS file; convert it, with pandas: pandas.read_sas('FILE').to_parquet('FILE.parquet')"
	}
	return cmp.Or(markup(head), foreignText(head))
}

// compoundMagic begins a compound file (MS-CFB), as Office wrote files until 2003, and
// as it writes those with a password.
var compoundMagic = []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")

// compound says what a compound file is, by the names in its directory, which are
// UTF-16.
func compound(head []byte) string {
	has := func(name string) bool {
		return bytes.Contains(head, []byte(strings.Join(strings.Split(name, ""), "\x00")))
	}
	switch {
	case has("EncryptedPackage"), has("EncryptionInfo"):
		return "this is an Office file with a password; save it without one"
	case has("Workbook"), has("Book"):
		return "this is an Excel workbook of the old kind (.xls); save it as .xlsx, or its sheet as CSV"
	}
	return "this is an Excel workbook of the old kind (.xls), or an Office file with a password; save it as .xlsx, without a password"
}

// sasMagic begins a file of SAS (.sas7bdat).
var sasMagic = append(make([]byte, 12), 0xc2, 0xea, 0x81, 0x60)

// isTar reports whether a source is a tar archive, whose first header has its
// magic number after 257 bytes (POSIX.1-1988).
func isTar(head []byte) bool { return len(head) >= 512 && string(head[257:262]) == "ustar" }

// isPickle reports whether a source is a Python pickle of protocol 2 to 5: the
// opcode PROTO, the protocol, and another opcode.
func isPickle(head []byte) bool {
	return len(head) > 2 && head[0] == 0x80 && head[1] >= 2 && head[1] <= 5 && bytes.IndexByte([]byte("\x95c}]("), head[2]) >= 0
}

// isStata reports whether a source is a Stata file of the releases 8 to 12: the
// format's number, the order of bytes, 1, and 0.
func isStata(head []byte) bool {
	return len(head) > 4 && (head[0] == 113 || head[0] == 114 || head[0] == 115) && (head[1] == 1 || head[1] == 2) && head[2] == 1 && head[3] == 0
}

// markup says that a source is a page or a document of XML.
func markup(head []byte) string {
	text := strings.ToLower(string(bytes.TrimLeft(bytes.TrimPrefix(head[:min(len(head), 4096)], source.ByteOrderMark), " \t\r\n")))
	switch {
	case strings.HasPrefix(text, "<!doctype html"), strings.HasPrefix(text, "<html"), strings.HasPrefix(text, "<head"), strings.HasPrefix(text, "<body"), strings.HasPrefix(text, "<table"):
		return "this is an HTML page, as a server sends it for an error or a login, and not data; look at it in a browser, and fetch the file behind it"
	case strings.HasPrefix(text, "<?xml") && strings.Contains(text, `progid="excel.sheet"`):
		return "this is an Excel workbook in the XML of 2003; save it as .xlsx"
	case strings.HasPrefix(text, "<?xml"), strings.HasPrefix(text, "<svg"):
		return "this is an XML document; convert its rows to CSV or JSON"
	}
	return ""
}
