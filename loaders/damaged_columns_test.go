package loaders

import (
	"bytes"
	"errors"
	"math/rand"
	"os"
	"strings"
	"testing"

	"herbarium/loaders/source"
)

// TestDamagedColumnsAreRefused changes bytes of files of columns. It is FuzzColumns
// without the coverage that takes minutes to build, and finds claims of lengths that
// readers would allocate within a second.
func TestDamagedColumnsAreRefused(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for _, name := range []string{"typed.parquet", "typed.arrow", "typed.arrows", "wrong.parquet", "pandas.parquet"} {
		content, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		refused := 0
		for range 100 {
			damaged := bytes.Clone(content)
			for range 1 + random.Intn(3) {
				damaged[random.Intn(len(damaged))] = byte(random.Intn(256))
			}
			_, err := Infer(t.Context(), streamOf(damaged), InferOptions{limits: source.DefaultLimits()})
			var wrong *DataError
			if err != nil && !errors.As(err, &wrong) {
				t.Errorf("%s: %v", name, err)
			}
			if err != nil {
				refused++
				if strings.Contains(err.Error(), "runtime error") {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		if refused == 0 {
			t.Errorf("%s: nothing is refused", name)
		}
	}
}
