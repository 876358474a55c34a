package loaders

import (
	"bytes"
	stdjson "encoding/json"

	"herbarium/loaders/json"
	"herbarium/loaders/source"
)

// sniff returns the format of a source that begins like this.
func sniff(head []byte, rows string) Format {
	switch {
	case bytes.HasPrefix(head, []byte("PAR1")):
		return Parquet
	case bytes.HasPrefix(head, []byte("ARROW1")), bytes.HasPrefix(head, []byte{0xff, 0xff, 0xff, 0xff}):
		return Arrow
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return XLSX // or another archive, as its list of files shows
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, source.ByteOrderMark), " \t\r\n")
	switch {
	case len(text) == 0:
	case text[0] == '[', text[0] == '{' && rows != "":
		return JSON
	case text[0] == '{', json.IsSequence(text):
		return NDJSON
	}
	return CSV
}

// notCSV says what a source that begins like this is, where it was taken for a
// CSV only because no other format fits; "" where it may be a CSV.
func notCSV(head []byte) string {
	if len(head) < source.PeekBytes && len(bytes.Trim(head, "\r\n")) > 0 && len(bytes.TrimSpace(head)) == 0 {
		return "the file has nothing but spaces and line ends"
	}
	return ""
}

// scalar says which single JSON value a source that begins like this is; "" where
// it is none.
func scalar(head []byte) string {
	text := bytes.TrimSpace(bytes.TrimPrefix(head, source.ByteOrderMark))
	if len(head) == source.PeekBytes || !stdjson.Valid(text) {
		return ""
	}
	return "this is JSON, " + json.Describe(text) + ", and not a row; rows are objects: an array of them, or one on each line"
}
