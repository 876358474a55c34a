package separators

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// way is one way to find separators.
type way struct {
	name string
	find func(dst []uint32, text []byte, delimiter byte, base uint32) (n, read int)
}

func ways() []way {
	all := []way{{"portable", find}, {"found", Find}}
	if fast {
		all = append(all, way{"wide", findWide})
	}
	return all
}

func TestEveryWayFindsWhatAByteByByteSearchFinds(t *testing.T) {
	one := rapid.SampledFrom([]byte{',', '\n', ',' | 0x80, '\n' | 0x80, ',' - 1, ',' + 1, '\n' - 1, '\n' + 1, 0, 0xff, 'a', 'b', 'c'})
	long := 0
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(one, 0, 500).Draw(t, "text")
		size, from := rapid.IntRange(0, 300).Draw(t, "room"), rapid.IntRange(0, 70).Draw(t, "from")
		text = text[min(from, len(text)):]
		const untouched = 0xfffffff0
		for _, w := range ways() {
			room := slice(size+9, untouched)
			n, read := w.find(room[:size:size], text, ',', 1000)
			if read > len(text) || n > size {
				t.Fatalf("%s: %d of %d bytes were read, %d of %d places taken", w.name, read, len(text), n, size)
			}
			if left := len(text) - read; left > 0 && n+Room <= size && (left >= 64 || w.name != "wide") {
				t.Fatalf("%s: %d of %d bytes were left with %d of %d places taken", w.name, left, len(text), n, size)
			}
			var want []uint32
			for i, c := range text[:read] {
				if c == ',' || c == '\n' {
					want = append(want, uint32(1000+i))
				}
			}
			if diff := cmp.Diff(want, room[:n], cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("%s: %q: (-want +got)\n%s", w.name, text, diff)
			}
			for _, x := range room[size:] {
				if x != untouched {
					t.Fatalf("%s: it wrote beyond its room", w.name)
				}
			}
			long += read
		}
	})
	if long == 0 {
		t.Error("no byte was read")
	}
}

func slice(n int, of uint32) []uint32 {
	s := make([]uint32, n)
	for i := range s {
		s[i] = of
	}
	return s
}

// BenchmarkFind finds the separators of rows as measurements have them, beside the
// count of their line ends, which is what reading them takes at least.
func BenchmarkFind(b *testing.B) {
	text := bytes.Repeat([]byte("kind 029,2019-01-01T00:00:00.000Z,8.9,71.53,23.676,0.7015,55545\n"), 256)
	dst := make([]uint32, 4096)
	for _, w := range ways() {
		b.Run(w.name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				w.find(dst, text, ',', 0)
			}
		})
	}
	b.Run("lines counted", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			bytes.Count(text, []byte{'\n'})
		}
	})
}
