package loaders

import (
	"bytes"
	"encoding/json"
	"herbarium/loaders/source"
)

// mistaken says what a source is that begins like this, where it is taken for a
// CSV for want of a better guess and is none; "" where it may be one.
func mistaken(head []byte) string {
	switch {
	case source.Compressed(head):
		return "the data is compressed twice; decompress it once"
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return "this is a zip archive, as .zip and .xlsx files are; load what is in it, a sheet saved as CSV"
	case len(head) < source.PeekBytes && len(bytes.Trim(head, "\r\n")) > 0 && len(bytes.TrimSpace(head)) == 0:
		return "the file has nothing but spaces and line ends"
	case bytes.IndexByte(head, '\r') >= 0 && bytes.IndexByte(head, '\n') < 0:
		return `lines end in a carriage return alone; they are to end in LF or CRLF, as tr '\r' '\n' makes them`
	}
	return ""
}

// scalar says what single JSON value a source is that begins like this; "" where
// it is none.
func scalar(head []byte) string {
	text := bytes.TrimSpace(bytes.TrimPrefix(head, source.ByteOrderMark))
	if len(head) == source.PeekBytes || !json.Valid(text) {
		return ""
	}
	return "this is JSON, " + jsonKind(text) + ", and no row; rows are objects: an array of them, or one a line"
}
