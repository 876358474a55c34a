package loaders

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// BenchmarkInfer looks at as much text as the default sample is.
func BenchmarkInfer(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	start := time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)
	var text strings.Builder
	text.WriteString("station,at,fare,share,temp (°C),n\n")
	for i := 0; text.Len() < DefaultSample; i++ {
		fmt.Fprintf(&text, "station %d,%s,%.2f,%.4f,%.1f,%d\n", random.IntN(50), start.Add(time.Duration(i)*37*time.Second).Format(time.RFC3339),
			100*random.Float64(), random.Float64(), 20+5*random.NormFloat64(), random.IntN(1_000_000_000))
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if _, err := Infer(context.Background(), Stream("trips.csv", strings.NewReader(text.String())), InferOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
