package screen

import (
	"context"
	"errors"
	"io"
	"net/http"
)

// FirstPaint is how soon a page that is opened anew paints, and what it takes.
type FirstPaint struct {
	Painted []float64 `json:"painted_s"` // since the navigation began
	Head    int       `json:"head"`      // compressed bytes that came before the first statistics
	Bytes   int       `json:"bytes"`     // compressed bytes of the page
}

// firstPaint opens the page some times, each with conditions that nobody asked before.
func firstPaint(ctx context.Context, r *reader) (FirstPaint, error) {
	var f FirstPaint
	for _, query := range []string{"upper[d]=800.1", "upper[d]=800.2", "upper[d]=800.3", "upper[d]=800.4", "upper[d]=800.5"} {
		if err := r.open(query); err != nil {
			return f, err
		}
		painted, err := evaluate[float64](r, `performance.getEntriesByName("first-contentful-paint")[0].startTime / 1000`)
		if err != nil {
			return f, err
		}
		f.Painted = append(f.Painted, painted)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.page+"?upper%5Bd%5D=800.6", nil)
	if err != nil {
		return f, err
	}
	request.Header.Set("Accept", "text/html")
	request.Header.Set("Accept-Encoding", "gzip") // so that the transport leaves it as it is
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return f, err
	}
	defer func() { _ = answer.Body.Close() }()
	chunk := make([]byte, 64<<10)
	for {
		n, err := answer.Body.Read(chunk)
		if f.Bytes += n; f.Head == 0 {
			f.Head = n // what was flushed first
		}
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err != nil {
			return f, err
		}
	}
}
