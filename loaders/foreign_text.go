package loaders

import (
	"bytes"
	"regexp"

	"herbarium/loaders/source"
)

// Text in languages other than CSV and JSON, by how it begins: each of its lines could
// be a row, and would mean nothing.

var (
	sqlText    = regexp.MustCompile(`(?is)^\s*((--[^\n]*|/\*.*?\*/;?)?\s*)*(insert\s+into\s|create\s+(table|database|schema)\s|drop\s+table\s|begin(\s+transaction)?\s*;|pragma\s+\w+\s*=|set\s+[\w@]+\s*=|copy\s+[\w."]+\s*\()`)
	scriptText = regexp.MustCompile(`^\s*(((var|let|const)\s+[\w$]+|[\w$.]+)\s*=|export\s+default|(/\*\*/\s*)?[A-Za-z_$][\w$.]*\()\s*(\[\s*[\]\[{"]|\{\s*["}])`)
	yamlText   = regexp.MustCompile(`^(---[ \t]*\r?\n(-[ \t]|[\w"']+:([ \t]|\r?\n))|-[ \t]+["']?\w[\w ]*["']?:([ \t][^\n]*)?\r?\n(-[ \t]|[ \t]+["']?\w[\w ]*["']?:([ \t]|\r?\n)))`)
)

// foreignText says which language a text is in, and what to do with it; "" where it
// is none of these.
func foreignText(head []byte) string {
	text := bytes.TrimPrefix(head[:min(len(head), 4096)], source.ByteOrderMark)
	switch {
	case sqlText.Match(text):
		return "this is SQL, and not the rows that it makes; run it in a database and write the table as CSV, with sqlite3: sqlite3 new.db < FILE, sqlite3 -header -csv new.db 'SELECT * FROM TABLE'"
	case scriptText.Match(text):
		return "this is JavaScript around JSON (JSONP); fetch the JSON itself, or cut off what stands before its first [ or { and behind its last"
	case yamlText.Match(text):
		return "this is YAML; convert it to JSON: yq -o=json FILE"
	case bytes.IndexByte(text, 0x1f) >= 0 && bytes.Count(text, []byte{0x1e}) > bytes.Count(text, []byte{'\n'}):
		return `rows end in the character 0x1E here, and not in line ends; write these: tr '\036' '\n' < FILE`
	}
	return ""
}
