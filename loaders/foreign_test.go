package loaders

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"herbarium/datasets"
)

// TestBzip2XzAndLZ4AreRead reads what Python's bz2 and lzma wrote of
// "a,b\n1,x\n2,y\n", and an LZ4 frame.
func TestBzip2XzAndLZ4AreRead(t *testing.T) {
	ds, err := datasets.Parse("d.yaml", []byte("dataset: d\nfields: {a: {type: integer}, b: {type: string}}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	const xz = "fd377a585a000004e6d6b4460200210116000000742fe5a301000b612c620a312c780a322c790a004ce0b76e5d1321730001240ca618d8d81fb6f37d010000000004595a"
	for name, content := range map[string]string{
		"xz":    xz,
		"bzip2": "425a6839314159265359bcc728450000045980001000043000300000602000310c0823419a8e0422178bb9229c28485e63942280",
		"lz4":   hex.EncodeToString(coded(t, "a,b\n1,x\n2,y\n", "lz4")),
	} {
		text, err := hex.DecodeString(content)
		if err != nil {
			t.Fatal(err)
		}
		summary, err := Check(t.Context(), ds, streamOf(text), Options{})
		if err != nil || summary.Rows != 2 {
			t.Errorf("%s: %+v, %v", name, summary, err)
		}
		if _, err := Infer(t.Context(), streamOf(text), InferOptions{}); err != nil {
			t.Errorf("infer %s: %v", name, err)
		}
		var wrong *DataError
		if _, err := Check(t.Context(), ds, streamOf(text[:len(text)-5]), Options{}); !errors.As(err, &wrong) {
			t.Errorf("%s, cut off: %v", name, err)
		}
	}
	// The same data with a dictionary of 256 MiB.
	text, _ := hex.DecodeString(strings.Replace(xz, "16000000742fe5a3", "200000000988a576", 1))
	if _, err := Check(t.Context(), ds, streamOf(text), Options{}); err == nil || !strings.Contains(err.Error(), "more than 128 MiB of memory") {
		t.Errorf("a large dictionary: %v", err)
	}
}

func TestForeignFilesAreNamed(t *testing.T) {
	ds, err := datasets.Parse("d.yaml", []byte("dataset: d\nfields: {a: {type: integer}, b: {type: string}}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	tar := make([]byte, 1024)
	copy(tar, "data.csv")
	copy(tar[257:], "ustar")
	for name, c := range map[string]struct{ content, want string }{
		"a Git LFS pointer":       {"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "Git LFS pointer"},
		"an HTML page":            {"\ufeff\r\n<!DOCTYPE HTML>\n<html>,</html>", "HTML page"},
		"HTML without a document": {" <html lang=en>", "HTML page"},
		"XML":                     {"<?xml version=\"1.0\"?>\n<a>1</a>", "XML document"},
		"SQLite":                  {"SQLite format 3\x00\x10\x00", "SQLite database"},
		"Stata 13":                {"<stata_dta><header>", "Stata file"},
		"Stata 12":                {"\x73\x02\x01\x00\x03\x00", "Stata file"},
		"a pickle":                {"\x80\x04\x95\x10\x00", "Python pickle"},
		"a tar archive":           {string(tar), "tar archive"},
		"a tar archive, gzipped":  {string(coded(t, string(tar), "gzip")), "tar archive"},
		"Avro":                    {"Obj\x01\x04\x14avro.codec", "Avro file"},
		"ORC":                     {"ORC\x0a\x03", "ORC file"},
		"Parquet, encrypted":      {"PARE\x15\x00", "encrypted footer"},
		"Feather 1":               {"FEA1\x00\x00", "Feather file of version 1"},
		"a DuckDB database":       {"\x01\x02\x03\x04\x05\x06\x07\x08DUCK\x40", "DuckDB database"},
		"an old workbook":         {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel workbook of the old kind"},
		"a pickle in LZ4":         {string(coded(t, "\x80\x04\x95\x10\x00", "lz4")), "Python pickle"},
		"LZ4 in gzip":             {string(coded(t, string(coded(t, "a", "lz4")), "gzip")), "compressed twice"},
	} {
		for _, read := range []func([]Source) error{
			func(s []Source) error { _, err := Check(t.Context(), ds, s, Options{}); return err },
			func(s []Source) error { _, err := Infer(t.Context(), s, InferOptions{}); return err },
		} {
			err := read([]Source{Stream("t.csv", bytes.NewReader([]byte(c.content)))})
			var wrong *DataError
			if !errors.As(err, &wrong) || wrong.Total != 1 || !strings.Contains(err.Error(), c.want) || wrong.Faults[0].Line != 1 {
				t.Errorf("%s: got %v, want one fault that says %s", name, err, c.want)
			}
		}
	}
}
