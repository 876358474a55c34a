package xlsx_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"herbarium/datasets"
	"herbarium/loaders"
)

// million writes a workbook of 1,000,000 cells: numbers, texts, dates and booleans.
func million(b *testing.B) string {
	b.Helper()
	f := excelize.NewFile()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		b.Fatal(err)
	}
	date, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		b.Fatal(err)
	}
	names := []any{"id", "name", "x", "day", "ok", "n", "kind", "note", "y", "z"}
	for i := range 100001 {
		row := names
		if i > 0 {
			row = []any{i, fmt.Sprintf("name %d", i%1000), float64(i) * 0.37, excelize.Cell{StyleID: date, Value: 40000 + i%3000}, i%2 == 0, i * 3, "text", "more text", 1.5, i % 7}
		}
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), row); err != nil {
			b.Fatal(err)
		}
	}
	path := filepath.Join(b.TempDir(), "million.xlsx")
	if err := errors.Join(w.Flush(), f.SaveAs(path), f.Close()); err != nil {
		b.Fatal(err)
	}
	return path
}

func bench(b *testing.B) *datasets.Dataset {
	b.Helper()
	ds, err := datasets.Parse("d.yaml", []byte("dataset: d\nfields: {id: {type: integer}, name: {type: string}, x: {type: number}, day: {type: date}, ok: {type: boolean}, n: {type: integer}, kind: {type: string}, note: {type: string}, y: {type: number}, z: {type: integer}}\n"), nil)
	if err != nil {
		b.Fatal(err)
	}
	return ds
}

// BenchmarkMillionCells checks every row.
func BenchmarkMillionCells(b *testing.B) {
	path, ds := million(b), bench(b)
	for b.Loop() {
		summary, err := loaders.Check(b.Context(), ds, []loaders.Source{loaders.File(path)}, loaders.Options{})
		if err != nil || summary.Rows != 100000 {
			b.Fatal(summary, err)
		}
	}
	b.ReportMetric(float64(peak(b))/(1<<20), "peak-MiB")
}

// BenchmarkMillionCellsExcelize is what BenchmarkMillionCells is compared with.
func BenchmarkMillionCellsExcelize(b *testing.B) {
	path := million(b)
	for b.Loop() {
		f, err := excelize.OpenFile(path)
		if err != nil {
			b.Fatal(err)
		}
		rows, err := f.Rows("Sheet1")
		if err != nil {
			b.Fatal(err)
		}
		cells := 0
		for rows.Next() {
			columns, err := rows.Columns(excelize.Options{RawCellValue: true})
			if err != nil {
				b.Fatal(err)
			}
			cells += len(columns)
		}
		if err := errors.Join(rows.Close(), f.Close()); err != nil || cells != 1000010 {
			b.Fatal(cells, err)
		}
	}
}

// BenchmarkMillionCellsInfer infers a descriptor from the default sample.
func BenchmarkMillionCellsInfer(b *testing.B) {
	path := million(b)
	for b.Loop() {
		if _, err := loaders.Infer(context.Background(), []loaders.Source{loaders.File(path)}, loaders.InferOptions{Sample: loaders.DefaultSample}); err != nil {
			b.Fatal(err)
		}
	}
}

// peak returns the most memory that the process has had, in bytes; 0 where the system
// does not say.
func peak(b *testing.B) (size int64) {
	b.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	if _, after, ok := strings.Cut(string(text), "VmHWM:"); ok {
		if _, err := fmt.Sscan(after, &size); err != nil {
			b.Fatal(err)
		}
	}
	return size << 10
}
