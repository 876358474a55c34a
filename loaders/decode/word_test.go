package decode

import (
	"bytes"
	"math"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// Whatever stands before a number in its text is not read.
func TestNumbersOfWordsAreReadAsTheStandardLibraryReadsThem(t *testing.T) {
	before := rapid.SliceOfN(rapid.Byte(), wordBytes, 20)
	text := rapid.OneOf(
		rapid.StringMatching(`-?[0-9]{0,9}(\.[0-9]{0,9})?`),
		rapid.StringMatching(`-?0?\.[0-9]{1,15}`),
		rapid.StringMatching(`[-+.0-9:/eE ]{1,18}`),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 1, 18), func(b []byte) string { return string(b) }))
	read := 0
	rapid.Check(t, func(t *rapid.T) {
		front, s := before.Draw(t, "before"), text.Draw(t, "text")
		if s == "" {
			return
		}
		all := append(bytes.Clone(front), s...)
		want, err := strconv.ParseFloat(s, 64)
		got, ok := wordNumber(all, len(front), len(all))
		if ok && (err != nil || math.Float64bits(got) != math.Float64bits(want)) {
			t.Fatalf("%q is %v, want %v, %v", s, got, want, err)
		}
		if _, short := shortNumber([]byte(s)); ok != (short && s[0] != '+') && len(s) <= 16 {
			t.Fatalf("%q is read: %v, and by shortNumber: %v", s, ok, short)
		}
		whole, err := strconv.ParseInt(s, 10, 64)
		n, ok := wordInteger(all, len(front), len(all))
		if ok && (err != nil || n != whole) || !ok && err == nil && len(s) <= 16 && s[0] != '+' {
			t.Fatalf("%q is %d, want %d, %v", s, n, whole, err)
		}
		if ok {
			read++
		}
	})
	if read == 0 {
		t.Error("no integer was read")
	}
}

func TestHardNumbersOfWords(t *testing.T) {
	for _, s := range []string{"0", "-0", "0.1", "-0.3", ".5", "5.", "99999999", "0.0000001", "1234567.8", "12345678.9", "123456789", "1.23456789", "0.12345678901234",
		"999999999999999", "99999999999999.9", "1234567890123456", "0.00000000000001", "9007199254740993", "123456789012.345", "-99999999.9999999"} {
		all := []byte("9.9.9.9.9.9.9.9.9," + s)
		start := len(all) - len(s)
		want, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := wordNumber(all, start, len(all)); ok && math.Float64bits(got) != math.Float64bits(want) || !ok && len(s) < 16 {
			t.Errorf("%s is %v, %v, want %v", s, got, ok, want)
		}
	}
	for _, s := range []string{"-", ".", "-.", "1.2.3", "1e5", "0x1", "1_0", " 1", "1 ", "--1", "1-", "12345678.1234567.", "+1"} {
		all := []byte("1111111111111111111," + s)
		if got, ok := wordNumber(all, len(all)-len(s), len(all)); ok {
			t.Errorf("%s is %v", s, got)
		}
		if got, ok := wordInteger(all, len(all)-len(s), len(all)); ok {
			t.Errorf("%s is the integer %v", s, got)
		}
	}
}

// BenchmarkNumbers reads numbers of the lengths that measurements have: digit by
// digit, and by words.
func BenchmarkNumbers(b *testing.B) {
	var text []byte
	marks := []int{wordBytes}
	text = append(text, "0000000000000000"...)
	for i := range 4096 {
		x := float64(i*7919%1000000) / []float64{1, 10, 100, 1000}[i%4]
		text = append(strconv.AppendFloat(append(text, ','), x, 'f', -1, 64), ""...)
		marks = append(marks, len(text))
	}
	size := int64(len(text)) / 4096
	sum := 0.0
	b.Run("digits", func(b *testing.B) {
		b.SetBytes(size)
		for i := 0; b.Loop(); i++ {
			at := i & 4095
			x, _ := shortNumber(text[marks[at]+1 : marks[at+1]])
			sum += x
		}
	})
	b.Run("words", func(b *testing.B) {
		b.SetBytes(size)
		for i := 0; b.Loop(); i++ {
			at := i & 4095
			x, _ := wordNumber(text, marks[at]+1, marks[at+1])
			sum += x
		}
	})
	b.Run("strconv", func(b *testing.B) {
		b.SetBytes(size)
		for i := 0; b.Loop(); i++ {
			at := i & 4095
			x, _ := strconv.ParseFloat(string(text[marks[at]+1:marks[at+1]]), 64)
			sum += x
		}
	})
	if math.IsNaN(sum) {
		b.Error(sum)
	}
}
