package header

import (
	"fmt"

	"herbarium/datasets"
)

// MaxSniffed is how many of the first rows are looked at to find the shape of a source.
const MaxSniffed = 2000

// Sniffed is the shape that the beginning and the end of a source show.
type Sniffed struct {
	datasets.CSV
	// Notes say what was seen, and why it means that.
	Notes []string
}

// Note adds a note.
func (s *Sniffed) Note(format string, args ...any) {
	s.Notes = append(s.Notes, fmt.Sprintf(format, args...))
}

// Count writes a number with its words, which are others for one.
func Count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
