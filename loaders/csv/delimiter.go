package csv

import "bytes"

// delimiters are the delimiters that are tried, the most usual first.
const delimiters = ",\t;|"

// guessDelimiter returns the delimiter that splits the header into the most
// known columns, or into the most columns if none is known.
func guessDelimiter(head []byte, in syntax, known func(name string) bool) byte {
	best, bestScore := delimiters[0], 0
	for i := range len(delimiters) {
		names := firstNames(head, in, delimiters[i])
		if names == nil {
			continue
		}
		score := 0
		for _, name := range names {
			if known(name) {
				score++
			}
		}
		if score = score<<16 + min(len(names)-1, 1<<16-1); score > bestScore {
			best, bestScore = delimiters[i], score
		}
	}
	return best
}

// firstNames returns the values of the first record that is not empty, without
// the spaces around them; nil where there is none.
func firstNames(head []byte, in syntax, delimiter byte) (names []string) {
	for len(head) > 0 && (head[0] == '\n' || head[0] == '\r') {
		head = head[1:]
	}
	s := &scanner{syntax: in}
	s.delimiter, s.wide = delimiter, nil
	s.reset(head, 1, false, len(head))
	if more, err := s.next(); err != nil || !more {
		return nil
	}
	for _, c := range s.cells {
		names = append(names, string(bytes.TrimSpace(c.Text)))
	}
	return names
}
