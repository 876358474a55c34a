package engine

import (
	"crypto/sha256"
	"math"
	"strings"
	"testing"

	"herbarium/datasets"
)

// pair is a dataset of a number and a string field.
func pair(first, second string) *datasets.Dataset {
	return &datasets.Dataset{Fields: []datasets.Field{{Name: first}, {Name: second, Type: datasets.String}}}
}

func version(ds *datasets.Dataset, batches ...*Batch) string {
	h := NewHasher(ds)
	for _, b := range batches {
		h.Write(b)
	}
	return h.Version()
}

func batch(valid uint64, floats []float64, texts ...string) *Batch {
	codes := make([]uint32, len(texts))
	for i := range codes {
		codes[i] = uint32(i)
	}
	return &Batch{Rows: len(floats), Columns: []Vector{
		{Type: datasets.Number, Valid: []uint64{valid}, Floats: floats},
		{Type: datasets.String, Codes: codes, Dict: texts},
	}}
}

func TestVersionDependsOnTheContentAlone(t *testing.T) {
	whole := version(pair("x", "s"), batch(0b11, []float64{1, 2}, "a", "b"))
	same := map[string]string{
		"cut into batches":            version(pair("x", "s"), batch(1, []float64{1}, "a"), batch(1, []float64{2}, "b")),
		"with an empty batch between": version(pair("x", "s"), batch(1, []float64{1}, "a"), batch(0, nil), batch(1, []float64{2}, "b")),
	}
	for name, got := range same {
		if got != whole {
			t.Errorf("%s: %s, want %s", name, got, whole)
		}
	}
	differ := map[string]string{
		"another value":          version(pair("x", "s"), batch(0b11, []float64{1, 3}, "a", "b")),
		"another order":          version(pair("x", "s"), batch(0b11, []float64{2, 1}, "b", "a")),
		"a null":                 version(pair("x", "s"), batch(0b01, []float64{1, 0}, "a", "b")),
		"a row less":             version(pair("x", "s"), batch(0b1, []float64{1}, "a")),
		"text cut elsewhere":     version(pair("x", "s"), batch(0b11, []float64{1, 2}, "ab", "")),
		"another field's name":   version(pair("y", "s"), batch(0b11, []float64{1, 2}, "a", "b")),
		"names cut elsewhere":    version(pair("xs", ""), batch(0b11, []float64{1, 2}, "a", "b")),
		"nothing":                version(pair("x", "s")),
		"another sign of a zero": version(pair("x", "s"), batch(0b11, []float64{1, -2}, "a", "b")),
	}
	for name, got := range differ {
		if got == whole {
			t.Errorf("%s has the same version", name)
		}
	}
}

// The version is a promise to every store and every day: it must not change
// from one release to the next. The sum was taken with Python's hashlib.
func TestVersionIsTheSameOnEveryDay(t *testing.T) {
	const want = "p2cwtw5dsmbxoi7alexqijjjme"
	if got := version(pair("x", "s"), batch(0b01, []float64{5.1, 0}, "setosa", "é")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// The sum was taken with Python's hashlib, from the bytes that Hasher's comment
// names.
func TestVersionOfEveryKindOfColumn(t *testing.T) {
	ds := &datasets.Dataset{Fields: []datasets.Field{{Name: "f"}, {Name: "g"},
		{Name: "i", Type: datasets.Integer}, {Name: "j", Type: datasets.Integer}, {Name: "s", Type: datasets.String}}}
	b := &Batch{Rows: 3, Columns: []Vector{
		{Type: datasets.Number, Floats: []float64{1.5, math.Copysign(0, -1), 1e300}},
		{Type: datasets.Number, Floats: []float64{2.5, 9, -3}, Valid: []uint64{0b101}},
		{Type: datasets.Integer, Ints: []int64{-1, 0, 1 << 62}},
		{Type: datasets.Integer, Ints: []int64{9, 7, 9}, Valid: []uint64{0b010}},
		{Type: datasets.String, Codes: []uint32{1, 0, 0}, Valid: []uint64{0b101}, Dict: []string{strings.Repeat("y", 128), strings.Repeat("x", 127)}},
	}}
	const want = "23rrybwygmtjcxrjfhmompxbaq"
	if got := version(ds, b); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// BenchmarkHasher hashes a block of numbers, one of texts, and as many bytes as
// either comes to, which is what SHA-256 takes at least.
func BenchmarkHasher(b *testing.B) {
	const rows = 8192
	floats, codes := make([]float64, rows), make([]uint32, rows)
	for i := range rows {
		floats[i], codes[i] = float64(i)/10, uint32(i%3)
	}
	for name, block := range map[string]*Batch{
		"numbers": {Rows: rows, Columns: []Vector{{Type: datasets.Number, Floats: floats}}},
		"texts":   {Rows: rows, Columns: []Vector{{Type: datasets.String, Codes: codes, Dict: []string{"kind 001", "kind 002", "kind 03"}}}},
	} {
		b.Run(name, func(b *testing.B) {
			h := NewHasher(&datasets.Dataset{Fields: []datasets.Field{{Name: "x", Type: block.Columns[0].Type}}})
			b.SetBytes(rows * 9)
			for b.Loop() {
				h.Write(block)
			}
		})
	}
	b.Run("bytes alone", func(b *testing.B) {
		sum, text := sha256.New(), make([]byte, rows*9)
		b.SetBytes(rows * 9)
		for b.Loop() {
			sum.Write(text)
		}
	})
}
