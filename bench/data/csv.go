package data

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"herbarium/datasets"
)

// WriteFolder writes the table's descriptor and CSV file, as servers and peers
// read them, and returns the path of the CSV file.
func (t *Table) WriteFolder(folder string) (string, error) {
	path := filepath.Join(folder, t.Dataset.Name+".csv")
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // where it was not closed below
	if err := t.WriteCSV(f); err != nil {
		return "", err
	}
	if err := f.Close(); err != nil {
		return "", err
	}
	return path, os.WriteFile(filepath.Join(folder, t.Dataset.Name+".yaml"), []byte(t.Descriptor), 0o644)
}

// WriteCSV writes the rows below a header; a null is empty.
func (t *Table) WriteCSV(out io.Writer) error {
	w := bufio.NewWriterSize(out, 1<<20)
	var line []byte
	for i := range t.Dataset.Fields {
		line = append(append(line, t.Dataset.Fields[i].Name...), ',')
	}
	for row := range t.Rows {
		line[len(line)-1] = '\n'
		if _, err := w.Write(line); err != nil {
			return err
		}
		line = line[:0]
		for c := range t.Columns {
			line = append(t.appendCell(line, c, row), ',')
		}
	}
	line[len(line)-1] = '\n'
	if _, err := w.Write(line); err != nil {
		return err
	}
	return w.Flush()
}

func (t *Table) appendCell(line []byte, column, row int) []byte {
	v := &t.Columns[column]
	if v.Null(row) {
		return line
	}
	switch v.Type {
	case datasets.Number:
		return strconv.AppendFloat(line, v.Floats[row], 'g', -1, 64)
	case datasets.String:
		return append(line, v.Dict[v.Codes[row]]...) // none of ours needs quotes
	case datasets.DateTime:
		return datasets.AppendDateTime(line, v.Ints[row])
	default:
		return strconv.AppendInt(line, v.Ints[row], 10)
	}
}
