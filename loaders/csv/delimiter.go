package csv

import "bytes"

// delimiters are the delimiters that are tried, the most usual first.
const delimiters = ",\t;|"

// guessDelimiter returns the delimiter that splits the header into the most
// known columns, or into the most columns if none is known.
func guessDelimiter(head []byte, known func(name string) bool) byte {
	best, bestScore := delimiters[0], 0
	line := head
	for len(line) > 0 && (line[0] == '\n' || line[0] == '\r') {
		line = line[1:]
	}
	for i := range len(delimiters) {
		s := &scanner{delimiter: delimiters[i]}
		s.reset(line, 1, false, len(line))
		if more, err := s.next(); err != nil || !more {
			continue
		}
		score := 0
		for _, c := range s.cells {
			if known(string(bytes.TrimSpace(c.Text))) {
				score++
			}
		}
		if score = score<<16 + min(len(s.cells)-1, 1<<16-1); score > bestScore {
			best, bestScore = delimiters[i], score
		}
	}
	return best
}
