package engine

import (
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
