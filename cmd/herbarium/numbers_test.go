package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// numbersFolder returns a folder with a dataset "numbers" of n rows.
func numbersFolder(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	yaml := "dataset: numbers\ndata: numbers.csv\nfields: {x: {type: integer}, text: {type: string}}\n"
	if err := os.WriteFile(filepath.Join(dir, "numbers.yaml"), []byte(yaml), 0o644); err != nil {
		t.Fatal(err)
	}
	rows := "x,text\n" + strings.Repeat("1,"+strings.Repeat("a", 80)+"\n", n)
	if err := os.WriteFile(filepath.Join(dir, "numbers.csv"), []byte(rows), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}
