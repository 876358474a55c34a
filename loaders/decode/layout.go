package decode

import (
	"fmt"
	"slices"
	"strings"

	"herbarium/datasets"
	"herbarium/schemas"
)

// Layout says how the rows of one source become a dataset's: by its columns, and
// by values that all of its rows have.
type Layout struct {
	Dataset *datasets.Dataset
	// Constants are the values of fields that the source's path gives, or that it
	// has no column for.
	Constants map[int]Value
}

// NewLayout returns the layout of a source. Its path gives the values of fields
// whose column is KEY=, by a folder called KEY=VALUE, as Hive names them.
func NewLayout(ds *datasets.Dataset, path string) *Layout {
	l := &Layout{Dataset: ds, Constants: map[int]Value{}}
	for f := range ds.Fields {
		key, ok := ds.Fields[f].PathKey()
		if !ok {
			continue
		}
		for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '\\' }) {
			if value, ok := strings.CutPrefix(part, key+"="); ok {
				l.Constants[f] = Value{Kind: Text, Text: []byte(HiveValue(value))}
			}
		}
	}
	return l
}

// hiveNull is the name of the folder of rows without a value.
const hiveNull = "__HIVE_DEFAULT_PARTITION__"

// HiveValue returns the value that a folder's name has, in which % and two digits
// stand for characters that a path cannot have.
func HiveValue(text string) string {
	if text == hiveNull {
		return ""
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		var c byte
		if text[i] == '%' && i+2 < len(text) {
			if n, err := fmt.Sscanf(text[i+1:i+3], "%02x", &c); err == nil && n == 1 {
				b.WriteByte(c)
				i += 2
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// Given reports whether the field needs no column.
func (l *Layout) Given(field int) bool {
	_, ok := l.Constants[field]
	return ok
}

// Lacking says that the source has no columns for fields, which have no values
// then.
func (l *Layout) Lacking(fields []int) {
	for _, f := range fields {
		l.Constants[f] = Value{Kind: Null}
	}
}

// UnreadColumn says that no field reads a column; missing are the fields that
// have none.
func UnreadColumn(ds *datasets.Dataset, name string, missing []int) string {
	var lacked []string
	for _, f := range missing {
		lacked = append(lacked, ds.Fields[f].Column)
	}
	if meant := schemas.DidYouMean(name, lacked); meant != "" {
		return "no field reads the column " + Quote(name) + meant
	}
	return fmt.Sprintf("no field reads the column %s; ignore: [%s] leaves it out, and extra: ignore all such columns", Quote(name), yamlText(name))
}

// yamlText quotes a text for a list in YAML.
func yamlText(text string) string {
	if text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) && !slices.Contains([]string{"null", "true", "false", "yes", "no", "on", "off", "y", "n"}, strings.ToLower(text)) {
		return text
	}
	return Quote(text)
}

// MissingColumn says that the source has no column for a field; unread are the
// columns that no field reads.
func MissingColumn(ds *datasets.Dataset, field int, unread []string) string {
	column := ds.Fields[field].Column
	if key, ok := ds.Fields[field].PathKey(); ok {
		return fmt.Sprintf("there is no column %s, and no folder %s=… in the file's path", Quote(column), key)
	}
	return fmt.Sprintf("there is no column %s%s", Quote(column), schemas.DidYouMean(column, unread))
}
