package json

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWordsAreFoundWhereverTheyStand(t *testing.T) {
	piece := rapid.SampledFrom([]string{"N", "I", "Na", "In", "NN", "NIN", "x", ":", "Infin", "NNNNNNNN", "IIIIIIIIIIIIIIII"})
	found := map[bool]int{}
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(strings.Join(rapid.SliceOfN(piece, 0, 300).Draw(t, "text"), ""))
		if rapid.Bool().Draw(t, "with a word") {
			at := rapid.IntRange(0, len(text)).Draw(t, "at")
			text = slices.Insert(text, at, rapid.SampledFrom(words[:2]).Draw(t, "word")...)
		}
		for _, w := range words[:2] {
			want := bytes.Contains(text, w)
			if contains(text, w) != want || containsPair(text, w) != want {
				t.Fatalf("%s in %q: want %v", w, text, want)
			}
			found[want]++
		}
	})
	if found[true] == 0 || found[false] == 0 {
		t.Error(found)
	}
}

// BenchmarkWords looks for words in a chunk without one, beside a check that it is
// JSON, which is less than what reading it takes.
func BenchmarkWords(b *testing.B) {
	for name, line := range map[string]string{
		"rows":     `{"kind":"kind 029","at":"2019-01-01T00:00:00.000Z","a":8.9,"b":71.53,"c":23.676,"d":0.7015,"n":55545}` + "\n",
		"capitals": `{"KIND":"KIND 029","NAME":"INDIANA NORTH","IN":8.9,"NI":71.53,"N":23.676,"I":0.7015,"NA":"NONE"}` + "\n",
	} {
		text := bytes.Repeat([]byte(line), 1<<20/len(line))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if hasWords(text) {
					b.Fatal("there are no words")
				}
			}
		})
		b.Run(name+" checked", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				for rest := text; len(rest) > 0; {
					end := bytes.IndexByte(rest, '\n') + 1
					if !json.Valid(rest[:end]) {
						b.Fatal("it is no JSON")
					}
					rest = rest[end:]
				}
			}
		})
	}
}
