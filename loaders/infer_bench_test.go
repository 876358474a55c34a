package loaders

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// BenchmarkInferAGigabyte describes a CSV of a gigabyte by the default sample.
func BenchmarkInferAGigabyte(b *testing.B) {
	file := filepath.Join(b.TempDir(), "trips.csv")
	out, err := os.Create(file)
	if err != nil {
		b.Fatal(err)
	}
	_, err = out.WriteString("station,at,fare,share,temp (°C),n\n")
	rows := trips(200_000)
	for size := 0; err == nil && size < 1e9; size += len(rows) {
		_, err = out.WriteString(rows)
	}
	if closed := out.Close(); err == nil {
		err = closed
	}
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Infer(context.Background(), []Source{File(file)}, InferOptions{Sample: DefaultSample}); err != nil {
			b.Fatal(err)
		}
	}
}

func trips(rows int) string {
	random := rand.New(rand.NewPCG(1, 2))
	start := time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)
	var text strings.Builder
	for i := range rows {
		fmt.Fprintf(&text, "station %d,%s,%.2f,%.4f,%.1f,%d\n", random.IntN(50), start.Add(time.Duration(i)*37*time.Second).Format(time.RFC3339),
			100*random.Float64(), random.Float64(), 20+5*random.NormFloat64(), random.IntN(1_000_000_000))
	}
	return text.String()
}
