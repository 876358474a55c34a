package loaders_test

import (
	"strings"
	"testing"

	"herbarium/loaders"
)

// BenchmarkEmptyLines reads ten million bytes of empty lines, and as many of
// rows: what is no row takes no longer than what is one.
func BenchmarkEmptyLines(b *testing.B) {
	const size = 10_000_000
	ds := dataset(b, "dataset: d\nfields: {a: {type: number}, b: {type: number}}\n", "")
	for _, mode := range []struct{ name, line string }{{"LF", "\n"}, {"CRLF", "\r\n"}, {"rows", "1.5,2.5\n"}} {
		b.Run(mode.name, func(b *testing.B) {
			source := text("t.csv", "a,b\n1,2\n"+strings.Repeat(mode.line, size/len(mode.line)))
			b.SetBytes(size)
			for b.Loop() {
				if _, err := loaders.Check(b.Context(), ds, []loaders.Source{source}, loaders.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
